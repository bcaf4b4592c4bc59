"""Goods go to their nodes: when, how many, with which cut-off, and by message where the node has a system of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from headrace.engine.action import action_named
from headrace.engine.queries import run
from headrace.flow.release import rules
from headrace.flow.release.policy import DEFAULT, faults
from headrace.orders.tests.building import PLACED, confirm, history, make_order, open_cases, row, run_stage
from headrace.values.clock import next_cut_off

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
shop = pytest.mark.usefixtures("shop")


def set_policy(**changes: Any) -> None:
    version = action_named("draft_policy")(actor="cli:test", name="release", body={**DEFAULT, **changes}, note="test")
    action_named("publish_policy")(actor="cli:test", name="release", version=version)


def states() -> list[str]:
    return run("select state from orders_fulfilment order by id").column("state")


@shop
def test_a_built_in_warehouse_gets_its_queue_and_no_message() -> None:
    o = make_order("1", {"EAST": [("A", 2), ("B", 1)]})
    assert run_stage("release", MONDAY).moved == 1
    f = row("orders_fulfilment", o.fulfilments["EAST"])
    assert (f.state, f.released_at, f.cut_off_at) == ("released", MONDAY, datetime(2026, 1, 5, 20, tzinfo=UTC))  # 15:00 in New York
    assert (row("orders_order", o.id).qty_released_each, row("orders_order", o.id).status, history(o.id)) == (3, "released", ["released"])
    assert run("select count(*) as n from engine_outbox").scalar == 0


@shop
def test_an_outside_warehouse_is_asked_once_with_all_it_needs() -> None:
    o = make_order("1", {"THIRD": [("KIT", 2), ("C", 1)], "EAST": [("A", 1)]})
    run_stage("release", MONDAY)
    asked = run("select * from engine_outbox").one
    assert (asked.partner, asked.kind, asked.record_key, asked.idempotency_key) == (
        "wms-third",
        "fulfilment.request",
        f"fulfilment:{o.fulfilments['THIRD']}",
        f"fulfilment:{o.fulfilments['THIRD']}:request",
    )
    assert [(x["sku"], x["qty"]) for x in asked.body["lines"]] == [("A", 2), ("B", 4), ("C", 1)]
    assert (asked.body["fulfilment"], asked.body["order_ref"], asked.body["ship_to"]["postcode"]) == (o.number("THIRD"), "#1", "62701")
    assert row("orders_order", o.id).qty_released_each == 4  # kits count as kits


@shop
def test_an_order_on_hold_keeps_its_goods_where_they_are() -> None:
    o = make_order("1", {"EAST": [("A", 1)]})
    run("update orders_order set hold = 'held' where id = %(o)s", {"o": o.id})
    assert run_stage("release").taken == 0


@shop
def test_a_node_in_the_middle_of_its_limit_gets_the_urgent_ones_first() -> None:
    set_policy(in_progress_max=3, in_progress_max_by_node={"WEST": 1})
    east = [make_order(str(n), {"EAST": [("A", 1)]}) for n in range(5)]
    for n in (5, 6):
        make_order(str(n), {"WEST": [("A", 1)]})
    run(
        "update orders_fulfilment set priority = 10 where id = (select max(f.id) from orders_fulfilment f join catalog_node n on n.id = f.node_id where n.code = 'EAST')"
    )
    run_stage("release", MONDAY)
    assert states() == ["released", "released", "planned", "planned", "released", "released", "planned"]
    assert run_stage("release", MONDAY + timedelta(minutes=1)).taken == 0  # they rest, and do not turn in circles
    for n in (0, 1):
        confirm("warehouse:EAST", f"P{n}", east[n].number("EAST"))
    run_stage("ship")
    run_stage("release", MONDAY + timedelta(minutes=16))
    assert states() == ["shipped", "shipped", "released", "released", "released", "released", "planned"]


@shop
def test_planned_goods_rest_before_they_go_so_that_a_customer_may_change_their_mind() -> None:
    set_policy(hold_minutes=30)
    make_order("1", {"EAST": [("A", 1)]}, planned_at=PLACED)
    run_stage("release", PLACED + timedelta(minutes=29))
    assert states() == ["planned"]
    run_stage("release", PLACED + timedelta(minutes=30))
    assert states() == ["released"]


@shop
def test_waves_give_a_node_so_many_at_a_time() -> None:
    set_policy(wave_minutes=60, wave_size=2)
    for n in range(5):
        make_order(str(n), {"EAST": [("A", 1)]})
    at = datetime(2026, 1, 5, 12, 10, tzinfo=UTC)
    run_stage("release", at)
    run_stage("release", at + timedelta(minutes=49))
    assert states().count("released") == 2
    run_stage("release", at + timedelta(minutes=50))
    assert states().count("released") == 4
    run_stage("release", at + timedelta(minutes=110))
    assert states().count("released") == 5


@shop
@pytest.mark.parametrize(
    "shut", ["update catalog_node set is_active = false where code = 'EAST'", "update catalog_node set open_days = '' where code = 'EAST'"]
)
def test_a_closed_node_gets_nothing_and_the_others_go_on(shut: str) -> None:
    closed, fine = make_order("1", {"EAST": [("A", 1)]}), make_order("2", {"WEST": [("A", 1)]})
    run(shut)
    outcome = run_stage("release", MONDAY)
    assert (outcome.moved, outcome.parked, open_cases()) == (1, 1, ["RELEASE-01"])
    assert row("orders_fulfilment", fine.fulfilments["WEST"]).state == "released"
    action_named("recall_fulfilment")(actor="cli:test", fulfilment=closed.number("EAST"), why="node closed", reallocate=True)
    assert (row("orders_order", closed.id).state, open_cases()) == ("backordered", [])


@shop
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"])
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 2, 19, 59, tzinfo=UTC),
        datetime(2026, 3, 6, 23, tzinfo=UTC),
        datetime(2026, 3, 28, 12, tzinfo=UTC),
        datetime(2026, 10, 31, 20, tzinfo=UTC),
    ],
)
def test_the_database_finds_the_same_cut_off_as_the_rule(zone: str, at: datetime) -> None:
    closures = [date(2026, 1, 5), date(2026, 3, 30), date(2026, 11, 2)]
    run("update catalog_node set zone = %(z)s, cut_off = '14:30', open_days = '1245' where code = 'EAST'", {"z": zone})
    for day in closures:
        run("insert into catalog_node_closure (node_id, closed_on, why) select id, %(d)s, 'holiday' from catalog_node where code = 'EAST'", {"d": day})
    o = make_order("1", {"EAST": [("A", 1)]})
    run_stage("release", at)
    assert row("orders_fulfilment", o.fulfilments["EAST"]).cut_off_at == next_cut_off(at, zone, time(14, 30), "1245", closures)


def test_a_policy_says_what_is_wrong_with_it() -> None:
    assert faults(DEFAULT) == []
    wrong = faults({"hold_minutes": -1, "wave_size": 5, "in_progress_max_by_node": {"EAST": "many"}, "colour": "red", "attempts_max": True})
    assert [w.split(":")[0] for w in wrong] == ["colour", "hold_minutes", "attempts_max", "in_progress_max_by_node", "wave_size"]


def test_room_is_what_both_the_limit_and_the_wave_leave() -> None:
    policy = {**DEFAULT, "in_progress_max": 10, "wave_minutes": 30, "wave_size": 4}
    assert [rules.room(policy, "EAST", busy, wave) for busy, wave in ((0, 0), (8, 0), (8, 3), (12, 0), (0, 4))] == [4, 2, 1, 0, 0]
    assert rules.wave_start(policy, datetime(2026, 1, 5, 12, 44, tzinfo=UTC)) == datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
