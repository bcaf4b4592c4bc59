-- name: store_messages
-- Same partner, kind, key and content is the same message: counted again, not stored again. The caller sends each of them once, sorted,
-- so that two writers lock in one order. Bodies go in with their message, in one statement.
with sent as (
    select * from unnest(%(kinds)b::text[], %(keys)b::text[], %(hashes)b::bytea[], %(bodies)b::text[], %(headers)s::text[])
        with ordinality as t(kind, message_key, content_hash, body, headers, n)
),
stored as (
    insert into engine_inbox (partner, kind, message_key, content_hash)
    select %(partner)s, kind, message_key, content_hash from sent order by n
    on conflict (partner, kind, message_key, content_hash) do update set deliveries = least(engine_inbox.deliveries + 1, 32000)
    returning id, kind, message_key, content_hash, state, outcome, document_id, (xmax = 0) as is_new
),
found as (
    select t.n, t.body, t.headers, s.id, s.is_new, s.state, s.outcome, s.document_id
    from stored s join sent t on t.message_key = s.message_key and t.kind = s.kind and t.content_hash = s.content_hash
),
bodies as (
    insert into engine_inbox_body (inbox_id, body, headers) select id, body, headers::jsonb from found where is_new
)
select n, id, is_new, state, outcome, document_id from found order by n

-- name: claim_messages
select id from engine_inbox where kind = %(state)s and state = 'received' order by id limit %(limit)s for update skip locked

-- name: reclaim_messages
select id from engine_inbox where id = any(%(ids)s) and kind = %(state)s and state = 'received' order by id for update skip locked

-- name: hold_messages
update engine_inbox set state = 'parked' where id = any(%(ids)s) and state = 'received'

-- name: unhold_messages
update engine_inbox set state = 'received' where id = any(%(ids)s) and state = 'parked'

-- name: about_messages
select id as document_id, null::bigint as order_id, null::bigint as value_minor, null::text as currency from engine_inbox where id = any(%(ids)s)

-- name: read_messages
select i.id, i.partner, i.kind, i.message_key, b.body, b.headers
from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id where i.id = any(%(ids)s) order by i.id

-- name: bodies_of_messages
select i.id, i.partner, b.body, b.headers from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id where i.id = any(%(message_ids)s::bigint[])

-- name: take_again
-- Messages that ended with this outcome are taken once more: what stood in their way is gone.
update engine_inbox i set state = 'received', outcome = null, document_id = null, done_at = null
from unnest(%(partners)s::text[], %(keys)s::text[]) k(partner, message_key)
where i.partner = k.partner and i.kind = %(kind)s and i.message_key = k.message_key and i.state = 'done' and i.outcome = %(outcome)s returning i.id

-- name: take_raw
-- Messages that go to their stage once more, from the raw body: those that stand parked, those that did nothing, and orders, which are known again by their
-- key and version whatever became of them. What moved goods or money is done.
update engine_inbox i set state = 'received', outcome = null, document_id = null, done_at = null
where i.id = any(%(message_ids)s::bigint[]) and exists (select from engine_inbox_body b where b.inbox_id = i.id)
    and (i.state = 'parked' or (i.state = 'done' and (i.kind = any(%(repeatable)s::text[]) or i.outcome = any(%(idle)s::text[]))))
returning i.id

-- name: states_of_messages
select i.id, i.kind, i.state, i.outcome, exists (select from engine_inbox_body b where b.inbox_id = i.id) as has_body
from engine_inbox i where i.id = any(%(message_ids)s::bigint[])

-- name: finish_messages
-- One outcome per message; the row count must match.
update engine_inbox i set state = 'done', outcome = d.outcome, document_id = d.document_id, done_at = %(as_of)s
from unnest(%(message_ids)s::bigint[], %(outcomes)s::text[], %(document_ids)s::bigint[]) d(id, outcome, document_id)
where i.id = d.id and i.state = 'received'
