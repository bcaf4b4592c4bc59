"""What happens when a node will not ship what it was asked to: the goods are free, the order goes back to allocate, the rest goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.exception_queue.parking import park_document
from headrace.exception_queue.resolving import send_on
from headrace.flow.release.reasons import NODE_COULD_NOT_FIND, STOCK_VARIANCE
from headrace.flow.release.rules import kits_given_up
from headrace.orders import allocating, documents, releasing
from headrace.stock import giving_back
from headrace.stock.giving_back import Aside, Part

# Why a node does not ship, and where the pieces are put meanwhile: nowhere, when they lie on the shelf as the books say.
REASONS: dict[str, str | None] = {
    "not_found": "quarantine",
    "damaged": "damaged",
    "out_of_stock": "quarantine",
    "refused": None,
    "busy": None,
    "closed": None,
    "cannot_ship": None,
}
STOCK_REASON = {"quarantine": "short_pick", "damaged": "damage"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Pieces of a fulfilment line that its node will not ship."""

    line: int
    qty_each: int
    reason: str


@dataclass(slots=True)
class _Plan:
    """Everything that shortfalls change, summed per row."""

    lines: Counter[int] = field(default_factory=Counter)  # fulfilment line to pieces
    fulfilments: Counter[int] = field(default_factory=Counter)  # to order pieces
    order_lines: Counter[int] = field(default_factory=Counter)
    orders: Counter[int] = field(default_factory=Counter)
    parts: list[Part] = field(default_factory=list)
    asides: list[tuple[Any, Any, Aside]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)


def shorten(giver: Batch | Deed, fulfilments: Sequence[Any], missing: Sequence[Missing], policy: dict[str, Any]) -> None:
    """Give up what is missing of these fulfilments (rows as `releasing.find` gives them, so locked).

    Reservations end `short`; pieces that are not on the shelf are set aside; the order's lines want their pieces again and allocate looks
    elsewhere, as attempt n+1, until the policy's attempts are used up and a person must look.
    """
    by_id = {f.id: f for f in fulfilments}
    plan = _plan(by_id, releasing.lines(list(by_id)), missing)
    if not plan.lines:
        return
    releasing.shorten(plan.lines, plan.fulfilments, plan.reasons)
    giving_back.end_parts(giver, plan.parts)
    if plan.asides:
        giving_back.set_aside(giver, [aside for _, _, aside in plan.asides])
    allocating.give_back(giver, plan.order_lines, {o: (qty, qty) for o, qty in plan.orders.items()})
    _tell(giver, by_id, plan, policy)


def _plan(by_id: dict[int, Any], lines: Sequence[Any], missing: Sequence[Missing]) -> _Plan:
    asked: Counter[int] = Counter()
    why: dict[int, str] = {}
    for m in missing:
        asked[m.line] += m.qty_each
        why[m.line] = m.reason
    parts_of: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for line in lines:
        parts_of[line.fulfilment_id, line.line_id].append(line)
    plan = _Plan()
    for (fulfilment_id, line_id), parts in parts_of.items():
        gone = {p.id: asked[p.id] for p in parts if asked[p.id]}
        if gone:
            _give_up(plan, by_id[fulfilment_id], line_id, parts, gone, why)
    return plan


def _give_up(plan: _Plan, f: Any, line_id: int, parts: Sequence[Any], gone: dict[int, int], why: dict[int, str]) -> None:
    kits, pieces = kits_given_up(parts, gone)
    plan.lines.update(pieces)
    plan.fulfilments[f.id] += kits
    plan.order_lines[line_id] += kits
    plan.orders[f.order_id] += kits
    for p in parts:
        if p.id in pieces:
            plan.parts.append(Part(f.id, line_id, p.item_id, f.node_id, pieces[p.id], "short" if p.id in gone else "released"))
        if p.id in gone:
            plan.reasons[f.id] = why[p.id]
            bucket = REASONS[why[p.id]]
            if bucket:
                plan.asides.append((f, p, Aside(p.item_id, f.node_id, gone[p.id], bucket, STOCK_REASON[bucket], p.id)))
            plan.told.append(
                {
                    "id": f.order_id,
                    "line_id": line_id,
                    "field": "fulfilment",
                    "value": f"{f.number}/{p.id}/{p.qty_short_each + gone[p.id]}",
                    "node": f.node,
                    "sku": p.sku,
                    "qty": gone[p.id],
                    "reason": why[p.id],
                    "attempt": f.order_attempt,
                    "fulfilment": f.number,
                }
            )


def _tell(giver: Batch | Deed, by_id: dict[int, Any], plan: _Plan, policy: dict[str, Any]) -> None:
    """Open the cases, and let go by policy the orders that have attempts left."""
    park_document(giver, "order", NODE_COULD_NOT_FIND, plan.told)
    park_document(
        giver,
        "fulfilment",
        STOCK_VARIANCE,
        [
            {
                "id": f.id,
                "line_id": p.line_id,
                "field": "stock",
                "value": f"{p.id}/{p.qty_short_each + aside.qty_each}",
                "node": f.node,
                "sku": p.sku,
                "qty": aside.qty_each,
                "reason": aside.reason,
                "item_id": aside.item_id,
                "node_id": aside.node_id,
                "bucket": aside.bucket,
                "origin_id": aside.origin_id,
            }
            for f, p, aside in plan.asides
        ],
    )
    by_order: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in plan.told:
        by_order[row["id"]].append({k: row[k] for k in ("fulfilment", "node", "sku", "qty", "reason")})
    documents.tell(giver, "short_picked", {order: {"missing": rows} for order, rows in by_order.items()})
    again = sorted({f.order_id for f in by_id.values() if f.id in plan.fulfilments and f.order_attempt < policy["attempts_max"]})
    send_on(giver, "order", again, NODE_COULD_NOT_FIND.code, "by policy: allocate looks elsewhere, as the next attempt")
