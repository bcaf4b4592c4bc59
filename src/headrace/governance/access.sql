-- name: set_role
insert into governance_role (code, name, permissions) values (%(code)s, %(name)s, %(permissions)s::text[])
on conflict (code) do update set name = excluded.name, permissions = excluded.permissions

-- name: permissions_of_user
select coalesce(array_agg(distinct p), '{}') as permissions
from auth_user u join governance_role_grant g on g.user_id = u.id join governance_role r on r.code = g.role_id, unnest(r.permissions) p
where u.username = %(username)s and u.is_active

-- name: is_superuser
select exists (select 1 from auth_user where username = %(username)s and is_active and is_superuser) as yes

-- name: permissions_of_key
select scopes as permissions from governance_api_key where name = %(name)s and is_active and (expires_at is null or expires_at > transaction_timestamp())

-- name: find_key
select k.id, k.name, k.scopes, k.key_hash, c.code as channel from governance_api_key k left join catalog_channel c on c.id = k.channel_id
where k.key_hash = %(key_hash)s and k.is_active and (k.expires_at is null or k.expires_at > transaction_timestamp())

-- name: note_key_use
update governance_api_key set used_at = transaction_timestamp() where id = %(id)s and (used_at is null or used_at < transaction_timestamp() - interval '1 hour')

-- name: list_keys
select k.name, k.prefix, k.scopes, c.code as channel, k.is_active, k.made_at, k.expires_at, k.used_at,
    k.is_active and (k.expires_at is null or k.expires_at > transaction_timestamp()) as is_valid
from governance_api_key k left join catalog_channel c on c.id = k.channel_id order by k.name

-- name: channel_exists
select exists (select 1 from catalog_channel where code = %(channel)s) as found

-- name: insert_key
insert into governance_api_key (name, prefix, key_hash, scopes, channel_id, expires_at)
values (%(name)s, %(prefix)s, %(key_hash)s, %(scopes)s::text[], (select id from catalog_channel where code = %(channel)s), %(expires_at)s)
on conflict (name) do nothing returning id

-- name: replace_key
update governance_api_key set prefix = %(prefix)s, key_hash = %(key_hash)s, made_at = transaction_timestamp(), is_active = true where name = %(name)s returning id

-- name: revoke_key
update governance_api_key set is_active = false where name = %(name)s and is_active returning id

-- name: set_secret
insert into governance_secret (partner, sealed) values (%(partner)s, %(sealed)s)
on conflict (partner) do update set sealed = excluded.sealed, changed_at = transaction_timestamp()

-- name: get_secret
select sealed from governance_secret where partner = %(partner)s

-- name: secret_changed
select changed_at from governance_secret where partner = %(partner)s

-- name: lock_person
select pg_advisory_xact_lock(7210, hashtext(%(name)s))

-- name: ask_approval
insert into governance_approval (deed, subject, parameters, asked_by, asked_at) values (%(deed)s, %(subject)s, %(parameters)s::jsonb, %(actor)s, %(as_of)s) returning id

-- name: lock_approval
select id, deed, subject, parameters, state, asked_by from governance_approval where id = %(approval_id)s for update

-- name: answer_approval
update governance_approval set state = %(state)s, answered_by = %(actor)s, answered_at = %(as_of)s, note = %(note)s where id = %(approval_id)s and state = 'asked'

-- name: waiting_approvals
select id, deed, subject, parameters, asked_by, asked_at from governance_approval where state = 'asked' order by id limit %(limit)s
