"""Goods go from one of our nodes to another."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.orders.tests.building import make_order, position
from headrace.supply.transfer.actions import receive_transfer, send_transfer

pytestmark = pytest.mark.usefixtures("shop")
ACTOR = "cli:test"


def send(*rows: dict[str, Any], from_node: str = "EAST", to_node: str = "WEST", **more: Any) -> Any:
    return send_transfer(actor=ACTOR, from_node=from_node, to_node=to_node, rows=list(rows), **more)


def receive(transfer: Any, *rows: dict[str, Any], **more: Any) -> Any:
    return receive_transfer(actor=ACTOR, transfer=transfer, rows=list(rows) or None, **more)


def shelves(sku: str = "A") -> tuple[int, int, int]:
    """On hand at EAST, on the way to WEST, on hand at WEST."""
    west = position(sku, "WEST")
    return position(sku, "EAST").on_hand_each, west.in_transit_each, west.on_hand_each


def value(node: str) -> int:
    return int(
        run(
            "select coalesce(sum(l.amount_minor), 0) from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = %(a)s",
            {"a": f"inventory:{node}"},
        ).scalar
    )


def moved_value(node: str) -> int:
    """What the moves of transfers say that the node's stock is worth more."""
    return int(
        run(
            "select coalesce(sum(cost_minor), 0) from stock_move m join catalog_node n on n.id = m.node_id where n.code = %(n)s and m.kind <> 'opening'",
            {"n": node},
        ).scalar
    )


def test_goods_leave_one_shelf_are_on_the_way_and_reach_the_other() -> None:
    sent = send({"sku": "A", "qty": 30}, {"sku": "A", "qty": 10}, expected_on="2026-07-01")
    assert (sent.pieces, sent.on_the_way) == (40, 40)
    assert shelves() == (60, 40, 100)
    assert (value("EAST"), value("WEST")) == (-14_000, 14_000)
    came = receive(sent.number)
    assert (came.pieces, came.on_the_way, came.lost) == (40, 0, 0)
    assert shelves() == (60, 0, 140)
    assert run("select state, expected_on::text from purchasing_transfer").one == ("received", "2026-07-01")
    with pytest.raises(Refused, match="is received; nothing of it is on the way"):
        receive(sent.number)


def test_the_cost_travels_with_the_goods() -> None:
    run(
        "update stock_position set unit_cost = 500 from catalog_item i, catalog_node n where i.id = item_id and n.id = node_id and i.sku = 'A' and n.code = 'WEST'"
    )
    sent = send({"sku": "A", "qty": 100})  # at 3.50
    run("update stock_position set unit_cost = 999 from catalog_node n where n.id = node_id and n.code = 'EAST'")  # what EAST pays later is no matter
    receive(sent.number)
    assert position("A", "WEST").unit_cost == 425
    for node in ("EAST", "WEST"):
        assert value(node) == moved_value(node)


def test_what_comes_in_parts_is_counted_and_what_never_comes_is_written_off() -> None:
    sent = send({"sku": "A", "qty": 10}, {"sku": "B", "qty": 4})
    part = receive(sent.number, {"sku": "A", "qty": 7})
    assert (part.pieces, part.on_the_way) == (7, 7)
    assert shelves() == (90, 3, 107)
    last = receive(sent.number, {"sku": "B", "qty": 4}, is_final=True)
    assert (last.pieces, last.on_the_way, last.lost) == (4, 0, 3)
    assert (shelves(), shelves("B")) == ((90, 0, 107), (96, 0, 104))
    lost = run("select -sum(l.amount_minor) from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = 'shrinkage:lost'").scalar
    assert -lost == 3 * 350
    assert value("WEST") == moved_value("WEST")


def test_promised_goods_stay() -> None:
    make_order("1", {"EAST": [("A", 80)]})
    with pytest.raises(Refused, match="A at EAST: -21 leaves 79, but 80 are reserved"):
        send({"sku": "A", "qty": 21}, {"sku": "B", "qty": 1})
    assert shelves("B") == (100, 0, 100)
    send({"sku": "A", "qty": 20})


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"to_node": "EAST"}, "is where the goods are"),
        ({"to_node": "MOON"}, "no node 'MOON'"),
        ({"expected_on": "soon"}, "'soon' is no day"),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        send({"sku": "A", "qty": 1}, **more)
    assert run("select count(*) from purchasing_transfer").scalar == 0


def test_another_entitys_node_is_a_sale_and_no_transfer() -> None:
    run("insert into catalog_entity (code, name, currency, zone, country) values ('HR-UK', 'Headrace UK', 'GBP', 'Europe/London', 'GB')")
    run("update catalog_node set entity_id = (select id from catalog_entity where code = 'HR-UK') where code = 'WEST'")
    with pytest.raises(Refused, match="another legal entity"):
        send({"sku": "A", "qty": 1})


def test_more_than_is_on_the_way_is_refused() -> None:
    sent = send({"sku": "A", "qty": 5})
    with pytest.raises(Refused, match="6 of A, but 5 are on the way; 1 items that were not sent"):
        receive(sent.number, {"sku": "A", "qty": 6}, {"sku": "B", "qty": 1})
    for strange in ("TR-99", "x", ""):
        with pytest.raises(Refused, match="there is no transfer"):
            receive(strange)
    assert shelves() == (95, 5, 100)


def test_goods_that_arrive_wake_whoever_waits_for_them() -> None:
    order = make_order("1", {"WEST": [("A", 1)]}, state="backordered").id
    run("update orders_line set qty_ordered_each = 5")
    run("update orders_order set qty_ordered_each = 5, wake_at = now() + interval '1 year'")
    sent = send({"sku": "A", "qty": 5})
    assert run("select wake_at > now() from orders_order where id = %(o)s", {"o": order}).scalar
    assert receive(sent.number).orders_woken == 1
