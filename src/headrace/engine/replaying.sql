-- name: start_replay
insert into engine_replay (actor, document, deed, about, note, asked_at) values (%(actor)s, %(document)s, %(what)s, %(about)s, %(note)s, %(as_of)s) returning id

-- name: choose_letters
insert into engine_replay_row (replay_id, document_id) select distinct %(replay_id)s::bigint, id from unnest(%(ids)s::bigint[]) id

-- name: going_on
select id from engine_replay where ended_at is null and id <> all(%(failed)s::bigint[]) order by id limit %(limit)s

-- name: lock_replay
-- One process at a time works on a replay; another finds it taken.
select id, actor, document, deed, note, stopped_at from engine_replay where id = %(replay_id)s and ended_at is null for update skip locked

-- name: next_letters
select document_id from engine_replay_row where replay_id = %(replay_id)s and state = 'todo' order by document_id limit %(limit)s

-- name: note_letters
update engine_replay_row r set state = d.state, why = d.why from unnest(%(ids)s::bigint[], %(states)s::text[], %(whys)s::text[]) d(id, state, why)
where r.replay_id = %(replay_id)s and r.document_id = d.id

-- name: end_replay
update engine_replay set ended_at = clock_timestamp() where id = %(replay_id)s

-- name: stop_replay
update engine_replay set stopped_at = %(as_of)s where id = %(replay_id)s and ended_at is null and stopped_at is null returning id

-- name: states_of_letters
select id, state from engine_outbox where id = any(%(outbox_ids)s::bigint[])

-- name: show_replay
select p.id, p.actor, p.document, p.deed, p.about, p.note, p.asked_at, p.ended_at, p.stopped_at, count(r.document_id) as total, count(*) filter (where r.state = 'done') as done,
    count(*) filter (where r.state = 'refused') as refused, count(*) filter (where r.state = 'todo') as todo
from engine_replay p left join engine_replay_row r on r.replay_id = p.id where p.id = %(replay_id)s group by p.id

-- name: last_replays
select p.id, p.actor, p.document, p.deed, p.about, p.asked_at, p.ended_at, p.stopped_at, (select count(*) from engine_replay_row r where r.replay_id = p.id) as total
from engine_replay p order by p.id desc limit %(limit)s
