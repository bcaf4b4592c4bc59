-- name: matching_cases
-- Ids of cases that nobody has resolved, with the key of their place: by when they are due, by value, age or promise. A cursor is the last row's key and id.
with placed as (
    select c.id, case %(by)s::text when 'value' then -coalesce(c.value_at_risk_minor, -1) when 'age' then round(date_part('epoch', c.opened_at) * 1000000)::bigint
        when 'promise' then coalesce(round(date_part('epoch', c.promised_by) * 1000000)::bigint, 9223372036854775807) else round(date_part('epoch', c.due_at) * 1000000)::bigint end as key
    from exception_queue_case c where c.state <> 'resolved' and (%(state)s::text is null or c.state = %(state)s)
        and (%(team)s::text is null or c.team = %(team)s) and (%(reason)s::text is null or c.reason_code = %(reason)s)
        and (%(stage)s::text is null or c.reason_code in (select r.code from exception_queue_reason r where r.stage = %(stage)s))
        and (%(channel)s::text is null or c.channel_id = (select h.id from catalog_channel h where h.code = %(channel)s))
        and (%(assigned_to)s::text is null or c.assigned_to = %(assigned_to)s) and (%(is_free)s::boolean is null or (c.assigned_to is null) = %(is_free)s)
        and (%(mentioned)s::text is null or c.id in (select m.case_id from exception_queue_mention m where m.username = %(mentioned)s and m.seen_at is null))
        and (%(order_id)s::bigint is null or c.order_id = %(order_id)s) and (%(case_ids)s::bigint[] is null or c.id = any(%(case_ids)s::bigint[]))
        and (%(opened_before)s::timestamptz is null or c.opened_at < %(opened_before)s) and (%(opened_from)s::timestamptz is null or c.opened_at >= %(opened_from)s)
        and (%(value_from_minor)s::bigint is null or c.value_at_risk_minor >= %(value_from_minor)s)
        and (%(promised_by)s::timestamptz is null or c.promised_by < %(promised_by)s)
        and (%(late)s::boolean is null or (c.due_at < %(as_of)s) = %(late)s) and (%(due_by)s::timestamptz is null or c.due_at < %(due_by)s and c.due_at >= %(as_of)s)
        and (%(seen_from)s::int is null or c.seen >= %(seen_from)s)
        and (%(like)s::bigint is null or (c.reason_code, nullif(coalesce(c.detail ->> 'sku', c.detail ->> 'value'), ''))
            = (select l.reason_code, nullif(coalesce(l.detail ->> 'sku', l.detail ->> 'value'), '') from exception_queue_case l where l.id = %(like)s))
)
select id, key from placed where %(after_key)s::bigint is null or (key, id) > (%(after_key)s::bigint, %(after_id)s::bigint) order by key, id limit %(limit)s

-- name: resolved_cases
-- Ids of cases that are resolved, the last first. `worked_by` asks for those that somebody resolved, or had taken.
select c.id, (-round(date_part('epoch', c.resolved_at) * 1000000))::bigint as key
from exception_queue_case c where c.state = 'resolved'
    and (%(team)s::text is null or c.team = %(team)s) and (%(reason)s::text is null or c.reason_code = %(reason)s)
    and (%(stage)s::text is null or c.reason_code in (select r.code from exception_queue_reason r where r.stage = %(stage)s))
    and (%(channel)s::text is null or c.channel_id = (select h.id from catalog_channel h where h.code = %(channel)s))
    and (%(assigned_to)s::text is null or %(assigned_to)s in (c.assigned_to, c.resolved_by)) and (%(is_free)s::boolean is null or (c.assigned_to is null) = %(is_free)s)
    and (%(order_id)s::bigint is null or c.order_id = %(order_id)s) and (%(value_from_minor)s::bigint is null or c.value_at_risk_minor >= %(value_from_minor)s)
    and (%(opened_before)s::timestamptz is null or c.opened_at < %(opened_before)s) and (%(opened_from)s::timestamptz is null or c.opened_at >= %(opened_from)s)
    and (%(late)s::boolean is null or (c.due_at < c.resolved_at) = %(late)s) and (%(resolved_from)s::timestamptz is null or c.resolved_at >= %(resolved_from)s)
    and (%(after_key)s::bigint is null or (c.resolved_at, c.id) < (to_timestamp(-%(after_key)s::bigint / 1000000.0), %(after_id)s::bigint))
