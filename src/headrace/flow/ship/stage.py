"""Ship: what nodes confirm becomes shipments; goods leave the books with their cost; the channel is told.

Takes  inbox messages of kind `shipment`.   Gives  shipments at `shipped`; every message finished or parked.
Reads  orders (fulfilments).                Writes (through the books) shipments, stock moves, order counts, cost entries, notices.
A confirmation that comes late, twice or after a newer one changes nothing that it should not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park
from headrace.exception_queue.reasons import Reason
from headrace.flow.ship.port import Confirmation, Unreadable, read_confirmation
from headrace.flow.ship.reasons import FULFILMENT_UNKNOWN, SHIPPED_AFTER_CANCEL, SHIPPED_TOO_MUCH, UNREADABLE
from headrace.ledger import costing
from headrace.orders import shipping
from headrace.stock import reserving

VALUE_CHARS_MAX = 200


@dataclass(slots=True)
class Bench:
    """The batch's confirmations laid out beside what their fulfilments still have to ship."""

    fulfilments: dict[int, Any]
    lines: dict[int, list[Any]]
    left: dict[int, int]  # fulfilment line to pieces left
    shipped: dict[int, int]  # fulfilment line to pieces shipped so far
    known: dict[tuple[int, str], int]
    refused: dict[str, tuple[Reason, list[dict[str, Any]]]] = field(default_factory=dict)

    def refuse(self, why: Reason, message: Any, **values: Any) -> None:
        self.refused.setdefault(why.code, (why, []))[1].append({"id": message.id, "partner": message.partner, **values})


@stage(of="inbox", takes="shipment", gives="done", after=50)
def ship(batch: Batch) -> None:
    messages = inbox.read(batch)
    read, bench = _lay_out(batch, messages)
    outcomes: dict[int, tuple[str, int | None]] = {}
    ready = [(m, c, gives) for m, c in read if (gives := _gives(bench, m, c, outcomes)) is not None]
    for why, rows in bench.refused.values():
        park(batch, why, rows)
    if ready:
        _write(batch, bench, ready, outcomes)
    inbox.finish(batch, outcomes)


def _lay_out(batch: Batch, messages: list[Any]) -> tuple[list[tuple[Any, Confirmation]], Bench]:
    read, unreadable = [], []
    for m in messages:
        try:
            read.append((m, read_confirmation(m.body)))
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": str(error.value)[:VALUE_CHARS_MAX], "fix": error.fix})
    park(batch, UNREADABLE, unreadable)
    ids = sorted({c.fulfilment_id for _, c in read})
    fulfilments = {f.id: f for f in shipping.sql.fulfilments_to_ship(fulfilment_ids=ids)}
    lines: dict[int, list[Any]] = {}
    for line in shipping.sql.lines_to_ship(fulfilment_ids=ids):
        lines.setdefault(line.fulfilment_id, []).append(line)
    asked = [(fulfilments[c.fulfilment_id].node_id, m.message_key) for m, c in read if c.fulfilment_id in fulfilments]
    known = {(s.node_id, s.external_ref): s.id for s in shipping.sql.confirmations_known(node_ids=[n for n, _ in asked], refs=[r for _, r in asked])} if asked else {}
    every = [line for of in lines.values() for line in of]
    return read, Bench(
        fulfilments, lines, {x.id: x.qty_each - x.qty_shipped_each - x.qty_short_each for x in every}, {x.id: x.qty_shipped_each for x in every}, known,
    )


