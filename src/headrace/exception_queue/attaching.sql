-- name: lock_case
-- One after the other, so that two at once do not pass the limit together.
select id from exception_queue_case where id = %(case_id)s for update

-- name: attachments_of_case
select id, file_name, media_type, bytes, sha256, actor, at from exception_queue_attachment where case_id = %(case_id)s and removed_at is null order by id

-- name: attachment
select id, actor from exception_queue_attachment where id = %(attachment_id)s and case_id = %(case_id)s and removed_at is null

-- name: content_of_attachment
select file_name, media_type, content from exception_queue_attachment where id = %(attachment_id)s and removed_at is null

-- name: attach
with kept as (
    insert into exception_queue_attachment (case_id, file_name, media_type, bytes, sha256, content, actor, at)
    values (%(case_id)s, %(file_name)s, %(media_type)s, %(bytes)s, %(sha256)s, %(content)s, %(actor)s, %(as_of)s) returning id
),
told as (
    insert into exception_queue_case_event (case_id, at, actor, event, detail)
    select %(case_id)s, %(as_of)s, %(actor)s, 'attached', jsonb_build_object('file', %(file_name)s::text) from kept
)
select id from kept

-- name: detach
-- The content goes; who attached what and when stays.
with removed as (
    update exception_queue_attachment set content = null, removed_at = %(as_of)s, removed_by = %(actor)s
    where id = %(attachment_id)s and removed_at is null returning file_name
)
insert into exception_queue_case_event (case_id, at, actor, event, detail)
select %(case_id)s, %(as_of)s, %(actor)s, 'detached', jsonb_build_object('file', file_name) from removed
