"""What every test of the house may ask for: a database (`db`, `transactional_db`, `fresh_database`) and a home of its own kind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.engine import backups, cluster
from headrace.engine.home import home
from tests.databases import Claims, schema_fingerprint, server, with_database

# Tests never touch the home of the person who runs them.
TEST_HOME = home() / "tests"
os.environ["HEADRACE_HOME"] = str(TEST_HOME)
TEST_HOME.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """URL of the PostgreSQL server that the tests use; any database of it."""
    with server(TEST_HOME) as url:
        yield url


@pytest.fixture(scope="session")
def databases(database_server: str) -> Iterator[Claims]:
    """Maker of databases for this run."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    claims = Claims(database_server, f"{os.getpid()}_{worker}")
    try:
        claims.drop_abandoned()
        yield claims
    finally:
        claims.close()


@pytest.fixture(scope="session")
def template(databases: Claims, django_test_environment: None, django_db_blocker: Any) -> str:
    """Name of a database migrated by the code at hand; migrated once per state of the migrations, then only cloned."""
    from django.core.management import call_command

    name = f"headrace_template_{schema_fingerprint()}"
    with databases.building(name) as raw:
        if raw:
            with django_db_blocker.unblock():
                _point_django_at(with_database(databases.url, raw))
                call_command("migrate", verbosity=0, interactive=False)
                _disconnect()
    return name


@pytest.fixture(scope="session")
def django_db_setup(databases: Claims, template: str, django_db_blocker: Any) -> Iterator[None]:
    """One cloned database for the `db` tests of this run."""
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        _use_clone(databases, template)

    def start_over(case: TransactionTestCase) -> None:
        # Django would truncate here, which the append-only tables refuse; a new clone also starts the numbers again.
        old = _database_name()
        _disconnect()
        _use_clone(databases, template)
        databases.drop(old)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", start_over)
    yield
    patch.undo()
    with django_db_blocker.unblock():
        _disconnect()


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest, django_db_setup: None, databases: Claims, template: str, django_db_blocker: Any) -> Iterator[str]:
    """URL of a database that this test has to itself and commits to, for tests with several connections or processes.

    Django's default connection and `HEADRACE_DATABASE_URL` point at it meanwhile, and database access is open. Not together with `db`.
    """
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        raise pytest.UsageError("fresh_database opens the database by itself: ask for it without db, transactional_db or mark.django_db")
    before = _database_name()
    with django_db_blocker.unblock():
        _disconnect()
        url = _use_clone(databases, template)
        try:
            yield url
        finally:
            made = _database_name()
            _point_django_at(with_database(databases.url, before))
            databases.drop(made)


@pytest.fixture
def fresh_cluster(request: pytest.FixtureRequest, fresh_database: str, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Home and URL of a durable server that this test has to itself, migrated and seeded: for tests that kill PostgreSQL.

    Django's default connection and `HEADRACE_DATABASE_URL` point at it meanwhile; `cluster.start(home)` brings it back after a kill.
    """
    own = TEST_HOME / f"cluster-{os.getpid()}-{request.node.name[:40]}"
    own.mkdir(parents=True)
    try:
        url = cluster.start(own)
        backups.backup(fresh_database, tmp_path / "migrated")
        backups.restore(url, tmp_path / "migrated")
        _point_django_at(url)
        yield own, url
    finally:
        _point_django_at(fresh_database)
        cluster.stop(own)
        shutil.rmtree(cluster.at(own).folder, ignore_errors=True)
        shutil.rmtree(own, ignore_errors=True)


def _use_clone(databases: Claims, template: str) -> str:
    url = with_database(databases.url, databases.clone(template))
    _point_django_at(url)
    _seed()
    return url


def _seed() -> None:
    """Reasons, roles and policies follow the code, which may be newer than the template."""
    from django.core.management.sql import emit_post_migrate_signal

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def _point_django_at(url: str) -> None:
    from django.db import connections

    from headrace.settings import database_settings

    connections.settings["default"].update(database_settings(url))
    os.environ["HEADRACE_DATABASE_URL"] = url
    _disconnect()


def _database_name() -> str:
    from django.db import connections

    return str(connections.settings["default"]["NAME"])


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()
