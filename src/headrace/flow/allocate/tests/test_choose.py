"""How one order is placed: ranking, filters, splits, kits, safety stock, margin, and why an order is stopped."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from headrace.flow.allocate.asking import Want
from headrace.flow.allocate.tests.network import AS_OF, EAST, NODES, REACHES, STORE, WEST, A, B, C, ask, choose, kit, node, reach, shelves, takes, want


def test_the_nearest_node_with_everything_ships_it_all() -> None:
    (choice,) = choose(ask(want(1, 2), want(2, 1, B)), {(A, EAST): 9, (A, WEST): 9, (B, WEST): 1})
    assert takes(choice) == [(WEST, 1, 2), (WEST, 2, 1)]
    assert choice.removed == {"EAST": "stock"}
    assert list(choice.scores) == ["EAST", "WEST", "STORE"]


def test_the_order_that_comes_first_gets_the_last_unit() -> None:
    first, second = choose([ask(want(1, 1)), ask(want(2, 1), order_id=2)], {(A, EAST): 1})
    assert takes(first) == [(EAST, 1, 1)]
    assert takes(second) == []
    assert second.stopped_by is None  # it may wait


def test_two_lines_of_one_item_are_summed_before_anything_is_promised() -> None:
    (choice,) = choose(ask(want(1, 2), want(2, 2)), {(A, EAST): 3, (A, WEST): 4})
    assert takes(choice) == [(WEST, 1, 2), (WEST, 2, 2)]


def test_a_part_through_a_kit_and_by_itself_is_one_need() -> None:
    (choice,) = choose(ask(kit(1, 1, A=1, B=2), want(2, 1, A)), {(A, EAST): 1, (B, EAST): 9, (A, WEST): 2, (B, WEST): 2})
    assert takes(choice) == [(WEST, 1, 1), (WEST, 2, 1)]


def test_a_split_takes_the_fewest_parts() -> None:
    (choice,) = choose(ask(want(1, 10)), {(A, EAST): 3, (A, WEST): 4, (A, STORE): 7})
    assert takes(choice) == [(STORE, 1, 7), (EAST, 1, 3)]  # EAST and WEST could both end it: the nearer one does


def test_no_more_parts_than_the_policy_allows() -> None:
    (choice,) = choose(ask(want(1, 10)), {(A, EAST): 3, (A, WEST): 3, (A, STORE): 3}, parts_max=2)
    assert takes(choice) == [(EAST, 1, 3), (WEST, 1, 3)]


def test_without_partial_shipment_a_short_order_gives_everything_back() -> None:
    first, second = choose([ask(want(1, 10)), ask(want(2, 3), order_id=2)], {(A, EAST): 3, (A, WEST): 3}, ship_partial=False)
    assert takes(first) == []
    assert takes(second) == [(EAST, 2, 3)]


@pytest.mark.parametrize("asked", [ask(want(1, 5), ship_complete="true"), ask(want(1, 5))])
def test_an_order_that_goes_whole_is_not_split(asked: object) -> None:
    (choice,) = choose(asked, {(A, EAST): 3, (A, WEST): 3}, split="allow" if asked.order.ship_complete else "never")
    assert takes(choice) == []
    assert choice.stopped_by is None
    assert choice.removed == {"EAST": "stock", "WEST": "stock", "STORE": "stock"}


def test_the_kits_of_a_line_leave_together_unless_policy_says_otherwise() -> None:
    on_hand = {(A, EAST): 2, (B, EAST): 9, (A, WEST): 1, (B, WEST): 2}
    (together,) = choose(ask(kit(1, 3, A=1, B=2)), on_hand)
    assert takes(together) == []
    (apart,) = choose(ask(kit(1, 3, A=1, B=2)), on_hand, never_split_kit=False)
    assert takes(apart) == [(EAST, 1, 2), (WEST, 1, 1)]


def test_the_parts_of_one_kit_never_come_from_two_nodes() -> None:
    (choice,) = choose(ask(kit(1, 1, A=1, B=2)), {(A, EAST): 1, (B, WEST): 2}, never_split_kit=False)
    assert takes(choice) == []


@pytest.mark.parametrize(("at_position", "by_policy"), [(4, 0), (0, 4), (4, 2)])
def test_safety_stock_is_kept(at_position: int, by_policy: int) -> None:
    on_hand = shelves({(A, EAST): 10}, reserved=3, safety=at_position)
    (choice,) = choose(ask(want(1, 10)), on_hand, safety_each=by_policy)
    assert takes(choice) == [(EAST, 1, 3)]


FILTERED = {
    "active": (node(EAST, "EAST", is_active=False), {}, {}),
    "kind": (node(EAST, "EAST", kind="supplier"), {}, {"kinds": ["warehouse", "store"]}),
    "excluded": (node(EAST, "EAST"), {}, {"exclude_nodes": ["EAST"]}),
    "entity": (node(EAST, "EAST", entity_id=2), {}, {}),
    "reach": (node(EAST, "EAST"), {"country": "CA"}, {}),
    "hazmat": (node(EAST, "EAST", handles_hazmat=False), {"wants": [want(1, 1, is_hazmat=True)]}, {}),
    "promise": (node(EAST, "EAST", lead_time_days=9), {"promised_by": AS_OF + timedelta(days=2)}, {"filters": ["promise"]}),
    "open_today": (node(EAST, "EAST", is_open_today=False), {}, {"filters": ["open_today"]}),
    "cut_off": (node(EAST, "EAST", is_before_cut_off=False), {}, {"filters": ["cut_off"]}),
    "capacity": (node(EAST, "EAST", capacity_left=0), {}, {}),
    "refused_before": (node(EAST, "EAST"), {"refused_by": [EAST]}, {}),
    "pinned_elsewhere": (node(EAST, "EAST"), {"pinned_node": "WEST"}, {}),
}


@pytest.mark.parametrize("name", list(FILTERED))
def test_every_filter_removes_its_node_and_is_named(name: str) -> None:
    east, about, policy = FILTERED[name]
    reaches = [r for r in REACHES if r.node_id != EAST or name != "reach"] + [reach(WEST, country="CA", days=2)]
    wants = about.get("wants", [want(1, 1)])
    asked = ask(*wants, **{k: v for k, v in about.items() if k != "wants"})
    (choice,) = choose(asked, {(A, EAST): 5, (A, WEST): 5}, nodes=(east, NODES[1]), reaches=reaches, **policy)
    assert takes(choice) == [(WEST, 1, 1)]
    assert choice.removed == {"EAST": name}
    assert "EAST" not in choice.scores


def test_a_filter_that_policy_leaves_out_removes_nobody() -> None:
    (choice,) = choose(ask(want(1, 1)), {(A, EAST): 5}, nodes=(node(EAST, "EAST", is_active=False),), filters=[])
    assert takes(choice) == [(EAST, 1, 1)]


def test_capacity_counts_down_within_a_batch() -> None:
    nodes = (node(EAST, "EAST", capacity_left=1), NODES[1])
    first, second = choose([ask(want(1, 1)), ask(want(2, 1), order_id=2)], {(A, EAST): 5, (A, WEST): 5}, nodes=nodes)
    assert takes(first) == [(EAST, 1, 1)]
    assert takes(second) == [(WEST, 2, 1)]
    assert second.removed == {"EAST": "capacity"}


def test_a_full_or_closed_network_lets_the_order_sleep_instead_of_calling_a_person() -> None:
    (choice,) = choose(ask(want(1, 1)), {(A, EAST): 5}, nodes=(node(EAST, "EAST", capacity_left=0), node(WEST, "WEST", is_active=False)))
    assert choice.removed == {"WEST": "active", "EAST": "capacity"}
    assert (choice.takes, choice.stopped_by) == ([], None)


def test_the_narrowest_zone_counts() -> None:
    reaches = [reach(EAST, days=9), reach(EAST, region="NY", days=1), reach(WEST, country="*", days=5)]
    (ny, tx) = choose([ask(want(1, 1)), ask(want(2, 1), order_id=2, region="TX")], {(A, EAST): 5, (A, WEST): 5}, reaches=reaches)
    assert takes(ny) == [(EAST, 1, 1)]
    assert takes(tx) == [(WEST, 2, 1)]
    assert ny.removed == {"STORE": "reach"}


def test_sorts_decide_in_their_order() -> None:
    reaches = [reach(EAST, days=1, cost=900), reach(WEST, days=3, cost=400)]
    on_hand = {(A, EAST): 5, (A, WEST): 5}
    assert takes(choose(ask(want(1, 1)), on_hand, reaches=reaches, sorts=["cost"])[0]) == [(WEST, 1, 1)]
    assert takes(choose(ask(want(1, 1)), on_hand, reaches=reaches, sorts=["transit_days", "cost"])[0]) == [(EAST, 1, 1)]
    promised = ask(want(1, 1), promised_by=AS_OF + timedelta(days=2))
    assert takes(choose(promised, on_hand, reaches=reaches, sorts=["promise", "cost"])[0]) == [(EAST, 1, 1)]


def test_of_nodes_that_tie_the_one_with_more_stock_ships() -> None:
    reaches = [reach(EAST, days=2), reach(WEST, days=2)]
    first, second = choose([ask(want(1, 2)), ask(want(2, 1), order_id=2)], {(A, EAST): 5, (A, WEST): 6}, reaches=reaches)
    assert takes(first) == [(WEST, 1, 2)]
    assert takes(second) == [(EAST, 2, 1)]  # 5 against the 4 that are left
    assert second.scores == {"EAST": [2, 500, -5], "WEST": [2, 500, -4]}


def test_with_equal_terms_the_code_decides_so_that_the_answer_is_stable() -> None:
    same = [reach(EAST, days=2), reach(WEST, days=2)]
    (choice,) = choose(ask(want(1, 1)), {(A, EAST): 5, (A, WEST): 5}, reaches=same, nodes=tuple(reversed(NODES)))
    assert takes(choice) == [(EAST, 1, 1)]


def costs(**each: int) -> list[SimpleNamespace]:
    return [SimpleNamespace(item_id=A, node_id={"EAST": EAST, "WEST": WEST}[name], unit_cost=cost) for name, cost in each.items()]


def test_a_node_below_the_margin_floor_is_passed_over() -> None:
    reaches = [reach(EAST, days=1, cost=900), reach(WEST, days=2, cost=300)]
    paid = ask(want(1, 1, net_minor=2000))
    (choice,) = choose(paid, {(A, EAST): 5, (A, WEST): 5}, reaches=reaches, costs=costs(EAST=1000, WEST=1000), margin_floor_percent=20)
    assert takes(choice) == [(WEST, 1, 1)]  # 700 of 2000 are left there, 100 at EAST
    assert choice.removed == {"STORE": "reach", "EAST": "margin"}


def test_a_split_stops_where_one_more_parcel_would_eat_the_margin() -> None:
    paid = ask(want(1, 4, net_minor=4000))
    (choice,) = choose(paid, {(A, EAST): 3, (A, WEST): 1}, costs=costs(EAST=500, WEST=500), margin_floor_percent=30)
    assert takes(choice) == [(EAST, 1, 3)]  # 1000 of 3000 are left; with a second parcel 1000 of 4000
    (cheaper,) = choose(paid, {(A, EAST): 3, (A, WEST): 1}, costs=costs(EAST=500, WEST=500), margin_floor_percent=25)
    assert takes(cheaper) == [(EAST, 1, 3), (WEST, 1, 1)]


def test_below_the_floor_everywhere_is_for_a_person() -> None:
    (choice,) = choose(ask(want(1, 1, net_minor=100)), {(A, EAST): 5}, costs=costs(EAST=90), margin_floor_percent=10)
    assert (choice.stopped_by, choice.removed["EAST"]) == ("margin", "margin")


@pytest.mark.parametrize(("net", "floor"), [(0, 50), (100, None)])
def test_a_gift_or_a_missing_floor_is_not_measured(net: int, floor: int | None) -> None:
    (choice,) = choose(ask(want(1, 1, net_minor=net)), {(A, EAST): 5}, costs=costs(EAST=90), margin_floor_percent=floor)
    assert takes(choice) == [(EAST, 1, 1)]


def test_no_node_at_all_is_for_a_person() -> None:
    (choice,) = choose(ask(want(1, 1), country="BR"), {(A, EAST): 5})
    assert choice.stopped_by == "nowhere"
    assert set(choice.removed.values()) == {"reach"}


def test_what_may_not_be_oversold_and_is_short_stops_the_order_and_frees_its_goods() -> None:
    scarce = want(1, 3, A, oversell="never")
    stopped, other = choose([ask(scarce, want(2, 1, B)), ask(want(3, 1, B), want(4, 2, A), order_id=2)], {(A, EAST): 2, (B, EAST): 1})
    assert (stopped.stopped_by, stopped.short, stopped.takes) == ("short", {1: 1}, [])
    assert takes(other) == [(EAST, 3, 1), (EAST, 4, 2)]


def test_what_may_not_be_oversold_may_wait_for_the_rest_of_an_order_that_goes_whole() -> None:
    (choice,) = choose(ask(want(1, 1, A, oversell="never"), want(2, 5, B), ship_complete="true"), {(A, EAST): 1, (B, EAST): 1})
    assert (choice.stopped_by, choice.takes) == (None, [])


def test_a_stopped_order_gives_its_capacity_back() -> None:
    nodes = (node(EAST, "EAST", capacity_left=1),)
    stopped, other = choose([ask(want(1, 2, oversell="never")), ask(want(2, 1), order_id=2)], {(A, EAST): 1}, nodes=nodes)
    assert stopped.stopped_by == "short"
    assert takes(other) == [(EAST, 2, 1)]


def test_used_up_attempts_are_for_a_person_and_a_refusal_alone_is_not() -> None:
    tired = ask(want(1, 1), attempt=10, refused_by=[EAST])
    young = ask(want(2, 1), order_id=2, attempt=9, refused_by=[EAST])
    first, second = choose([tired, young], {(A, EAST): 5})
    assert (first.stopped_by, second.stopped_by) == ("tired", None)
    assert second.removed["EAST"] == "refused_before"


def test_a_kit_without_recipe_takes_nothing_and_stops_its_order() -> None:
    empty = Want(1, 1, [], is_kit=True)
    stopped, other = choose([ask(empty, want(2, 1)), ask(want(3, 1), order_id=2)], {(A, EAST): 1})
    assert (stopped.stopped_by, stopped.takes) == ("no_recipe", [])
    assert takes(other) == [(EAST, 3, 1)]


def test_what_opens_later_waits_on_the_shelf_and_the_rest_goes() -> None:
    later = want(1, 1, A, oversell="preorder", opens_on=date(2026, 7, 1))
    (choice,) = choose(ask(later, want(2, 1, B)), {(A, EAST): 5, (B, EAST): 5})
    assert takes(choice) == [(EAST, 2, 1)]
    assert [w.line_id for w in choice.lacking()] == [1]


@pytest.mark.parametrize("policy", [{"split": "never"}, {"ship_partial": False}])
def test_an_order_that_goes_whole_waits_for_what_opens_later(policy: dict[str, object]) -> None:
    later = want(1, 1, A, oversell="preorder", opens_on=date(2026, 7, 1))
    (choice,) = choose(ask(later, want(2, 1, B)), {(A, EAST): 5, (B, EAST): 5}, **policy)
    assert (choice.takes, choice.stopped_by) == ([], None)


def test_two_kits_that_share_a_part_do_not_promise_it_twice() -> None:
    (choice,) = choose(ask(kit(1, 1, A=1, C=2), kit(2, 1, B=1, C=2)), {(A, EAST): 1, (B, EAST): 1, (C, EAST): 3})
    assert takes(choice) == [(EAST, 1, 1)]
