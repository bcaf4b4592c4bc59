-- name: lock_head
-- One writer at a time extends the chain; the lock is taken last, just before the commit.
select pg_advisory_xact_lock(7208)

-- name: append_link
-- The hash covers everything that the link says, and the hash before it.
with head as (
    select coalesce((select hash from governance_audit order by seq desc limit 1), decode(repeat('00', 32), 'hex')) as previous_hash
),
link as (
    select h.previous_hash, %(at)s::timestamptz as at, %(actor)s::text as actor, %(deed)s::text as deed, %(subject)s::text as subject,
        %(batch_id)s::bigint as batch_id, %(detail)s::jsonb as detail, %(rows_digest)s::bytea as rows_digest from head h
)
insert into governance_audit (at, actor, deed, subject, batch_id, detail, rows_digest, previous_hash, hash)
select at, actor, deed, subject, batch_id, detail, rows_digest, previous_hash, headrace_audit_hash(previous_hash, at, actor, deed, subject, batch_id, detail, rows_digest)
from link returning seq

-- name: batch_digest
-- SHA-256 over the history rows that the batch wrote, in their order; null when it wrote none.
select headrace_history_digest(%(batch_id)s, %(history_mark)s) as digest

-- name: mark_history
select last_value as mark from orders_history_id_seq

-- name: verify_chain
-- Every link recomputed, and compared with the hash before it. Faulty links only.
select seq, at, actor, deed, what from (
    select seq, at, actor, deed, case
        when hash <> headrace_audit_hash(previous_hash, at, actor, deed, subject, batch_id, detail, rows_digest) then 'the link was changed'
        when previous_hash <> coalesce(lag(hash) over (order by seq), decode(repeat('00', 32), 'hex')) then 'a link before it is missing or was changed'
        end as what
    from governance_audit
) checked where what is not null order by seq limit %(limit)s

-- name: verify_digests
-- The history rows of each batch against the digest taken when it was committed, and against its moment. All batches in one pass over the
-- history; rows of a batch that the chain does not know are found as well.
with seen as (
    select batch_id, sha256(convert_to(string_agg(concat_ws(chr(31), id, order_id, event, actor, detail::text), chr(30) order by id), 'UTF8')) as digest,
        min(at) as first_at, max(at) as last_at
    from orders_history where batch_id is not null group by batch_id
),
linked as (
    select seq, at, actor, deed, batch_id, rows_digest from governance_audit where batch_id is not null
)
select coalesce(a.seq, 0) as seq, a.at, a.actor, a.deed, 'history rows of batch ' || coalesce(a.batch_id, s.batch_id)
    || case when a.seq is null then ' belong to no link of the chain' else ' were changed, added or removed' end as what
from linked a full join seen s on s.batch_id = a.batch_id
where a.rows_digest is distinct from s.digest or a.at <> s.first_at or a.at <> s.last_at order by 1 limit %(limit)s

-- name: verify_batches
-- Each batch's record against what the chain says of it: as many documents, the same policies.
select coalesce(a.seq, 0) as seq, 'batch ' || coalesce(a.batch_id, b.id) || case when a.seq is null then ' has no link in the chain'
    when b.id is null then ' has no record any more' else ' is recorded otherwise than in the chain' end as what
from (select seq, batch_id, detail from governance_audit where batch_id is not null) a full join engine_batch b on b.id = a.batch_id
where a.seq is null or b.id is null or (a.detail ->> 'taken')::int <> b.taken or (a.detail ->> 'moved')::int <> b.moved or (a.detail ->> 'parked')::int <> b.parked
    or coalesce(a.detail -> 'policies', '{}') <> coalesce(b.policies, '{}') order by 1 limit %(limit)s

-- name: is_in_chain
select exists (select 1 from governance_audit where hash = decode(%(head)s, 'hex')) as found

-- name: chain_size
select count(*) as links, coalesce(max(seq), 0) as last_seq, encode((select hash from governance_audit order by seq desc limit 1), 'hex') as head from governance_audit

-- name: search_audit
select seq, at, actor, deed, subject, batch_id, detail from governance_audit
where (%(actor)s::text is null or actor = %(actor)s) and (%(subject)s::text is null or subject = %(subject)s) and (%(deed)s::text is null or deed = %(deed)s)
    and (%(before)s::bigint is null or seq < %(before)s) order by seq desc limit %(limit)s
