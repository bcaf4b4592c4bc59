from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.ledger.tests import building

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (1, 2, 3))


def sell(amount: int, at: datetime = JANUARY, channel: str = "shop") -> building.Order:
    """An order that is shipped and invoiced at a moment."""
    order = building.place(building.OrderLine(1, amount), channel=channel)
    building.ship(order, at=at)
    building.run_stage("invoice", as_of=at)
    return order


def entries() -> list[tuple[str, str, str | None]]:
    """(rule, business date, date of its document where that was late) of every entry."""
    rows = run("select rule, posted_on, late_for_on from ledger_entry order by id")
    return [(r.rule, str(r.posted_on), str(r.late_for_on) if r.late_for_on else None) for r in rows]


@pytest.fixture
def shop(db: None) -> None:
    building.make_shop()
    assert stage_named("invoice")
