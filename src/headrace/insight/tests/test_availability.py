"""What may be promised, with the rows behind it, as it is and as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.flow.allocate.tests.placing import on_order, tune
from headrace.insight.figures import allocation, availability
from headrace.orders.tests import building
from headrace.orders.tests.building import PLACED, make_order


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    building.make_shop()
    yield
    building.assert_books_hold()


def at(node: str, found: dict[str, Any]) -> dict[str, Any]:
    return next(n for n in found["nodes"] if n["node"] == node)


def now() -> datetime:
    moment: datetime = run("select clock_timestamp()").scalar
    return moment


def test_sellable_is_on_hand_less_reserved_less_safety_and_each_has_its_rows() -> None:
    make_order("1", {"EAST": [("A", 30), ("KIT", 5)]})
    run("update stock_position set safety_each = 4 from catalog_node n where n.id = node_id and n.code = 'EAST'")
    version = tune(safety_each=2)
    found = availability("A")
    east = at("EAST", found)
    assert [east[f"{k}_each"] for k in ("on_hand", "reserved", "safety", "sellable")] == [100, 35, 4, 61]
    assert [at("WEST", found)[f"{k}_each"] for k in ("safety", "sellable")] == [2, 98]
    assert found["safety"] == {"policy_version": version, "safety_each": 2}
    for node in found["nodes"]:
        here = [m for m in found["moves"] if m["node"] == node["node"]]
        assert sum(m["qty_each"] for m in here if m["bucket"] == "on_hand") == node["on_hand_each"]
        assert sum(r["qty_each"] for r in found["reservations"] if r["node"] == node["node"]) == node["reserved_each"]
    assert [(r["ordered_as"], r["qty_each"]) for r in found["reservations"]] == [("KIT", 5), ("A", 30)]


def test_safety_above_what_is_free_leaves_nothing_to_sell_and_no_debt() -> None:
    tune(safety_each=1_000)
    assert {n["sellable_each"] for n in availability("A")["nodes"]} == {0}


def test_the_figure_as_it_was() -> None:
    make_order("1", {"EAST": [("A", 30)]})
    began = now()
    run("update stock_reservation set ended_at = %(at)s, ended_how = 'released'", {"at": began - timedelta(hours=1)})
    run("update stock_position set reserved_each = 0")
    run("update orders_fulfilment set state = 'cancelled'")
    run(
        """insert into stock_move (item_id, node_id, kind, qty_each, origin, bucket, at) select i.id, n.id, 'adjust', q, 'test', b, %(at)s from catalog_item i, catalog_node n,
        (values (-10, 'on_hand'), (10, 'quarantine')) v(q, b) where i.sku = 'A' and n.code = 'EAST'""",
        {"at": began + timedelta(hours=1)},
    )
    run("update stock_position p set on_hand_each = 90, quarantine_each = 10 from catalog_item i, catalog_node n where i.id = p.item_id and n.id = p.node_id "
        "and i.sku = 'A' and n.code = 'EAST'")  # fmt: skip
    today = availability("A")
    assert [at("EAST", today)[f"{k}_each"] for k in ("on_hand", "reserved", "quarantine", "sellable")] == [90, 0, 10, 90]
    assert today["reservations"] == []
    before = availability("A", began)
    assert [at("EAST", before)[f"{k}_each"] for k in ("on_hand", "reserved", "quarantine", "sellable")] == [100, 0, 0, 100]
    later = availability("A", began + timedelta(hours=2))
    assert [at("EAST", later)[f"{k}_each"] for k in ("on_hand", "quarantine")] == [90, 10]
    assert availability("A", PLACED)["nodes"] == []  # the opening stock was written when the test began
    promised = availability("A", began - timedelta(hours=2))
    assert [(r["qty_each"], r["fulfilment"][:3]) for r in promised["reservations"]] == [(30, "FO-")]


def test_a_kit_is_what_its_scarcest_part_allows_at_one_node() -> None:
    run("update stock_position p set reserved_each = 0, safety_each = 91 from catalog_item i, catalog_node n where i.id = p.item_id and n.id = p.node_id "
        "and i.sku = 'B' and n.code = 'EAST'")  # fmt: skip
    found = availability("KIT")
    assert {n["node"]: n["sellable_each"] for n in found["nodes"]} == {"EAST": 4, "MAKER": 50, "THIRD": 50, "WEST": 50}
    assert [(p["sku"], p["qty_each"]) for p in found["parts"]] == [("A", 1), ("B", 2)]


def test_what_is_on_order_is_shown_with_its_day() -> None:
    day = (now() + timedelta(days=9)).date()
    on_order("A", 50, day)
    on_order("A", 70, day, state="draft")
    assert [(e["open_each"], e["expected_on"], e["node"]) for e in availability("A")["expected"]] == [(50, day, "EAST")]


def test_an_allocation_tells_nodes_and_skus_and_the_filter_that_removed_each() -> None:
    from headrace.flow.allocate.tests.placing import allocate, only, place

    run("update catalog_node set is_active = false where code = 'THIRD'")
    tune(sorts=["code"])
    only("A", WEST=3)
    order_id = place("1", {"A": 5})
    allocate()
    (told,) = allocation(order_id)
    assert told["chosen"] == [{"node": "WEST", "line_no": 1, "sku": "A", "qty_each": 3}]
    assert told["short"] == [{"line_no": 1, "sku": "A", "qty_each": 2}]
    assert told["sorts"] == ["code"]
    assert told["detail"]["removed"] == {"EAST": "stock", "MAKER": "stock", "THIRD": "active", "WEST": "stock"}
