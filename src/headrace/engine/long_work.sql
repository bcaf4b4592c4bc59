-- name: failed_work
select number from engine_setback where kind = %(kind)s and failed_at is not null

-- name: setback_of_work
select tries, error, first_at, last_at, failed_at from engine_setback where kind = %(kind)s and number = %(number)s

-- name: settle_work
delete from engine_setback where kind = %(kind)s and number = %(number)s

-- name: note_setback
-- One more try that failed; the last one allowed leaves it failed.
insert into engine_setback (kind, number, error, failed_at) values (%(kind)s, %(number)s, %(error)s, case when %(tries_max)s <= 1 then clock_timestamp() end)
on conflict (kind, number) do update set tries = engine_setback.tries + 1, error = excluded.error, last_at = clock_timestamp(),
    failed_at = case when engine_setback.tries + 1 >= %(tries_max)s then clock_timestamp() end
