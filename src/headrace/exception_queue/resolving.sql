-- name: lock_cases
select c.id, c.reason_code, c.document, c.document_id, c.order_id, c.line_id, c.state, c.detail, c.fingerprint, c.team, c.assigned_to,
    coalesce(c.detail ->> 'severity', r.severity) as severity
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
where c.id = any(%(case_ids)s::bigint[]) order by c.id for update of c

-- name: resolve_cases
with done as (
    update exception_queue_case set state = 'resolved', resolution = %(resolution)s, resolved_at = %(as_of)s, resolved_by = %(actor)s, resolution_note = %(note)s,
        next_check_at = null, let_go_at = null, snoozed_until = null
    where id = any(%(case_ids)s::bigint[]) and state <> 'resolved' returning id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event, detail)
    select id, %(as_of)s, %(actor)s, 'resolved', jsonb_strip_nulls(jsonb_build_object('how', %(resolution)s::text, 'note', %(note)s::text)) from done
)
select id from done

-- name: open_cases_of
select id from exception_queue_case where document = %(document)s and document_id = any(%(document_ids)s::bigint[]) and reason_code = %(code)s and state <> 'resolved' order by id for update

-- name: send_back
-- The case stays open: the batch that takes the document again says what comes of it.
with sent as (
    update exception_queue_case set let_go_at = %(as_of)s, state = 'open', snoozed_until = null, next_check_at = null
    where id = any(%(case_ids)s::bigint[]) and state <> 'resolved' returning id
)
insert into exception_queue_case_event (case_id, at, actor, event, detail)
select id, %(as_of)s, %(actor)s, 'sent_back', nullif(jsonb_strip_nulls(jsonb_build_object('note', %(note)s::text)), '{}') from sent

-- name: cases_of_letters
select id from exception_queue_case where document = 'outbox' and document_id = any(%(document_ids)s::bigint[]) and state <> 'resolved' order by id for update

-- name: free_documents
-- Documents that no case blocks any more; one that was sent back blocks nothing.
select distinct c.document, c.document_id from exception_queue_case c
where c.id = any(%(case_ids)s::bigint[]) and not exists (
    select 1 from exception_queue_case o join exception_queue_reason r on r.code = o.reason_code
    where o.document = c.document and o.document_id = c.document_id and o.state <> 'resolved' and o.let_go_at is null
        and coalesce(o.detail ->> 'severity', r.severity) <> 'warns')

-- name: due_for_a_look
-- Cases that look again by themselves now; each look counts. A document that another stage holds as well stays held until that is answered.
with due as (
    select id from exception_queue_case where state = 'open' and next_check_at <= %(as_of)s order by next_check_at limit %(limit)s for update skip locked
),
looking as (
    update exception_queue_case c set retries = least(c.retries + 1, 32000), next_check_at = null, let_go_at = coalesce(c.let_go_at, %(as_of)s)
    from due, exception_queue_reason r where c.id = due.id and r.code = c.reason_code
    returning c.id, c.document, c.document_id, r.stage
)
select l.id, l.document, l.document_id, exists (
    select 1 from exception_queue_case o join exception_queue_reason r on r.code = o.reason_code
    where o.document = l.document and o.document_id = l.document_id and o.state <> 'resolved' and o.let_go_at is null and r.stage not in (l.stage, 'engine')
        and coalesce(o.detail ->> 'severity', r.severity) <> 'warns') as is_held_elsewhere
from looking l

-- name: let_go_long_ago
select id, document, document_id from exception_queue_case where let_go_at < %(as_of)s - make_interval(secs => %(adrift_s)s) and not (state = 'resolved')
order by id limit %(limit)s for update skip locked

-- name: waiting_for_event
-- Cases whose reason clears on an event, narrowed to given orders where the event names them.
update exception_queue_case c set next_check_at = %(as_of)s
from exception_queue_reason r
where r.code = c.reason_code and c.state = 'open' and r.clears_when ? %(event)s and (%(order_ids)s::bigint[] is null or c.order_id = any(%(order_ids)s::bigint[]))
returning c.id

-- name: wake_snoozed
with woken as (
    update exception_queue_case set state = 'open', snoozed_until = null where state = 'snoozed' and snoozed_until <= %(as_of)s returning id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event) select id, %(as_of)s, %(actor)s, 'woken' from woken
)
select id from woken

-- name: find_late
-- Cases whose clock has run out, the longest overdue first. One that sleeps is told when it wakes.
with overdue as (
    select id from exception_queue_case where state = 'open' and late_at is null and due_at <= %(as_of)s order by due_at limit %(limit)s for update skip locked
),
late as (
    update exception_queue_case c set late_at = %(as_of)s from overdue o where c.id = o.id returning c.id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event) select id, %(as_of)s, %(actor)s, 'late' from late
)
select id from late

