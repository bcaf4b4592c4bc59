-- name: has_scripts
select to_regclass('engine_script') is not null as found

-- name: scripts_run
select file, digest from engine_script

-- name: note_script
insert into engine_script (file, digest) values (%(file)s, %(digest)s) on conflict (file) do update set digest = excluded.digest, ran_at = now()
