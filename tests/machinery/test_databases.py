"""The test databases themselves: clones are separate, commits are seen by other processes, killed runs leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from headrace.engine import cluster
from tests.databases import RUN_PREFIX, Claims, schema_fingerprint, with_database


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_writes_the_next_does_not_see(turn: int) -> None:
    assert not Group.objects.filter(name="visitors").exists()
    Group.objects.create(name="visitors")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_writes_the_next_does_not_see(turn: int) -> None:
    assert not Group.objects.filter(name="visitors").exists()
    with transaction.atomic():
        Group.objects.create(name="visitors")
    with psycopg.connect(os.environ["HEADRACE_DATABASE_URL"]) as other:
        assert other.execute("select count(*) from auth_group where name = 'visitors'").fetchone() == (1,)


def test_a_fresh_database_is_shared_with_other_processes(fresh_database: str) -> None:
    Group.objects.create(name="visitors")
    asked = "import django; django.setup(); from django.contrib.auth.models import Group; print(Group.objects.filter(name='visitors').count())"
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "headrace.settings"}
    done = subprocess.run([sys.executable, "-c", asked], env=settings, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1", done.stderr


def test_a_test_may_kill_a_server_of_its_own(fresh_cluster: tuple[Path, str]) -> None:
    home, url = fresh_cluster
    Group.objects.create(name="visitors")
    pid = cluster.at(home).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert cluster.start(home) == url
    connection.close()
    assert Group.objects.filter(name="visitors").count() == 1


@pytest.mark.django_db
def test_reasons_and_roles_are_seeded_in_a_clone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from auth_permission")
        assert cursor.fetchone()[0] > 0


@pytest.mark.django_db
def test_databases_of_killed_runs_are_dropped_and_those_in_use_are_kept(databases: Claims, template: str) -> None:
    killed = Claims(databases.url, "killed")
    left_behind = killed.clone(template)
    killed._connection.close()  # what a SIGKILL does: the locks go, the database stays
    alive = Claims(databases.url, "alive")
    in_use = alive.clone(template)
    try:
        databases.drop_abandoned()
        names = databases._names(RUN_PREFIX)
        assert left_behind not in names
        assert in_use in names
    finally:
        alive.close()


def test_a_changed_migration_or_guard_makes_another_template(tmp_path: Path) -> None:
    migrations = tmp_path / "stock" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_guards.py").write_text('operations = [run_sql_file("stock", "guards.sql")]')
    guards = tmp_path / "stock" / "guards.sql"
    guards.write_text("select 1")
    before = schema_fingerprint(tmp_path)
    assert schema_fingerprint(tmp_path) == before
    guards.write_text("select 2")
    assert schema_fingerprint(tmp_path) != before


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@/a?host=%2Ftmp%2Fx&port=1", "postgresql://u:p@/b?host=%2Ftmp%2Fx&port=1"),
        ("postgresql://u:p@db:5432/a", "postgresql://u:p@db:5432/b"),
        ("postgresql:///a?host=/run", "postgresql:///b?host=/run"),
    ],
)
def test_a_url_keeps_its_server_when_the_database_changes(url: str, expected: str) -> None:
    assert with_database(url, "b") == expected
