"""Where goods may come from, as one batch sees it: nodes with what they can do today, and what is left on their shelves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from headrace.flow.allocate.asking import Want

Ranked = list[tuple[list[Any], int]]  # sort terms and node id, best first

# These pass by themselves: an order that nothing else keeps from a node sleeps and looks again, and no person is asked.
PASSING = frozenset({"open_today", "cut_off", "capacity", "refused_before"})


class Network:
    """Nodes and reaches, with the capacity that is left."""

    def __init__(self, nodes: Sequence[Any], reaches: Sequence[Any], policy: dict[str, Any], as_of: datetime) -> None:
        self.nodes = {n.id: n for n in nodes}
        self.capacity = {n.id: n.capacity_left for n in nodes}
        self.policy = policy
        self.as_of = as_of
        self.filters = frozenset(policy["filters"])
        self.excluded = frozenset(policy["exclude_nodes"])
        self._balance_at = policy["sorts"].index("stock_balance") if "stock_balance" in policy["sorts"] else None
        self._reach = {(r.node_id, r.country, r.region): r for r in reaches}
        self._by_place: dict[tuple[Any, ...], tuple[Ranked, dict[str, str], bool]] = {}

    def reach(self, node_id: int, order: Any) -> Any | None:
        """The narrowest zone that fits: region, country, anywhere."""
        for key in ((node_id, order.country, order.region), (node_id, order.country, "*"), (node_id, "*", "*")):
            if key in self._reach:
                return self._reach[key]
        return None

    def ranked(self, order: Any, wants: Sequence[Want], stock: Stock) -> tuple[Ranked, dict[str, str]]:
        """Nodes that may serve an order, best first with their sort terms; and the others with the filter that removed each."""
        hazmat = any(w.is_hazmat for w in wants)
        key = (order.country, order.region, order.entity_id, order.promised_by, hazmat)
        if key not in self._by_place:
            ranked, removed = self._rank(order, hazmat)
            decides = self._balance_decides(ranked)
            self._by_place[key] = (ranked if decides else self._without_balance(ranked), removed, decides)
        ranked, removed, by_balance = self._by_place[key]
        return (self._with_balance(ranked, wants, stock) if by_balance else ranked), removed

    def _without_balance(self, ranked: Ranked) -> Ranked:
        """Nobody looked at it, and the decision says so."""
        at = self._balance_at
        return ranked if at is None else [([*terms[:at], None, *terms[at + 1 :]], node_id) for terms, node_id in ranked]

    def _rank(self, order: Any, hazmat: bool) -> tuple[Ranked, dict[str, str]]:
        kept, removed = [], {}
        for node in self.nodes.values():
            reach = self.reach(node.id, order)
            why = self._removed_by(node, order, reach, hazmat)
            if why:
                removed[node.code] = why
            else:
                kept.append((self._terms(node, order, reach), node.id))
        return sorted(kept, key=self._by_terms), removed

    def _by_terms(self, entry: tuple[list[Any], int]) -> tuple[list[Any], str]:
        return entry[0], self.nodes[entry[1]].code  # the code keeps ties stable

    def _removed_by(self, node: Any, order: Any, reach: Any | None, hazmat: bool) -> str | None:
        tests = (
            ("active", not node.is_active),
            ("kind", node.kind not in self.policy["kinds"]),
            ("excluded", node.code in self.excluded),
            ("entity", node.entity_id != order.entity_id),
            ("reach", reach is None),
            ("hazmat", hazmat and not node.handles_hazmat),
            ("promise", self._is_late(node, order, reach)),
            ("open_today", not node.is_open_today),
            ("cut_off", not node.is_before_cut_off),
        )
        always = ("kind", "excluded")
        return next((name for name, fails in tests if fails and (name in always or name in self.filters)), None)

    def _is_late(self, node: Any, order: Any, reach: Any | None) -> bool:
        if order.promised_by is None or reach is None:
            return False
        return bool(self.as_of + timedelta(days=node.lead_time_days + reach.transit_days) > order.promised_by)

    def _terms(self, node: Any, order: Any, reach: Any | None) -> list[Any]:
        terms = {
            "promise": int(self._is_late(node, order, reach)),
            "cost": reach.cost_minor if reach else 0,
            "transit_days": (reach.transit_days if reach else 0) + node.lead_time_days,
            "code": node.code,
            "kind": self.policy["kinds"].index(node.kind),
            "stock_balance": 0,
        }
        return [terms[s] for s in self.policy["sorts"]]

    def _balance_decides(self, ranked: Ranked) -> bool:
        """Only where nodes tie on everything before it: it differs from order to order, so it costs a sort for each."""
        if self._balance_at is None:
            return False
        before = [tuple(terms[: self._balance_at]) for terms, _ in ranked]
        return len(set(before)) < len(before)

    def _with_balance(self, ranked: Ranked, wants: Sequence[Want], stock: Stock) -> Ranked:
        """The node with the most left of the wanted items first."""
        items = {p.item_id for w in wants for p in w.parts}
        at = self._balance_at or 0
        found = []
        for terms, node_id in ranked:
            left = sum(stock.left.get((item, node_id), 0) for item in items)
            found.append(([*terms[:at], -left, *terms[at + 1 :]], node_id))
        return sorted(found, key=self._by_terms)


class Stock:
    """What is left to promise, by item and node, as orders take from it."""

    def __init__(self, positions: Sequence[Any], safety_each: int, unit_costs: Sequence[Any] = ()) -> None:
        self.left: dict[tuple[int, int], int] = {
            (p.item_id, p.node_id): max(p.on_hand_each - p.reserved_each - max(p.safety_each, safety_each), 0) for p in positions
        }
        self.unit_cost: dict[tuple[int, int], Any] = {(c.item_id, c.node_id): c.unit_cost for c in unit_costs}

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

    def cost_of(self, node_id: int, want: Want, qty: int) -> Any:
        """What the pieces cost us there, minor units of the entity's currency."""
        return sum(self.unit_cost.get((p.item_id, node_id), 0) * p.per_kit_each * qty for p in want.parts)
