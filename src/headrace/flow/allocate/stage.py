"""Allocate: choose nodes for what every order still wants and reserve the goods, or say why not.

Takes  orders at `validated`; sleepers whose time has come.   Gives  orders at `allocated`, `backordered` or `preordered`.
Reads  catalog (network, kits), stock, purchasing, policy.    Writes (through the books) reservations, fulfilments, decisions, order states.
Choosing and reserving are one transaction over locked positions: that is what prevents the check-then-act oversell.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson

from headrace.catalog import network as catalog_network
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.allocate.asking import Ask, Choice, Part, Want
from headrace.flow.allocate.choose import choose_nodes
from headrace.flow.allocate.policy import complete
from headrace.flow.allocate.reasons import ATTEMPTS_EXHAUSTED, KIT_WITHOUT_RECIPE, MARGIN_BELOW_FLOOR, NODE_NOT_FOUND, STOCK_SHORT
from headrace.flow.allocate.sources import Network, Stock
from headrace.orders import allocating
from headrace.stock import reserving

sql = load_queries(__package__)
GIVES = ("allocated", "backordered", "preordered")


@stage(of="order", takes="validated", gives=GIVES, after=30)
def allocate(batch: Batch) -> None:
    policy = complete(batch.policy("routing"))
    asks = _asks(batch, policy)
    items = sorted({p.item_id for a in asks for w in a.wants for p in w.parts})
    positions = reserving.lock_positions(items)
    costs = sql.unit_costs(item_ids=items) if policy["margin_floor_percent"] is not None else ()
    network = Network(catalog_network.nodes(batch.as_of), catalog_network.reaches(), policy, batch.as_of)
    choices = choose_nodes(asks, network, Stock(positions, policy["safety_each"], costs))
    _park_hopeless(batch, choices, policy)
    _write(batch, [c for c in choices if not c.stopped_by], policy)


# Sleepers run through the same function; only what is claimed differs.
reallocate = stage(of="sleeping_order", takes="backordered", gives=GIVES, after=31, name="reallocate")(allocate.function)
wake_preorders = stage(of="sleeping_order", takes="preordered", gives=GIVES, after=32, name="wake_preorders")(allocate.function)


def _asks(batch: Batch, policy: dict[str, Any]) -> list[Ask]:
    """Orders in the order of priority, with what their lines still want; kits opened into parts."""
    orders = allocating.sql.orders_to_allocate(batch)
    again = [o.id for o in orders if o.attempt]
    refused: dict[int, set[int]] = {}
    for row in sql.refused_before(order_ids=again) if again else ():
        refused.setdefault(row.order_id, set()).add(row.node_id)
    nets = {n.line_id: n.net_minor for n in sql.nets_of_lines(batch)} if policy["margin_floor_percent"] is not None else {}
    today = batch.as_of.date()
    wants: dict[int, dict[int, Want]] = {}
    for d in allocating.sql.demand(batch):
        lines = wants.setdefault(d.order_id, {})
        want = lines.get(d.line_id)
        if want is None:
            opens_on = d.available_on if d.available_on and d.available_on > today else None
            want = Want(d.line_id, d.qty_each, [], d.is_kit, d.is_hazmat, d.oversell, opens_on, d.weight_g, d.sku, nets.get(d.line_id, 0))
            lines[d.line_id] = want
        want.is_hazmat = want.is_hazmat or d.is_hazmat  # a kit is as hazardous as its parts
        if not (d.is_kit and d.item_id == d.line_item_id):  # a kit without recipe opens into itself
            want.parts.append(Part(d.item_id, d.per_kit_each))
    return [Ask(o, list(wants.get(o.id, {}).values()), refused.get(o.id, set())) for o in orders]


def _park_hopeless(batch: Batch, choices: list[Choice], policy: dict[str, Any]) -> None:
    """Park what waiting cannot help; the others go on, whole, in part, or to sleep."""
    by: dict[str, list[dict[str, Any]]] = {}
    for c in choices:
        if c.stopped_by:
            by.setdefault(c.stopped_by, []).extend(_EVIDENCE[c.stopped_by](c, policy))
    for why, reason in _REASONS.items():
        if why in by:
            park(batch, reason, by[why])


def _why_nowhere(c: Choice, _policy: dict[str, Any]) -> list[dict[str, Any]]:
    o = c.ask.order
    removed = ", ".join(f"{node} ({why})" for node, why in c.removed.items())
    place = f"{o.country or '?'} {o.region or ''}".strip()
    return [{"id": o.id, "field": "destination", "value": place, "removed": removed or "there is no node"}]


def _why_short(c: Choice, _policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": c.ask.order.id, "line_id": w.line_id, "field": "sku", "value": w.sku, "sku": w.sku, "qty_short_each": c.short[w.line_id]}
        for w in c.ask.wants
        if w.line_id in c.short
    ]


def _why_tired(c: Choice, _policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": c.ask.order.id, "attempts": c.ask.order.attempt}]


def _why_margin(c: Choice, policy: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = ", ".join(node for node, why in c.removed.items() if why == "margin")
    return [{"id": c.ask.order.id, "field": "margin", "value": f"{policy['margin_floor_percent']} %", "floor": policy["margin_floor_percent"], "nodes": nodes}]


def _why_no_recipe(c: Choice, _policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": c.ask.order.id, "line_id": w.line_id, "field": "kit", "value": w.sku, "sku": w.sku} for w in c.ask.wants if not w.parts]


_REASONS = {
    "nowhere": NODE_NOT_FOUND,
    "short": STOCK_SHORT,
    "tired": ATTEMPTS_EXHAUSTED,
    "no_recipe": KIT_WITHOUT_RECIPE,
    "margin": MARGIN_BELOW_FLOOR,
}
_EVIDENCE = {"nowhere": _why_nowhere, "short": _why_short, "tired": _why_tired, "no_recipe": _why_no_recipe, "margin": _why_margin}


def _write(batch: Batch, going: list[Choice], policy: dict[str, Any]) -> None:
    parts = [(c, node) for c in going for node in c.nodes()]
    numbers = dict(zip([(c.ask.order.id, node) for c, node in parts], allocating.take_fulfilment_ids(len(parts)), strict=True))
    headers, lines, reservations = [], [], []
    allocated: dict[int, int] = {}
    for c, node in parts:
        fulfilment = numbers[c.ask.order.id, node]
        takes = list(c.from_node(node))
        headers.append(_header(batch, c, node, fulfilment, takes))
        for want, qty in takes:
            allocated[want.line_id] = allocated.get(want.line_id, 0) + qty
            for part in want.parts:
                lines.append((fulfilment, want.line_id, part.item_id, part.per_kit_each, qty * part.per_kit_each))
                reservations.append((want.line_id, part.item_id, node, fulfilment, qty * part.per_kit_each, part.per_kit_each))
    allocating.write_fulfilments(headers, lines)
    reserving.reserve(batch, reservations, _lapse_at(batch, policy))
    allocating.raise_lines(allocated)
    allocating.write_decisions([_decision(batch, c) for c in going if c.takes or not c.ask.order.attempt])
    expected = _expected(batch, going)
    allocating.settle_orders(batch, [_settled(batch, c, policy, expected) for c in going])
    settle_cases(batch, "order", [c.ask.order.id for c in going if c.ask.order.attempt], "allocate")


def _lapse_at(batch: Batch, policy: dict[str, Any]) -> datetime | None:
    """Goods that no node is asked to ship by then are free again."""
    return batch.as_of + timedelta(days=policy["reservation_days"]) if policy["reservation_days"] else None


def _header(batch: Batch, c: Choice, node: int, fulfilment: int, takes: list[tuple[Want, int]]) -> tuple[Any, ...]:
    weight = sum((w.weight_g or 0) * q for w, q in takes) or None
    o = c.ask.order
    return (fulfilment, o.id, node, o.attempt + 1, o.priority, o.shipping_service_id, sum(q for _, q in takes), weight, batch.as_of)


def _decision(batch: Batch, c: Choice) -> tuple[Any, ...]:
    """Kept small: chosen pieces by node, the filter that removed each other node, the sort terms of those that remained."""
    detail = {
        "chosen": [[node, w.line_id, q] for node, w, q in c.takes],
        "removed": c.removed,
        "scores": c.scores,
        "short": {str(w.line_id): w.qty_each - c.taken(w) for w in c.lacking()},
    }
    return (c.ask.order.id, c.ask.order.attempt + 1, batch.id, batch.policies["routing"], orjson.dumps(detail).decode())


def _expected(batch: Batch, going: list[Choice]) -> dict[int, date]:
    items = sorted({p.item_id for c in going for w in c.lacking() for p in w.parts})
    return {row.item_id: row.expected_on for row in allocating.sql.expected_supply(batch, item_ids=items)} if items else {}


def _settled(batch: Batch, c: Choice, policy: dict[str, Any], expected: dict[int, date]) -> tuple[int, int, str, datetime | None, date | None]:
    """Where the order stands now: whole, or asleep until its first day to ship or until stock may have come."""
    pieces = sum(q for _, _, q in c.takes)
    lacking = c.lacking()
    if not lacking:
        return (c.ask.order.id, pieces, "allocated", None, None)
    days = [_expected_of(w, expected) for w in lacking]
    complete_on = max(d for d in days if d) if all(days) else None
    openings = [w.opens_on for w in lacking if w.opens_on]
    goes_whole = not policy["ship_partial"] or policy["split"] == "never" or c.ask.order.ship_complete == "true"
    if openings and (goes_whole or len(openings) == len(lacking)):  # no stock that comes before that day can help
        wakes_on = max(openings) if goes_whole else min(openings)
        return (c.ask.order.id, pieces, "preordered", datetime.combine(wakes_on, time.min, UTC), complete_on or wakes_on)
    return (c.ask.order.id, pieces, "backordered", batch.as_of + timedelta(minutes=policy["backorder_look_again_minutes"]), complete_on)


def _expected_of(want: Want, expected: dict[int, date]) -> date | None:
    """When the line can be whole: its first day to ship, or the last of its parts' next supplies; None where nobody knows."""
    return want.opens_on or max((expected[p.item_id] for p in want.parts if p.item_id in expected), default=None)
