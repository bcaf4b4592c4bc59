"""Allocate: choose nodes for what every order still wants and reserve the goods, or say why not.

Takes  orders at `validated`; sleepers whose time has come.   Gives  orders at `allocated`, `backordered` or `preordered`.
Reads  catalog (network, kits), stock, purchasing, policy.    Writes (through the books) reservations, fulfilments, decisions, order states.
Choosing and reserving are one transaction over locked positions: that is what prevents the check-then-act oversell.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import orjson

from headrace.catalog import network as catalog_network
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.allocate.choose import Ask, Choice, Network, Part, Stock, Want, choose_nodes
from headrace.flow.allocate.reasons import ATTEMPTS_EXHAUSTED, KIT_WITHOUT_RECIPE, NODE_NOT_FOUND, STOCK_SHORT
from headrace.orders import allocating
from headrace.stock import reserving

GIVES = ("allocated", "backordered", "preordered")


@stage(of="order", takes="validated", gives=GIVES, after=30)
def allocate(batch: Batch) -> None:
    policy = batch.policy("routing")
    asks = _asks(batch)
    positions = reserving.lock_positions([p.item_id for a in asks for w in a.wants for p in w.parts])
    choices = choose_nodes(asks, Network(catalog_network.nodes(batch.as_of), catalog_network.reaches(), policy), Stock(positions, policy["safety_each"]))
    going = _park_hopeless(batch, choices, policy)
    _write(batch, going, policy)


# Sleepers run through the same function; only what is claimed differs.
reallocate = stage(of="sleeping_order", takes="backordered", gives=GIVES, after=31, name="reallocate")(allocate.function)
wake_preorders = stage(of="sleeping_order", takes="preordered", gives=GIVES, after=32, name="wake_preorders")(allocate.function)


def _asks(batch: Batch) -> list[Ask]:
    """Orders in the order of priority, with what their lines still want; kits opened into parts."""
    orders = allocating.sql.orders_to_allocate(batch)
    again = [o.id for o in orders if o.attempt]
    refused: dict[int, set[int]] = {}
    for row in allocating.sql.refused_before(order_ids=again) if again else ():
        refused.setdefault(row.order_id, set()).add(row.node_id)
    wants: dict[int, dict[int, Want]] = {}
    for d in allocating.sql.demand(batch):
        lines = wants.setdefault(d.order_id, {})
        want = lines.get(d.line_id)
        if want is None:
            want = lines[d.line_id] = Want(d.line_id, d.qty_each, [], d.is_kit, d.is_hazmat, d.oversell, d.available_on, d.weight_g, d.sku)
        if not (d.is_kit and d.item_id == d.line_item_id):  # a kit without recipe opens into itself
            want.parts.append(Part(d.item_id, d.per_kit_each))
    return [Ask(o, list(wants.get(o.id, {}).values()), refused.get(o.id, set())) for o in orders]


def _park_hopeless(batch: Batch, choices: list[Choice], policy: dict[str, Any]) -> list[Choice]:
    """Park what waiting cannot help; the others go on, whole, in part, or to sleep."""
    nowhere, short, tired, no_recipe = [], [], [], []
    going = []
    for c in choices:
        lacking = [w for w in c.ask.wants if c.taken(w) < w.qty_each]
        if any(not w.parts for w in c.ask.wants):
            no_recipe += [{"id": c.ask.order.id, "line_id": w.line_id, "field": "kit", "value": w.sku, "sku": w.sku} for w in c.ask.wants if not w.parts]
        elif c.ask.wants and not c.scores:
            removed = ", ".join(f"{node} ({why})" for node, why in c.removed.items())
            nowhere.append(
                {
                    "id": c.ask.order.id,
                    "field": "destination",
                    "value": f"{c.ask.order.country or '?'} {c.ask.order.region or ''}".strip(),
                    "removed": removed or "there is no node",
                }
            )
        elif lacking and c.ask.order.attempt >= policy["attempts_max"] and c.ask.refused_by:
            tired.append({"id": c.ask.order.id, "attempts": c.ask.order.attempt})
        elif any(w.oversell == "never" for w in lacking):
            short += [
                {"id": c.ask.order.id, "line_id": w.line_id, "field": "sku", "value": w.sku, "sku": w.sku, "qty_short_each": w.qty_each - c.taken(w)}
                for w in lacking
                if w.oversell == "never"
            ]
        else:
            going.append(c)
    for why, rows in ((NODE_NOT_FOUND, nowhere), (STOCK_SHORT, short), (ATTEMPTS_EXHAUSTED, tired), (KIT_WITHOUT_RECIPE, no_recipe)):
        park(batch, why, rows)
    return going


def _write(batch: Batch, going: list[Choice], policy: dict[str, Any]) -> None:
    parts = [(c, node) for c in going for node in c.nodes()]
    numbers = dict(zip([(c.ask.order.id, node) for c, node in parts], allocating.take_fulfilment_ids(len(parts)), strict=True))
    headers, lines, reservations = [], [], []
    allocated: dict[int, int] = {}
    for c, node in parts:
        fulfilment = numbers[c.ask.order.id, node]
        takes = [(w, q) for n, w, q in c.takes if n == node]
        headers.append(_header(batch, c, node, fulfilment, takes))
        for want, qty in takes:
            allocated[want.line_id] = allocated.get(want.line_id, 0) + qty
            for part in want.parts:
                lines.append((fulfilment, want.line_id, part.item_id, part.per_kit_each, qty * part.per_kit_each))
                reservations.append((want.line_id, part.item_id, node, fulfilment, qty * part.per_kit_each, part.per_kit_each))
    allocating.write_fulfilments(headers, lines)
    reserving.reserve(batch, reservations)
    allocating.raise_lines(allocated)
    allocating.write_decisions([_decision(batch, c) for c in going if c.takes or not c.ask.order.attempt])
    expected = _expected(going)
    allocating.settle_orders(batch, [_settled(batch, c, policy, expected) for c in going])
    settle_cases(batch, "order", [c.ask.order.id for c in going if c.ask.order.attempt], "allocate")


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
        "short": {str(w.line_id): w.qty_each - c.taken(w) for w in c.ask.wants if c.taken(w) < w.qty_each},
    }
    return (c.ask.order.id, c.ask.order.attempt + 1, batch.id, batch.policies["routing"], orjson.dumps(detail).decode())


def _expected(going: list[Choice]) -> dict[int, date]:
    items = sorted({p.item_id for c in going for w in c.ask.wants if c.taken(w) < w.qty_each for p in w.parts})
    return {row.item_id: row.expected_on for row in allocating.sql.expected_supply(item_ids=items)} if items else {}


def _settled(batch: Batch, c: Choice, policy: dict[str, Any], expected: dict[int, date]) -> tuple[int, int, str, datetime | None, date | None]:
    pieces = sum(q for _, _, q in c.takes)
    lacking = [w for w in c.ask.wants if c.taken(w) < w.qty_each]
    if not lacking:
        return (c.ask.order.id, pieces, "allocated", None, None)
    later = [w.available_on for w in lacking if w.oversell == "preorder" and w.available_on and w.available_on > batch.as_of.date()]
    if later:
        opens = max(later)
        return (c.ask.order.id, pieces, "preordered", datetime.combine(opens, datetime.min.time(), batch.as_of.tzinfo), opens)
    dates = [expected[p.item_id] for w in lacking for p in w.parts if p.item_id in expected]
    wake = batch.as_of + timedelta(minutes=policy["backorder_look_again_minutes"])
    return (c.ask.order.id, pieces, "backordered", wake, max(dates) if dates else None)
