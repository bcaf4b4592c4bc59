-- name: marks
-- Where a run begins: the last batch, order and message before it.
select (select coalesce(max(id), 0) from engine_batch) as batch, (select coalesce(max(id), 0) from orders_order) as order, (select coalesce(max(id), 0) from engine_inbox) as message

-- name: is_somebody_elses
-- Orders in a database that was never the demo's: a real shop, which the demo must leave alone.
select exists (select 1 from orders_order) and not exists (select 1 from catalog_item where sku = 'MB-00001') as yes

-- name: report_orders
-- Straight through: no case ever blocked the order.
with blocked as (
    select distinct c.order_id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
    where c.order_id > %(after)s and coalesce(c.detail ->> 'severity', r.severity) <> 'warns'
)
select count(*) as orders, count(*) filter (where b.order_id is null) as straight_through, count(*) filter (where hold = 'held') as held,
    count(*) filter (where status = 'complete') as complete, count(*) filter (where status = 'cancelled') as cancelled,
    count(*) filter (where state in ('backordered', 'preordered')) as waiting_for_stock,
    coalesce(min(number) filter (where status = 'complete'), min(number), 'SO-1') as an_order
from orders_order o left join blocked b on b.order_id = o.id where o.id > %(after)s

-- name: report_status
select status, currency, count(*) as orders, sum(total_minor)::bigint as value_minor from orders_order where id > %(after)s group by status, currency order by count(*) desc, status

-- name: oversold
select count(*) as n from stock_position where reserved_each > on_hand_each or on_hand_each < 0

-- name: report_messages
-- Order messages of the run by what became of each.
select count(*) as messages, coalesce(sum(deliveries), 0)::bigint as deliveries, count(*) filter (where outcome = 'captured') as captured,
    count(*) filter (where outcome in ('superseded', 'out_of_order', 'duplicate')) as old_news, count(*) filter (where state = 'parked') as parked,
    count(*) filter (where outcome not in ('captured', 'superseded', 'out_of_order', 'duplicate')) as changes
from engine_inbox where kind = 'order' and id > %(after)s

-- name: report_at_risk
-- An order with several open cases is at risk once.
select currency, sum(value_at_risk_minor)::bigint as value_minor from (
    select distinct on (coalesce(order_id, -id)) currency, value_at_risk_minor from exception_queue_case where state <> 'resolved' order by coalesce(order_id, -id), value_at_risk_minor desc nulls last
) once where currency is not null group by currency order by currency
