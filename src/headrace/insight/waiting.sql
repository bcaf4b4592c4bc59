-- name: waiting
-- What waits for people, counted up to a limit so that a bad day does not make every page slow.
select
    (select count(*) from (select 1 from exception_queue_case where state = 'open' limit %(limit)s) c) as exceptions,
    (select count(*) from (select 1 from exception_queue_case where state = 'open' and due_at < now() limit %(limit)s) c) as late,
    (select count(*) from (select 1 from governance_approval where state = 'asked' limit %(limit)s) a) as approvals,
    (select count(*) from (select 1 from engine_outbox where state <> 'done' and state = 'dead' limit %(limit)s) d) as dead
