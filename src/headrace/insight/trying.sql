-- name: recent_orders
select id, number from orders_order where not is_test order by id desc limit %(limit)s

-- name: deeds_done
-- Deeds of people and programs that were done lately, of these names.
select seq, at, actor, deed, subject from governance_audit where deed = any(%(deeds)s::text[]) and actor not like 'engine:%%' order by seq desc limit %(limit)s
