-- name: open_batch
-- From here to the end of the transaction no lock is waited for without an end.
select nextval('engine_batch_id_seq')::bigint as id, coalesce(%(as_of)s::timestamptz, transaction_timestamp()) as as_of,
    set_config('lock_timeout', %(lock_wait)s::text, true) as lock_wait

-- name: close_batch
insert into engine_batch (id, stage, worker, as_of, taken, moved, parked, policies, seconds)
values (%(id)s, %(stage)s, %(worker)s, %(as_of)s, %(n_taken)s, %(n_moved)s, %(n_parked)s, %(policies)s::jsonb, %(seconds)s)

-- name: wake_others
-- NOTIFY is sent at commit; equal payloads of one transaction fold into one.
select pg_notify('headrace', %(stage)s)

-- name: steady_plans
-- A batch of one and a batch of thousands share statements: a generic plan made for the small one is ruinous for the large one. And joins run in
-- the order in which they are written, the batch's own rows first: on tables that filled up since they were last analysed, a reordered join can
-- look at every pair of rows.
select set_config('plan_cache_mode', 'force_custom_plan', false) as plans, set_config('join_collapse_limit', '1', false) as joins
