"""What holds for every batch, whatever the orders, shelves and policy."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.flow.allocate.asking import Ask, Choice, Part, Want
from headrace.flow.allocate.tests.network import AS_OF, choose, node, order, reach

ITEMS, NODES = (1, 2, 3), (10, 20, 30)
CODES = {10: "EAST", 20: "WEST", 30: "STORE"}
RECIPES = ([Part(1, 1), Part(2, 2)], [Part(2, 1), Part(3, 3)])

# Most inputs are ordinary, so that most orders find goods and the odd ones meet them: a world where everything is filtered proves little.
seldom = st.sampled_from((False,) * 7 + (True,))
shelves = st.fixed_dictionaries({(item, place): st.sampled_from((0, 1, 2, 3, 5, 8)) for item in ITEMS for place in NODES})
policies = st.fixed_dictionaries(
    {
        "split": st.sampled_from(("allow", "allow", "allow", "never")),
        "parts_max": st.integers(1, 3),
        "ship_partial": st.sampled_from((True, True, False)),
        "never_split_kit": st.booleans(),
        "safety_each": st.sampled_from((0, 0, 1)),
        "sorts": st.permutations(("cost", "transit_days", "stock_balance", "kind", "promise")),
        "exclude_nodes": st.sampled_from(([], [], [], ["EAST"], ["WEST"])),
        "attempts_max": st.integers(1, 3),
    }
)


@st.composite
def wants(draw: Any, line_id: int) -> Want:
    is_kit = draw(st.booleans())
    parts = draw(st.sampled_from(RECIPES)) if is_kit else [Part(draw(st.sampled_from(ITEMS)), 1)]
    later = AS_OF.date() if draw(seldom) else None
    return Want(line_id, draw(st.sampled_from((1, 2, 3, 6))), list(parts), is_kit, draw(seldom), "never" if draw(seldom) else "backorder", later)


@st.composite
def batches(draw: Any) -> list[Ask]:
    asks = []
    for n in range(draw(st.sampled_from((2, 4, 6)))):
        lines = [draw(wants(10 * n + k)) for k in range(draw(st.integers(1, 3)))]
        about = order(
            n,
            region=draw(st.sampled_from(("NY", "NY", "TX"))),
            ship_complete="true" if draw(seldom) else None,
            pinned_node="EAST" if draw(seldom) else None,
            attempt=draw(st.sampled_from((0, 0, 0, 3))),
        )
        asks.append(Ask(about, lines, {10} if draw(seldom) else set()))
    return asks


@st.composite
def networks(draw: Any) -> dict[str, Any]:
    nodes = [
        node(n, CODES[n], capacity_left=draw(st.sampled_from((1, 2, 9, 9))), handles_hazmat=not draw(seldom), kind="store" if n == 30 else "warehouse")
        for n in NODES
    ]
    reaches = [reach(n, region="NY" if draw(seldom) else "*", days=draw(st.integers(1, 3)), cost=draw(st.integers(1, 3))) for n in NODES]
    return {"nodes": nodes, "reaches": reaches}


def needs(choices: list[Choice]) -> Counter[tuple[int, int]]:
    """Pieces by (item, node) over the whole batch."""
    total: Counter[tuple[int, int]] = Counter()
    for choice in choices:
        for place, want, qty in choice.takes:
            for part in want.parts:
                total[part.item_id, place] += qty * part.per_kit_each
    return total


def as_bytes(choices: list[Choice]) -> bytes:
    return orjson.dumps([[c.stopped_by, c.removed, c.scores, [(n, w.line_id, q) for n, w, q in c.takes]] for c in choices])


@settings(max_examples=250, deadline=None)
@given(batches(), shelves, policies, networks())
def test_what_every_batch_keeps(asks: list[Ask], on_hand: dict[tuple[int, int], int], policy: dict[str, Any], network: dict[str, Any]) -> None:
    choices = choose(asks, dict(on_hand), **network, **policy)
    for key, qty in needs(choices).items():
        assert qty <= max(on_hand[key] - policy["safety_each"], 0), f"position {key} is oversold or its safety stock taken"
    used = Counter(place for c in choices for place in c.nodes())
    assert all(used[n.id] <= n.capacity_left for n in network["nodes"])
    for choice in choices:
        _assert_keeps_its_policy(choice, policy)
        _assert_every_node_is_accounted_for(choice)
    assert as_bytes(choices) == as_bytes(choose(asks, dict(on_hand), **network, **policy))


def _assert_keeps_its_policy(choice: Choice, policy: dict[str, Any]) -> None:
    asked = choice.ask
    taken = {w.line_id: choice.taken(w) for w in asked.wants}
    whole = policy["split"] == "never" or asked.order.ship_complete == "true"
    assert all(0 <= taken[w.line_id] <= w.qty_each for w in asked.wants)
    assert len(choice.nodes()) <= (1 if whole else policy["parts_max"])
    assert all(not taken[w.line_id] for w in asked.wants if w.opens_on)
    if choice.takes and (whole or not policy["ship_partial"]):
        assert not choice.lacking()
    if policy["never_split_kit"]:
        assert all(taken[w.line_id] in (0, w.qty_each) and len({n for n, x, _ in choice.takes if x is w}) <= 1 for w in asked.wants if w.is_kit)
    if choice.stopped_by:
        assert not choice.takes


def _assert_every_node_is_accounted_for(choice: Choice) -> None:
    """Each node was chosen, stands as a candidate, or has the filter named that removed it; and none of the removed was chosen, but for parts of a split."""
    chosen = {CODES[n] for n in choice.nodes()}
    assert set(choice.removed) | set(choice.scores) == set(CODES.values())
    assert all(choice.removed.get(code) in (None, "stock") for code in chosen)
    if choice.takes and choice.ask.order.pinned_node:
        assert chosen == {choice.ask.order.pinned_node}


@settings(max_examples=100, deadline=None)
@given(batches(), shelves, networks())
def test_nobody_behind_changes_what_those_in_front_get(asks: list[Ask], on_hand: dict[tuple[int, int], int], network: dict[str, Any]) -> None:
    whole = choose(asks, dict(on_hand), **network)
    front = choose(asks[:-1], dict(on_hand), **network)
    assert as_bytes(whole[:-1]) == as_bytes(front)


@settings(max_examples=100, deadline=None)
@given(batches(), shelves, networks())
def test_a_stopped_order_leaves_the_shelves_as_if_it_had_not_been_there(asks: list[Ask], on_hand: dict[tuple[int, int], int], network: dict[str, Any]) -> None:
    choices = choose(asks, dict(on_hand), **network)
    going = [a for a, c in zip(asks, choices, strict=True) if not c.stopped_by]
    assert as_bytes([c for c in choices if not c.stopped_by]) == as_bytes(choose(going, dict(on_hand), **network))
