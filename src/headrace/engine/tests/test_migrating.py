"""A database that was made by an older version gets the functions of the newer one at its next upgrade."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from headrace.engine import migrating
from headrace.engine.queries import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _declared() -> None:
    MigrationLoader(None)  # a clone of the template has not looked at its migrations


def an_older_version() -> None:
    """The database as a version left it whose split gave everything to the first part."""
    run(
        "create or replace function headrace_split(total bigint, weights bigint[]) returns bigint[] language sql immutable as 'select array_fill(total, array[cardinality(weights)])'"
    )
    run("insert into engine_script (file, digest) values ('values/money.sql', 'old') on conflict (file) do update set digest = excluded.digest")


def split() -> list[int]:
    return list(run("select headrace_split(100, array[1, 1, 1]::bigint[]) as parts").scalar)


def test_an_upgrade_brings_new_versions_of_functions() -> None:
    an_older_version()
    assert split() == [100, 100, 100]
    call_command("migrate", verbosity=0, interactive=False)
    assert split() == [34, 33, 33]


def test_what_has_not_changed_does_not_run_again() -> None:
    migrating.refresh_sql_files()
    an_older_version()
    assert migrating.refresh_sql_files() == ["values/money.sql"]
    assert migrating.refresh_sql_files() == []


def test_a_database_older_than_the_record_is_brought_up_to_date_and_recorded() -> None:
    run("delete from engine_script")
    assert set(migrating.refresh_sql_files()) >= {"values/money.sql", "ledger/guards.sql", "governance/guards.sql"}
    assert run("select count(*) as n from engine_script where length(digest) = 32").scalar == len(migrating.refresh_sql_files()) + len(migrating._files)


def test_nothing_runs_while_migrations_are_missing() -> None:
    an_older_version()
    run("delete from django_migrations where app = 'stock' and name = (select max(name) from django_migrations where app = 'stock')")
    assert migrating.refresh_sql_files() == []
    assert split() == [100, 100, 100]
