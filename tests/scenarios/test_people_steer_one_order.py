"""A person holds an order, lets it go, sends it to another node, splits it, and leaves a note; stock and money follow exactly."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.release.by_hand import hold_order, let_order_go, note_order, reallocate_order, split_order
from tests.scenarios.shop import EAST, LAMP, MUG, STORE, Shop, assert_all_holds, promisable

ANN = "cli:ann"


def placed(shop: Shop, basket: dict[str, int]) -> int:
    ref = shop.place(basket)
    shop.work()
    return order_id(ref)


def order_id(ref: str) -> int:
    return int(run("select id from orders_order where external_ref = %(ref)s", {"ref": ref}).scalar)


def fulfilments(oid: int) -> list[tuple[str, str, int]]:
    rows = run(
        "select n.code, f.state, f.qty_each from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = %(o)s order by f.id", {"o": oid}
    )
    return [(r.code, r.state, r.qty_each) for r in rows]


def state(oid: int) -> Any:
    return run("select status, hold, state, qty_allocated_each from orders_order where id = %(o)s", {"o": oid}).one


def test_a_held_order_stands_still_until_it_is_let_go(shop: Shop) -> None:
    oid = order_id_of_a_waiting_order(shop)
    hold_order(actor=ANN, order_id=oid, why="the customer asks for another address")
    shop.fill(MUG, EAST=5)
    shop.work()
    assert state(oid).status == "on_hold" and not fulfilments(oid)
    let_order_go(actor=ANN, order_id=oid, note="address stays")
    shop.work()
    assert fulfilments(oid) == [(EAST, "released", 2)]
    with pytest.raises(Refused, match="is not held by hand"):
        let_order_go(actor=ANN, order_id=oid)
    assert_all_holds()


def order_id_of_a_waiting_order(shop: Shop) -> int:
    oid = placed(shop, {MUG: 2})
    assert state(oid).status == "backordered"
    return oid


def test_an_order_is_sent_to_the_node_that_somebody_names(shop: Shop) -> None:
    shop.fill(MUG, EAST=5, NYC=5)
    oid = placed(shop, {MUG: 2})
    first = fulfilments(oid)[0][0]
    other = STORE if first == EAST else EAST
    assert reallocate_order(actor=ANN, order_id=oid, why="the first is short of people", node=other) == 1
    shop.work()
    assert fulfilments(oid) == [(first, "cancelled", 2), (other, "released", 2)]
    assert promisable(MUG) == 8
    with pytest.raises(Refused, match="no node 'MOON'"):
        reallocate_order(actor=ANN, order_id=oid, why="x", node="MOON")
    assert_all_holds()


def test_pieces_travel_by_themselves(shop: Shop) -> None:
    shop.fill(MUG, EAST=5)
    shop.fill(LAMP, EAST=5)
    oid = placed(shop, {MUG: 3, LAMP: 1})
    assert split_order(actor=ANN, order_id=oid, line=1, qty=2, why="the customer needs one today") == 2
    shop.work()
    assert fulfilments(oid) == [(EAST, "released", 2), (EAST, "released", 2)]
    assert state(oid).qty_allocated_each == 4
    with pytest.raises(Refused, match="9 of .*; 3 are with a node"):
        split_order(actor=ANN, order_id=oid, line=1, qty=9, why="too many")
    assert_all_holds()


def test_a_note_stands_in_the_timeline(shop: Shop) -> None:
    oid = placed(shop, {MUG: 1})
    note_order(actor=ANN, order_id=oid, note="called twice, nobody there")
    told = run("select detail from orders_history where order_id = %(o)s and event = 'noted'", {"o": oid}).one
    assert told.detail == {"note": "called twice, nobody there"}
    with pytest.raises(Refused, match="note: ''"):
        note_order(actor=ANN, order_id=oid, note=" ")
