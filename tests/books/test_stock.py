"""The book of stock: moves are only added, positions are their sum, nothing is promised twice or falls below what is promised."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from psycopg import errors

from headrace.engine.action import Deed, Refused
from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.orders.tests.building import make_order, position
from headrace.stock import giving_back, moving, reserving
from headrace.stock.giving_back import Aside, Part
from headrace.stock.moving import StockRow

pytestmark = pytest.mark.usefixtures("shop")
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
REFUSED = (IntegrityError, DatabaseError, errors.Error)


def deed() -> Deed:
    return Deed("test", "cli:test", NOW)


def batch() -> Batch:
    return Batch(77, "allocate", "order", [], NOW)


def ids(sku: str, node: str) -> tuple[int, int]:
    (item,), (place,) = moving.known_ids([sku], [node])
    return item, place


def move(sku: str, node: str, kind: str, qty: int, cost: str | None = None, **more: Any) -> StockRow:
    return StockRow(*ids(sku, node), kind, qty, Decimal(cost) if cost else None, **more)


def test_what_comes_in_shifts_the_average_cost_and_what_goes_leaves_it() -> None:
    moving.move_stock(deed(), [move("A", "EAST", "receipt", 100, "450")])
    assert (position("A", "EAST").on_hand_each, position("A", "EAST").unit_cost) == (200, Decimal("400"))
    sums = moving.move_stock(deed(), [move("A", "EAST", "adjust", -50, reason="lost")])
    assert (sums.one.cost_minor, sums.one.kind, sums.one.reason) == (-20_000, "adjust", "lost")
    assert position("A", "EAST").unit_cost == Decimal("400")


def test_several_moves_of_a_position_in_one_deed_are_one_sum() -> None:
    moving.move_stock(deed(), [move("A", "EAST", "adjust", 60), move("A", "EAST", "adjust", -150), move("A", "WEST", "adjust", -1)])
    assert (position("A", "EAST").on_hand_each, position("A", "WEST").on_hand_each) == (10, 99)
    moving.move_stock(deed(), [move("A", "EAST", "adjust", 1)])  # and one transaction may move twice
    assert position("A", "EAST").on_hand_each == 11


def test_a_shelf_is_opened_where_the_item_never_was() -> None:
    run("delete from stock_position where item_id = %(i)s", {"i": ids("C", "EAST")[0]})
    moving.move_stock(deed(), [move("C", "EAST", "receipt", 3, "99")])
    assert position("C", "EAST").on_hand_each == 3
    run("delete from stock_position where item_id = %(i)s", {"i": ids("C", "EAST")[0]})  # its opening moves stand at four nodes
    run("insert into stock_position (item_id, node_id, on_hand_each) select item_id, node_id, sum(qty_each) from stock_move where item_id = %(i)s group by 1, 2",
        {"i": ids("C", "EAST")[0]})  # fmt: skip


def test_every_impossible_row_is_named_at_once_and_nothing_moves() -> None:
    make_order("1", {"EAST": [("A", 99)]})
    with pytest.raises(Refused) as refused:
        moving.move_stock(deed(), [move("A", "EAST", "adjust", -2), move("B", "WEST", "adjust", -101), move("C", "WEST", "adjust", -1)])
    assert str(refused.value) == (
        "A at EAST: -2 leaves 98, but 99 are reserved: recall or short-pick what cannot be shipped first; B at WEST: -101, but there are only 100"
    )
    assert position("C", "WEST").on_hand_each == 100


@pytest.mark.parametrize("bucket", ["damaged", "quarantine", "in_transit"])
def test_no_bucket_falls_below_nothing(bucket: str) -> None:
    with pytest.raises(Refused, match=f"-1 {bucket.replace('_', ' ')}, but there are only 0"):
        moving.move_stock(deed(), [move("A", "EAST", "adjust", -1, bucket=bucket)])


def test_more_rows_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "ROWS_MAX", 1)
    with pytest.raises(Refused, match="the limit is 1"):
        moving.move_stock(deed(), [move("A", "EAST", "adjust", 1)] * 2)


@pytest.mark.parametrize("statement", ["update stock_move set qty_each = 1", "delete from stock_move"])
def test_moves_are_only_ever_added(statement: str) -> None:
    with pytest.raises(REFUSED), transaction.atomic():
        run(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update stock_position set reserved_each = on_hand_each + 1",
        "update stock_position set reserved_each = -1",
        "update stock_position set on_hand_each = -1",
        "update stock_position set quarantine_each = -1",
        "insert into stock_move (item_id, node_id, kind, qty_each, origin) values (1, 1, 'adjust', 0, 'x')",
        "insert into stock_reservation (line_id, item_id, node_id, qty_each, reserved_at) values (1, 1, 1, 0, now())",
        "insert into stock_reservation (line_id, item_id, node_id, qty_each, reserved_at, ended_at) values (1, 1, 1, 1, now(), now())",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(statement: str) -> None:
    with pytest.raises(REFUSED), transaction.atomic():
        run(statement)


def test_reserving_promises_and_keeps_who_and_until_when() -> None:
    order = make_order("1", {"EAST": [("A", 1)]})
    run("update stock_reservation set ended_at = now(), ended_how = 'edited'")
    run("update stock_position set reserved_each = 0")
    item, node = ids("A", "EAST")
    reserving.lock_positions([item])
    reserving.reserve(batch(), [(order.lines["A"], item, node, order.fulfilments["EAST"], 1, 1)], NOW)
    assert position("A", "EAST").reserved_each == 1
    kept = run("select qty_each, batch_id, reserved_at, expires_at from stock_reservation where ended_at is null").one
    assert kept == (1, 77, NOW, NOW)


def test_more_than_is_free_cannot_be_reserved_whatever_the_choice_was() -> None:
    make_order("1", {"EAST": [("A", 60)]})
    item, node = ids("A", "EAST")
    with pytest.raises(AssertionError, match="would be oversold"), transaction.atomic():
        reserving.reserve(batch(), [(1, item, node, 1, 30, 1), (2, item, node, 2, 11, 1)])
    assert position("A", "EAST").reserved_each == 60


def live() -> list[tuple[int, str | None]]:
    return [tuple(r) for r in run("select qty_each, ended_how from stock_reservation order by id")]


def test_what_is_released_goes_back_once() -> None:
    order = make_order("1", {"EAST": [("A", 5), ("B", 3)]})
    other = make_order("2", {"EAST": [("A", 7)]})
    assert len(reserving.release_for_orders(deed(), [order.id], "cancelled")) == 2
    assert (position("A", "EAST").reserved_each, position("B", "EAST").reserved_each) == (7, 0)
    assert reserving.release_for_orders(deed(), [order.id], "cancelled") == []
    assert len(reserving.release_for_fulfilments(deed(), list(other.fulfilments.values()), "released")) == 1
    assert live() == [(5, "cancelled"), (3, "cancelled"), (7, "released")]
    run("update orders_fulfilment set state = 'cancelled'")


def test_a_part_ends_and_the_rest_stays_promised() -> None:
    order = make_order("1", {"EAST": [("A", 5)]})
    item, node = ids("A", "EAST")
    part = Part(order.fulfilments["EAST"], order.lines["A"], item, node, 2, "short")
    giving_back.end_parts(deed(), [part])
    assert live() == [(2, "short"), (3, None)]
    assert position("A", "EAST").reserved_each == 3
    with pytest.raises(AssertionError, match="ended 0 of 1"), transaction.atomic():
        giving_back.end_parts(deed(), [Part(order.fulfilments["EAST"], order.lines["A"], item, node, 4, "short")])
    run("update orders_fulfilment_line set qty_short_each = 2")
    run("update orders_fulfilment set qty_each = 3")


@pytest.mark.parametrize("bucket", giving_back.BUCKETS_ASIDE)
def test_what_is_set_aside_keeps_its_value_until_it_is_written_off_or_found(bucket: str) -> None:
    item, node = ids("A", "EAST")
    aside = Aside(item, node, 3, bucket, "short_pick", 1)
    assert sum(s.cost_minor for s in giving_back.set_aside(deed(), [aside])) == 0
    assert (position("A", "EAST").on_hand_each, getattr(position("A", "EAST"), f"{bucket}_each")) == (97, 3)
    giving_back.put_back(deed(), [Aside(item, node, 1, bucket, "short_pick", 1)])
    sums = giving_back.write_off(deed(), [Aside(item, node, 2, bucket, "short_pick", 1)])
    assert sum(s.cost_minor for s in sums) == -2 * 350
    assert (position("A", "EAST").on_hand_each, getattr(position("A", "EAST"), f"{bucket}_each")) == (98, 0)
    with pytest.raises(Refused):
        giving_back.put_back(deed(), [aside])
