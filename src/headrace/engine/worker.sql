-- name: say_hello
insert into engine_worker (name, stages) values (%(name)s, %(stages)s) returning id

-- name: say_alive
update engine_worker set seen_at = clock_timestamp() where id = %(worker_id)s

-- name: say_goodbye
update engine_worker set stopped_at = clock_timestamp(), seen_at = clock_timestamp() where id = %(worker_id)s

-- name: workers
select id, name, stages, started_at, seen_at, stopped_at, stopped_at is null and seen_at < clock_timestamp() - make_interval(secs => %(silent_s)s) as is_silent
from engine_worker where stopped_at is null or stopped_at > clock_timestamp() - interval '1 day' order by id desc limit 200
