-- name: make_outbox_tray
create temp table if not exists outbox_tray (partner text, kind text, record_key text, idempotency_key text, body jsonb) on commit delete rows

-- name: post_tray
-- Same idempotency key, same effect: a repeat is no row.
with posted as (
    insert into engine_outbox (partner, kind, record_key, idempotency_key, body, batch_id)
    select partner, kind, record_key, idempotency_key, body, %(batch_id)s from outbox_tray order by record_key, idempotency_key
    on conflict (idempotency_key) do nothing returning 1
),
emptied as (
    delete from outbox_tray
)
select count(*) as posted from posted

-- name: open_partners
insert into engine_partner (code) select distinct partner from outbox_tray order by partner on conflict (code) do nothing

-- name: partners_with_work
select p.code from engine_partner p where not p.paused and exists (select 1 from engine_outbox o where o.partner = p.code and o.state in ('todo', 'doing')
    and (o.run_at <= clock_timestamp() or o.lease_until < clock_timestamp())) order by p.code

-- name: claim_deliveries
-- The partner's row is the gate: tokens come back with time, and a breaker that is not closed lets one probe through when its time has come.
-- A probe that nobody answers for (its worker was killed, or nothing could be claimed) is followed by another when its lease is over.
-- A record's later effect waits for its earlier one, and a lapsed lease is taken over.
with gate as (
    update engine_partner set tokens = least(burst, tokens + rate_per_s * extract(epoch from clock_timestamp() - tokens_at)), tokens_at = clock_timestamp(),
        breaker = case when breaker = 'open' then 'half_open' else breaker end,
        retry_at = case when breaker = 'closed' then retry_at else clock_timestamp() + make_interval(secs => %(lease_s)s) end
    where code = %(partner)s and not paused and (breaker = 'closed' or retry_at is null or retry_at <= clock_timestamp())
    returning tokens, breaker
),
allowed as (
    select least(case when breaker = 'closed' then %(limit)s else 1 end, floor(tokens)::int) as n from gate
),
ready as (
    select o.id from engine_outbox o
    where o.partner = %(partner)s and ((o.state = 'todo' and o.run_at <= clock_timestamp()) or (o.state = 'doing' and o.lease_until < clock_timestamp()))
        and not exists (select 1 from engine_outbox e where e.partner = o.partner and e.record_key = o.record_key and e.id < o.id and e.state <> 'done' and e.state <> 'dropped')
    order by o.run_at, o.id limit coalesce((select n from allowed), 0) for update of o skip locked
),
taken as (
    select id from ready
)
update engine_outbox o set state = 'doing', attempts = o.attempts + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
from taken where o.id = taken.id
returning o.id, o.partner, o.kind, o.record_key, o.idempotency_key, o.body, o.attempts

-- name: spend_tokens
update engine_partner set tokens = greatest(tokens - %(n)s, 0) where code = %(partner)s

-- name: delivered
update engine_outbox set state = 'done', done_at = clock_timestamp(), lease_until = null, last_error = null where id = any(%(outbox_ids)s::bigint[]) and state = 'doing'

-- name: delivery_failed
-- Only the attempt that failed: a delivery whose lease has lapsed is in other hands by now.
update engine_outbox o set state = case when f.dead then 'dead' else 'todo' end, run_at = clock_timestamp() + make_interval(secs => f.pause_s), lease_until = null, last_error = f.error,
    cause = case when f.dead then f.cause end
from unnest(%(outbox_ids)s::bigint[], %(attempts)s::int[], %(errors)s::text[], %(causes)s::text[], %(pauses)s::float8[], %(deads)s::boolean[]) f(id, attempt, error, cause, pause_s, dead)
where o.id = f.id and o.state = 'doing' and o.attempts = f.attempt returning o.id

-- name: put_back
-- Claimed, but not begun: due again at once, and the attempt does not count.
update engine_outbox o set state = 'todo', attempts = o.attempts - 1, lease_until = null
from unnest(%(outbox_ids)s::bigint[], %(attempts)s::int[]) f(id, attempt) where o.id = f.id and o.state = 'doing' and o.attempts = f.attempt

-- name: partner_is_well
-- A partner that answers is there, whatever it says; it was well when it accepted something. A breaker that a person has opened stays open: what was
-- under way by then proves nothing.
with last as (
    select event = 'opened_by_hand' as is_by_hand from engine_partner_event where partner = %(partner)s and event not in ('paused', 'resumed') order by id desc limit 1
),
well as (
    update engine_partner set breaker = 'closed', failures = 0, retry_at = null, last_ok_at = case when %(accepted)s then clock_timestamp() else last_ok_at end
    where code = %(partner)s and not (breaker = 'open' and coalesce((select is_by_hand from last), false)) returning code, old.breaker as was
)
insert into engine_partner_event (partner, at, event, actor) select code, clock_timestamp(), 'closed', 'engine:outbox' from well where was <> 'closed'

-- name: partner_failed
-- The breaker opens after so many failures in a row, and stays open longer each time a probe fails; it reopens by itself. One that a person has opened
-- is tried when they said.
with last as (
    select event = 'opened_by_hand' as is_by_hand from engine_partner_event where partner = %(partner)s and event not in ('paused', 'resumed') order by id desc limit 1
),
failed as (
    update engine_partner set failures = failures + 1, last_error = %(error)s, last_failed_at = clock_timestamp(),
        breaker = case when failures + 1 >= %(failures_max)s or breaker = 'half_open' then 'open' else breaker end,
        retry_at = case when breaker = 'open' and (select is_by_hand from last) then retry_at when failures + 1 >= %(failures_max)s or breaker = 'half_open'
            then clock_timestamp() + make_interval(secs => least(%(pause_s)s * power(2, greatest(failures + 1 - %(failures_max)s, 0)), %(pause_max_s)s)) else retry_at end
    where code = %(partner)s returning code, old.breaker as was, new.breaker as now
)
insert into engine_partner_event (partner, at, event, actor, why)
select code, clock_timestamp(), case was when 'half_open' then 'probe_failed' else 'opened' end, 'engine:outbox', %(cause)s from failed where now = 'open' and was <> 'open'

-- name: replay_dead
update engine_outbox set state = 'todo', attempts = 0, run_at = clock_timestamp(), last_error = null, cause = null where state = 'dead' and (%(partner)s::text is null or partner = %(partner)s)
    and (%(outbox_ids)s::bigint[] is null or id = any(%(outbox_ids)s::bigint[])) returning id

-- name: pause_partner
with told as (
    update engine_partner set paused = %(paused)s where code = %(partner)s returning code
),
noted as (
    insert into engine_partner_event (partner, at, event, actor) select code, %(as_of)s, case when %(paused)s then 'paused' else 'resumed' end, %(actor)s from told
)
select code from told

-- name: outbox_counts
select partner, state, count(*) as deliveries, min(created_at) filter (where state in ('todo', 'doing')) as oldest_at from engine_outbox group by partner, state order by partner, state

-- name: dead_letters
select id, partner, kind, record_key, attempts, created_at, last_error from engine_outbox where state = 'dead' and (%(partner)s::text is null or partner = %(partner)s) order by id limit %(limit)s

-- name: drop_dead
-- Given up for good: the record's later effects go on, and the reason stays with the row.
update engine_outbox set state = 'dropped', last_error = 'dropped by ' || %(actor)s::text || ': ' || %(note)s::text
where state = 'dead' and id = any(%(outbox_ids)s::bigint[]) returning id
