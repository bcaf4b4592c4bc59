-- name: queues
-- What waits in the machine itself, and since when.
select 'inbox' as queue, count(*) as waiting, min(received_at) as oldest_at from engine_inbox where state = 'received'
union all select 'outbox', count(*), min(created_at) from engine_outbox where state <> 'done' and state in ('todo', 'doing')
union all select 'dead_letters', count(*), min(created_at) from engine_outbox where state <> 'done' and state = 'dead'
union all select 'approvals', count(*), min(asked_at) from governance_approval where state = 'asked'
union all select 'wakes', count(*), min(scheduled_at) from procrastinate_jobs where status = 'todo'

-- name: inbox_pairs
-- Every partner and kind that ever sent, by jumps along the index instead of a look at each message.
with recursive pair as (
    (select partner, kind from engine_inbox order by partner, kind limit 1)
    union all
    select n.partner, n.kind from pair p cross join lateral (
        select i.partner, i.kind from engine_inbox i where (i.partner, i.kind) > (p.partner, p.kind) order by i.partner, i.kind limit 1) n
)
select partner, kind from pair order by partner, kind

-- name: inbox
select i.id, i.id as cursor, i.partner, i.kind, i.message_key, i.state, i.outcome, i.document_id, i.deliveries, i.received_at, i.done_at
from engine_inbox i where (%(partner)s::text is null or i.partner = %(partner)s) and (%(kind)s::text is null or i.kind = %(kind)s)
    and (%(state)s::text is null or i.state = %(state)s) and (%(before)s::bigint is null or i.id < %(before)s) order by i.id desc limit %(limit)s

-- name: parked_inbox
-- Messages that stand parked for a reason, perhaps for one field or stage; with the reason `none` those that no case waits for.
select i.id, i.id as cursor, i.partner, i.kind, i.message_key, i.state, i.outcome, i.document_id, i.deliveries, i.received_at, i.done_at
from engine_inbox i where i.state = 'parked' and (%(partner)s::text is null or i.partner = %(partner)s) and (%(kind)s::text is null or i.kind = %(kind)s)
    and (%(reason)s = 'none') <> exists (select from exception_queue_case k where k.document = 'inbox' and k.document_id = i.id and k.state <> 'resolved' and k.let_go_at is null
        and (%(reason)s = 'none' or k.reason_code = %(reason)s) and (%(place)s::text is null or coalesce(k.detail ->> 'field', k.detail ->> 'stage') = %(place)s))
    and (%(before)s::bigint is null or i.id < %(before)s) order by i.id desc limit %(limit)s

-- name: inbox_of_key
-- One key of every partner and kind that may have sent it, each by the index.
select i.id, i.id as cursor, i.partner, i.kind, i.message_key, i.state, i.outcome, i.document_id, i.deliveries, i.received_at, i.done_at
from unnest(%(partners)s::text[], %(kinds)s::text[]) pair(partner, kind)
cross join lateral (select * from engine_inbox x where x.partner = pair.partner and x.kind = pair.kind and x.message_key = %(key)s offset 0) i
where (%(state)s::text is null or i.state = %(state)s) and (%(before)s::bigint is null or i.id < %(before)s) order by i.id desc limit %(limit)s

-- name: message
select i.id, i.partner, i.kind, i.message_key, i.state, i.outcome, i.document_id, i.deliveries, i.received_at, i.done_at, encode(i.content_hash, 'hex') as hash, b.body, b.headers
from engine_inbox i left join engine_inbox_body b on b.inbox_id = i.id where i.id = %(id)s

-- name: cases_of_message
select c.id, c.reason_code, c.state, r.says, c.opened_at from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
where c.document = 'inbox' and c.document_id = %(id)s order by c.id

-- name: outbox
select o.id, o.id as cursor, o.partner, o.kind, o.record_key, o.state, o.attempts, o.run_at, o.created_at, o.done_at, o.last_error, o.cause
from engine_outbox o where (%(partner)s::text is null or o.partner = %(partner)s) and (%(state)s::text is null or o.state = %(state)s)
    and (%(cause)s::text is null or o.cause = %(cause)s)
    and (%(hours)s::int is null or o.created_at >= clock_timestamp() - make_interval(hours => %(hours)s::int))
    and (%(state)s::text is null or %(state)s::text = 'done' or o.state <> 'done')
    and (%(before)s::bigint is null or o.id < %(before)s) order by o.id desc limit %(limit)s

-- name: delivery
select id, partner, kind, record_key, idempotency_key, state, attempts, run_at, lease_until, last_error, cause, created_at, done_at, batch_id, body from engine_outbox where id = %(id)s

-- name: partner_codes
select code from engine_partner order by code

-- name: audit
select seq, seq as cursor, at, actor, deed, subject, batch_id, detail from governance_audit
where (%(actor)s::text is null or actor = %(actor)s) and (%(subject)s::text is null or subject = %(subject)s) and (%(deed)s::text is null or deed = %(deed)s)
    and (%(since)s::timestamptz is null or at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s)
    and (%(before)s::bigint is null or seq < %(before)s) and seq > %(low)s and (%(text)s::text is null or strpos(lower(detail::text), lower(%(text)s::text)) > 0)
order by seq desc limit %(limit)s

-- name: newest_link
select coalesce(max(seq), 0) as seq from governance_audit

-- name: link
select seq, at, actor, deed, subject, batch_id, detail, encode(hash, 'hex') as hash, encode(previous_hash, 'hex') as previous_hash, encode(rows_digest, 'hex') as rows_digest
from governance_audit where seq = %(seq)s

-- name: link_before
-- The same deed on the same subject, the last one before.
select seq, at, actor, deed, subject, batch_id, detail from governance_audit where subject = %(subject)s and deed = %(deed)s and seq < %(seq)s order by seq desc limit 1

-- name: approvals
select id, id as cursor, deed, subject, parameters, state, asked_by, asked_at, answered_by, answered_at, note from governance_approval
where (%(state)s::text is null or state = %(state)s) and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(limit)s
