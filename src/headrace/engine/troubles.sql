-- name: stage_broke
insert into engine_stage_trouble (stage, error, next_at) values (%(stage)s, %(error)s, clock_timestamp() + make_interval(secs => %(rest_s)s))
on conflict (stage) do update set error = excluded.error, last_at = clock_timestamp(), times = engine_stage_trouble.times + 1, next_at = excluded.next_at

-- name: stage_mended
delete from engine_stage_trouble where stage = %(stage)s

-- name: broken_stages
select stage, error, since_at, last_at, times, next_at from engine_stage_trouble order by stage
