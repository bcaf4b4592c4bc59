-- name: start_bulk
insert into exception_queue_bulk (actor, action, parameters, asked_at) values (%(actor)s, %(action)s, %(parameters)s::jsonb, %(as_of)s) returning id

-- name: choose_rows
insert into exception_queue_bulk_row (bulk_id, case_id) select %(bulk_id)s, id from unnest(%(case_ids)s::bigint[]) id

-- name: going_on
select id from exception_queue_bulk where ended_at is null and id <> all(%(failed)s::bigint[]) order by id limit %(limit)s

-- name: lock_bulk
-- One worker at a time works on a bulk; another finds it taken.
select id, actor, action, parameters, stopped_at from exception_queue_bulk where id = %(bulk_id)s and ended_at is null for update skip locked

-- name: next_rows
select case_id from exception_queue_bulk_row where bulk_id = %(bulk_id)s and state = 'todo' order by case_id limit %(limit)s

-- name: note_rows
update exception_queue_bulk_row r set state = d.state, why = d.why from unnest(%(case_ids)s::bigint[], %(states)s::text[], %(whys)s::text[]) d(case_id, state, why)
where r.bulk_id = %(bulk_id)s and r.case_id = d.case_id

-- name: cases_seen
select id from exception_queue_case where id = any(%(case_ids)s::bigint[]) order by id

-- name: end_bulk
update exception_queue_bulk set ended_at = clock_timestamp() where id = %(bulk_id)s

-- name: stop_bulk
update exception_queue_bulk set stopped_at = %(as_of)s where id = %(bulk_id)s and ended_at is null and stopped_at is null

-- name: try_refused_again
with again as (
    update exception_queue_bulk_row set state = 'todo', why = null where bulk_id = %(bulk_id)s and state in ('refused', 'todo') returning case_id
)
update exception_queue_bulk set ended_at = null, stopped_at = null where id = %(bulk_id)s and ended_at is not null and exists (select from again) returning (select count(*) from again) as rows

-- name: show_bulk
select b.id, b.actor, b.action, b.parameters, b.asked_at, b.ended_at, b.stopped_at, count(r.case_id) as total, count(*) filter (where r.state = 'done') as done,
    count(*) filter (where r.state = 'refused') as refused, count(*) filter (where r.state = 'todo') as todo
from exception_queue_bulk b left join exception_queue_bulk_row r on r.bulk_id = b.id where b.id = %(bulk_id)s group by b.id

-- name: bulk_rows
select r.case_id, r.state, r.why, c.reason_code, c.state as case_state, o.number as order_number from exception_queue_bulk_row r join exception_queue_case c on c.id = r.case_id left join orders_order o on o.id = c.order_id
where r.bulk_id = %(bulk_id)s and (%(state)s::text is null or r.state = %(state)s) and r.case_id > %(after)s order by r.case_id limit %(limit)s

-- name: bulk_done
select case_id from exception_queue_bulk_row where bulk_id = %(bulk_id)s and state = 'done' order by case_id

-- name: last_bulks
select b.id, b.actor, b.action, b.asked_at, b.ended_at, b.stopped_at, (select count(*) from exception_queue_bulk_row r where r.bulk_id = b.id) as total
from exception_queue_bulk b order by b.id desc limit %(limit)s

-- name: worth_of
select currency, sum(value_at_risk_minor)::bigint as value_minor from exception_queue_case where id = any(%(case_ids)s::bigint[]) and value_at_risk_minor is not null group by currency order by 2 desc
