-- name: orders_of_spans
-- By the minute, hour or day in which orders came in: how many, how many of them no case ever blocked, and how long they took until they were released.
with came as (
    select o.id, o.captured_at, date_trunc(%(grain)s::text, o.captured_at, 'UTC') as at from orders_order o where o.captured_at >= %(since)s and o.captured_at < %(until)s
), blocked as (
    select distinct c.order_id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code join came on came.id = c.order_id
    where coalesce(c.detail ->> 'severity', r.severity) <> 'warns'
), released as (
    select f.order_id, min(f.released_at) as released_at from came join orders_fulfilment f on f.order_id = came.id group by f.order_id
)
select came.at, count(*)::int as orders, count(*) filter (where b.order_id is null)::int as straight_through,
    percentile_cont(0.5) within group (order by extract(epoch from r.released_at - came.captured_at))::int as cycle_median_s,
    percentile_cont(0.95) within group (order by extract(epoch from r.released_at - came.captured_at))::int as cycle_slow_s
from came left join blocked b on b.order_id = came.id left join released r on r.order_id = came.id
group by came.at order by came.at

-- name: cases_of_spans
-- At the end of each span: cases not resolved, those past their time, and the value at risk by currency. One pass over what changed, not a look per span.
with changes(at, opened, late, value, currency) as (
    select opened_at, 1, 0, coalesce(value_at_risk_minor, 0), currency from exception_queue_case where opened_at < %(until)s
    union all select resolved_at, -1, 0, -coalesce(value_at_risk_minor, 0), currency from exception_queue_case where resolved_at < %(until)s
    union all select greatest(due_at, opened_at), 0, 1, 0, currency from exception_queue_case where due_at < %(until)s and due_at < coalesce(resolved_at, 'infinity')
    union all select resolved_at, 0, -1, 0, currency from exception_queue_case where resolved_at < %(until)s and due_at < resolved_at
), by_span as (
    select greatest(date_trunc(%(grain)s::text, at, 'UTC'), %(since)s::timestamptz) as at, currency, sum(opened) as opened, sum(late) as late, sum(value) as value
    from changes group by 1, 2
), spans as (
    select s as at, c.currency
    from generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 microsecond', ('1 ' || %(grain)s::text)::interval, 'UTC') s
    cross join (select distinct currency from by_span) c
), told as (
    select s.at, s.currency, sum(coalesce(b.opened, 0)) over w as opened, sum(coalesce(b.late, 0)) over w as late, sum(coalesce(b.value, 0)) over w as value
    from spans s left join by_span b on b.at = s.at and b.currency is not distinct from s.currency
    window w as (partition by s.currency order by s.at)
)
select at, sum(opened)::int as open_cases, sum(late)::int as late_cases,
    coalesce(jsonb_object_agg(currency, value) filter (where currency is not null and value > 0), '{}') as at_risk
from told group by at order by at

-- name: channels_of_hours
select channel_id, date_trunc('hour', captured_at, 'UTC') as at, count(*)::int as orders, max(captured_at) as last_at, max(id) as last_order_id
from orders_order where captured_at >= %(since)s and captured_at < %(until)s group by 1, 2

-- name: keep_trend
insert into insight_trend (grain, at, orders, straight_through, cycle_median_s, cycle_slow_s, open_cases, late_cases, at_risk)
select %(grain)s::text, * from unnest(%(ats)s::timestamptz[], %(orders)s::int[], %(straight)s::int[], %(medians)s::int[], %(slows)s::int[], %(opens)s::int[], %(lates)s::int[], %(risks)s::jsonb[])
on conflict (grain, at) do update set orders = excluded.orders, straight_through = excluded.straight_through, cycle_median_s = excluded.cycle_median_s, cycle_slow_s = excluded.cycle_slow_s,
    open_cases = excluded.open_cases, late_cases = excluded.late_cases, at_risk = excluded.at_risk, counted_at = statement_timestamp()

-- name: keep_channel_hours
insert into insight_channel_hour (channel_id, at, orders, last_at, last_order_id)
select channel_id, date_trunc('hour', captured_at, 'UTC'), count(*)::int, max(captured_at), max(id)
from orders_order where captured_at >= %(since)s and captured_at < %(until)s group by 1, 2
on conflict (channel_id, at) do update set orders = excluded.orders, last_at = excluded.last_at, last_order_id = excluded.last_order_id

-- name: kept_trend
select at, orders, straight_through, cycle_median_s, cycle_slow_s, open_cases, late_cases, at_risk
from insight_trend where grain = %(grain)s and at >= %(since)s and at < %(until)s order by at

-- name: last_kept
select max(at) as at from insight_trend where grain = %(grain)s

-- name: first_order
-- When the first orders came in: the key rises with the moment.
select captured_at as at from orders_order order by id limit 1
