"""Allocate on the database: reserving, sleeping, waking, what is kept to explain it, and where it stops."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from headrace.engine.queries import run
from headrace.exception_queue.reasons import reason
from headrace.exception_queue.resolving import accept, retry
from headrace.flow.allocate.tests.placing import ACTOR, AS_OF, allocate, cases, decisions, item, on_order, only, order, place, reserved, tune
from headrace.orders.tests.building import history, position

pytestmark = pytest.mark.usefixtures("shop")


def test_goods_are_reserved_by_the_batch_that_chose_them() -> None:
    one = place("1", {"A": 2, "KIT": 3})
    outcome = allocate()
    assert (outcome.taken, outcome.moved) == (1, 1)
    o = order(one)
    assert (o.state, o.qty_allocated_each, o.attempt, o.wake_at, o.status) == ("allocated", 5, 1, None, "allocated")
    (decision,) = decisions(one)
    node = reserved(one)[0][1]
    assert reserved(one) == [("A", node, 2), ("A", node, 3), ("B", node, 6)]
    assert position("A", node).reserved_each == 5
    made = run("select batch_id, reserved_at, expires_at from stock_reservation")
    assert {(r.batch_id, r.reserved_at, r.expires_at) for r in made} == {(decision.batch_id, AS_OF, AS_OF + timedelta(days=14))}
    assert run("select distinct batch_id from orders_history where event = 'allocated'").column("batch_id") == [decision.batch_id]
    assert run("select qty_each, state, attempt from orders_fulfilment").one == (5, "planned", 1)


def test_what_fails_after_the_choice_takes_the_reservations_along(monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.orders import allocating

    place("1", {"A": 2})
    monkeypatch.setattr(allocating, "settle_orders", lambda *_: (_ for _ in ()).throw(RuntimeError("the power fails")))
    with pytest.raises(AssertionError, match="the power fails"):
        allocate()
    assert run("select count(*) from stock_reservation").scalar == 0
    assert run("select sum(reserved_each) from stock_position").scalar == 0


def test_a_short_line_sleeps_until_the_supplier_has_delivered() -> None:
    only("A", EAST=1)
    on_order("A", 50, date(2026, 6, 20))
    on_order("A", 50, date(2026, 6, 10), state="draft")  # nobody was asked for these yet
    on_order("A", 50, date(2026, 5, 1), state="confirmed")  # and these are late: that day promises nothing
    one = place("1", {"A": 3})
    allocate()
    o = order(one)
    assert (o.state, o.status, o.qty_allocated_each) == ("backordered", "allocated", 1)
    assert (o.expected_on, o.wake_at) == (date(2026, 6, 20), AS_OF + timedelta(hours=1))
    assert reserved(one) == [("A", "EAST", 1)]
    only("A", EAST=9)
    allocate(days=1)
    assert (order(one).state, order(one).attempt, order(one).expected_on) == ("allocated", 2, None)
    assert reserved(one) == [("A", "EAST", 1), ("A", "EAST", 2)]


def test_no_day_is_promised_where_nobody_knows_one() -> None:
    only("A")
    only("B")
    on_order("A", 50, date(2026, 6, 20))
    one = place("1", {"A": 1, "B": 1})
    allocate()
    assert (order(one).state, order(one).expected_on) == ("backordered", None)


def test_a_sleeper_that_looks_in_vain_makes_no_attempt_and_no_history() -> None:
    only("A")
    one = place("1", {"A": 1})
    for day in range(1, 15):
        allocate(days=day)
    assert (order(one).attempt, order(one).wake_at) == (1, AS_OF + timedelta(days=14, hours=1))
    assert history(one) == ["backordered"]
    assert [d.attempt for d in decisions(one)] == [1]


def test_a_preorder_waits_for_its_day_even_with_goods_on_the_shelf_and_wakes_on_it() -> None:
    item("A", oversell="preorder", available_on=date(2026, 7, 1))
    one = place("1", {"A": 1})
    allocate()
    o = order(one)
    assert (o.state, o.status, o.expected_on) == ("preordered", "preordered", date(2026, 7, 1))
    assert o.wake_at == datetime(2026, 7, 1, tzinfo=UTC)
    allocate(days=20)
    assert order(one).state == "preordered"
    assert reserved(one) == []
    allocate(days=29)
    assert (order(one).state, order(one).expected_on) == ("allocated", None)
    assert reserved(one)[0][::2] == ("A", 1)


def test_a_preorder_whose_day_came_without_goods_becomes_a_backorder() -> None:
    item("A", oversell="preorder", available_on=date(2026, 6, 3))
    only("A")
    one = place("1", {"A": 1})
    allocate()
    allocate(days=2)
    assert order(one).state == "backordered"
    assert history(one) == ["preordered", "backordered"]


def test_the_rest_of_a_preorder_goes_now_unless_the_customer_wants_it_whole() -> None:
    item("A", oversell="preorder", available_on=date(2026, 7, 1))
    parts = place("1", {"A": 1, "B": 2})
    whole = place("2", {"A": 1, "B": 2}, extra='{"ship_complete": true}')
    allocate()
    assert [(s, q) for s, _, q in reserved(parts)] == [("B", 2)]
    assert reserved(whole) == []
    assert {order(parts).state, order(whole).state} == {"preordered"}


def test_priority_decides_who_gets_the_last_unit() -> None:
    only("A", EAST=1)
    usual = place("1", {"A": 1})
    rush = place("2", {"A": 1}, priority=10)
    allocate()
    assert (order(rush).state, order(usual).state) == ("allocated", "backordered")


def test_the_decision_is_kept_with_every_node_and_the_version_of_the_policy() -> None:
    version = tune(exclude_nodes=["MAKER"], sorts=["code"])
    only("A", WEST=5)
    run("update catalog_node set is_active = false where code = 'THIRD'")
    one = place("1", {"A": 2})
    allocate()
    (d,) = decisions(one)
    assert (d.attempt, d.policy_version) == (1, version)
    assert d.detail["removed"] == {"EAST": "stock", "MAKER": "excluded", "THIRD": "active"}
    assert set(d.detail["scores"]) == {"EAST", "WEST"}
    west = run("select id from catalog_node where code = 'WEST'").scalar
    assert [(node, qty) for node, _, qty in d.detail["chosen"]] == [(west, 2)]
    assert run("select policies -> 'routing' as v from engine_batch where id = %(id)s", {"id": d.batch_id}).scalar == version


def test_a_policy_from_before_a_setting_existed_takes_its_default() -> None:
    run("update governance_policy set state = 'retired' where name = 'routing'")
    run("""insert into governance_policy (name, version, state, body, valid_from, made_by)
        select name, version + 1, 'active', body - 'margin_floor_percent' - 'reservation_days', '2020-01-01', 'test' from governance_policy
        where name = 'routing' order by version desc limit 1""")
    one = place("1", {"A": 1})
    allocate()
    assert order(one).state == "allocated"


def test_a_node_closed_today_or_past_its_cut_off_lets_the_order_sleep() -> None:
    tune(filters=["active", "reach", "open_today", "cut_off"])
    run("insert into catalog_node_closure (node_id, closed_on, why) select id, '2026-06-02', 'stocktake' from catalog_node where code in ('EAST', 'WEST')")
    run("update catalog_node set cut_off = '07:00' where code in ('THIRD', 'MAKER')")  # it is 08:00 in New York
    one = place("1", {"A": 1})
    allocate()
    assert order(one).state == "backordered"
    assert decisions(one)[0].detail["removed"] == {"EAST": "open_today", "MAKER": "cut_off", "THIRD": "cut_off", "WEST": "open_today"}
    allocate(days=1)
    assert order(one).state == "allocated"


def test_todays_capacity_counts_what_was_planned_today() -> None:
    run("update catalog_node set capacity_orders_per_day = 1 where code = 'EAST'")
    tune(sorts=["code"])
    nodes = []
    for n in range(2):
        nodes.append(reserved_at(place(str(n), {"A": 1})))
    assert nodes == ["EAST", "MAKER"]
    assert reserved_at(place("3", {"A": 1}), days=1) == "EAST"


def reserved_at(order_id: int, days: float = 0) -> str:
    allocate(days=days)
    return reserved(order_id)[0][1]


def test_a_kit_is_as_hazardous_as_its_parts() -> None:
    item("B", hazmat_class="3")
    run("update catalog_node set handles_hazmat = (code = 'WEST')")
    one = place("1", {"KIT": 1})
    allocate()
    assert {node for _, node, _ in reserved(one)} == {"WEST"}


def refused_at(one: int, node: str) -> None:
    """The node could not find the goods: what release does to the order."""
    run(
        "update orders_fulfilment_line set qty_short_each = qty_each where fulfilment_id in (select id from orders_fulfilment where order_id = %(o)s)",
        {"o": one},
    )
    run("update orders_fulfilment set state = 'rejected', qty_each = 0 where order_id = %(o)s", {"o": one})
    run("update stock_reservation set ended_at = %(at)s, ended_how = 'short' where ended_at is null", {"at": AS_OF})
    run("update stock_position set reserved_each = 0")
    run("update orders_line set qty_allocated_each = 0 where order_id = %(o)s", {"o": one})
    run("update orders_order set qty_allocated_each = 0, state = 'backordered', wake_at = %(at)s where id = %(o)s", {"o": one, "at": AS_OF})


def test_the_next_attempt_avoids_the_node_that_was_short() -> None:
    only("A", EAST=5, WEST=5)
    tune(sorts=["code"])
    one = place("1", {"A": 1})
    assert reserved_at(one) == "EAST"
    refused_at(one, "EAST")
    assert reserved_at(one, days=1) == "WEST"
    assert order(one).attempt == 2
    second = decisions(one)[1]
    assert (second.attempt, second.detail["removed"]["EAST"]) == (2, "refused_before")


def test_a_node_is_asked_again_once_new_goods_have_come_in_there() -> None:
    only("A", EAST=5)
    one = place("1", {"A": 1})
    allocate()
    refused_at(one, "EAST")
    allocate(days=1)
    assert order(one).state == "backordered"
    run(
        """insert into stock_move (item_id, node_id, kind, qty_each, origin, at) select item_id, node_id, 'receipt', 1, 'test', %(at)s from stock_position p
        join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where i.sku = 'A' and n.code = 'EAST'""",
        {"at": AS_OF + timedelta(days=1)},
    )
    run("update stock_position set on_hand_each = 6 where on_hand_each = 5")
    assert reserved_at(one, days=2) == "EAST"


def parked(one: int, code: str) -> dict[str, object]:
    """The order stands parked for this reason alone: the sentence is whole, and somebody owns it with a procedure. Gives the values."""
    (case,) = cases(one)
    assert (case.code, order(one).hold, reserved(one)) == (code, "held", [])
    declared = reason(code)
    assert "{" not in declared.sentence(case.detail)
    assert declared.offers and declared.sop.count("\n") >= 1 and declared.owner
    return {**case.detail, "says": declared.sentence(case.detail)}


def test_a_destination_that_no_node_reaches() -> None:
    one = place("1", {"A": 1}, ship_to=("BR", "SP"))
    allocate()
    assert parked(one, "ALLOCATE-01")["says"] == "No node may serve destination BR SP: EAST (reach), MAKER (reach), THIRD (reach), WEST (reach)"
    run("insert into catalog_node_reach (node_id, country, transit_days, cost_minor) select id, 'BR', 9, 4000 from catalog_node where code = 'EAST'")
    send_on(one)
    assert (order(one).state, order(one).hold, cases(one)) == ("allocated", "clear", [])


def send_on(one: int) -> None:
    """A person presses Retry."""
    ids = run("select id from exception_queue_case where order_id = %(o)s and state <> 'resolved'", {"o": one}).column("id")
    assert all(result.done for result in retry(actor=ACTOR, case_ids=ids))
    allocate(days=1)


def test_goods_that_may_not_be_oversold_and_are_short() -> None:
    only("A", EAST=2, WEST=1)
    item("A", oversell="never")
    one = place("1", {"A": 5, "B": 1})
    other = place("2", {"A": 3})
    allocate()
    found = parked(one, "ALLOCATE-02")
    assert (found["sku"], found["qty_short_each"]) == ("A", 2)
    assert found["says"] == "No allowed node can fill 2 of A, and it may not be backordered"
    assert order(other).state == "allocated"  # the parked order left them on the shelf
    assert "stock.received" in reason("ALLOCATE-02").clears_when
    only("A", EAST=9, WEST=1)
    send_on(one)
    assert order(one).state == "allocated"


def test_attempts_that_are_used_up_and_a_person_who_sends_it_round_again() -> None:
    only("A", EAST=5)
    tune(attempts_max=1)
    one = place("1", {"A": 1})
    allocate()
    refused_at(one, "EAST")
    allocate(days=1)
    assert parked(one, "ALLOCATE-03")["says"] == "1 attempts, and nodes still cannot fill the order"
    send_on(one)
    assert reserved(one) == [("A", "EAST", 1)]  # every node is asked again


def test_a_kit_without_a_recipe() -> None:
    run("delete from catalog_kit_component")
    one = place("1", {"KIT": 1, "A": 1})
    allocate()
    assert parked(one, "ALLOCATE-04")["says"] == "Kit KIT has no recipe"
    run(
        "insert into catalog_kit_component (kit_id, component_id, qty_each) select k.id, a.id, 1 from catalog_item k, catalog_item a where k.sku = 'KIT' and a.sku = 'A'"
    )
    send_on(one)
    assert order(one).state == "allocated"


def test_an_order_below_the_margin_floor_and_a_person_who_accepts_it() -> None:
    tune(margin_floor_percent=20)
    dear = place("1", {"A": 1})  # 10.00 paid, 3.50 for the goods, 5.00 for the parcel: 15 % are left
    fine = place("2", {"A": 2})
    allocate()
    says = parked(dear, "ALLOCATE-05")["says"]
    assert says == "From EAST, MAKER, THIRD, WEST, which could ship it, the order would leave less than 20 % after goods and parcels"
    assert order(fine).state == "allocated"
    (case_id,) = run("select id from exception_queue_case where order_id = %(o)s", {"o": dear}).column("id")
    accept(actor=ACTOR, case_ids=[case_id], note="a good customer")
    allocate()
    assert (order(dear).state, cases(dear)) == ("allocated", [])


def test_codes_are_never_reused() -> None:
    assert [reason(f"ALLOCATE-0{n}").says.split()[0] for n in range(1, 6)] == ["No", "No", "{attempts}", "Kit", "From"]
