"""Trying a draft of routing on orders of the past: where would each go today by the rules in force, and where by the draft? Reads only.

Each order is placed whole and alone, on today's network and shelves, with the goods that it holds itself given back first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from headrace.catalog import network as catalog_network
from headrace.engine.queries import load_queries
from headrace.flow.allocate.asking import Ask, Choice, Part, Want
from headrace.flow.allocate.choose import choose_nodes
from headrace.flow.allocate.policy import complete
from headrace.flow.allocate.sources import Network, Stock
from headrace.orders import allocating
from headrace.stock import reserving

sql = load_queries(__package__)
STOPPED_SAYS = {
    "nowhere": "no node may serve it",
    "short": "short of goods",
    "tired": "no attempt left",
    "margin": "below the margin floor",
    "no_recipe": "kit without recipe",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one order would go: pieces by node, pieces that wait, why it would be parked, and the usual cost of its parcels by currency, minor units."""

    nodes: dict[str, int] = field(default_factory=dict)
    waits_each: int = 0
    stopped_by: str | None = None
    cost_minor: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.stopped_by:
            return f"parked: {STOPPED_SAYS[self.stopped_by]}"
        return ", ".join([*(f"{node} {qty}" for node, qty in self.nodes.items()), *([f"waits {self.waits_each}"] if self.waits_each else [])])


def try_routing(order_ids: Sequence[int], before: dict[str, Any], draft: dict[str, Any], as_of: datetime) -> dict[int, tuple[Placed, Placed]]:
    """Order id to where it goes by the rules in force and by the draft; as text `EAST 3, WEST 1`."""
    asks = _asks(order_ids, as_of)
    items = sorted({p.item_id for a in asks for w in a.wants for p in w.parts})
    facts = _Facts(
        reserving.sql.read_positions(item_ids=items),
        _held(order_ids),
        sql.unit_costs(item_ids=items),
        catalog_network.nodes(as_of),
        catalog_network.reaches(),
        as_of,
    )
    first, second = facts.place(asks, complete(before)), facts.place(asks, complete(draft))
    return {order_id: (first[order_id], second[order_id]) for order_id in first}


class _Facts:
    """Shelves, costs and nodes as they are now, the same for both rules."""

    def __init__(
        self,
        positions: Sequence[Any],
        held: dict[int, dict[tuple[int, int], int]],
        costs: Sequence[Any],
        nodes: Sequence[Any],
        reaches: Sequence[Any],
        as_of: datetime,
    ) -> None:
        self.positions: dict[int, list[Any]] = defaultdict(list)
        for p in positions:
            self.positions[p.item_id].append(p)
        self.held, self.costs, self.nodes, self.reaches, self.as_of = held, costs, nodes, reaches, as_of
        self.codes = {n.id: n.code for n in nodes}
        self.currencies = {r.node_id: r.currency for r in sql.currencies_of_nodes()}

    def place(self, asks: Sequence[Ask], policy: dict[str, Any]) -> dict[int, Placed]:
        network = Network(self.nodes, self.reaches, policy, self.as_of)
        placed = {}
        for ask in asks:
            (choice,) = choose_nodes([ask], network, self._stock(ask, policy["safety_each"]))
            placed[ask.order.id] = self._placed(choice, network)
            for node_id in choice.nodes():
                network.capacity[node_id] += 1  # the next order is placed as if it were the only one
        return placed

    def _stock(self, ask: Ask, safety_each: int) -> Stock:
        own = self.held.get(ask.order.id, {})
        items = {p.item_id for w in ask.wants for p in w.parts}
        rows = [
            SimpleNamespace(
                item_id=p.item_id,
                node_id=p.node_id,
                on_hand_each=p.on_hand_each,
                reserved_each=p.reserved_each - own.get((p.item_id, p.node_id), 0),
                safety_each=p.safety_each,
            )
            for item in items
            for p in self.positions[item]
        ]
        return Stock(rows, safety_each, self.costs)

    def _placed(self, choice: Choice, network: Network) -> Placed:
        if choice.stopped_by:
            return Placed(stopped_by=choice.stopped_by)
        cost: dict[str, int] = defaultdict(int)
        for node in choice.nodes():
            reach = network.reach(node, choice.ask.order)
            cost[self.currencies.get(node, "")] += reach.cost_minor if reach else 0
        nodes = {self.codes[node]: sum(qty for _want, qty in choice.from_node(node)) for node in choice.nodes()}
        return Placed(nodes, sum(w.qty_each - choice.taken(w) for w in choice.lacking()), None, dict(cost))


def _held(order_ids: Sequence[int]) -> dict[int, dict[tuple[int, int], int]]:
    held: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    for row in sql.held_by_orders(order_ids=list(order_ids)):
        held[row.order_id][row.item_id, row.node_id] = row.qty_each
    return held


def _asks(order_ids: Sequence[int], as_of: datetime) -> list[Ask]:
    """The orders with all that their lines want, as if nothing had been given to them yet."""
    wants: dict[int, dict[int, Want]] = {}
    for d in sql.whole_demand(order_ids=list(order_ids)):
        lines = wants.setdefault(d.order_id, {})
        opens_on = d.available_on if d.available_on and d.available_on > as_of.date() else None
        want = lines.setdefault(d.line_id, Want(d.line_id, d.qty_each, [], d.is_kit, d.is_hazmat, d.oversell, opens_on, d.weight_g, d.sku, d.net_minor))
        want.is_hazmat = want.is_hazmat or d.is_hazmat
        if not (d.is_kit and d.item_id == d.line_item_id):
            want.parts.append(Part(d.item_id, d.per_kit_each))
    return [Ask(o, list(wants[o.id].values())) for o in allocating.sql.orders_to_allocate(ids=list(order_ids)) if o.id in wants]
