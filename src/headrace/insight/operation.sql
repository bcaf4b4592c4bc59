-- name: flow
-- Where documents wait along the line: how many, since when the oldest, how many an hour came through and how many were parked in the last hour.
with waits(stage, place, waiting, oldest_at) as (
    select 'capture', 1, count(*), min(received_at) from engine_inbox where state = 'received' and kind = 'order'
    union all select 'validate', 2, count(*), min(captured_at) from orders_order where hold = 'clear' and state = 'captured'
    union all select 'allocate', 3, count(*), min(captured_at) from orders_order where hold = 'clear' and state = 'validated'
    union all select 'release', 4, count(*), min(planned_at) from orders_fulfilment where state = 'planned'
    union all select 'ship', 5, count(*), min(released_at) from orders_fulfilment where state in ('released', 'picking', 'packed')
    union all select 'invoice', 6, count(*), min(shipped_at) from orders_shipment where state = 'shipped' and hold = 'clear'
    union all select 'settle', 7, count(*), min(received_at) from engine_inbox where state = 'received' and kind = 'payment'
)
select w.stage, w.waiting, w.oldest_at, coalesce(b.through, 0) as through, coalesce(b.parked, 0) as parked, coalesce(c.cases, 0) as cases, t.error as trouble, t.since_at as broken_since_at
from waits w
left join (
    select r.stage, sum(c.cases)::bigint as cases from (select reason_code, count(*) as cases from exception_queue_case where state = 'open' group by reason_code) c
    join exception_queue_reason r on r.code = c.reason_code group by r.stage
) c on c.stage = w.stage
left join (
    select stage, sum(taken - parked)::bigint as through, sum(parked)::bigint as parked from engine_batch where ended_at > %(as_of)s::timestamptz - interval '1 hour' group by stage
) b on b.stage = w.stage
left join engine_stage_trouble t on t.stage = w.stage
order by w.place

-- name: pulse
-- Per stage and minute of the last hour: how many documents came through.
select stage, date_trunc('minute', ended_at) as at, sum(taken - parked)::int as through
from engine_batch where ended_at > %(as_of)s::timestamptz - interval '1 hour' group by 1, 2

-- name: arrivals
-- Orders of each channel that came in from one moment to another, and the last of each. Whole hours that are over are read as they were kept, the rest is counted.
with came(channel_id, orders, last_at) as (
    select channel_id, orders, last_at from insight_channel_hour where at >= %(kept_from)s and at < %(kept_to)s
    union all select channel_id, count(*), max(captured_at) from orders_order where captured_at >= %(since)s and captured_at < %(kept_from)s group by channel_id
    union all select channel_id, count(*), max(captured_at) from orders_order where captured_at >= %(kept_to)s and captured_at < %(until)s group by channel_id
)
select channel_id, sum(orders)::bigint as orders, max(last_at) as last_at from came group by channel_id

-- name: parked
-- How many of the orders that came in from one moment to another a case ever blocked, by channel: looked up from the cases, which are few. None is older than its order.
select o.channel_id, count(distinct o.id) as orders
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code join orders_order o on o.id = c.order_id
where c.opened_at >= %(since)s::timestamptz - interval '1 minute' and o.captured_at >= %(since)s and o.captured_at < %(until)s and coalesce(c.detail ->> 'severity', r.severity) <> 'warns'
group by o.channel_id

-- name: usual_by_now
-- The median of the seven days before: what had come in by this time of the day, from the kept hours; of the running hour, the part that is over.
with days as (
    select d, %(midnight)s::timestamptz - make_interval(days => d) as since, %(as_of)s::timestamptz - make_interval(days => d) as until from generate_series(1, 7) d
), came as (
    select d.d, coalesce(sum(t.orders * p.part), 0) as orders, coalesce(sum(t.straight_through * p.part), 0) as straight_through
    from days d join insight_trend t on t.grain = 'hour' and t.at >= d.since and t.at < d.until
    cross join lateral (select least(1, extract(epoch from d.until - t.at) / 3600) as part) p group by d.d
)
select count(*) as days, round(percentile_cont(0.5) within group (order by orders))::int as orders,
    round(percentile_cont(0.5) within group (order by orders - straight_through))::int as parked,
    round((100 * percentile_cont(0.5) within group (order by straight_through / nullif(orders, 0)))::numeric, 1) as share
from came

-- name: at_risk
-- What open cases hold up, by currency and team; those past their time and those about to be.
select team, currency, sum(value_at_risk_minor)::bigint as value_at_risk_minor, count(*) as cases, count(*) filter (where due_at < %(as_of)s) as late,
    count(*) filter (where due_at >= %(as_of)s and due_at < %(as_of)s::timestamptz + interval '1 hour') as soon,
    count(*) filter (where due_at >= %(as_of)s and due_at < %(until)s) as today