-- name: change_cases
-- What was before is kept with the event, so that the deed can be undone.
with before as (
    select id, jsonb_build_object('assigned_to', assigned_to, 'team', team, 'state', state, 'snoozed_until', snoozed_until) as was from exception_queue_case where id = any(%(case_ids)s::bigint[])
),
changed as (
    update exception_queue_case set assigned_to = case when %(event)s = 'assigned' then %(assigned_to)s else assigned_to end,
        team = case when %(event)s = 'escalated' then %(team)s else team end,
        state = case when %(event)s = 'snoozed' then 'snoozed' when %(event)s = 'reopened' then 'open' else state end,
        snoozed_until = case when %(event)s = 'snoozed' then %(until)s else snoozed_until end
    where id = any(%(case_ids)s::bigint[]) and (state <> 'resolved' or %(event)s = 'commented') returning id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event, detail)
    select c.id, %(as_of)s, %(actor)s, %(event)s, jsonb_strip_nulls(jsonb_build_object('to', coalesce(%(assigned_to)s, %(team)s), 'until', %(until)s::timestamptz, 'note', %(note)s::text))
        || case when %(event)s = 'commented' then '{}' else jsonb_build_object('was', b.was) end
    from changed c join before b on b.id = c.id
)
select id from changed

-- name: undo_changes
-- Only the last thing that happened to a case can be undone, by whoever did it; comments do not count.
with last as (
    select distinct on (case_id) case_id, event, actor, detail -> 'was' as was from exception_queue_case_event
    where case_id = any(%(case_ids)s::bigint[]) and event <> 'commented' order by case_id, id desc
),
undone as (
    update exception_queue_case c set assigned_to = l.was ->> 'assigned_to', team = l.was ->> 'team', state = l.was ->> 'state', snoozed_until = (l.was ->> 'snoozed_until')::timestamptz
    from last l where l.case_id = c.id and l.was is not null and l.actor = %(actor)s and c.state <> 'resolved' returning c.id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event) select id, %(as_of)s, %(actor)s, 'undone' from undone
)
select id from undone

-- name: add_waiver
insert into orders_waiver (order_id, reason_code, fingerprint, actor, note, at) values (%(order_id)s, %(reason_code)s, %(fingerprint)s, %(actor)s, %(note)s, %(as_of)s)

-- name: matching_cases
-- Ids, the most urgent first; a cursor is the last row's due_at and id. `promised_by` asks for orders that were promised before then and have not left.
select c.id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
where (%(state)s::text is null or c.state = %(state)s) and (%(team)s::text is null or c.team = %(team)s) and (%(reason)s::text is null or c.reason_code = %(reason)s)
    and (%(stage)s::text is null or r.stage = %(stage)s) and (%(assigned_to)s::text is null or c.assigned_to = %(assigned_to)s)
    and (%(is_free)s::boolean is null or (c.assigned_to is null) = %(is_free)s)
    and (%(order_id)s::bigint is null or c.order_id = %(order_id)s)
    and (%(opened_before)s::timestamptz is null or c.opened_at < %(opened_before)s)
    and (%(value_from_minor)s::bigint is null or c.value_at_risk_minor >= %(value_from_minor)s)
    and (%(promised_by)s::timestamptz is null or exists (select from orders_order o where o.id = c.order_id and o.promised_by < %(promised_by)s
        and o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each))
    and (%(late)s::boolean is null or (c.due_at < coalesce(c.resolved_at, %(as_of)s)) = %(late)s)
    and (%(after_due)s::timestamptz is null or (c.due_at, c.id) > (%(after_due)s::timestamptz, %(after_id)s::bigint))
order by c.due_at, c.id limit %(limit)s

-- name: list_cases
select c.id, c.reason_code, c.document, c.document_id, c.order_id, o.number as order_number, c.line_id, c.state, c.detail, c.value_at_risk_minor, c.currency,
    c.opened_at, c.due_at, c.due_at < coalesce(c.resolved_at, %(as_of)s) as is_late, c.late_at, c.let_go_at, c.seen, c.retries, c.next_check_at, c.team, c.assigned_to, c.snoozed_until,
    coalesce(c.detail ->> 'severity', r.severity) as severity, r.says
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code left join orders_order o on o.id = c.order_id
where c.id = any(%(case_ids)s::bigint[]) order by c.due_at, c.id

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