order by c.resolved_at desc, c.id desc limit %(limit)s

-- name: cases_of_order
-- Every case of an order whatever its state, the most urgent first.
select c.id, round(date_part('epoch', c.due_at) * 1000000)::bigint as key from exception_queue_case c where c.order_id = %(order_id)s order by c.due_at, c.id limit %(limit)s

-- name: count_desk
-- Cases that nobody has resolved, counted by each thing the desk can be narrowed by. `fails` names the one filter (as a bit) that a case does not pass:
-- what passes all counts everywhere, what fails one counts among the choices of that one, the rest nowhere.
with told as (
    select c.reason_code, c.team, c.channel_id, c.state, c.assigned_to, c.currency, c.value_at_risk_minor, c.id = any(%(mentions)s::bigint[]) as is_mentioned,
        case when c.due_at < %(as_of)s then 'late' when c.due_at < %(as_of)s + interval '1 hour' then 'hour' else 'time' end as clock,
        case when c.opened_at >= %(as_of)s - interval '4 hours' then '0-4' when c.opened_at >= %(as_of)s - interval '24 hours' then '4-24'
            when c.opened_at >= %(as_of)s - interval '72 hours' then '24-72' else '72-' end as age,
        width_bucket(coalesce(c.value_at_risk_minor, 0), %(values)s::bigint[]) as value,
        case when c.promised_by is null then 9 when c.promised_by < %(as_of)s then 0 when c.promised_by < %(as_of)s + interval '24 hours' then 1
            when c.promised_by < %(as_of)s + interval '72 hours' then 2 else 3 end as promise,
        (c.state <> coalesce(%(state)s::text, c.state))::int | ((c.team <> coalesce(%(team)s::text, c.team))::int << 1) | ((c.reason_code <> coalesce(%(reason)s::text, c.reason_code))::int << 2)
        | ((%(channel)s::text is not null and c.channel_id is distinct from (select h.id from catalog_channel h where h.code = %(channel)s))::int << 3)
        | (((%(assigned_to)s::text is not null and c.assigned_to is distinct from %(assigned_to)s) or (%(is_free)s::boolean and c.assigned_to is not null)
            or (%(mentioned)s::text is not null and c.id <> all(%(mentions)s::bigint[])))::int << 4)
        | (((%(late)s::boolean is not null and c.due_at >= %(as_of)s) or (%(due_by)s::timestamptz is not null and not (c.due_at >= %(as_of)s and c.due_at < %(due_by)s)))::int << 5)
        | (((%(opened_before)s::timestamptz is not null and c.opened_at >= %(opened_before)s) or (%(opened_from)s::timestamptz is not null and c.opened_at < %(opened_from)s))::int << 6)
        | ((%(value_from_minor)s::bigint is not null and coalesce(c.value_at_risk_minor, -1) < %(value_from_minor)s)::int << 7)
        | ((%(promised_by)s::timestamptz is not null and coalesce(c.promised_by, 'infinity') >= %(promised_by)s)::int << 8) as fails
    from exception_queue_case c
    where c.state <> 'resolved' and (%(stage)s::text is null or c.reason_code in (select r.code from exception_queue_reason r where r.stage = %(stage)s))
        and (%(order_id)s::bigint is null or c.order_id = %(order_id)s) and (%(seen_from)s::int is null or c.seen >= %(seen_from)s)
        and (%(like)s::bigint is null or (c.reason_code, nullif(coalesce(c.detail ->> 'sku', c.detail ->> 'value'), ''))
            = (select l.reason_code, nullif(coalesce(l.detail ->> 'sku', l.detail ->> 'value'), '') from exception_queue_case l where l.id = %(like)s))
)
select t.fails, grouping(t.state, t.team, t.assigned_to) as of, t.state, t.team, t.reason_code, (select h.code from catalog_channel h where h.id = t.channel_id) as channel, t.assigned_to,
    t.is_mentioned, t.clock, t.age, t.value, t.promise, t.currency, count(*)::int as cases, coalesce(sum(t.value_at_risk_minor), 0)::bigint as value_minor
