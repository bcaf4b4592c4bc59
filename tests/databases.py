"""Databases for tests: migrated once into a template, cloned for every run, dropped by whoever made them.

Many runs may go on at once on one server. Each run holds one connection (`Claims`) whose advisory locks say which databases are in use, so a
database left behind by a run that was killed is recognised by its free lock and dropped by the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from headrace.engine import cluster

SOURCES = Path(__file__).resolve().parents[1] / "src" / "headrace"
TEMPLATE_PREFIX = "headrace_template_"
RUN_PREFIX = "test_headrace_"
TEMPLATES_KEPT = 6  # colleagues on one server may have different migrations at hand

_SQL_FILE = re.compile(r"""run_sql_file\(\s*["'](\w+)["']\s*,\s*["']([\w.]+)["']""")


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    # urlunsplit drops the empty host of a socket URL, and libpq wants all three slashes.
    return urlunsplit(parts._replace(path=f"/{name}")) if parts.netloc else f"{parts.scheme}:///{name}?{parts.query}"


def schema_fingerprint(sources: Path = SOURCES) -> str:
    """Hash over everything that makes the schema: migrations, the SQL files they run, and the packages that bring migrations along."""
    digest = hashlib.sha256()
    for package in ("Django", "procrastinate"):
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    for migration in sorted(sources.glob("*/migrations/*.py")):
        text = migration.read_text("utf-8")
        digest.update(f"{migration.relative_to(sources)}\n{text}".encode())
        for file in sql_files(text, sources):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def sql_files(migration: str, sources: Path = SOURCES) -> list[Path]:
    """The SQL files that a migration's source runs."""
    return [sources / package / file for package, file in _SQL_FILE.findall(migration)]


def _key(name: str) -> int:
    """Advisory lock key of a database name: a signed 64-bit integer."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@contextlib.contextmanager
def server(home: Path) -> Iterator[str]:
    """URL of a server for tests: the one that `HEADRACE_DATABASE_URL` names, else an embedded one that forgets on a crash.

    The embedded one is shared by runs that overlap; the last to leave stops it.
    """
    given = os.environ.get("HEADRACE_DATABASE_URL")
    if given:
        yield given
        return
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield cluster.start(home, durable=False)
        finally:
            with contextlib.suppress(BlockingIOError):  # somebody else still uses it
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop(home)


class Claims:
    """The databases of one test run. `url` is any database of the server; all others are made and dropped through it."""

    def __init__(self, url: str, run: str) -> None:
        self.url, self.run = url, run
        self._connection = psycopg.connect(with_database(url, "postgres"), autocommit=True, application_name="headrace-tests")
        self._numbers = itertools.count(1)
        self._made: list[str] = []

    def clone(self, template: str) -> str:
        """A new database like the template; gives its name."""
        name = f"{RUN_PREFIX}{self.run}_{next(self._numbers)}"
        self._connection.execute("select pg_advisory_lock(%s)", [_key(name)])  # before it exists, so that no tidying run takes it
        self._execute("drop database if exists {} with (force)", name)
        self._execute("create database {} template {}", name, template)
        self._made.append(name)
        return name

    def drop(self, name: str) -> None:
        self._execute("drop database if exists {} with (force)", name)
        self._connection.execute("select pg_advisory_unlock(%s)", [_key(name)])
        self._made.remove(name)

    def close(self) -> None:
        with self._connection:
            for name in list(self._made):
                self.drop(name)

    def drop_abandoned(self) -> None:
        """Drop databases of runs that were killed: nobody holds their lock."""
        for name in set(self._names(RUN_PREFIX)) - set(self._made):  # a lock of ours would open to ourselves
            if self._connection.execute("select pg_try_advisory_lock(%s)", [_key(name)]).fetchone() == (True,):
                self._execute("drop database if exists {} with (force)", name)
                self._connection.execute("select pg_advisory_unlock(%s)", [_key(name)])

    @contextlib.contextmanager
    def building(self, template: str) -> Iterator[str | None]:
        """Name of an empty database to migrate, or None where the template exists already. Runs that come at the same time wait here."""
        self._connection.execute("select pg_advisory_lock(%s)", [_key(TEMPLATE_PREFIX)])
        try:
            if template in self._names(TEMPLATE_PREFIX):
                yield None
                return
            raw = f"{template}_raw"
            self._execute("drop database if exists {} with (force)", raw)
            self._execute("create database {} template template0", raw)
            yield raw
            self._execute("alter database {} with allow_connections false", raw)
            self._execute("alter database {} rename to {}", raw, template)
            self._drop_old_templates()
        finally:
            self._connection.execute("select pg_advisory_unlock(%s)", [_key(TEMPLATE_PREFIX)])

    def _drop_old_templates(self) -> None:
        for name in self._names(TEMPLATE_PREFIX)[:-TEMPLATES_KEPT]:
            self._execute("drop database if exists {}", name)

    def _names(self, prefix: str) -> list[str]:
        """Databases by prefix, oldest first."""
        rows = self._connection.execute("select datname from pg_database where starts_with(datname, %s) order by oid", [prefix])
        return [row[0] for row in rows]

    def _execute(self, statement: str, *names: str) -> None:
        self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