def _gives(bench: Bench, m: Any, c: Confirmation, outcomes: dict[int, tuple[str, int | None]]) -> list[tuple[Any, int]] | None:
    """Fulfilment lines and pieces that this confirmation ships; None where it ships nothing (known already, or refused)."""
    f = bench.fulfilments.get(c.fulfilment_id)
    if f is None or m.partner not in (f.partner, f"warehouse:{f.node}"):
        bench.refuse(FULFILMENT_UNKNOWN, m, field="fulfilment", value=c.number)
        return None
    if (f.node_id, m.message_key) in bench.known:
        outcomes[m.id] = ("duplicate", bench.known[f.node_id, m.message_key])
        return None
    if f.state in ("cancelled", "rejected", "planned"):
        bench.refuse(SHIPPED_AFTER_CANCEL, m, field="fulfilment", value=c.number, state=f.state)
        return None
    lines = bench.lines.get(f.id, [])
    gives = [(x, bench.left[x.id]) for x in lines if bench.left[x.id]] if c.lines is None else _match(bench, m, c, lines)
    if gives is None:
        return None
    if not gives:
        bench.refuse(SHIPPED_TOO_MUCH, m, field="fulfilment", value=c.number, qty=0, sku="anything", left=0)
        return None
    bench.known[f.node_id, m.message_key] = 0
    for line, qty in gives:
        bench.left[line.id] -= qty
    return gives


def _match(bench: Bench, m: Any, c: Confirmation, lines: list[Any]) -> list[tuple[Any, int]] | None:
    """Spread confirmed SKUs over the fulfilment's lines in their order; more than is left is refused whole."""
    gives: list[tuple[Any, int]] = []
    taken: dict[int, int] = {}
    for sku, qty in c.lines or ():
        rest = qty
        for line in lines:
            free = bench.left[line.id] - taken.get(line.id, 0)
            if line.sku == sku and rest and free:
                part = min(rest, free)
                taken[line.id] = taken.get(line.id, 0) + part
                gives.append((line, part))
                rest -= part
        if rest:
            bench.refuse(SHIPPED_TOO_MUCH, m, field="lines", value=c.number, qty=qty, sku=sku, left=qty - rest)
            return None
    return gives


def _write(batch: Batch, bench: Bench, ready: list[tuple[Any, Confirmation, list[tuple[Any, int]]]], outcomes: dict[int, tuple[str, int | None]]) -> None:
    s = shipping.Shipped()
    goods: list[tuple[int, int, int, int, int, int]] = []
    for shipment, (m, c, gives) in zip(shipping.take_ids(len(ready)), ready, strict=True):
        f = bench.fulfilments[c.fulfilment_id]
        pieces = _order_pieces(bench, f.id, gives)
        for line, qty in gives:
            goods.append((shipment, line.line_id, f.id, line.item_id, f.node_id, qty))
            s.fulfilment_lines[line.id] += qty
        for line_id, qty in pieces.items():
            s.lines.append((shipment, line_id, qty))
            s.order_lines[line_id] += qty
        total = sum(pieces.values())
        s.fulfilments[f.id] += total
        s.orders[f.order_id] += total
        if not any(bench.left[x.id] for x in bench.lines[f.id]):
            s.finished.add(f.id)
        s.shipments.append((shipment, f.order_id, f.id, f.node_id, m.message_key, c.carrier, c.cost_minor, c.cost_currency, c.shipped_at, total))
        s.parcels += [(shipment, p.get("carrier") or c.carrier, p.get("tracking"), p.get("weight_g"), None) for p in c.parcels]
        outcomes[m.id] = ("applied", shipment)
    shipping.write(batch, s)
    costs = reserving.ship(batch, goods)
    costing.post_cost_of_goods(batch, costs)
    shipping.tell_channels(batch, [row[0] for row in s.shipments])


def _order_pieces(bench: Bench, fulfilment_id: int, gives: list[tuple[Any, int]]) -> dict[int, int]:
    """Order pieces that become complete: for a kit, as many kits as all its parts have now shipped for."""
    given: dict[int, int] = {}
    for line, qty in gives:
        given[line.id] = given.get(line.id, 0) + qty
    touched = {line.line_id for line, _ in gives}
    pieces: dict[int, int] = {}
    for line_id in touched:
        parts = [x for x in bench.lines[fulfilment_id] if x.line_id == line_id]
        before = min(bench.shipped[x.id] // x.per_kit_each for x in parts)
        after = min((bench.shipped[x.id] + given.get(x.id, 0)) // x.per_kit_each for x in parts)
        if after > before:
            pieces[line_id] = after - before
    for line_id_, qty in given.items():
        bench.shipped[line_id_] += qty
    return pieces
