-- name: lock_rights
-- One change of rights at a time: two who remove each other's last administrator would both see the other one.
select pg_advisory_xact_lock(7209)

-- name: administrators
-- Users who may do everything: by a role that has it, or by the installation.
select u.username from auth_user u where u.is_active and (u.is_superuser or exists (
    select from governance_role_grant g join governance_role r on r.code = g.role_id where g.user_id = u.id and '*' = any(r.permissions) and g.entities = '{}' and g.nodes = '{}' and g.channels = '{}'))
order by u.username

-- name: permissions_of_anyone
-- What a user's roles hold, also of one who is switched off.
select case when u.is_superuser then array['*'] else coalesce((select array_agg(distinct p) from governance_role_grant g
    join governance_role r on r.code = g.role_id, unnest(r.permissions) p where g.user_id = u.id), '{}') end as permissions from auth_user u where u.username = %(username)s

-- name: role_named
select code, name, permissions from governance_role where code = %(code)s

-- name: list_roles
select r.code, r.name, r.permissions, (select count(*) from governance_role_grant g join auth_user u on u.id = g.user_id where g.role_id = r.code and u.is_active) as users
from governance_role r order by r.code

-- name: grant_role
insert into governance_role_grant (user_id, role_id, entities, nodes, channels)
select u.id, %(role)s, %(entities)s::bigint[], %(nodes)s::bigint[], %(channels)s::bigint[] from auth_user u where u.username = %(username)s
on conflict (user_id, role_id) do update set entities = excluded.entities, nodes = excluded.nodes, channels = excluded.channels returning id

-- name: withdraw_role
delete from governance_role_grant g using auth_user u where u.id = g.user_id and u.username = %(username)s and g.role_id = %(role)s returning g.id

-- name: unknown_limits
select 'entities' as dimension, e.id from unnest(%(entities)s::bigint[]) e(id) where not exists (select from catalog_entity c where c.id = e.id)
union all select 'nodes', e.id from unnest(%(nodes)s::bigint[]) e(id) where not exists (select from catalog_node c where c.id = e.id)
union all select 'channels', e.id from unnest(%(channels)s::bigint[]) e(id) where not exists (select from catalog_channel c where c.id = e.id)

-- name: list_users
-- Everybody with an account, by name after a name: roles with the entities they are for, whether a second factor is set.
select u.id, u.username, u.username as cursor, u.email, u.is_active, u.is_superuser, u.date_joined, u.last_login,
    coalesce((select array_agg(g.role_id order by g.role_id) from governance_role_grant g where g.user_id = u.id), '{}') as roles,
    exists (select from mfa_authenticator m where m.user_id = u.id) as has_second_factor
from auth_user u where (%(after)s::text is null or u.username > %(after)s) and (%(username)s::text is null or u.username = %(username)s)
    and (%(q)s::text is null or u.username ilike '%%' || %(q)s || '%%' or u.email ilike '%%' || %(q)s || '%%')
    and (%(role)s::text is null or exists (select from governance_role_grant g where g.user_id = u.id and g.role_id = %(role)s))
    and (%(is_active)s::bool is null or u.is_active = %(is_active)s)
order by u.username limit %(limit)s

-- name: grants_of_user
select g.role_id as role, r.name, r.permissions, g.entities, g.nodes, g.channels, coalesce((select array_agg(e.name order by e.name) from catalog_entity e where e.id = any(g.entities)), '{}') as entity_names,
    coalesce((select array_agg(e.name order by e.name) from catalog_node e where e.id = any(g.nodes)), '{}') as node_names,
    coalesce((select array_agg(e.name order by e.name) from catalog_channel e where e.id = any(g.channels)), '{}') as channel_names
from governance_role_grant g join governance_role r on r.code = g.role_id join auth_user u on u.id = g.user_id where u.username = %(username)s order by 1

-- name: places
-- What a role can be limited to, by name.
select 'entities' as dimension, id, name from catalog_entity union all select 'nodes', id, name from catalog_node union all select 'channels', id, name from catalog_channel
order by 1, 3

-- name: lacks_second_factor
select exists (select from auth_user u where u.username = %(username)s
    and ((u.is_superuser and 'admin' = any(%(roles)s::text[])) or exists (select from governance_role_grant g where g.user_id = u.id and g.role_id = any(%(roles)s::text[])))
    and not exists (select from mfa_authenticator m where m.user_id = u.id and m.type = 'totp')) as yes
