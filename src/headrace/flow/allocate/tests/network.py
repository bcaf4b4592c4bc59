"""Nodes, zones, orders and shelves as plain data, for the tests of the choice alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from headrace.flow.allocate.asking import Ask, Choice, Part, Want
from headrace.flow.allocate.choose import choose_nodes
from headrace.flow.allocate.policy import complete
from headrace.flow.allocate.sources import Network, Stock

AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)
A, B, C = 1, 2, 3  # items


def node(node_id: int, code: str, **other: Any) -> Any:
    usual = {
        "kind": "warehouse",
        "entity_id": 1,
        "handles_hazmat": True,
        "is_active": True,
        "lead_time_days": 0,
        "is_open_today": True,
        "is_before_cut_off": True,
        "capacity_left": 1_000_000,
    }
    return SimpleNamespace(id=node_id, code=code, **{**usual, **other})


def reach(node_id: int, *, country: str = "US", region: str = "*", days: int = 2, cost: int = 500) -> Any:
    return SimpleNamespace(node_id=node_id, country=country, region=region, transit_days=days, cost_minor=cost)


def order(order_id: int = 1, **other: Any) -> Any:
    usual = {"entity_id": 1, "country": "US", "region": "NY", "promised_by": None, "pinned_node": None, "ship_complete": None, "attempt": 0}
    return SimpleNamespace(id=order_id, **{**usual, **other})


def want(line_id: int, qty: int, item: int = A, **other: Any) -> Want:
    return Want(line_id, qty, other.pop("parts", [Part(item, 1)]), **other)


def kit(line_id: int, qty: int, **parts: int) -> Want:
    """A kit of so many A, B and C each."""
    items = {"A": A, "B": B, "C": C}
    return Want(line_id, qty, [Part(items[name], per) for name, per in parts.items()], is_kit=True)


EAST, WEST, STORE = 10, 20, 30
NODES = (node(EAST, "EAST"), node(WEST, "WEST"), node(STORE, "STORE", kind="store"))
REACHES = (reach(EAST, days=1), reach(WEST, days=2), reach(STORE, days=3))


def shelves(on_hand: Mapping[tuple[int, int], int], *, reserved: int = 0, safety: int = 0) -> list[Any]:
    """Positions from (item, node) to pieces."""
    return [SimpleNamespace(item_id=i, node_id=n, on_hand_each=q, reserved_each=min(reserved, q), safety_each=safety) for (i, n), q in on_hand.items()]


def choose(
    asks: Sequence[Ask] | Ask,
    on_hand: Mapping[tuple[int, int], int] | list[Any],
    *,
    nodes: Sequence[Any] = NODES,
    reaches: Sequence[Any] = REACHES,
    costs: Sequence[Any] = (),
    **policy: Any,
) -> list[Choice]:
    whole = complete(policy)
    positions = on_hand if isinstance(on_hand, list) else shelves(on_hand)
    stock = Stock(positions, whole["safety_each"], costs)
    return choose_nodes([asks] if isinstance(asks, Ask) else asks, Network(nodes, reaches, whole, AS_OF), stock)


def ask(*wants: Want, refused_by: Sequence[int] = (), **about: Any) -> Ask:
    return Ask(order(**about), list(wants), set(refused_by))


def takes(choice: Choice) -> list[tuple[int, int, int]]:
    """(node, line, pieces)."""
    return [(n, w.line_id, q) for n, w, q in choice.takes]
