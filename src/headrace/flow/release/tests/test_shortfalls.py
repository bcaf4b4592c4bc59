"""What a node cannot find goes back to allocate as the next attempt; the rest goes on; nothing is promised that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headrace.engine.action import Refused, WaitsForApproval, action_named
from headrace.engine.queries import run
from headrace.flow.release.actions import pick_list
from headrace.flow.release.rules import kits_given_up
from headrace.governance.approvals import approve
from headrace.governance.policies import draft_policy, publish_policy
from headrace.orders.tests.building import confirm, history, make_order, message, open_cases, position, row, run_stage, send

shop = pytest.mark.usefixtures("shop")


def do(name: str, **parameters: Any) -> Any:
    return action_named(name)(actor="cli:test", **parameters)


def released(at: Any, ref: str = "1") -> Any:
    o = make_order(ref, at)
    run_stage("release")
    return o


def fulfilments(order: int) -> list[tuple[str, str, int, int]]:
    return [
        tuple(r)
        for r in run(
            "select n.code, f.state, f.attempt, f.qty_each from orders_fulfilment f join catalog_node n on n.id = f.node_id where order_id = %(o)s order by f.id",
            {"o": order},
        )
    ]


def stock(sku: str, node: str) -> tuple[int, int, int, int]:
    p = position(sku, node)
    return p.on_hand_each, p.reserved_each, p.quarantine_each, p.damaged_each


@shop
def test_a_short_pick_is_allocated_elsewhere_and_the_rest_goes_on() -> None:
    o = released({"EAST": [("A", 3), ("B", 1)]})
    do("start_picking", fulfilment=o.number("EAST"))
    do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=2, reason="not_found")
    assert stock("A", "EAST") == (98, 1, 2, 0)  # two set aside, one still promised
    order = row("orders_order", o.id)
    assert (order.state, order.hold, order.qty_allocated_each, order.qty_released_each) == ("backordered", "clear", 2, 2)
    assert open_cases() == ["RELEASE-03"]  # the order's own case was answered by policy
    assert run("select resolution from exception_queue_case where reason_code = 'RELEASE-02'").scalar == "sent_to"
    run_stage("reallocate")
    found = fulfilments(o.id)
    assert (found[0], found[1][1:]) == (("EAST", "picking", 1, 2), ("planned", 2, 2))
    assert found[1][0] != "EAST"
    assert (row("orders_order", o.id).state, row("orders_order", o.id).attempt) == ("allocated", 2)
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert fulfilments(o.id)[0] == ("EAST", "shipped", 1, 2)
    assert {"short_picked", "sent_back", "shipped"} <= set(history(o.id))


@shop
def test_a_node_that_finds_nothing_is_not_asked_again_and_its_confirmation_is_refused() -> None:
    o = released({"EAST": [("A", 2)]})
    do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=2, reason="not_found")
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "rejected"
    run_stage("reallocate")
    assert "EAST" not in [node for node, state, *_ in fulfilments(o.id) if state == "planned"]
    late = confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert message(late) == ("parked", None)


@shop
def test_what_has_shipped_stays_shipped_when_the_rest_cannot_be_found() -> None:
    o = released({"EAST": [("A", 3)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 1}])
    run_stage("ship")
    do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=2, reason="damaged")
    assert fulfilments(o.id) == [("EAST", "shipped", 1, 1)]
    assert stock("A", "EAST") == (97, 0, 0, 2)
    order = row("orders_order", o.id)
    assert (order.qty_allocated_each, order.qty_shipped_each, order.qty_released_each) == (1, 1, 1)


@shop
def test_when_attempts_are_used_up_a_person_must_look() -> None:
    o = released({"EAST": [("A", 1)]})
    run("update orders_order set attempt = 5 where id = %(o)s", {"o": o.id})
    do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=1, reason="not_found")
    assert (row("orders_order", o.id).hold, open_cases()) == ("held", ["RELEASE-02", "RELEASE-03"])
    assert run_stage("reallocate").taken == 0
    case = run("select id from exception_queue_case where reason_code = 'RELEASE-02'").scalar
    do("retry", case_ids=[case])
    assert run_stage("reallocate").moved == 1


@shop
def test_a_missing_part_takes_its_kit_along_and_only_the_part_is_suspect() -> None:
    o = released({"EAST": [("KIT", 3)]})
    do("short_pick", fulfilment=o.number("EAST"), scan="B", qty=1, reason="not_found")
    assert (stock("A", "EAST"), stock("B", "EAST")) == ((100, 2, 0, 0), (99, 4, 1, 0))
    assert run("select qty_short_each from orders_fulfilment_line order by id").column("qty_short_each") == [1, 2]
    assert (fulfilments(o.id)[0][3], row("orders_order", o.id).qty_allocated_each) == (2, 2)
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert (row("orders_order", o.id).qty_shipped_each, fulfilments(o.id)[0][1]) == (2, "shipped")


@shop
def test_a_loss_that_is_confirmed_is_posted_once_and_found_goods_can_be_sold_again() -> None:
    gone, found = released({"EAST": [("A", 2)]}), released({"EAST": [("A", 1)]}, "2")
    do("short_pick", fulfilment=gone.number("EAST"), scan="A", qty=2, reason="not_found")
    do("short_pick", fulfilment=found.number("EAST"), scan="A", qty=1, reason="not_found")
    lost, there = run("select id from exception_queue_case where reason_code = 'RELEASE-03' order by id").column("id")
    assert run("select count(*) as n from ledger_entry").scalar == 0  # nothing is lost until somebody has looked
    do("confirm_variance", case_ids=[lost, lost])
    with pytest.raises(Refused):
        do("confirm_variance", case_ids=[lost])
    do("goods_found", case_ids=[there])
    assert stock("A", "EAST") == (98, 0, 0, 0)
    posted = run("select a.code, l.amount_minor from ledger_leg l join ledger_account a on a.id = l.account_id order by 2")
    assert [tuple(p) for p in posted] == [("inventory:EAST", -700), ("shrinkage:short_pick", 700)]


def lost_of(*qtys: int) -> list[int]:
    """A case for each: so many of A, worth 3.50, were not found."""
    for n, qty in enumerate(qtys, int(run("select count(*) from orders_order").scalar) + 1):
        o = released({"EAST": [("A", qty)]}, str(n))
        do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=qty, reason="not_found")
    return list(run("select id from exception_queue_case where reason_code = 'RELEASE-03' and state <> 'resolved' order by id").column("id"))


@shop
def test_many_small_losses_are_not_more_for_one_person_than_a_large_one() -> None:
    version = draft_policy(actor="cli:bob", name="stock_corrections", body={"value_max": 20, "day_value_max": 25}, note="for the test")
    publish_policy(actor="cli:bob", name="stock_corrections", version=version)
    run("update governance_policy set valid_from = now() - interval '1 day' where name = 'stock_corrections' and version = %(v)s", {"v": version})
    first, second, third = lost_of(4, 3, 2)  # 14.00, 10.50, 7.00
    with pytest.raises(WaitsForApproval):
        do("confirm_variance", case_ids=[first, second])
    do("confirm_variance", case_ids=[first])
    do("confirm_variance", case_ids=[second])
    with pytest.raises(WaitsForApproval) as waits:
        do("confirm_variance", case_ids=[third])
    assert stock("A", "EAST") == (91, 0, 2, 0)
    approve(actor="cli:bob", approval_id=waits.value.approval_id)
    assert stock("A", "EAST") == (91, 0, 0, 0)


@shop
def test_many_losses_are_confirmed_with_as_many_queries_as_one() -> None:
    asked = []
    for qtys in ([1], [1] * 9):
        cases = lost_of(*qtys)
        with CaptureQueriesContext(connection) as queries:
            assert do("confirm_variance", case_ids=cases) == len(qtys)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@shop
@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"scan": "C"}, "scan"),
        ({"qty": 3}, "qty"),
        ({"qty": 0}, "qty"),
        ({"reason": "lazy"}, "reason"),
        ({"fulfilment": "FO-999999"}, "fulfilment"),
        ({"fulfilment": "x"}, "fulfilment"),
    ],
)
def test_a_short_pick_that_makes_no_sense_is_refused(wrong: dict[str, Any], word: str) -> None:
    o = released({"EAST": [("A", 2)]})
    with pytest.raises(Refused, match=word):
        do("short_pick", **{"fulfilment": o.number("EAST"), "scan": "A", "qty": 1, "reason": "not_found", **wrong})


@shop
def test_a_node_that_refuses_all_gives_everything_back_without_a_suspicion() -> None:
    o = released({"THIRD": [("A", 2), ("C", 1)]})
    sent = send("wms-third", "fulfilment_reply", "r1", fulfilment=o.number("THIRD"), answer="rejected", reason="closed")
    assert run_stage("node_replies").moved == 1
    assert (message(sent), fulfilments(o.id)[0][1], open_cases()) == (("done", "applied"), "rejected", [])
    assert stock("A", "THIRD") == (100, 0, 0, 0)
    run_stage("reallocate")
    assert [node for node, state, *_ in fulfilments(o.id) if state == "planned"] != ["THIRD"]


@shop
def test_refused_lines_go_elsewhere_and_answers_that_come_twice_or_late_change_nothing() -> None:
    o = released({"THIRD": [("A", 3), ("C", 1)]})
    refusal = {"fulfilment": o.number("THIRD"), "answer": "rejected", "lines": [{"sku": "A", "qty": 1, "reason": "not_found"}]}
    accepted = send("wms-third", "fulfilment_reply", "r0", fulfilment=o.number("THIRD"), answer="accepted")
    first = send("wms-third", "fulfilment_reply", "r1", **refusal)
    again = send("wms-third", "fulfilment_reply", "r1", **refusal, note="sent again")
    run_stage("node_replies")
    later = send("wms-third", "fulfilment_reply", "r1", **refusal, note="and again")
    run_stage("node_replies")
    assert [message(m)[1] for m in (accepted, first, again, later)] == ["applied", "applied", "duplicate", "duplicate"]
    assert (stock("A", "THIRD"), fulfilments(o.id)[0]) == ((99, 2, 1, 0), ("THIRD", "released", 1, 3))
    confirm("wms-third", "P1", o.number("THIRD"))
    run_stage("ship")
    old = send("wms-third", "fulfilment_reply", "r2", fulfilment=o.number("THIRD"), answer="rejected", reason="closed")
    run_stage("node_replies")
    assert message(old) == ("done", "ignored")
    assert row("orders_order", o.id).qty_shipped_each == 3


@shop
def test_refusing_more_than_is_left_and_strangers_answers_are_parked() -> None:
    o = released({"THIRD": [("A", 2)]})
    too_much = send(
        "wms-third", "fulfilment_reply", "r1", fulfilment=o.number("THIRD"), answer="rejected", lines=[{"sku": "A", "qty": 3, "reason": "not_found"}]
    )
    stranger = send("maker", "fulfilment_reply", "r1", fulfilment=o.number("THIRD"), answer="rejected", reason="closed")
    bad = send("wms-third", "fulfilment_reply", "r3", fulfilment=o.number("THIRD"), answer="perhaps")
    fine = send("wms-third", "fulfilment_reply", "r4", fulfilment=o.number("THIRD"), answer="rejected", lines=[{"sku": "A", "qty": 2, "reason": "busy"}])
    outcome = run_stage("node_replies")
    assert (outcome.moved, outcome.parked) == (1, 3)
    assert [message(m)[0] for m in (too_much, stranger, bad, fine)] == ["parked", "parked", "parked", "done"]
    assert open_cases() == ["RELEASE-06", "RELEASE-07", "RELEASE-08"]


@shop
@pytest.mark.parametrize(
    ("answer", "recall", "state", "cases"),
    [("recall_accepted", "accepted", "cancelled", ["RELEASE-04"]), ("recall_refused", "refused", "released", ["RELEASE-05"])],
)
def test_a_recall_is_asked_and_the_node_decides(answer: str, recall: str, state: str, cases: list[str]) -> None:
    o = released({"THIRD": [("A", 2)]})
    assert do("recall_fulfilment", fulfilment=o.number("THIRD"), why="wrong address") == "requested"
    with pytest.raises(Refused, match="already"):
        do("recall_fulfilment", fulfilment=o.number("THIRD"), why="wrong address")
    assert run("select kind, body->>'why' as why from engine_outbox order by id desc limit 1").one == ("fulfilment.recall", "wrong address")
    send("wms-third", "fulfilment_reply", "r1", fulfilment=o.number("THIRD"), answer=answer)
    run_stage("node_replies")
    f = row("orders_fulfilment", o.fulfilments["THIRD"])
    assert (f.recall, f.state, open_cases()) == (recall, state, cases)
    assert stock("A", "THIRD")[1] == (0 if recall == "accepted" else 2)


@shop
def test_an_answer_to_a_recall_that_nobody_asked_for_is_ignored() -> None:
    o = released({"THIRD": [("A", 2)]})
    sent = send("wms-third", "fulfilment_reply", "r1", fulfilment=o.number("THIRD"), answer="recall_accepted")
    run_stage("node_replies")
    assert (message(sent)[1], fulfilments(o.id)[0][1]) == ("ignored", "released")


@shop
def test_a_recall_waits_for_a_decision_and_then_the_order_is_allocated_anew() -> None:
    """Complaint 45: what comes back is free again, once, and can be promised again."""
    o = released({"EAST": [("A", 2), ("KIT", 1)]})
    assert do("recall_fulfilment", fulfilment=o.number("EAST"), why="customer adds a line") == "accepted"
    assert (stock("A", "EAST"), stock("B", "EAST")) == ((100, 0, 0, 0), (100, 0, 0, 0))
    assert run_stage("reallocate").taken == 0
    do("retry", case_ids=run("select id from exception_queue_case where state = 'open'").column("id"))
    run_stage("reallocate")
    order = row("orders_order", o.id)
    assert (order.state, order.qty_allocated_each, order.qty_released_each) == ("allocated", 3, 0)


@shop
@pytest.mark.parametrize("deed", ["packed", "shipped in part"])
def test_what_is_packed_or_has_left_in_part_is_not_called_back(deed: str) -> None:
    o = released({"EAST": [("A", 2)]})
    if deed == "packed":
        do("pack", fulfilment=o.number("EAST"), parcels=[{"weight_g": 400}])
    else:
        confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 1}])
        run_stage("ship")
    with pytest.raises(Refused, match=deed):
        do("recall_fulfilment", fulfilment=o.number("EAST"), why="too late")


@shop
def test_the_pick_list_shows_what_leaves_first_and_nothing_that_is_done_or_on_hold() -> None:
    later, first, held, done = (released({"EAST": [("A", 2), ("KIT", 1)]}, str(n)) for n in range(4))
    run("update orders_fulfilment set priority = 1 where id = %(f)s", {"f": first.fulfilments["EAST"]})
    run("update orders_order set hold = 'held' where id = %(o)s", {"o": held.id})
    confirm("warehouse:EAST", "P1", done.number("EAST"))
    run_stage("ship")
    do("pick_line", fulfilment=later.number("EAST"), scan="A", qty=2)
    listed = pick_list("EAST")
    assert [x["fulfilment"] for x in listed] == [first.number("EAST"), later.number("EAST")]
    assert [(x["sku"], x["qty"], x["picked"]) for x in listed[1]["lines"]] == [("A", 2, 2), ("A", 1, 0), ("B", 2, 0)]
    assert pick_list("WEST") == []


def part(id_: int, per_kit: int, qty: int, short: int = 0, shipped: int = 0) -> Any:
    return SimpleNamespace(id=id_, per_kit_each=per_kit, qty_each=qty, qty_short_each=short, qty_shipped_each=shipped)


@pytest.mark.parametrize(
    ("parts", "missing", "given"),
    [
        ([part(1, 1, 5)], {1: 2}, (2, {1: 2})),
        ([part(1, 1, 5, 1, 2)], {1: 2}, (2, {1: 2})),
        ([part(1, 1, 3), part(2, 2, 6)], {2: 1}, (1, {1: 1, 2: 2})),
        ([part(1, 1, 3), part(2, 2, 6)], {2: 3}, (2, {1: 2, 2: 4})),
        ([part(1, 1, 3), part(2, 2, 6)], {1: 1, 2: 3}, (2, {1: 2, 2: 4})),
        ([part(1, 1, 2, 0, 2), part(2, 2, 4, 0, 2)], {2: 1}, (1, {2: 2})),  # the other part of that kit has left already
    ],
)
def test_a_missing_piece_takes_whole_kits(parts: list[Any], missing: dict[int, int], given: tuple[int, dict[int, int]]) -> None:
    assert kits_given_up(parts, missing) == given
