-- name: store_messages
-- Same partner, kind, key and content is the same message: counted again, not stored again.
-- Bodies go in with their message, in one statement. Rows come sorted by key, so that two writers lock in one order.
with sent as (
    select * from unnest(%(kinds)s::text[], %(keys)s::text[], %(bodies)s::text[], %(headers)s::text[]) with ordinality as t(kind, message_key, body, headers, n)
),
first_of_each as (
    select distinct on (kind, message_key, sha256(convert_to(body, 'UTF8'))) kind, message_key, body, headers, n, sha256(convert_to(body, 'UTF8')) as content_hash
    from sent order by kind, message_key, sha256(convert_to(body, 'UTF8')), n
),
stored as (
    insert into engine_inbox (partner, kind, message_key, content_hash)
    select %(partner)s, kind, message_key, content_hash from first_of_each order by kind, message_key, n
    on conflict (partner, kind, message_key, content_hash) do update set deliveries = least(engine_inbox.deliveries + 1, 32000)
    returning id, kind, message_key, content_hash, state, outcome, document_id, (xmax = 0) as is_new
),
bodies as (
    insert into engine_inbox_body (inbox_id, body, headers)
    select s.id, f.body, f.headers::jsonb from stored s join first_of_each f using (kind, message_key, content_hash) where s.is_new
)
select f.n, s.id, s.is_new, s.state, s.outcome, s.document_id from stored s join first_of_each f using (kind, message_key, content_hash) order by f.n

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
select i.id, i.partner, i.kind, i.message_key, i.received_at, b.body, b.headers
from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id where i.id = any(%(ids)s) order by i.id

-- name: finish_messages
-- One outcome per message; the row count must match.
update engine_inbox i set state = 'done', outcome = d.outcome, document_id = d.document_id, done_at = %(as_of)s
from unnest(%(message_ids)s::bigint[], %(outcomes)s::text[], %(document_ids)s::bigint[]) d(id, outcome, document_id)
where i.id = d.id and i.state = 'received'
