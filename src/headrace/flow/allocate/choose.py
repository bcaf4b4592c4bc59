"""Choosing nodes: pure, greedy, deterministic. The place where an optimiser would go.

Orders come in priority order and take goods from a shared picture of the stock, so no unit is seen twice: two lines of one item, kits that
share a part and the same part through a kit and by itself are all summed before anything is promised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Part:
    """An item that a line needs: `per_kit_each` pieces for each piece of the line."""

    item_id: int
    per_kit_each: int


@dataclass(slots=True)
class Want:
    """A line that wants `qty_each` pieces (kits count as kits)."""

    line_id: int
    qty_each: int
    parts: list[Part]
    is_kit: bool = False
    is_hazmat: bool = False
    oversell: str = "backorder"
    available_on: Any = None
    weight_g: int | None = None
    sku: str = ""


@dataclass(slots=True)
class Ask:
    """An order to be placed."""

    order: Any
    wants: list[Want]
    refused_by: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Choice:
    """What was chosen for an order: pieces by (node, line), and why not elsewhere."""

    ask: Ask
    takes: list[tuple[int, Want, int]] = field(default_factory=list)  # node id, line, line pieces
    removed: dict[str, str] = field(default_factory=dict)  # node code to the filter that removed it
    scores: dict[str, list[Any]] = field(default_factory=dict)  # node code to its sort terms, best first

    def nodes(self) -> list[int]:
        return list(dict.fromkeys(node for node, _, _ in self.takes))

    def taken(self, want: Want) -> int:
        return sum(qty for _, w, qty in self.takes if w is want)

    def is_complete(self) -> bool:
        return all(self.taken(w) == w.qty_each for w in self.ask.wants)


class Network:
    """Nodes and reaches as one batch sees them, with the capacity that is left."""

    def __init__(self, nodes: Sequence[Any], reaches: Sequence[Any], policy: dict[str, Any]) -> None:
        self.nodes = {n.id: n for n in nodes}
        self.capacity = {n.id: n.capacity_left for n in nodes}
        self.policy = policy
        self.filters = frozenset(policy["filters"])
        self.excluded = frozenset(policy["exclude_nodes"])
        self._reach = {(r.node_id, r.country, r.region): r for r in reaches}
        self._by_place: dict[tuple[Any, ...], tuple[list[tuple[list[Any], int]], dict[str, str]]] = {}

    def reach(self, node_id: int, country: str | None, region: str | None) -> Any | None:
        """The narrowest zone that fits: region, country, anywhere."""
        for key in ((node_id, country, region), (node_id, country, "*"), (node_id, "*", "*")):
            if key in self._reach:
                return self._reach[key]
        return None

    def ranked(self, order: Any, is_hazmat: bool) -> tuple[list[tuple[list[Any], int]], dict[str, str]]:
        """Nodes that may serve a destination, best first with their sort terms; and the others with the filter that removed each."""
        key = (order.country, order.region, order.entity_id, is_hazmat)
        if key not in self._by_place:
            self._by_place[key] = self._rank(order, is_hazmat)
        return self._by_place[key]

    def _rank(self, order: Any, is_hazmat: bool) -> tuple[list[tuple[list[Any], int]], dict[str, str]]:
        kept, removed = [], {}
        for node in self.nodes.values():
            reach = self.reach(node.id, order.country, order.region)
            why = self._removed_by(node, order, reach, is_hazmat)
            if why:
                removed[node.code] = why
            else:
                kept.append((self._terms(node, reach), node.id))
        return sorted(kept, key=lambda k: (k[0], self.nodes[k[1]].code)), removed

    def _removed_by(self, node: Any, order: Any, reach: Any | None, is_hazmat: bool) -> str | None:
        tests = (
            ("active", not node.is_active),
            ("kind", node.kind not in self.policy["kinds"]),
            ("excluded", node.code in self.excluded),
            ("entity", node.entity_id != order.entity_id),
            ("reach", reach is None),
            ("hazmat", is_hazmat and not node.handles_hazmat),
            ("open_today", not node.is_open_today),
        )
        always = ("kind", "excluded")
        return next((name for name, fails in tests if fails and (name in always or name in self.filters)), None)

    def _terms(self, node: Any, reach: Any | None) -> list[Any]:
        terms = {
            "cost": reach.cost_minor if reach else 0,
            "transit_days": (reach.transit_days if reach else 0) + node.lead_time_days,
            "code": node.code,
            "kind": self.policy["kinds"].index(node.kind),
            "stock_balance": 0,
        }
        return [terms[s] for s in self.policy["sorts"]]


class Stock:
    """What is left to promise, by item and node, as orders take from it."""

    def __init__(self, positions: Sequence[Any], safety_each: int) -> None:
        self.left: dict[tuple[int, int], int] = {
            (p.item_id, p.node_id): max(p.on_hand_each - p.reserved_each - max(p.safety_each, safety_each), 0) for p in positions
        }

    def fits(self, node_id: int, wants: Sequence[tuple[Want, int]]) -> bool:
        """Could the node give all of these at once? Needs of the same item are summed first."""
        need: dict[int, int] = defaultdict(int)
        for want, qty in wants:
            for part in want.parts:
                need[part.item_id] += qty * part.per_kit_each
        return all(self.left.get((item, node_id), 0) >= n for item, n in need.items())

    def most(self, node_id: int, want: Want, qty: int) -> int:
        """Pieces of a line that the node could give now, at most `qty`."""
        return min([qty, *(self.left.get((p.item_id, node_id), 0) // p.per_kit_each for p in want.parts)])

    def take(self, node_id: int, want: Want, qty: int) -> None:
        for part in want.parts:
            self.left[part.item_id, node_id] -= qty * part.per_kit_each


def choose_nodes(asks: Sequence[Ask], network: Network, stock: Stock) -> list[Choice]:
    """Place each order in turn: whole from the best node that has all of it, else split as policy allows."""
    return [_place(ask, network, stock) for ask in asks]


def _place(ask: Ask, network: Network, stock: Stock) -> Choice:
    ranked, removed = network.ranked(ask.order, any(w.is_hazmat for w in ask.wants))
    choice = Choice(ask, removed=dict(removed))
    everything = [(w, w.qty_each) for w in ask.wants]
    able: list[int] = []
    for terms, node_id in ranked:
        code = network.nodes[node_id].code
        why = _removed_for_order(ask, node_id, network)
        if why:
            choice.removed[code] = why
            continue
        choice.scores[code] = terms
        able.append(node_id)
    for node_id in able:
        if stock.fits(node_id, everything):
            _take(choice, network, stock, node_id, everything)
            return choice
        choice.removed[network.nodes[node_id].code] = "stock"
    if _may_split(ask, network.policy):
        _split(choice, able, network, stock)
    return choice


def _removed_for_order(ask: Ask, node_id: int, network: Network) -> str | None:
    if ask.order.pinned_node and network.nodes[node_id].code != ask.order.pinned_node:
        return "pinned_elsewhere"
    if node_id in ask.refused_by and "refused_before" in network.filters:
        return "refused_before"
    if "capacity" in network.filters and network.capacity[node_id] <= 0:
        return "capacity"
    return None


def _take(choice: Choice, network: Network, stock: Stock, node_id: int, wants: Sequence[tuple[Want, int]]) -> None:
    for want, qty in wants:
        stock.take(node_id, want, qty)
        choice.takes.append((node_id, want, qty))
    network.capacity[node_id] -= 1


def _may_split(ask: Ask, policy: dict[str, Any]) -> bool:
    return policy["split"] == "allow" and ask.order.ship_complete != "true"


def _split(choice: Choice, able: Sequence[int], network: Network, stock: Stock) -> None:
    """Fewest parts first: each time the node that can give the most pieces of what is left. Undone where policy wants the order whole."""
    left = {w.line_id: w.qty_each for w in choice.ask.wants}
    for _ in range(network.policy["parts_max"]):
        best = _best_part(choice.ask, left, able, stock)
        if best is None:
            break
        node_id, gives = best
        _take(choice, network, stock, node_id, gives)
        for want, qty in gives:
            left[want.line_id] -= qty
        able = [n for n in able if n != node_id]
        if not any(left.values()):
            return
    if choice.takes and any(left.values()) and not network.policy["ship_partial"]:
        for node_id, want, qty in choice.takes:
            stock.take(node_id, want, -qty)
        for node_id in choice.nodes():
            network.capacity[node_id] += 1
        choice.takes.clear()


def _best_part(ask: Ask, left: dict[int, int], able: Sequence[int], stock: Stock) -> tuple[int, list[tuple[Want, int]]] | None:
    best: tuple[int, list[tuple[Want, int]]] | None = None
    most = 0
    for node_id in able:
        gives = _what_it_gives(ask, left, node_id, stock)
        pieces = sum(qty for _, qty in gives)
        if pieces > most:  # a tie stays with the better-ranked node
            best, most = (node_id, gives), pieces
    return best


def _what_it_gives(ask: Ask, left: dict[int, int], node_id: int, stock: Stock) -> list[tuple[Want, int]]:
    """What a node could give of the rest, line by line, without promising a piece twice."""
    gives: list[tuple[Want, int]] = []
    for want in ask.wants:
        qty = stock.most(node_id, want, left[want.line_id]) if left[want.line_id] else 0
        if qty:
            stock.take(node_id, want, qty)
            gives.append((want, qty))
    for want, qty in gives:
        stock.take(node_id, want, -qty)
    return gives
