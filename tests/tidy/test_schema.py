"""The schema is as written down, and everything in it says what it is."""

from __future__ import annotations

import pytest

from tests.tidy import papers, schema

pytestmark = pytest.mark.django_db


def test_the_schema_is_as_written_down() -> None:
    difference = papers.stale(papers.ROOT / "tests" / "tidy", {"schema.txt": schema.describe()})
    assert not difference, difference


def test_every_table_and_column_has_a_comment() -> None:
    assert list(schema.uncommented()) == []


def test_a_change_is_seen() -> None:
    from headrace.engine.queries import run

    before = schema.describe()
    for change, seen in (
        ("alter table orders_order add column silent int", "  silent integer: None"),
        ("alter table orders_order alter column hold drop not null", "  hold text default 'clear'::text"),
        ("create index watched on orders_order (hold)", "  index watched: USING btree (hold)"),
        ("create function headrace_new() returns int language sql as 'select 1'", "function headrace_new() "),
        ("alter table orders_order add constraint some_id check (id > 0)", "  constraint some_id: CHECK ((id > 0))"),
    ):
        run(change)
        after = schema.describe()
        assert seen in after and seen not in before
    assert list(schema.uncommented()) == ["orders_order.silent"]
