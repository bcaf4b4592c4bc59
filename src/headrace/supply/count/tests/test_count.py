"""The shelf is right and the book is not: adjustments and counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headrace.engine.action import Refused, WaitsForApproval
from headrace.engine.queries import run
from headrace.governance.approvals import approve, refuse
from headrace.governance.corrections import faults
from headrace.governance.policies import draft_policy, publish_policy
from headrace.orders.tests.building import make_order, position
from headrace.supply.count.actions import adjust_stock, count_stock

pytestmark = pytest.mark.usefixtures("shop")
ACTOR = "cli:jane"


def adjust(*rows: dict[str, Any], note: str = "a shelf fell") -> list[tuple[str, str]]:
    return [(r.what, r.why) for r in adjust_stock(actor=ACTOR, rows=list(rows), note=note)]


def count(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(r.what, r.why) for r in count_stock(actor=ACTOR, rows=list(rows))]


def balance(account: str) -> int:
    return int(
        run(
            "select coalesce(sum(l.amount_minor), 0) from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = %(a)s", {"a": account}
        ).scalar
    )


def test_an_adjustment_moves_goods_and_value_and_says_why_and_who() -> None:
    done = adjust({"sku": "A", "node": "EAST", "qty": -2, "reason": "damage"}, {"sku": "B", "node": "WEST", "qty": "5", "reason": "found"})
    assert done == [("done", "-2"), ("done", "+5")]
    assert (position("A", "EAST").on_hand_each, position("B", "WEST").on_hand_each) == (98, 105)
    assert (balance("shrinkage:damage"), balance("inventory:EAST"), balance("shrinkage:found"), balance("inventory:WEST")) == (700, -700, -600, 600)
    papers = run(
        """select a.qty_each, a.reason, a.source, m.kind, m.actor from stock_adjustment a
        join stock_move m on m.origin = 'adjustment' and m.origin_id = a.id order by a.id"""
    )
    assert [tuple(p) for p in papers] == [(-2, "damage", ACTOR, "adjust", ACTOR), (5, "found", ACTOR, "adjust", ACTOR)]


def test_each_bad_row_is_refused_with_why_and_the_others_are_done() -> None:
    make_order("1", {"EAST": [("A", 99)]})
    done = adjust(
        {"sku": "A", "node": "EAST", "qty": -2, "reason": "damage"},
        {"sku": "A", "node": "WEST", "qty": -101, "reason": "lost"},
        {"sku": "B", "node": "EAST", "qty": -1, "reason": "damage", "bucket": "damaged"},
        {"sku": "B", "node": "EAST", "qty": -1, "reason": "moths"},
        {"sku": "NOPE", "node": "EAST", "qty": 1, "reason": "found"},
        {"sku": "B", "node": "MOON", "qty": 1, "reason": "found"},
        {"sku": "KIT", "node": "EAST", "qty": 1, "reason": "found"},
        {"sku": "B", "node": "EAST", "qty": 0, "reason": "found"},
        {"sku": "B", "node": "EAST", "qty": 1, "reason": "found", "bucket": "in_transit"},
        {"sku": "C", "node": "EAST", "qty": 1, "reason": "found"},
    )
    assert [what for what, _ in done] == ["refused"] * 9 + ["done"]
    for (_, why), words in zip(
        done,
        (
            "A at EAST: -2 leaves 98, but 99 are reserved: recall or short-pick",
            "A at WEST: -101, but there are only 100",
            "B at EAST: -1 damaged, but there are only 0",
            "reason: 'moths'; write one of damage, found",
            "there is no item 'NOPE'",
            "there is no node 'MOON'",
            "name the kit's parts",
            "qty: 0 changes nothing",
            "bucket: 'in_transit'",
        ),
        strict=False,
    ):
        assert words in why
    assert (position("A", "EAST").on_hand_each, position("C", "EAST").on_hand_each) == (100, 101)


def test_rows_of_one_position_stand_or_fall_together() -> None:
    done = adjust({"sku": "A", "node": "EAST", "qty": -60, "reason": "lost"}, {"sku": "A", "node": "EAST", "qty": -60, "reason": "damage"})
    assert [what for what, _ in done] == ["refused", "refused"]
    assert position("A", "EAST").on_hand_each == 100


@pytest.mark.parametrize(("rows", "note", "says"), [([], "why", "rows: none"), ([{"sku": "A"}], " ", "needs a sentence")])
def test_a_deed_without_rows_or_words_is_refused(rows: list[dict[str, Any]], note: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        adjust_stock(actor=ACTOR, rows=rows, note=note)


def test_a_count_sets_the_shelf_and_leaves_alone_what_was_right() -> None:
    done = count(
        {"sku": "A", "node": "EAST", "counted": 97},
        {"sku": "B", "node": "EAST", "counted": 100},
        {"sku": "C", "node": "EAST", "counted": 101},
        {"sku": "C", "node": "EAST", "counted": 3},
        {"sku": "A", "node": "EAST", "qty": 3},
    )
    assert [what for what, _ in done] == ["done", "unchanged", "done", "refused", "refused"]
    assert "counted in row 3 already" in done[3][1]
    assert "qty: no such column" in done[4][1]
    assert [position(sku, "EAST").on_hand_each for sku in "ABC"] == [97, 100, 101]
    moves = run("select kind, reason, qty_each from stock_move where origin = 'adjustment' order by id")
    assert [tuple(m) for m in moves] == [("count", "count", -3), ("count", "count", 1)]
    assert balance("shrinkage:count") == 3 * 350 - 99


def test_a_count_below_what_is_promised_says_to_give_the_orders_up_first() -> None:
    make_order("1", {"EAST": [("A", 40)]})
    ((what, why),) = count({"sku": "A", "node": "EAST", "counted": 39})
    assert (what, position("A", "EAST").on_hand_each) == ("refused", 100)
    assert why == "A at EAST: -61 leaves 39, but 40 are reserved: recall or short-pick what cannot be shipped first"
    assert count({"sku": "A", "node": "EAST", "counted": 40}) == [("done", "-60")]


def test_what_is_picked_lies_on_the_bench_and_is_not_counted_away() -> None:
    order = make_order("1", {"EAST": [("A", 5)]})
    run("update orders_fulfilment set state = 'picking', released_at = now()")
    run("update orders_fulfilment_line set qty_picked_each = 5 where fulfilment_id = %(f)s", {"f": order.fulfilments["EAST"]})
    assert count({"sku": "A", "node": "EAST", "counted": 95}, {"sku": "A", "node": "WEST", "counted": 100}) == [("unchanged", ""), ("unchanged", "")]
    assert count({"sku": "A", "node": "EAST", "counted": 94}) == [("done", "-1")]
    assert position("A", "EAST").on_hand_each == 99


def test_goods_that_a_count_finds_wake_whoever_waits() -> None:
    order = make_order("1", {"EAST": [("A", 1)]}, state="backordered").id
    run("update orders_line set qty_ordered_each = 5")
    run("update orders_order set qty_ordered_each = 5, wake_at = now() + interval '1 year'")
    count({"sku": "B", "node": "WEST", "counted": 500}, {"sku": "A", "node": "WEST", "counted": 99})
    assert run("select wake_at > now() + interval '1 day' from orders_order where id = %(o)s", {"o": order}).scalar
    count({"sku": "A", "node": "WEST", "counted": 102})
    assert run("select wake_at <= clock_timestamp() from orders_order where id = %(o)s", {"o": order}).scalar


def allow(value_max: int | None, day_value_max: int | None = None) -> None:
    body = {"value_max": value_max, "day_value_max": day_value_max}
    version = draft_policy(actor=ACTOR, name="stock_corrections", body=body, note="for the test")
    publish_policy(actor=ACTOR, name="stock_corrections", version=version)
    run(
        "update governance_policy set valid_from = %(at)s where name = 'stock_corrections' and version = %(v)s",
        {"at": datetime.now(UTC) - timedelta(days=1), "v": version},
    )
    run("update governance_policy set valid_to = valid_from where name = 'stock_corrections' and version < %(v)s", {"v": version})


def test_worth_more_than_one_person_may_correct_waits_for_a_second_one() -> None:
    allow(100)
    assert adjust({"sku": "A", "node": "EAST", "qty": -28, "reason": "lost"}) == [("done", "-28")]  # 98.00
    with pytest.raises(WaitsForApproval) as waits:
        adjust({"sku": "A", "node": "EAST", "qty": -29, "reason": "theft"})  # 101.50
    assert position("A", "EAST").on_hand_each == 72
    assert run("select count(*) from stock_adjustment").scalar == 1
    with pytest.raises(Refused, match="asked by you"):
        approve(actor=ACTOR, approval_id=waits.value.approval_id)
    (result,) = approve(actor="cli:joe", approval_id=waits.value.approval_id)
    assert (result.what, position("A", "EAST").on_hand_each) == ("done", 43)
    assert run("select source from stock_adjustment order by id desc limit 1").scalar == ACTOR


def test_a_refused_correction_is_not_done() -> None:
    allow(0)
    with pytest.raises(WaitsForApproval) as waits:
        count({"sku": "A", "node": "EAST", "counted": 99})
    refuse(actor="cli:joe", approval_id=waits.value.approval_id, note="count again")
    assert position("A", "EAST").on_hand_each == 100
    assert run("select state from governance_approval").scalar == "refused"


def test_without_a_limit_one_person_is_enough() -> None:
    allow(None)
    assert adjust({"sku": "A", "node": "EAST", "qty": 100_000, "reason": "found"}) == [("done", "+100000")]


@pytest.mark.parametrize(
    "body", [[], {"value": 1}, {"value_max": -1}, {"value_max": True}, {"value_max": "1"}, {"day_value_max": -1}, {"value_max": 10, "day_value_max": 9}]
)
def test_a_limit_that_makes_no_sense_is_refused(body: Any) -> None:
    assert faults(body)
