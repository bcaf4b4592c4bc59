-- name: people_named
-- Of these names, those of people who have an account and are not switched off.
select u.username from auth_user u where u.username = any(%(names)s::text[]) and u.is_active order by u.username

-- name: mention
insert into exception_queue_mention (case_id, username, by, at)
select c, n, %(actor)s, %(as_of)s from unnest(%(case_ids)s::bigint[]) c, unnest(%(names)s::text[]) n
where not exists (select from exception_queue_mention m where m.case_id = c and m.username = n and m.seen_at is null)

-- name: mention_seen
update exception_queue_mention set seen_at = %(as_of)s where username = %(username)s and case_id = any(%(case_ids)s::bigint[]) and seen_at is null returning case_id

-- name: mentions_on_case
select by, at from exception_queue_mention where username = %(username)s and case_id = %(case_id)s and seen_at is null order by id

-- name: colleagues
-- People who may work on cases: by their roles, or because they may do everything.
select u.username, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username) as name from auth_user u
where u.is_active and (u.is_superuser or exists (select from governance_role_grant g join governance_role r on r.code = g.role_id
    where g.user_id = u.id and r.permissions && array['*', 'exceptions.*', 'exceptions.work'])) order by u.username limit %(limit)s

-- name: keep_wording
insert into exception_queue_wording (name, words, actor, at) values (%(name)s, %(words)s, %(actor)s, %(as_of)s)
on conflict (name) do update set words = excluded.words, actor = excluded.actor, at = excluded.at

-- name: count_wordings
select count(*)::int as n from exception_queue_wording where name <> %(name)s

-- name: drop_wording
delete from exception_queue_wording where name = %(name)s returning name

-- name: wordings
select name, words, actor, at from exception_queue_wording order by name

-- name: leave_handover
insert into exception_queue_handover (team, note, actor, at) values (%(team)s, %(note)s, %(actor)s, %(as_of)s)

-- name: handovers
-- The note in force of each team, or of one.
select distinct on (team) team, note, actor, at from exception_queue_handover where %(team)s::text is null or team = %(team)s order by team, id desc

-- name: earlier_handovers
select note, actor, at from exception_queue_handover where team = %(team)s order by id desc offset 1 limit %(limit)s

-- name: duplicates_of
-- Open cases of the same reason about the same document and line as this one, that say the same field.
select o.id from exception_queue_case c join exception_queue_case o on o.document = c.document and o.document_id = c.document_id and o.reason_code = c.reason_code
    and o.line_id is not distinct from c.line_id and o.detail ->> 'field' is not distinct from c.detail ->> 'field' and o.id <> c.id and o.state <> 'resolved'
where c.id = %(case_id)s order by o.id limit %(limit)s

-- name: merge
-- The others end here; what people did with them is told where it goes on. Their document stays as it is: the case that stays open answers for it.
with merged as (
    update exception_queue_case set state = 'resolved', resolution = 'closed', resolved_at = %(as_of)s, resolved_by = %(actor)s, resolution_note = %(note)s,
        next_check_at = null, let_go_at = null, snoozed_until = null
    where id = any(%(case_ids)s::bigint[]) and state <> 'resolved' returning id, seen
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event, detail)
    select id, %(as_of)s, %(actor)s, 'merged', jsonb_build_object('into', %(into)s::bigint) from merged
    union all select %(into)s::bigint, %(as_of)s, %(actor)s, 'merged', jsonb_build_object('with', (select jsonb_agg(id order by id) from merged))
),
kept as (
    update exception_queue_case set seen = least(seen + (select sum(seen) from merged), 32000) where id = %(into)s
)
select id from merged
