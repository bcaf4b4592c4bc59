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

-- name: cases_of_messages
select id from exception_queue_case where document = 'inbox' and document_id = any(%(document_ids)s::bigint[]) and state <> 'resolved' order by id for update

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
    update exception_queue_case set assigned_to = case when %(event)s in ('assigned', 'given_back') then %(assigned_to)s else assigned_to end,
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

-- name: free_cases_of_the_gone
-- Who may not sign in any more has no cases: they are their team's again.
with freed as (
    update exception_queue_case c set assigned_to = null from auth_user u
    where c.assigned_to = 'user:' || u.username and not u.is_active and c.state <> 'resolved' returning c.id, u.username
)
insert into exception_queue_case_event (case_id, at, actor, event, detail)
select id, %(as_of)s, %(actor)s, 'given_back', jsonb_build_object('note', username || ' has left') from freed

-- name: promises_kept
-- What has left endangers no promise any more.
update exception_queue_case c set promised_by = null from orders_order o
where c.state <> 'resolved' and c.promised_by is not null and o.id = c.order_id and o.qty_shipped_each >= o.qty_ordered_each - o.qty_cancelled_each
