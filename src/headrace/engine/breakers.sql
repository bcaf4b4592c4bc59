-- name: lock_breaker
select code, breaker, paused from engine_partner where code = %(partner)s for update

-- name: turn_breaker
-- Whatever a person does with a breaker, with the reason in its history.
with turned as (
    update engine_partner set breaker = %(breaker)s, retry_at = %(retry_at)s, failures = case when %(breaker)s = 'closed' then 0 else failures end
    where code = %(partner)s returning code
)
insert into engine_partner_event (partner, at, event, actor, why) select code, %(as_of)s, %(event)s, %(actor)s, %(why)s from turned

-- name: forget_events
delete from engine_partner_event where at < clock_timestamp() - make_interval(days => %(days)s)