from told t where t.fails & (t.fails - 1) = 0
group by grouping sets ((t.fails, t.state, t.clock, t.age, t.value, t.promise, t.is_mentioned, t.currency), (t.fails, t.team, t.reason_code, t.channel_id, t.clock), (t.fails, t.assigned_to))

-- name: count_strip
-- The figures at the top of the desk: open cases, late ones, due within the hour, nobody's.
select count(*)::int as open, (count(*) filter (where c.due_at < %(as_of)s))::int as late,
    (count(*) filter (where c.due_at >= %(as_of)s and c.due_at < %(as_of)s + interval '1 hour'))::int as hour, (count(*) filter (where c.assigned_to is null))::int as free
from exception_queue_case c where c.state = 'open' and c.state <> 'resolved' and (%(team)s::text is null or c.team = %(team)s)

-- name: mentions_of
select case_id from exception_queue_mention where username = %(username)s and seen_at is null order by case_id limit %(limit)s

-- name: resolved_since
-- How many were resolved since a moment, by anybody and by one person; and how long it took, half of them less.
select count(*)::int as cases, (count(*) filter (where %(actor)s in (c.resolved_by, c.assigned_to)))::int as own
from exception_queue_case c where c.state = 'resolved' and c.resolved_at >= %(since)s and (%(team)s::text is null or c.team = %(team)s)

-- name: median_to_resolve
select percentile_cont(0.5) within group (order by lasted)::bigint as seconds, count(*)::int as cases from (
    select extract(epoch from c.resolved_at - c.opened_at) as lasted from exception_queue_case c
    where c.state = 'resolved' and c.resolved_at >= %(since)s and (%(team)s::text is null or c.team = %(team)s) order by c.resolved_at desc limit %(limit)s
) last

-- name: same_cause
-- How many other cases have the same reason for the same SKU or value, how many orders they hold up, and of what value in the currency of this one.
select count(*)::int as cases, count(distinct c.order_id)::int as orders, (coalesce(sum(c.value_at_risk_minor) filter (where c.currency = %(currency)s), 0))::bigint as value_minor
from exception_queue_case c where c.state <> 'resolved' and c.reason_code = %(reason)s and left(coalesce(c.detail ->> 'sku', c.detail ->> 'value'), 200) = left(%(cause)s::text, 200)
    and coalesce(c.detail ->> 'sku', c.detail ->> 'value') = %(cause)s::text and c.id <> %(case_id)s

-- name: list_cases
select c.id, c.reason_code, c.document, c.document_id, c.order_id, o.number as order_number, c.line_id, c.state, c.detail, c.value_at_risk_minor, c.currency,
    c.opened_at, c.due_at, c.due_at < coalesce(c.resolved_at, %(as_of)s) as is_late, c.late_at, c.let_go_at, c.seen, c.retries, c.next_check_at, c.team, c.assigned_to, c.snoozed_until,
    coalesce(c.detail ->> 'severity', r.severity) as severity, r.says, c.promised_by, h.code as channel, c.resolved_at, c.resolved_by, c.resolution
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code left join orders_order o on o.id = c.order_id left join catalog_channel h on h.id = c.channel_id
where c.id = any(%(case_ids)s::bigint[]) order by array_position(%(case_ids)s::bigint[], c.id)

-- name: show_case
select c.*, o.number as order_number, r.says, coalesce(c.detail ->> 'severity', r.severity) as severity, r.sop, r.offers, r.clears_when, r.stage
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code left join orders_order o on o.id = c.order_id where c.id = %(case_id)s

-- name: case_events
select at, actor, event, detail from exception_queue_case_event where case_id = %(case_id)s order by id

-- name: count_by_reason
select c.reason_code, r.says, r.severity, c.team, count(*) as cases, count(distinct coalesce(c.order_id, -c.document_id)) as documents,
    count(*) filter (where c.due_at < %(as_of)s) as late, count(*) filter (where c.let_go_at is not null) as let_go,
    count(*) filter (where c.state = 'snoozed') as snoozed, min(c.opened_at) as oldest_at, c.currency, coalesce(sum(c.value_at_risk_minor), 0)::bigint as value_at_risk_minor
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code where c.state <> 'resolved'
group by c.reason_code, r.says, r.severity, c.team, c.currency order by count(*) desc, c.reason_code
