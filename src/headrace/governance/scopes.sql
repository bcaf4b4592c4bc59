-- name: limits_of_user
-- The grants of a user with what they grant and where; a superuser has everything everywhere.
select array['*'] as permissions, '{}'::bigint[] as entities, '{}'::bigint[] as nodes, '{}'::bigint[] as channels, '' as role
from auth_user where username = %(username)s and is_superuser
union all
select r.permissions, g.entities, g.nodes, g.channels, r.code
from auth_user u join governance_role_grant g on g.user_id = u.id join governance_role r on r.code = g.role_id where u.username = %(username)s
order by 5

-- name: settle_scope
-- Null is no limit. What belongs to the entities of the scope is found here once, so that no policy looks for it row by row.
select concat(set_config('headrace.actor', %(actor)s::text, true), set_config('headrace.entities', coalesce(array_to_string(%(entities)s::bigint[], ','), '*'), true),
    set_config('headrace.channels', coalesce(array_to_string(%(channels)s::bigint[], ','), '*'), true),
    set_config('headrace.nodes', coalesce(array_to_string(%(nodes)s::bigint[], ','), '*'), true),
    set_config('headrace.own_channels', case when %(channels)s::bigint[] is null and %(entities)s::bigint[] is null then '*' else c.ids end, true),
    set_config('headrace.channel_codes', case when %(channels)s::bigint[] is null and %(entities)s::bigint[] is null then '*' else c.codes end, true),
    set_config('headrace.own_nodes', case when %(nodes)s::bigint[] is null and %(entities)s::bigint[] is null then '*' else n.ids end, true)) as settled
from (select coalesce(string_agg(id::text, ','), '') as ids, coalesce(string_agg(code, ','), '') as codes from catalog_channel
        where (%(channels)s::bigint[] is null or id = any(%(channels)s::bigint[])) and (%(entities)s::bigint[] is null or entity_id = any(%(entities)s::bigint[]))) c,
    (select coalesce(string_agg(id::text, ','), '') as ids from catalog_node
        where (%(nodes)s::bigint[] is null or id = any(%(nodes)s::bigint[])) and (%(entities)s::bigint[] is null or entity_id = any(%(entities)s::bigint[]))) n

-- name: seen_orders
select id as key from orders_order where id = any(%(keys)s::bigint[])

-- name: seen_cases
select id as key from exception_queue_case where id = any(%(keys)s::bigint[])

-- name: seen_fulfilments
select id as key from orders_fulfilment where id = any(%(keys)s::bigint[])

-- name: seen_nodes
select code as key from catalog_node where code = any(%(keys)s::text[])

-- name: seen_own_nodes
select code as key from catalog_node where code = any(%(keys)s::text[]) and (current_setting('headrace.own_nodes') = '*'
    or id = any(string_to_array(nullif(current_setting('headrace.own_nodes'), '*'), ',')::bigint[]))

-- name: seen_entities
select code as key from catalog_entity where code = any(%(keys)s::text[])

-- name: seen_entries
select id as key from ledger_entry where id = any(%(keys)s::bigint[])

-- name: seen_channels
select code as key from catalog_channel where code = any(%(keys)s::text[])

-- name: seen_transfers
select id as key from purchasing_transfer where id = any(%(keys)s::bigint[])

-- name: seen_counts
select id as key from stock_count where id = any(%(keys)s::bigint[])

-- name: seen_bulks
select id as key from exception_queue_bulk where id = any(%(keys)s::bigint[])

-- name: approval_asked
select deed, parameters from governance_approval where id = %(approval_id)s

-- name: scope_tables
select to_regprocedure('headrace_scope_tables()') is not null as yes

-- name: close_tables
select headrace_scope_tables()
