-- name: start_check
insert into governance_chain_check (actor, asked_at, known_head, last_seq, links, head) values (%(actor)s, %(as_of)s, %(known_head)s, %(last_seq)s, %(links)s, %(head)s) returning id

-- name: checks_going_on
select id from governance_chain_check where ended_at is null and id <> all(%(failed)s::bigint[]) order by id limit %(limit)s

-- name: lock_check
-- One process at a time works on a verification; another finds it taken.
select id, phase, checked_seq, last_seq, known_head, faults from governance_chain_check where id = %(check_id)s and ended_at is null for update skip locked

-- name: verify_links_between
-- These links recomputed, and each compared with the hash of the link before it, which may lie before them. Faulty links only.
select seq, what from (
    select seq, case
        when hash <> headrace_audit_hash(previous_hash, at, actor, deed, subject, batch_id, detail, rows_digest) then 'the link was changed'
        when previous_hash <> coalesce(lag(hash) over (order by seq), decode(repeat('00', 32), 'hex')) then 'a link before it is missing or was changed'
        end as what
    from governance_audit where seq <= %(until)s and seq >= coalesce((select max(seq) from governance_audit where seq <= %(after)s), 0)
) checked where what is not null and seq > %(after)s order by seq limit %(limit)s

-- name: link_after
-- The last of the next links to be looked at.
select max(seq) as seq from (select seq from governance_audit where seq > %(after)s and seq <= %(last_seq)s order by seq limit %(links)s) part

-- name: note_check
update governance_chain_check set phase = %(phase)s, checked_seq = %(checked_seq)s, faults = %(faults)s::jsonb,
    ended_at = case when %(phase)s = 'done' then clock_timestamp() end where id = %(check_id)s

-- name: show_checks
select id, actor, asked_at, known_head, phase, checked_seq, last_seq, links, head, faults, ended_at, extract(epoch from ended_at - asked_at)::float8 as seconds
from governance_chain_check where %(check_id)s::bigint is null or id = %(check_id)s order by id desc limit %(limit)s
