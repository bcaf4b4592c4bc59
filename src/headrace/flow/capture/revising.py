"""Revising: a newer message about an order that we have. An edit is applied while no node has the goods; later it goes to a person."""

from __future__ import annotations

from typing import Any

from headrace.engine.batch import Batch
from headrace.exception_queue.parking import park_document, settle_cases
from headrace.flow.capture.reasons import CANCEL_TOO_LATE, EDIT_TOO_LATE
from headrace.flow.capture.rows import money_of, order_row
from headrace.flow.capture.rules import address_changed, describe_change, goods_changed, may_apply
from headrace.flow.capture.writing import Plan, Taken, write_children, write_payments
from headrace.orders import capturing, documents
from headrace.stock import reserving

Pair = tuple[Taken, Any]


def revise(batch: Batch, old: list[Pair], plan: Plan) -> dict[int, tuple[str, int | None]]:
    """Decide for each known order what its message does; gives the outcomes by message."""
    outcomes: dict[int, tuple[str, int | None]] = {}
    newer: list[Pair] = []
    for t, known in old:
        if t.order.version < known.source_version:
            outcomes[t.message_id] = ("out_of_order", known.id)
        elif t.order.version == known.source_version:
            outcomes[t.message_id] = ("duplicate", known.id)
        else:
            newer.append((t, known))
    if newer:
        outcomes.update(_apply(batch, newer, plan))
    return outcomes


def _apply(batch: Batch, newer: list[Pair], plan: Plan) -> dict[int, tuple[str, int | None]]:
    cut_off = batch.policy("capture")["edit_cut_off"]
    changes = _changes(newer)
    outcomes: dict[int, tuple[str, int | None]] = {}
    cancels: list[Pair] = []
    edits: list[Pair] = []
    late_edits: list[Pair] = []
    late_cancels: list[Pair] = []
    quiet: list[Pair] = []
    for t, known in newer:
        if t.order.cancelled and known.commercial == "cancelled":
            quiet.append((t, known))
        elif t.order.cancelled:
            (cancels if may_apply("allocated", known) else late_cancels).append((t, known))
        elif not changes[known.id]:
            quiet.append((t, known))
        else:
            (edits if may_apply(cut_off, known) else late_edits).append((t, known))
    _keep_versions([*cancels, *late_edits, *late_cancels, *quiet])
    _keep_money(batch, [*cancels, *late_edits, *late_cancels, *quiet])
    _cancel(batch, cancels)
    _edit(batch, edits, plan, changes)
    _let_recheck(batch, quiet)
    park_document(
        batch,
        "order",
        EDIT_TOO_LATE,
        [{"id": k.id, "field": "order", "value": k.id, "change": changes[k.id], "version": t.order.version} for t, k in late_edits],
    )
    park_document(
        batch,
        "order",
        CANCEL_TOO_LATE,
        [
            {"id": k.id, "field": "cancel", "released": k.qty_released_each, "shipped": k.qty_shipped_each, "why": t.order.cancel_reason}
            for t, k in late_cancels
        ],
    )
    for word, pairs in (("cancelled", cancels), ("revised", edits), ("applied", quiet), ("waits_for_person", late_edits + late_cancels)):
        outcomes.update({t.message_id: (word, k.id) for t, k in pairs})
    return outcomes


def _changes(newer: list[Pair]) -> dict[int, dict[str, Any]]:
    """Line-level difference per order; empty where only money or notes changed."""
    ids = [known.id for _, known in newer]
    lines: dict[int, list[Any]] = {i: [] for i in ids}
    for line in capturing.lines_of(ids):
        lines[line.order_id].append(line)
    addresses = {a.order_id: a for a in capturing.addresses_of(ids) if a.kind == "ship"}
    changes = {}
    for t, known in newer:
        moved = address_changed(t.order.ship_to, addresses.get(known.id))
        differs = moved or goods_changed(t.order, lines[known.id]) or t.order.total_minor != known.total_minor
        changes[known.id] = describe_change(t.order, lines[known.id], moved, known.total_minor) or {"amounts": "changed"} if differs else {}
    return changes


def _keep_versions(pairs: list[Pair]) -> None:
    if pairs:
        capturing.note_versions([k.id for _, k in pairs], [t.order.version for t, _ in pairs], [t.message_id for t, _ in pairs])


def _keep_money(batch: Batch, pairs: list[Pair]) -> None:
    """Payments come in at any time, whatever else an order may no longer take."""
    if pairs:
        write_payments(batch, [(k.id, t) for t, k in pairs])
        capturing.note_money(
            [(k.id, *money_of(t.order), next((p.expires_at for p in t.order.payments if p.expires_at), None), t.order.fraud_verdict) for t, k in pairs]
        )


def _cancel(batch: Batch, pairs: list[Pair]) -> None:
    """Nothing has gone to a node: goods go back to stock, every unit is cancelled."""
    ids = [k.id for _, k in pairs]
    if ids:
        reserving.release_for_orders(batch, ids, how="cancelled")
        capturing.cancel_units(ids)
        documents.move(batch, ids, to="cancelled")
        settle_cases(batch, "order", ids, "validate", "allocate", "capture", "engine")


def _edit(batch: Batch, pairs: list[Pair], plan: Plan, changes: dict[int, dict[str, Any]]) -> None:
    """The order becomes what the channel now says and goes to the start of the line; what was parked is checked anew."""
    ids = [k.id for _, k in pairs]
    if not ids:
        return
    reserving.release_for_orders(batch, ids, how="edited")
    capturing.rewrite(batch, [order_row(k.id, t.channel, t.order, t.message_id, plan.party_of(t), plan.items) for t, k in pairs])
    write_children(batch, [(k.id, t) for t, k in pairs], plan)
    capturing.note_money([(k.id, *money_of(t.order), None, t.order.fraud_verdict) for t, k in pairs])
    settle_cases(batch, "order", ids, "validate", "allocate", "capture", "engine")
    documents.tell(batch, "revised", {k.id: changes[k.id] for _, k in pairs})


def _let_recheck(batch: Batch, pairs: list[Pair]) -> None:
    """Money or a verdict arrived for an order that waits at captured: let validate look again."""
    waiting = [k.id for _, k in pairs if k.state == "captured" and k.hold == "held"]
    if waiting:
        documents.ORDER.unhold(batch, ids=waiting)