from exception_queue_case where state = 'open' group by team, currency

-- name: promises
-- Orders promised by the end of the day that have not left whole: through the indexes of what is open, so many of each at most.
with open_orders(id) as (
    (select id from orders_order where hold = 'held' limit %(each_max)s)
    union (select id from orders_order where hold = 'clear' and state in ('captured', 'validated') limit %(each_max)s)
    union (select id from orders_order where hold = 'clear' and state in ('backordered', 'preordered') limit %(each_max)s)
    union (select order_id from orders_fulfilment where state in ('planned', 'released', 'picking', 'packed') limit %(each_max)s)
)
select count(*) filter (where o.promised_by < %(as_of)s) as broken, count(*) filter (where o.promised_by >= %(as_of)s) as today, min(o.promised_by) filter (where o.promised_by >= %(as_of)s) as next_at,
    (select count(*) from open_orders) >= %(each_max)s as is_more
from open_orders x join orders_order o on o.id = x.id
where o.promised_by < %(until)s and o.commercial = 'open' and o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each

-- name: oversold
select count(*) as n from stock_position where on_hand_each < reserved_each

-- name: sleeping
-- Orders that wait for goods, not for us; so many are counted at most, those that wake first.
select count(*) filter (where state = 'backordered') as backordered, count(*) filter (where state = 'preordered') as preordered, min(expected_on) as next_on, count(*) >= %(each_max)s as is_more
from (select state, expected_on from orders_order where hold = 'clear' and state in ('backordered', 'preordered') order by wake_at limit %(each_max)s) o

-- name: channels
-- Each channel, the last order that is kept of it, and messages that are not read yet.
with kept as (
    select channel_id, max(last_at) as last_at from insight_channel_hour where at > %(as_of)s::timestamptz - interval '30 days' group by 1
), unread as (select partner, count(*) as unread, min(received_at) as oldest_at from engine_inbox where state = 'received' group by 1)
select c.id, c.code, c.name, c.kind, k.last_at, coalesce(u.unread, 0) as unread, u.oldest_at
from catalog_channel c left join kept k on k.channel_id = c.id left join unread u on u.partner = c.code
where c.is_active order by c.code

-- name: rhythms
-- How many orders each channel sends in each hour of the day (UTC), on the average of the days that are known.
select channel_id, extract(hour from at at time zone 'UTC')::int as hour, sum(orders) as orders,
    (select greatest(1, ceil(extract(epoch from %(as_of)s::timestamptz - min(a.at)) / 86400)) from insight_channel_hour a where a.channel_id = h.channel_id and a.at > %(as_of)s::timestamptz - interval '14 days')::int as days
from insight_channel_hour h where at > %(as_of)s::timestamptz - interval '14 days' group by 1, 2

-- name: first_steps
-- What an empty system has done already.
select exists (select 1 from catalog_item) as has_items, exists (select 1 from catalog_channel) as has_channels, exists (select 1 from stock_position where on_hand_each > 0) as has_stock,
    exists (select 1 from orders_order) as has_orders, exists (select 1 from engine_worker where stopped_at is null and seen_at > clock_timestamp() - interval '60 seconds') as has_workers

-- name: partners
-- Everybody outside: what waits to be told, what failed for good, whether they answer.
select p.code, p.breaker, p.paused, p.failures, p.retry_at, p.last_error, p.last_ok_at, coalesce(o.waiting, 0) as waiting, o.oldest_at, coalesce(o.dead, 0) as dead, n.name as channel
from engine_partner p left join catalog_channel n on n.code = p.code
left join (select partner, count(*) filter (where state in ('todo', 'doing')) as waiting, min(created_at) filter (where state in ('todo', 'doing')) as oldest_at,
    count(*) filter (where state = 'dead') as dead from engine_outbox where state <> 'done' group by partner) o on o.partner = p.code
order by coalesce(o.dead, 0) > 0 desc, p.breaker <> 'closed' desc, p.paused desc, p.code

-- name: workers
select name, stages, started_at, seen_at, seen_at > clock_timestamp() - interval '60 seconds' as is_alive from engine_worker where stopped_at is null order by seen_at desc limit 20

-- name: last_verification
select at, actor, detail #> '{parameters,violations}' as violations, (detail #>> '{parameters,seconds}')::float8 as seconds from governance_audit where subject = 'books:verification' order by seq desc limit 1

-- name: moment
select clock_timestamp() as at

-- name: kept_until
-- The end of the last hour whose figures are kept.
select max(at) + interval '1 hour' as at from insight_trend where grain = 'hour'
