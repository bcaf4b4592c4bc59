-- name: report_orders
select count(*) as orders, count(*) filter (where k.n is null) as straight_through, count(*) filter (where hold = 'held') as held, coalesce(sum(total_minor) filter (where hold = 'held'), 0)::bigint as at_risk_minor,
    count(*) filter (where status = 'complete') as complete, count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where state in ('backordered', 'preordered')) as waiting_for_stock
from orders_order o
left join (select distinct c.order_id as n from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code where coalesce(c.detail ->> 'severity', r.severity) <> 'warns') k on k.n = o.id
where o.id > %(after)s

-- name: oversold
select count(*) as n from stock_position where reserved_each > on_hand_each or on_hand_each < 0

-- name: report_messages
select count(*) as messages, coalesce(sum(deliveries - 1), 0)::bigint as repeats, count(*) filter (where outcome in ('superseded', 'out_of_order', 'duplicate')) as old, count(*) filter (where state = 'parked') as parked
from engine_inbox where kind = 'order'
