-- name: access_of_people
-- Every person with every role they hold, with its limits by name, and the deed that last gave it. Whoever administers the installation may do
-- everything everywhere, whatever role they hold beside it.
select u.username, u.email, u.is_active, u.is_superuser, u.last_login, u.date_joined, exists (select from mfa_authenticator m where m.user_id = u.id) as has_second_factor,
    r.code as role, r.name as role_name, case when u.is_superuser then array['*'] else coalesce(r.permissions, '{}') end as permissions,
    (select array_agg(e.code order by e.code) from catalog_entity e where e.id = any(g.entities) and not u.is_superuser) as entities,
    (select array_agg(n.code order by n.code) from catalog_node n where n.id = any(g.nodes) and not u.is_superuser) as nodes,
    (select array_agg(c.code order by c.code) from catalog_channel c where c.id = any(g.channels) and not u.is_superuser) as channels,
    given.actor as given_by, given.at as given_at, given.groups as given_groups
from auth_user u
left join governance_role_grant g on g.user_id = u.id
left join governance_role r on r.code = g.role_id
left join lateral (
    select a.actor, a.at, case when a.deed = 'keep_company_roles' then (
        select array_agg(b.key order by b.key) from jsonb_each_text(a.detail #> '{parameters,brings}') b
        where b.value = g.role_id and a.detail #> '{parameters,groups}' ? b.key) end as groups
    from governance_audit a where a.subject = 'user:' || u.username and (
        (a.deed in ('grant_role', 'make_user') and a.detail #>> '{parameters,role}' = g.role_id)
        or (a.deed = 'keep_company_roles' and a.detail #> '{change,given}' ? g.role_id))
    order by a.seq desc limit 1) given on true
where u.username > %(after)s order by u.username, r.code limit %(limit)s

-- name: access_of_programs
-- Every API key, with the deed that made or last rotated it.
select k.name, k.prefix, k.scopes, c.code as channel, k.is_active, k.is_active and (k.expires_at is null or k.expires_at > clock_timestamp()) as is_valid, k.made_at, k.expires_at, k.used_at,
    extract(day from clock_timestamp() - k.made_at)::int as age_days, given.actor as given_by, given.at as given_at
from governance_api_key k left join catalog_channel c on c.id = k.channel_id
left join lateral (
    select a.actor, a.at from governance_audit a where a.subject = 'api_key:' || k.name and a.deed in ('make_api_key', 'rotate_api_key') order by a.seq desc limit 1) given on true
order by k.name
