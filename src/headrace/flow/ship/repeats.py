"""The same confirmation again: harmless when it says the same, a question for a person when it says something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.exception_queue.parking import park
from headrace.flow.ship.port import Confirmation, Unreadable, read_confirmation
from headrace.flow.ship.reasons import CONFIRMATION_CHANGED, SHIPPED_TOO_MUCH
from headrace.orders import shipping

sql = load_queries(__package__)
Outcomes = dict[int, tuple[str, int | None]]


def answer(batch: Batch, repeated: Sequence[Any], read: Mapping[int, Confirmation], shipped: Mapping[int, int]) -> Outcomes:
    """Outcomes of messages whose key is known: `duplicate`, or `revised` where they bring tracking numbers that the first did not know."""
    if not repeated:
        return {}
    firsts = _firsts(repeated, read, shipped)
    known = [p for p in repeated if p.id in firsts]
    orphans = [p for p in repeated if p.id not in firsts]  # the first of this batch was refused itself
    park(
        batch,
        SHIPPED_TOO_MUCH,
        [
            {"id": p.id, "partner": p.partner, "field": "confirmation", "value": p.value, "sku": p.message_key, "qty": "a repeat", "left": "none"}
            for p in orphans
        ],
    )
    changed = [(p, firsts[p.id][1]) for p in known if _differ(read[p.id], firsts[p.id][1])]
    park(
        batch,
        CONFIRMATION_CHANGED,
        [
            {"id": p.id, "partner": p.partner, "field": "lines", "value": p.value, "before": _told(first), "now": _told(read[p.id])}
            for p, first in changed
            if first is not None
        ],
    )
    stopped = {p.id for p, _ in changed}
    same = [(p, firsts[p.id][0]) for p in known if p.id not in stopped]
    return _learn_tracking(same, read)


def _firsts(repeated: Sequence[Any], read: Mapping[int, Confirmation], shipped: Mapping[int, int]) -> dict[int, tuple[int, Confirmation | None]]:
    """Message to (shipment, the first confirmation where it can still be read)."""
    here = {(p.node_id, p.message_key): p for p in _placed(shipped)}
    found: dict[int, tuple[int, Confirmation | None]] = {}
    earlier = [p for p in repeated if p.word == "known"]
    bodies = (
        {row.shipment_id: row.body for row in sql.first_confirmations(shipment_ids=[p.shipment_id for p in earlier], partners=[p.partner for p in earlier])}
        if earlier
        else {}
    )
    for p in repeated:
        if p.word == "known":
            found[p.id] = (p.shipment_id, _reread(bodies.get(p.shipment_id)))
        elif (p.node_id, p.message_key) in here:
            first = here[p.node_id, p.message_key]
            found[p.id] = (first.shipment_id, read[first.message_id])
    return found


def _placed(shipped: Mapping[int, int]) -> Sequence[Any]:
    return sql.placed() if shipped else ()


def _reread(body: str | None) -> Confirmation | None:
    if body is None:
        return None
    try:
        return read_confirmation(body)
    except Unreadable:
        return None  # the format was read more kindly once; the shipment stands


def _goods(c: Confirmation) -> Counter[tuple[int | None, str | None]] | None:
    if c.lines is None:
        return None
    goods: Counter[tuple[int | None, str | None]] = Counter()
    for line, sku, qty in c.lines:
        goods[line, sku] += qty
    return goods


def _differ(now: Confirmation, first: Confirmation | None) -> bool:
    return first is not None and (now.fulfilment_id != first.fulfilment_id or _goods(now) != _goods(first))


def _told(c: Confirmation) -> str:
    """What it confirms, in words."""
    goods = _goods(c)
    if goods is None:
        return f"everything left of {c.number}"
    return ", ".join(f"{qty} of {sku or f'line {line}'}" for (line, sku), qty in goods.items())


def _learn_tracking(same: Sequence[tuple[Any, int]], read: Mapping[int, Confirmation]) -> Outcomes:
    rows = [(shipment, p.carrier or read[m.id].carrier, p.tracking, p.weight_g) for m, shipment in same for p in read[m.id].parcels if p.tracking]
    learned = set(shipping.add_parcels(rows).column("shipment_id"))
    return {m.id: ("revised" if shipment in learned and read[m.id].parcels else "duplicate", shipment) for m, shipment in same}
