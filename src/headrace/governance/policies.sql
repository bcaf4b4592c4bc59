-- name: seed_policy
insert into governance_policy (name, version, state, body, note, valid_from, made_by, published_by)
select %(name)s, 1, 'active', %(body)s::jsonb, %(note)s, transaction_timestamp(), 'engine:seed', 'engine:seed'
where not exists (select 1 from governance_policy where name = %(name)s)

-- name: policy_in_force
select version, body from governance_policy where name = %(name)s and state in ('active', 'retired') and valid_from <= %(as_of)s and (valid_to is null or valid_to > %(as_of)s)
order by version desc limit 1

-- name: policy_active
select version, body from governance_policy where name = %(name)s and state = 'active'

-- name: policy_version
select id, version, state, body, note, made_by, published_by, valid_from, valid_to from governance_policy where name = %(name)s and version = %(version)s

-- name: policy_versions
select version, state, note, made_by, published_by, valid_from, valid_to from governance_policy where name = %(name)s order by version desc

-- name: draft_policy
insert into governance_policy (name, version, body, note, made_by)
select %(name)s, coalesce(max(version), 0) + 1, %(body)s::jsonb, %(note)s, %(actor)s from governance_policy where name = %(name)s returning version

-- name: unschedule_policy
-- What was to come in force later, and has not yet, is a draft again.
update governance_policy set state = 'draft', valid_from = null, published_by = null where name = %(name)s and state = 'active' and valid_from > %(as_of)s returning version

-- name: retire_policy
-- What is in force ends when the next begins: also what was to end at another moment, because its follower is not to come any more.
update governance_policy set state = 'retired', valid_to = %(starts_at)s where name = %(name)s and (state = 'active' or state = 'retired' and valid_to > %(as_of)s)

-- name: publish_policy
update governance_policy set state = 'active', valid_from = %(starts_at)s, valid_to = null, published_by = %(actor)s where name = %(name)s and version = %(version)s and state = 'draft'
