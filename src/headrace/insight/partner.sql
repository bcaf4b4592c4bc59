-- name: one_partner
select p.code, p.connector, p.address, p.paused, p.breaker, p.failures, p.retry_at, p.last_ok_at, p.last_failed_at, p.last_error, p.rate_per_s, n.name as channel,
    (select count(*) from engine_outbox o where o.partner = p.code and o.state <> 'done' and o.state in ('todo', 'doing')) as waiting,
    (select min(o.created_at) from engine_outbox o where o.partner = p.code and o.state <> 'done' and o.state in ('todo', 'doing')) as oldest_at,
    (select count(*) from engine_outbox o where o.partner = p.code and o.state = 'dead') as dead
from engine_partner p left join catalog_channel n on n.code = p.code where p.code = %(partner)s

-- name: partner_day
-- What was decided for a partner within the last day, and what became of it.
select count(*) as decided, count(*) filter (where state = 'done') as delivered, count(*) filter (where state in ('todo', 'doing')) as waiting,
    count(*) filter (where state = 'dead') as dead, count(*) filter (where state = 'dropped') as dropped, count(*) filter (where attempts > 1) as again,
    percentile_cont(0.5) within group (order by extract(epoch from done_at - created_at)) filter (where state = 'done') as median_s
from engine_outbox where created_at >= %(since)s and partner = %(partner)s

-- name: partner_events
select at, event, actor, why from engine_partner_event where partner = %(partner)s order by id desc limit %(limit)s
