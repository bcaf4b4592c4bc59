-- name: letters_by_cause
-- Deliveries that gave up, by partner and cause, the most first.
select partner, cause, count(*) as letters, min(created_at) as first_at, max(created_at) as last_at, max(id) as example, array_agg(distinct kind) as kinds
from engine_outbox where state = 'dead' group by partner, cause order by letters desc, partner, cause limit %(limit)s

-- name: messages_by_reason
-- Messages that stand parked, by sender, kind, reason and the field or stage at fault, the most first; without a reason where every case was closed.
select i.partner, i.kind, c.reason_code as reason, c.place, count(distinct i.id) as letters, min(i.received_at) as first_at, max(i.received_at) as last_at, max(i.id) as example
from engine_inbox i left join lateral (
    select k.reason_code, coalesce(k.detail ->> 'field', k.detail ->> 'stage') as place from exception_queue_case k
    where k.document = 'inbox' and k.document_id = i.id and k.state <> 'resolved' and k.let_go_at is null) c on true
where i.state = 'parked' group by i.partner, i.kind, c.reason_code, c.place order by letters desc, i.partner, i.kind limit %(limit)s

-- name: dead_totals
select (select count(*) from engine_outbox where state = 'dead') as letters, (select count(*) from engine_inbox where state = 'parked') as messages

-- name: dead_numbers
-- Numbers of deliveries that gave up, the oldest first.
select id from engine_outbox where state = 'dead' and (%(partner)s::text is null or partner = %(partner)s) and (%(cause)s::text is null or cause = %(cause)s)
    and (%(ids)s::bigint[] is null or id = any(%(ids)s)) and (%(since)s::timestamptz is null or created_at >= %(since)s) order by id limit %(limit)s

-- name: parked_numbers
-- Numbers of messages that stand parked, or of those named, the oldest first. One whose cases somebody has closed is dealt with elsewhere: it is taken
-- again only by its number.
select i.id from engine_inbox i
where case when %(ids)s::bigint[] is null then i.state = 'parked' and exists (select from exception_queue_case o where o.document = 'inbox' and o.document_id = i.id and o.state <> 'resolved')
    else i.id = any(%(ids)s) end
    and (%(partner)s::text is null or i.partner = %(partner)s) and (%(kind)s::text is null or i.kind = %(kind)s)
    and (%(since)s::timestamptz is null or i.received_at >= %(since)s)
    and (%(reason)s::text is null or exists (select from exception_queue_case k where k.document = 'inbox' and k.document_id = i.id and k.state <> 'resolved' and k.let_go_at is null
        and k.reason_code = %(reason)s and (%(place)s::text is null or coalesce(k.detail ->> 'field', k.detail ->> 'stage') = %(place)s)))
order by i.id limit %(limit)s

-- name: look_at_letters
-- What a replay of these deliveries would do, partner by partner: how many, how many of them are old, of how many records, and what waits behind them.
with chosen as (
    select id, partner, record_key, created_at from engine_outbox where id = any(%(ids)s::bigint[]) and state = 'dead'
),
behind as (
    select c.partner, count(distinct o.id) as waiting from chosen c join engine_outbox o on o.partner = c.partner and o.record_key = c.record_key and o.id > c.id
        and o.state <> 'done' and o.state in ('todo', 'doing') group by c.partner
)
select c.partner, count(*) as letters, count(*) filter (where c.created_at < %(old)s) as old, count(distinct c.record_key) as records, min(c.created_at) as first_at,
    max(c.created_at) as last_at, coalesce(max(b.waiting), 0) as behind, p.breaker, p.paused, p.retry_at
from chosen c join engine_partner p on p.code = c.partner left join behind b on b.partner = c.partner group by c.partner, p.breaker, p.paused, p.retry_at order by letters desc, c.partner

-- name: look_at_messages
select i.partner, i.kind, count(*) as letters, count(*) filter (where i.received_at < %(old)s) as old, count(distinct i.message_key) as records, min(i.received_at) as first_at, max(i.received_at) as last_at
from engine_inbox i where i.id = any(%(ids)s::bigint[]) group by i.partner, i.kind order by letters desc, i.partner, i.kind

-- name: rows_of_replay
-- What became of each letter, with whose it is and where it stands now.
select r.document_id as id, r.state, r.why, coalesce(o.partner, i.partner) as partner, coalesce(o.record_key, i.message_key) as record, coalesce(o.state, i.state) as stands, i.outcome
from engine_replay_row r
left join engine_outbox o on %(document)s = 'outbox' and o.id = r.document_id
left join engine_inbox i on %(document)s = 'inbox' and i.id = r.document_id
where r.replay_id = %(replay_id)s and (%(state)s::text is null or r.state = %(state)s) and r.document_id > %(after)s order by r.document_id limit %(limit)s
