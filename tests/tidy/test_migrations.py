"""Migrations follow the models, and the ones after the first do not stop a shop that is open."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.databases import SOURCES, sql_files
from tests.tidy.migrations import faults


@pytest.mark.django_db
def test_the_models_need_no_further_migration() -> None:
    said = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said, verbosity=3)
    assert "No changes detected" in said.getvalue()


@pytest.mark.django_db(transaction=True)  # an index that is built beside an open shop cannot be looked at inside a transaction
def test_upgrades_do_not_stop_an_open_shop() -> None:
    found = []
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("headrace.")}
    for room, name in sorted(MigrationLoader(None).disk_migrations):
        if room not in rooms or name.startswith("0001"):
            continue
        statements = io.StringIO()
        call_command("sqlmigrate", room, name, stdout=statements, no_color=True)
        for file in sql_files((SOURCES / room / "migrations" / f"{name}.py").read_text("utf-8")):
            statements.write(file.read_text("utf-8"))
        found += [f"{room}.{name}: {fault}" for fault in faults(statements.getvalue())]
    assert found == []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table orders_order add column colour text not null;",
        "alter table orders_order drop column note;",
        "alter table orders_order rename column note to remark;",
        "alter table orders_order alter column note type int using note::int;",
        "create index note_index on orders_order (note);",
        "alter table orders_order add constraint positive check (gross_minor > 0);",
        "alter tabel orders_order;",
    ],
)
def test_statements_that_would_are_found(statement: str) -> None:
    assert faults(statement) != []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table orders_order add column colour text;",
        "create table orders_gift (id bigint primary key, note text not null); create index gift_note on orders_gift (note);",
        "alter table orders_order set (fillfactor = 80);",
        "create or replace function f() returns int language sql as $$ select 1 $$;",
    ],
)
def test_statements_that_would_not_are_let_through(statement: str) -> None:
    assert faults(statement) == []
