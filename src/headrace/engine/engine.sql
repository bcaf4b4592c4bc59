-- name: open_batch
select nextval('engine_batch_id_seq')::bigint as id, coalesce(%(as_of)s::timestamptz, transaction_timestamp()) as as_of

-- name: close_batch
insert into engine_batch (id, stage, worker, as_of, taken, moved, parked, policies, seconds)
values (%(id)s, %(stage)s, %(worker)s, %(as_of)s, %(n_taken)s, %(n_moved)s, %(n_parked)s, %(policies)s::jsonb, %(seconds)s)

-- name: wake_others
-- NOTIFY is sent at commit; equal payloads of one transaction fold into one.
select pg_notify('headrace', %(stage)s)

-- name: force_custom_plans
-- A batch of one and a batch of thousands share statements: a generic plan made for the small one is ruinous for the large one.
select set_config('plan_cache_mode', 'force_custom_plan', false)
