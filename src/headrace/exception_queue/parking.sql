-- name: sync_reasons
with declared as (
    select * from unnest(%(codes)s::text[], %(stages)s::text[], %(says)s::text[], %(severities)s::text[], %(owners)s::text[], %(due)s::int[],
        %(retries_every)s::int[], %(retries_max)s::int[], %(offers)s::text[], %(clears)s::text[], %(sops)s::text[])
        as t(code, stage, says, severity, owner, due_in_s, retry_every_s, retries_max, offers, clears_when, sop)
),
gone as (
    update exception_queue_reason r set is_declared = false where is_declared and not exists (select 1 from declared d where d.code = r.code)
)
insert into exception_queue_reason (code, stage, says, severity, owner, due_in_s, retry_every_s, retries_max, offers, clears_when, sop)
select code, stage, says, severity, owner, due_in_s, retry_every_s, retries_max, offers::jsonb, clears_when::jsonb, sop from declared
on conflict (code) do update set stage = excluded.stage, says = excluded.says, severity = excluded.severity, owner = excluded.owner, due_in_s = excluded.due_in_s,
    retry_every_s = excluded.retry_every_s, retries_max = excluded.retries_max, offers = excluded.offers, clears_when = excluded.clears_when,
    sop = excluded.sop, is_declared = true

-- name: park_cases
-- Same failure on the same document is the same case: seen again, or open again where somebody had sent the document back. The event log goes with it.
with failed as (
    select * from unnest(%(document_ids)s::bigint[], %(line_ids)s::bigint[], %(details)s::text[], %(fingerprints)s::text[]) as t(document_id, line_id, detail, fingerprint)
),
known_order as (
    select * from unnest(%(about_ids)s::bigint[], %(order_ids)s::bigint[], %(values)s::bigint[], %(currencies)s::text[]) as t(document_id, order_id, value_minor, currency)
),
reason as (
    select * from exception_queue_reason where code = %(code)s
),
parked as (
    insert into exception_queue_case (reason_code, document, document_id, order_id, line_id, detail, fingerprint, value_at_risk_minor, currency, opened_at, due_at,
        next_check_at, batch_id, team, channel_id, promised_by)
    select r.code, %(document)s, f.document_id, k.order_id, f.line_id, f.detail::jsonb, f.fingerprint, k.value_minor, k.currency, %(as_of)s,
        %(as_of)s + make_interval(secs => r.due_in_s), %(as_of)s + make_interval(secs => r.retry_every_s), %(batch_id)s, r.owner,
        o.channel_id, case when o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each then o.promised_by end
    from (select distinct on (document_id, fingerprint) * from failed) f cross join reason r left join known_order k using (document_id) left join orders_order o on o.id = k.order_id
    order by f.document_id, f.fingerprint
    on conflict (document_id, document, reason_code, fingerprint) where not (state = 'resolved')
    do update set seen = least(exception_queue_case.seen + 1, 32000), detail = excluded.detail, batch_id = excluded.batch_id, let_go_at = null, promised_by = excluded.promised_by,
        next_check_at = case when exception_queue_case.retries >= (select retries_max from reason) then null
            else %(as_of)s + make_interval(secs => (select retry_every_s from reason)) * power(2, least(exception_queue_case.retries, 6)) end
    returning id, order_id, old.id is null as is_new, old.let_go_at, next_check_at
),
known as (
    select p.*, exists (select 1 from exception_queue_case_event e where e.case_id = p.id and e.event = 'sent_back' and e.at = p.let_go_at) as was_sent_back from parked p
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event)
    select id, %(as_of)s, %(actor)s, case when is_new then 'opened' when was_sent_back then 'reopened'
        when let_go_at is not null and next_check_at is null then 'gave_up' else 'seen_again' end
    from known
)
select id, order_id, is_new or was_sent_back as is_news from known

-- name: settle_cases
-- Documents that pass now: what had been open for this stage clears by itself.
with cleared as (
    update exception_queue_case c set state = 'resolved', resolved_at = %(as_of)s, resolved_by = %(actor)s, let_go_at = null, next_check_at = null,
        resolution = case when c.let_go_at is not null and exists (select 1 from exception_queue_case_event e
            where e.case_id = c.id and e.event = 'sent_back' and e.at = c.let_go_at) then 'sent_to' else 'cleared_by_itself' end
    from exception_queue_reason r
    where c.document = %(document)s and c.document_id = any(%(document_ids)s::bigint[]) and c.state <> 'resolved' and r.code = c.reason_code and r.stage = any(%(stages)s::text[])
        and coalesce(c.detail ->> 'severity', r.severity) <> 'warns'
    returning c.id
)
insert into exception_queue_case_event (case_id, at, actor, event) select id, %(as_of)s, %(actor)s, 'resolved' from cleared

-- name: settle_gone
-- A batch that looked at everything raised again what is still true; the rest has mended itself.
with cleared as (
    update exception_queue_case c set state = 'resolved', resolved_at = %(as_of)s, resolved_by = %(actor)s, let_go_at = null, next_check_at = null,
        resolution = case when c.let_go_at is not null and exists (select 1 from exception_queue_case_event e
            where e.case_id = c.id and e.event = 'sent_back' and e.at = c.let_go_at) then 'sent_to' else 'cleared_by_itself' end
    from exception_queue_reason r
    where c.document = %(document)s and c.document_id = any(%(document_ids)s::bigint[]) and c.state <> 'resolved' and r.code = c.reason_code and r.stage = any(%(stages)s::text[])
        and c.batch_id is distinct from %(batch_id)s
    returning c.id
)
insert into exception_queue_case_event (case_id, at, actor, event) select id, %(as_of)s, %(actor)s, 'resolved' from cleared

-- name: any_open
select exists (select 1 from exception_queue_case where document = %(document)s and document_id = any(%(document_ids)s::bigint[]) and state <> 'resolved') as found

-- name: any_let_go
select exists (select 1 from exception_queue_case where let_go_at is not null and not (state = 'resolved')) as found

-- name: settle_let_go
-- What somebody or the clock had sent back, and what has passed now.
with answered as (
    update exception_queue_case c set state = 'resolved', resolved_at = coalesce(%(as_of)s::timestamptz, transaction_timestamp()), resolved_by = %(actor)s, let_go_at = null,
        next_check_at = null,
        resolution = case when c.let_go_at is not null and exists (select 1 from exception_queue_case_event e
            where e.case_id = c.id and e.event = 'sent_back' and e.at = c.let_go_at) then 'sent_to' else 'cleared_by_itself' end
    where c.document = %(document)s and c.document_id = any(%(document_ids)s::bigint[]) and c.let_go_at is not null and not (c.state = 'resolved')
    returning c.id, c.resolution, c.resolved_at
)
insert into exception_queue_case_event (case_id, at, actor, event, detail)
select id, resolved_at, %(actor)s, 'resolved', jsonb_build_object('how', resolution) from answered
