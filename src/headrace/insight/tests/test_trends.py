"""Trends: kept figures say what the books say, and a figure and the list behind it agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headrace.engine.queries import run
from headrace.insight import narrowing, operation, trends
from headrace.orders.tests import building
from headrace.orders.tests.building import make_order

NOON = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    building.make_shop()


def came(ref: str, at: datetime, *, parked: datetime | None = None, resolved: datetime | None = None, released: datetime | None = None) -> None:
    """An order that came in at a moment, and what became of it."""
    make_order(ref, {"EAST": [("A", 1)]})
    order = run("update orders_order set captured_at = %(at)s where external_ref = %(ref)s returning id", {"at": at, "ref": ref}).scalar
    run("update orders_fulfilment set released_at = %(at)s where order_id = %(o)s", {"at": released, "o": order})
    if parked:
        run(
            """insert into exception_queue_case (reason_code, document, document_id, order_id, fingerprint, opened_at, due_at, resolved_at, state, team, currency, value_at_risk_minor)
            select r.code, 'order', %(o)s, %(o)s, '', %(at)s, %(at)s::timestamptz + interval '1 hour', %(resolved)s, case when %(resolved)s::timestamptz is null then 'open' else 'resolved' end,
                'operations', 'USD', 5000 from exception_queue_reason r where r.severity <> 'warns' order by r.code limit 1""",
            {"o": order, "at": parked, "resolved": resolved},
        )


def hours(told: dict[str, list[int]], name: str) -> dict[int, int]:
    return {datetime.fromtimestamp(at, UTC).hour: value for at, value in zip(told["at"], told[name], strict=True) if value}


def three_hours() -> None:
    came("1", NOON - timedelta(hours=2), released=NOON - timedelta(hours=2) + timedelta(minutes=10))
    came("2", NOON - timedelta(hours=2), released=NOON - timedelta(hours=2) + timedelta(minutes=20))
    came("3", NOON - timedelta(hours=1), parked=NOON - timedelta(hours=1), resolved=NOON - timedelta(minutes=5))
    came("4", NOON - timedelta(minutes=10), parked=NOON - timedelta(minutes=9))


def test_a_day_by_the_hour() -> None:
    three_hours()
    told = trends.trend("24h", NOON)
    assert len(told["at"]) == 24
    assert datetime.fromtimestamp(told["at"][-1], UTC) == NOON.replace(minute=0)
    assert hours(told, "orders") == {10: 2, 11: 1, 12: 1}
    assert hours(told, "parked") == {11: 1, 12: 1}
    assert hours(told, "cycle_median_s") == {10: 900}
    assert hours(told, "open_cases") == {11: 1, 12: 1}  # at the end of each
    assert told["at_risk"]["USD"][-2:] == [5000, 5000]


def test_kept_figures_are_the_counted_ones_and_stay_when_kept_again() -> None:
    three_hours()
    now = NOON + timedelta(days=4)
    assert trends.keep(now) > 0
    rows = {row.at: row for row in run("select * from insight_trend where grain = 'hour'")}
    for row in trends.counted("hour", NOON.replace(hour=9, minute=0), NOON.replace(hour=14, minute=0)):
        kept = rows.get(row["at"])
        if kept is not None:
            assert {name: getattr(kept, name) for name in row} == row
    before = run("select count(*), sum(orders) from insight_trend").one
    trends.keep(now)
    assert run("select count(*), sum(orders) from insight_trend").one == before
    assert sum(v or 0 for v in trends.trend("14d", now)["orders"]) == 4
    assert sum(v or 0 for v in trends.trend("90d", now)["orders"]) == 4
    assert run("select sum(orders) from insight_channel_hour").scalar == 4


def test_late_is_counted_from_the_moment_when_it_became_so() -> None:
    came("1", NOON - timedelta(hours=3), parked=NOON - timedelta(hours=3), resolved=NOON)
    told = trends.trend("24h", NOON + timedelta(minutes=5))
    assert hours(told, "late_cases") == {10: 1, 11: 1}  # due at 10:30, resolved at 12:30


def test_figures_of_the_day_and_the_orders_behind_them_agree() -> None:
    three_hours()
    came("0", NOON - timedelta(days=1, hours=1))
    midnight = NOON.replace(hour=0, minute=0)
    told = operation.day(midnight, NOON)
    assert told["today"] == {"orders": 4, "straight_through": 2, "parked": 2, "share": 50.0}
    assert told["yesterday"]["orders"] == 1
    for straight, count in ((None, 4), (True, 2), (False, 2)):
        assert len(narrowing.listed({"window": (midnight, NOON), "straight": straight}, limit=50)) == count


@pytest.mark.parametrize("offset", [timedelta(), timedelta(minutes=30), timedelta(minutes=-15)])
def test_a_day_is_the_same_whether_its_hours_are_kept_or_not(offset: timedelta) -> None:
    """Kept hours are not counted again; where a day does not begin with an hour (India, Nepal) its edges are counted."""
    three_hours()
    came("5", NOON.replace(hour=0, minute=10))
    midnight = NOON.replace(hour=0, minute=0) + offset
    before, channels = operation.day(midnight, NOON)["today"], operation.channels(midnight, NOON)
    assert before["orders"] == (4 if offset > timedelta(minutes=10) else 5)
    trends.keep(NOON + timedelta(hours=2))
    run("update orders_order set captured_at = captured_at - interval '9 days' where external_ref = '1'")  # kept hours are read, not counted: this is not seen
    assert operation.day(midnight, NOON)["today"] == before
    assert [(row["orders"], row["parked"], row["last_at"]) for row in operation.channels(midnight, NOON)] == [
        (row["orders"], row["parked"], row["last_at"]) for row in channels
    ]


def test_usual_is_the_median_of_the_days_before() -> None:
    midnight = NOON.replace(hour=0, minute=0)
    for days, orders in ((1, 10), (2, 20), (3, 60)):
        run(
            "insert into insight_trend (grain, at, orders, straight_through, open_cases, late_cases, at_risk) values ('hour', %(at)s, %(n)s, %(n)s, 0, 0, '{}')",
            {"at": NOON.replace(hour=8, minute=0) - timedelta(days=days), "n": orders},
        )
    assert operation.day(midnight, NOON)["usual"]["orders"] == 20
    assert operation.day(midnight, NOON.replace(hour=8, minute=15))["usual"]["orders"] == 5  # a quarter of the running hour


def test_promises_of_the_day_and_the_orders_behind_them_agree() -> None:
    came("1", NOON - timedelta(hours=2))
    came("2", NOON - timedelta(hours=2))
    run(
        "update orders_order set promised_by = case external_ref when '1' then %(at)s::timestamptz else %(at)s::timestamptz + interval '3 hours' end",
        {"at": NOON - timedelta(hours=1)},
    )
    until = NOON + timedelta(hours=11)
    told = operation.promises(NOON, until)
    assert (told["broken"], told["today"]) == (1, 1)
    assert len(narrowing.listed({"promised": (None, NOON)}, limit=9)) == 1
    assert len(narrowing.listed({"promised": (NOON, until)}, limit=9)) == 1
