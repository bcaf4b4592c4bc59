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
-- The history rows of each batch against the digest taken when it was committed. All batches in one pass over the history.
with seen as (
    select batch_id, sha256(convert_to(string_agg(concat_ws(chr(31), id, order_id, event, actor, detail::text), chr(30) order by id), 'UTF8')) as digest
    from orders_history where batch_id is not null group by batch_id
)
select a.seq, a.at, a.actor, a.deed, 'history rows of batch ' || a.batch_id || ' were changed, added or removed' as what
from governance_audit a left join seen s on s.batch_id = a.batch_id
where a.batch_id is not null and a.rows_digest is distinct from s.digest order by a.seq limit %(limit)s

-- name: orphan_batches
-- History of a batch that has no link at all.
select b.id as batch_id from engine_batch b where not exists (select 1 from governance_audit a where a.batch_id = b.id) order by b.id limit %(limit)s

-- name: chain_size
select count(*) as links, coalesce(max(seq), 0) as last_seq, encode((select hash from governance_audit order by seq desc limit 1), 'hex') as head from governance_audit

-- name: search_audit
select seq, at, actor, deed, subject, batch_id, detail from governance_audit
where (%(actor)s::text is null or actor = %(actor)s) and (%(subject)s::text is null or subject = %(subject)s) and (%(deed)s::text is null or deed = %(deed)s)
    and (%(before)s::bigint is null or seq < %(before)s) order by seq desc limit %(limit)s
