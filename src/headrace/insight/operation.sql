-- name: flow
-- Where documents wait along the line: how many, since when the oldest, how many an hour came through and how many were parked in the last hour.
with waits(stage, place, waiting, oldest_at) as (
    select 'capture', 1, count(*), min(received_at) from engine_inbox where state = 'received' and kind = 'order'
    union all select 'validate', 2, count(*), min(captured_at) from orders_order where hold = 'clear' and state = 'captured'
    union all select 'allocate', 3, count(*), min(captured_at) from orders_order where hold = 'clear' and state = 'validated'
    union all select 'release', 4, count(*), min(planned_at) from orders_fulfilment where state = 'planned'
    union all select 'ship', 5, count(*), min(released_at) from orders_fulfilment where state in ('released', 'picking', 'packed')
    union all select 'invoice', 6, count(*), min(shipped_at) from orders_shipment where state = 'shipped'
    union all select 'settle', 7, count(*), min(issued_at) from ledger_invoice where state in ('issued', 'captured') and kind = 'invoice'
)
select w.stage, w.waiting, w.oldest_at, b.through, b.parked, (select count(*) from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
    where r.stage = w.stage and c.state <> 'resolved') as cases, t.error as trouble
from waits w
left join lateral (
    select coalesce(sum(taken - parked), 0)::bigint as through, coalesce(sum(parked), 0)::bigint as parked
    from (select taken, parked, ended_at from engine_batch where stage = w.stage order by id desc limit %(batches_max)s) last where ended_at > %(as_of)s::timestamptz - interval '1 hour'
) b on true
left join engine_stage_trouble t on t.stage = w.stage
order by w.place

-- name: sleeping
-- Orders that wait for goods, not for us.
select count(*) filter (where state = 'backordered') as backordered, count(*) filter (where state = 'preordered') as preordered, min(expected_on) as next_on
from orders_order where hold = 'clear' and state in ('backordered', 'preordered')

-- name: day
-- The last 24 hours: orders in, and of these those that nobody had to look at.
select count(*) as orders, count(*) filter (where c.order_id is null) as straight_through, count(*) filter (where o.hold = 'held') as held
from orders_order o left join (
    select distinct c.order_id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
    where c.order_id is not null and coalesce(c.detail ->> 'severity', r.severity) <> 'warns' and c.opened_at > %(as_of)s::timestamptz - interval '24 hours'
) c on c.order_id = o.id
where o.captured_at > %(as_of)s::timestamptz - interval '24 hours'

-- name: hours
-- Orders by hour over the last day, with those that were parked among them.
select h as hour_at, coalesce(n.orders, 0) as orders, coalesce(p.parked, 0) as parked
from generate_series(date_trunc('hour', %(as_of)s::timestamptz) - interval '23 hours', date_trunc('hour', %(as_of)s::timestamptz), interval '1 hour') h
left join (select date_trunc('hour', captured_at) as hour_at, count(*) as orders from orders_order where captured_at > %(as_of)s::timestamptz - interval '24 hours' group by 1) n on n.hour_at = h
left join (select date_trunc('hour', opened_at) as hour_at, count(distinct coalesce(order_id, -id)) as parked from exception_queue_case
    where opened_at > %(as_of)s::timestamptz - interval '24 hours' group by 1) p on p.hour_at = h
order by h

-- name: at_risk
-- What open cases hold up, by currency.
select currency, sum(value_at_risk_minor)::bigint as value_at_risk_minor, count(*) as cases, count(*) filter (where due_at < %(as_of)s) as late,
    count(*) filter (where due_at >= %(as_of)s and due_at < %(as_of)s::timestamptz + interval '1 hour') as soon
from exception_queue_case where state = 'open' group by currency order by 2 desc nulls last

-- name: oversold
select count(*) as n from stock_position where on_hand_each < reserved_each

-- name: partners
-- Everybody outside: what waits to be told, what failed for good, whether they answer.
select p.code, p.breaker, p.paused, p.failures, p.retry_at, p.last_error, p.last_ok_at, coalesce(o.waiting, 0) as waiting, o.oldest_at, coalesce(o.dead, 0) as dead, n.name as channel
from engine_partner p left join catalog_channel n on n.code = p.code
left join (select partner, count(*) filter (where state in ('todo', 'doing')) as waiting, min(created_at) filter (where state in ('todo', 'doing')) as oldest_at,
    count(*) filter (where state = 'dead') as dead from engine_outbox where state <> 'done' group by partner) o on o.partner = p.code
order by coalesce(o.dead, 0) > 0 desc, p.breaker <> 'closed' desc, p.paused desc, p.code

-- name: channels
-- Each channel's last message and how many came in the last day.
select c.code, c.name, c.kind, count(o.id) as orders, max(o.captured_at) as last_at
from catalog_channel c left join orders_order o on o.channel_id = c.id and o.captured_at > %(as_of)s::timestamptz - interval '24 hours'
group by c.id order by count(o.id) desc, c.code

-- name: workers
select name, stages, started_at, seen_at, seen_at > clock_timestamp() - interval '60 seconds' as is_alive from engine_worker where stopped_at is null order by seen_at desc limit 20

-- name: last_verification
select at, actor, detail #> '{parameters,violations}' as violations, (detail #>> '{parameters,seconds}')::float8 as seconds from governance_audit where subject = 'books:verification' order by seq desc limit 1

-- name: moment
select clock_timestamp() as at
