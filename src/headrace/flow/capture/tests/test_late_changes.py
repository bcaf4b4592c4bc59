"""The channel changes its mind when a node has the goods: cancels are called back at once, edits wait for a person, parcels that left stay gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headrace.engine import inbox
from headrace.engine.action import action_named
from headrace.engine.queries import run
from headrace.flow.capture.tests.sending import MOVED, line, order, outcome, payment, send, state_of, take
from headrace.orders.tests.building import Built, confirm, history, make_order, open_cases, position, row, run_stage

shop = pytest.mark.usefixtures("shop")
ONE_LINE = [line("L1", "A", 2)]


def released(ref: str, node: str = "EAST", goods: tuple[tuple[str, int], ...] = (("A", 2),), version_1: dict[str, Any] | None = None) -> Built:
    """An order that came by its first version and that a node now has."""
    o = make_order(ref, {node: goods}, channel="door")
    body = version_1 or order(ref, lines=ONE_LINE)
    first = inbox.store("door", [inbox.Message("order", ref, json.dumps(body))])[0].id
    run("update engine_inbox set state = 'done', outcome = 'captured', document_id = %(o)s where id = %(m)s", {"o": o.id, "m": first})
    run("update orders_order set inbox_id = %(m)s, shipping_code = 'ground' where id = %(o)s", {"o": o.id, "m": first})
    run_stage("release")
    return o


def work() -> None:
    """What the workers do about it, until there is nothing left."""
    for _ in range(3):
        for stage in ("capture", "order_recalls", "node_replies"):
            take(stage)


def case(code: str) -> Any:
    return run("select * from exception_queue_case where reason_code = %(c)s order by id desc limit 1", {"c": code}).one


@shop
def test_a_cancel_calls_the_goods_back_from_the_built_in_warehouse() -> None:
    o = released("W-1")
    cancel = send(order("W-1", 2, lines=ONE_LINE, cancelled=True))
    take()
    assert (outcome(cancel), open_cases()) == (("done", "waits_for_person"), ["CAPTURE-06"])
    detail = case("CAPTURE-06").detail
    assert (detail["field"], detail["value"], detail["released"], detail["shipped"]) == ("cancel", 2, 2, 0)
    work()
    found = row("orders_order", o.id)
    assert (outcome(cancel), found.commercial, found.state, found.hold, open_cases()) == (("done", "cancelled"), "cancelled", "cancelled", "clear", [])
    assert (row("orders_fulfilment", o.fulfilments["EAST"]).state, position("A", "EAST").reserved_each) == ("cancelled", 0)
    assert [e for e in history(o.id) if e in ("recalled", "cancelled")] == ["recalled", "cancelled"]


@shop
def test_an_outside_warehouse_is_asked_and_its_yes_cancels_the_order() -> None:
    o = released("W-2", "THIRD")
    cancel = send(order("W-2", 2, lines=ONE_LINE, cancelled=True, cancel_reason="customer"))
    work()
    asked = run("select partner, body from engine_outbox where kind = 'fulfilment.recall'").one
    assert (asked.partner, asked.body["why"]) == ("wms-third", "the channel cancelled the order (customer)")
    assert (row("orders_order", o.id).commercial, open_cases()) == ("open", ["CAPTURE-06"])
    send({"fulfilment": o.number("THIRD"), "answer": "recall_accepted"}, "wms-third", "fulfilment_reply")
    work()
    assert (outcome(cancel), row("orders_order", o.id).commercial, open_cases()) == (("done", "cancelled"), "cancelled", [])


@shop
def test_an_outside_warehouse_that_refuses_leaves_it_to_a_person() -> None:
    o = released("W-3", "THIRD")
    send(order("W-3", 2, lines=ONE_LINE, cancelled=True))
    work()
    send({"fulfilment": o.number("THIRD"), "answer": "recall_refused", "reason": "on the truck"}, "wms-third", "fulfilment_reply")
    work()
    assert (row("orders_order", o.id).commercial, open_cases()) == ("open", ["CAPTURE-06", "RELEASE-05"])


@shop
def test_what_has_shipped_is_not_cancelled() -> None:
    o = released("W-4")
    confirm("warehouse:EAST", "s1", o.number("EAST"))
    take("ship")
    cancel = send(order("W-4", 2, lines=ONE_LINE, cancelled=True))
    work()
    found = row("orders_order", o.id)
    assert (outcome(cancel), found.commercial, found.qty_shipped_each, open_cases()) == (("done", "waits_for_person"), "open", 2, ["CAPTURE-06"])
    assert case("CAPTURE-06").detail["shipped"] == 2
    assert run("select outcome from engine_inbox where kind = 'recall'").column("outcome") == ["too_late"]


@shop
def test_a_packed_parcel_is_not_taken_apart() -> None:
    o = released("W-5")
    run("update orders_fulfilment set state = 'packed' where id = %(f)s", {"f": o.fulfilments["EAST"]})
    send(order("W-5", 2, lines=ONE_LINE, cancelled=True))
    work()
    assert (row("orders_fulfilment", o.fulfilments["EAST"]).state, open_cases()) == ("packed", ["CAPTURE-06"])


@shop
def test_an_edit_waits_until_a_person_calls_the_order_back() -> None:
    o = released("W-6")
    edit = send(order("W-6", 2, lines=[line("L1", "A", 1)], ship_to=MOVED))
    work()
    detail = case("CAPTURE-05").detail
    assert detail["change"] == {"quantity": ["A: 2 to 1"], "address": "changed", "total_minor": [2000, 1000]}
    assert (outcome(edit), row("orders_order", o.id).hold) == (("done", "waits_for_person"), "held")
    assert action_named("recall_order")(actor="cli:test", order_id=o.id, why="the customer moved") == "recalled"
    work()
    assert (outcome(edit), open_cases(), row("orders_order", o.id).state) == (("done", "revised"), [], "captured")
    assert state_of("W-6")["addresses"] == [("ship", "Jane Roe", "9 Elm Street", "Springfield")]
    assert [(x[0], x[9], x[10]) for x in state_of("W-6")["lines"]] == [("L1", 1, 0)]


@shop
def test_an_edit_that_is_taken_back_closes_its_case() -> None:
    o = released("W-7")
    send(order("W-7", 2, lines=ONE_LINE, ship_to=MOVED))
    work()
    assert open_cases() == ["CAPTURE-05"]
    send(order("W-7", 3, lines=ONE_LINE))
    work()
    assert (open_cases(), row("orders_order", o.id).hold, row("orders_order", o.id).qty_released_each) == ([], "clear", 2)


@shop
def test_an_older_message_after_a_late_one_does_not_overtake_it() -> None:
    released("W-8")
    cancel = send(order("W-8", 3, lines=ONE_LINE, cancelled=True))
    take()
    older = send(order("W-8", 2, lines=ONE_LINE, ship_to=MOVED))
    work()
    assert outcome(cancel) == ("done", "cancelled")
    assert outcome(older)[1] in ("out_of_order", "superseded")
    assert state_of("W-8")["order"][0][1] == "cancelled"


@shop
def test_nothing_can_be_called_back_twice() -> None:
    from headrace.engine.action import Refused

    o = released("W-9", "THIRD")
    recall = action_named("recall_order")
    assert recall(actor="cli:test", order_id=o.id, why="address") == "requested"
    with pytest.raises(Refused, match="nothing can be called back"):
        recall(actor="cli:test", order_id=o.id, why="address")
    with pytest.raises(Refused, match="in words"):
        recall(actor="cli:test", order_id=o.id, why=" ")


@shop
def test_money_that_the_channel_takes_after_the_goods_left_pays_the_invoice_and_closes_the_order() -> None:
    o = released("L-1")
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    take("ship")
    take("invoice")
    invoice = run("select * from ledger_invoice where order_id = %(o)s", {"o": o.id}).one
    amount = f"{invoice.total_minor / 100:.2f}"
    send(order("L-1", 2, lines=ONE_LINE, payments=[payment("L-1", "captured", amount)]))
    take()
    assert row("ledger_invoice", invoice.id).state == "captured"
    assert (
        run(
            "select coalesce(sum(amount_minor), 0) as n from ledger_leg l join ledger_account a on a.id = l.account_id where a.root in ('receivable', 'deposits')"
        ).scalar
        == 0
    )
    assert (row("orders_order", o.id).commercial, history(o.id)[-1]) == ("closed", "closed")
