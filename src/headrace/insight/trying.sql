-- name: recent_orders
-- The newest orders, perhaps of some days only; along the primary key.
select id, number from orders_order where not is_test and (%(since)s::timestamptz is null or captured_at >= %(since)s) order by id desc limit %(limit)s

-- name: pin_snapshot
-- Both rules see the same moment, however long they think about it.
set transaction isolation level repeatable read

-- name: deeds_done
-- Deeds of people and programs that were done lately, of these names.
select seq, at, actor, deed, subject from governance_audit where deed = any(%(deeds)s::text[]) and actor not like 'engine:%%' order by seq desc limit %(limit)s
