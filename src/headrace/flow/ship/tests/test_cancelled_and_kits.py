"""Confirmations after a cancel, kits in several boxes, drop-ship in parts: the cases that others get wrong."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import action_named
from headrace.engine.queries import run
from headrace.orders.tests.building import confirm, make_order, message, open_cases, position, row, run_stage

pytestmark = pytest.mark.usefixtures("shop")


def released(ref: str, at: Any) -> Any:
    built = make_order(ref, at)
    run_stage("release")
    return built


def pieces(order: int) -> list[tuple[int, int]]:
    return [tuple(r) for r in run("select qty_shipped_each, qty_ordered_each from orders_line where order_id = %(o)s order by id", {"o": order})]


def test_goods_that_left_after_a_recall_are_a_case_and_touch_no_stock() -> None:
    """Complaint 45: what was given back is not reserved, not shipped and not reserved again by a confirmation that comes too late."""
    o = released("1", {"EAST": [("A", 2)]})
    action_named("recall_fulfilment")(actor="cli:test", fulfilment=o.number("EAST"), why="customer cancelled")
    assert (position("A", "EAST").on_hand_each, position("A", "EAST").reserved_each) == (100, 0)
    late = confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert message(late) == ("parked", None)
    assert "SHIP-03" in open_cases()
    assert (position("A", "EAST").on_hand_each, position("A", "EAST").reserved_each) == (100, 0)
    order = row("orders_order", o.id)
    assert (order.qty_allocated_each, order.qty_released_each, order.qty_shipped_each) == (0, 0, 0)


def test_a_cancel_after_a_part_has_shipped_takes_back_only_what_has_not() -> None:
    """Complaints 8 and 9: a cancel after shipment compensates once, and only the pieces that are still there."""
    o = released("1", {"EAST": [("A", 2)], "WEST": [("A", 3)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    action_named("recall_fulfilment")(actor="cli:test", fulfilment=o.number("WEST"), why="customer cancelled the rest")
    assert (position("A", "EAST").on_hand_each, position("A", "WEST").on_hand_each) == (98, 100)
    assert (position("A", "EAST").reserved_each, position("A", "WEST").reserved_each) == (0, 0)
    assert pieces(o.id) == [(2, 5)]
    again = confirm("warehouse:EAST", "P1", o.number("EAST"), note="sent again after the cancel")
    late = confirm("warehouse:WEST", "P2", o.number("WEST"))
    run_stage("ship")
    assert (message(again), message(late)) == (("done", "duplicate"), ("parked", None))
    assert (position("A", "EAST").on_hand_each, position("A", "WEST").on_hand_each) == (98, 100)


def test_shipped_although_it_was_asked_back_is_booked_and_told() -> None:
    o = released("1", {"THIRD": [("A", 1)]})
    assert action_named("recall_fulfilment")(actor="cli:test", fulfilment=o.number("THIRD"), why="address is wrong") == "requested"
    sent = confirm("wms-third", "P1", o.number("THIRD"))
    run_stage("ship")
    assert message(sent) == ("done", "applied")
    assert open_cases() == ["SHIP-06"]
    assert row("orders_order", o.id).status == "shipped"


def test_a_kit_counts_when_its_last_part_has_left() -> None:
    """Complaint 39: a kit delivered in parts counts whole kits, never parts and never twice."""
    o = released("1", {"EAST": [("KIT", 2), ("C", 1)]})
    told: list[list[tuple[int, int]]] = []
    for n, lines in enumerate(([{"sku": "A", "qty": 2}], [{"sku": "B", "qty": 3}], [{"sku": "B", "qty": 1}, {"sku": "C", "qty": 1}])):
        confirm("warehouse:EAST", f"P{n}", o.number("EAST"), lines=lines)
        run_stage("ship")
        told.append(pieces(o.id))
    assert told == [[(0, 2), (0, 1)], [(1, 2), (0, 1)], [(2, 2), (1, 1)]]
    assert run("select qty_each, state from orders_shipment order by id").column("qty_each") == [0, 1, 2]
    assert run("select state from orders_shipment order by id").column("state") == ["invoiced", "shipped", "shipped"]  # nothing to invoice for half a kit
    assert (position("A", "EAST").on_hand_each, position("B", "EAST").on_hand_each) == (98, 96)
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "shipped"
    costs = run(
        "select sum(l.amount_minor)::int as cost from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = 'cogs' group by l.entry_id order by l.entry_id"
    )
    assert costs.column("cost") == [700, 360, 219]


def test_kit_parts_in_several_boxes_of_one_batch_make_the_same_kits() -> None:
    o = released("1", {"EAST": [("KIT", 3)]})
    for n, (sku, qty) in enumerate((("B", 4), ("A", 1), ("A", 2), ("B", 2))):
        confirm("warehouse:EAST", f"P{n}", o.number("EAST"), lines=[{"sku": sku, "qty": qty}])
    assert run_stage("ship").moved == 4
    assert run("select qty_each from orders_shipment order by id").column("qty_each") == [0, 1, 1, 1]
    assert pieces(o.id) == [(3, 3)]


def test_a_part_that_is_also_sold_by_itself_is_counted_for_both() -> None:
    o = released("1", {"EAST": [("KIT", 1), ("B", 1)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}])
    run_stage("ship")
    assert pieces(o.id) == [(1, 1), (0, 1)]
    confirm("warehouse:EAST", "P2", o.number("EAST"), lines=[{"sku": "B", "qty": 1}])
    run_stage("ship")
    assert pieces(o.id) == [(1, 1), (1, 1)]


def test_a_split_keeps_each_nodes_share_apart() -> None:
    """Complaint 44: two nodes with one unit each fill two, and shipping one changes nothing at the other."""
    o = released("1", {"EAST": [("A", 1)], "WEST": [("A", 1)]})
    confirm("warehouse:WEST", "P1", o.number("WEST"), lines=[{"sku": "A", "qty": 1}])
    run_stage("ship")
    assert pieces(o.id) == [(1, 2)]
    assert (position("A", "EAST").on_hand_each, position("A", "EAST").reserved_each) == (100, 1)
    assert (position("A", "WEST").on_hand_each, position("A", "WEST").reserved_each) == (99, 0)
    assert (row("orders_fulfilment", o.fulfilments["EAST"]).state, row("orders_fulfilment", o.fulfilments["WEST"]).state) == ("released", "shipped")


def test_a_drop_shipper_that_ships_in_part_delivers_only_that() -> None:
    """Complaint 47: partial drop-ship does not mark the line delivered; the request carries the customer's address."""
    o = released("1", {"MAKER": [("A", 5)]})
    request = run("select partner, body from engine_outbox where kind = 'fulfilment.request'").one
    assert (request.partner, request.body["ship_to"]["name"], request.body["ship_to"]["line1"]) == ("maker", "Jane Roe", "100 Main Street")
    assert [(x["sku"], x["qty"]) for x in request.body["lines"]] == [("A", 5)]
    confirm("maker", "D1", o.number("MAKER"), lines=[{"sku": "A", "qty": 2}], parcels=[{"tracking": "M1"}])
    run_stage("ship")
    order = row("orders_order", o.id)
    assert (pieces(o.id), order.status, row("orders_fulfilment", o.fulfilments["MAKER"]).state) == ([(2, 5)], "partly_shipped", "released")
