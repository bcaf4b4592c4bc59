"""Goods that were promised to an order that never went to a node are free again after a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.engine.action import Deed
from headrace.engine.queries import run
from headrace.exception_queue.parking import park_document
from headrace.exception_queue.resolving import retry
from headrace.flow.allocate.actions import lapse_due
from headrace.flow.allocate.reasons import NODE_NOT_FOUND
from headrace.flow.allocate.tests.placing import ACTOR, AS_OF, allocate, only, order, place, reserved, tune
from headrace.orders.tests.building import history, position, run_stage


@pytest.fixture(autouse=True)
def one_shelf(shop: None) -> None:
    """Three of A, at EAST alone. The tests' moment is long past, so whatever is allocated then has lapsed by now."""
    only("A", EAST=3)


def test_lapsed_goods_go_back_and_the_order_is_allocated_anew() -> None:
    one = place("1", {"A": 2})
    allocate()
    assert lapse_due() == 1
    o = order(one)
    assert (o.state, o.hold, o.qty_allocated_each) == ("backordered", "clear", 0)
    assert position("A", "EAST").reserved_each == 0
    assert run("select ended_how from stock_reservation").scalar == "expired"
    assert run("select state from orders_fulfilment").scalar == "cancelled"
    assert history(one) == ["allocated", "sent_back", "reservation_lapsed"]
    run_stage("reallocate")
    assert (order(one).state, order(one).attempt) == ("allocated", 2)
    assert reserved(one) == [("A", "EAST", 2)]
    assert lapse_due() == 0  # the new one has its time before it


def test_the_goods_are_there_for_somebody_else_and_the_first_waits() -> None:
    late = place("1", {"A": 3})
    allocate()
    lapse_due()
    rush = place("2", {"A": 3}, priority=1)
    run_stage("allocate")
    run_stage("reallocate")
    assert (order(rush).state, order(late).state) == ("allocated", "backordered")


def test_an_order_that_is_held_stays_with_its_case() -> None:
    one = place("1", {"A": 2})
    allocate()
    moment = run("select transaction_timestamp()").scalar
    park_document(Deed("test", ACTOR, moment), "order", NODE_NOT_FOUND, [{"id": one, "field": "destination", "value": "?", "removed": "?"}])
    assert lapse_due() == 1
    assert (order(one).state, order(one).hold) == ("backordered", "held")
    assert reserved(one) == []
    run_stage("reallocate")
    assert reserved(one) == []
    retry(actor=ACTOR, case_ids=run("select id from exception_queue_case").column("id"))
    run_stage("reallocate")
    assert reserved(one) == [("A", "EAST", 2)]


@pytest.mark.parametrize("state", ["released", "picking", "packed"])
def test_what_a_node_works_on_does_not_lapse(state: str) -> None:
    one = place("1", {"A": 2})
    allocate()
    run("update orders_fulfilment set state = %(s)s", {"s": state})
    assert lapse_due() == 0
    assert reserved(one) == [("A", "EAST", 2)]


def test_policy_may_let_nothing_lapse() -> None:
    tune(reservation_days=None)
    place("1", {"A": 2})
    allocate()
    assert run("select expires_at from stock_reservation").scalar is None
    assert lapse_due() == 0


def test_only_what_lapsed_goes_back() -> None:
    old, new = place("1", {"A": 1}), place("2", {"KIT": 1})
    allocate()
    soon = run("select clock_timestamp()").scalar + timedelta(days=1)
    run(
        "update stock_reservation r set expires_at = %(soon)s from orders_line l where l.id = r.line_id and l.order_id = %(o)s",
        {"soon": soon, "o": new},
    )
    assert lapse_due() == 1
    assert (reserved(old), reserved(new)) == ([], [("A", "EAST", 1), ("B", "EAST", 2)])
    assert soon > AS_OF


def test_a_kit_that_lapses_gives_all_its_parts_back() -> None:
    one = place("1", {"KIT": 2})
    allocate()
    assert lapse_due() == 1
    assert (order(one).qty_allocated_each, position("A", "EAST").reserved_each, position("B", "EAST").reserved_each) == (0, 0, 0)
