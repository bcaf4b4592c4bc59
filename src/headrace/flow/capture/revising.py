"""Revising: a newer message about an order that we have. An edit is applied while no node has the goods; later it goes to a person.

What the channel changed is told by comparing with its message that was applied last, not with the order as it stands: what people here have
corrected meanwhile is no change of the channel's and survives its next message. A message that comes too late keeps its version unnoted, and is
taken again by itself when the node gives the goods back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.exception_queue.parking import park_document, settle_cases
from headrace.exception_queue.resolving import send_on
from headrace.flow.capture.port import CanonicalOrder, Unreadable, translator_for
from headrace.flow.capture.reasons import CANCEL_TOO_LATE, EDIT_TOO_LATE
from headrace.flow.capture.rows import json_of, order_row
from headrace.flow.capture.rules import describe_change, is_edit, is_readdressed, may_apply
from headrace.flow.capture.writing import Plan, Taken, add_money, settings_of, write_children
from headrace.orders import capturing, documents
from headrace.stock import reserving

Pair = tuple[Taken, Any]
WAITS = "waits_for_person"
STAGES = ("validate", "allocate", "release", "capture", "engine")


@dataclass(slots=True)
class _Sorted:
    """Newer messages by what they do to their order."""

    cancels: list[Pair] = field(default_factory=list)
    edits: list[Pair] = field(default_factory=list)
    late_edits: list[Pair] = field(default_factory=list)
    late_cancels: list[Pair] = field(default_factory=list)
    quiet: list[Pair] = field(default_factory=list)  # money, notes, or nothing


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
    add_money(batch, [(k.id, t, t.order.version <= k.source_version) for t, k in old])
    return outcomes


def _apply(batch: Batch, newer: list[Pair], plan: Plan) -> dict[int, tuple[str, int | None]]:
    before = _before(newer)
    changes = _changes(newer, before)
    s = _sort(newer, changes, batch.policy("capture")["edit_cut_off"])
    _note(s.quiet)
    edits = s.edits + [(t, k) for t, k in s.cancels if changes[k.id]]
    _edit(batch, edits, plan, changes, {k.id for t, k in edits if (was := before[k.id]) is None or is_readdressed(t.order, was)})
    _cancel(batch, s.cancels)
    _let_recheck(batch, s.quiet)
    _park_late(batch, s, changes)
    words = (("cancelled", s.cancels), ("revised", s.edits), ("applied", s.quiet), (WAITS, s.late_edits + s.late_cancels))
    return {t.message_id: (word, k.id) for word, pairs in words for t, k in pairs}


def _sort(newer: list[Pair], changes: dict[int, dict[str, Any]], cut_off: str) -> _Sorted:
    s = _Sorted()
    for t, known in newer:
        if t.order.cancelled and known.commercial == "cancelled":
            s.quiet.append((t, known))
        elif t.order.cancelled:
            (s.cancels if may_apply("allocated", known) else s.late_cancels).append((t, known))
        elif not changes[known.id]:
            s.quiet.append((t, known))
        else:
            (s.edits if may_apply(cut_off, known) else s.late_edits).append((t, known))
    return s


def _before(newer: list[Pair]) -> dict[int, CanonicalOrder | None]:
    """Orders as the channel's message that was applied last had them; None where it is gone."""
    messages = {m.id: m for m in inbox.bodies([k.inbox_id for _, k in newer if k.inbox_id])}
    return {k.id: _read_again(t.channel, messages.get(k.inbox_id)) for t, k in newer}


def _changes(newer: list[Pair], before: dict[int, CanonicalOrder | None]) -> dict[int, dict[str, Any]]:
    """What the channel changed, by order; empty where only money or notes changed. All is taken as changed where the message before is gone."""
    changes = {}
    for t, known in newer:
        was = before[known.id]
        changes[known.id] = {"order": "sent anew"} if was is None else describe_change(t.order, was) if is_edit(t.order, was) else {}
    return changes


def _read_again(channel: Any, message: Any | None) -> CanonicalOrder | None:
    translate = translator_for(channel.kind)
    if message is None or translate is None:
        return None
    try:
        return translate(message.body, message.headers or {}, settings_of(channel))
    except Unreadable:
        return None


def _note(pairs: list[Pair]) -> None:
    """The version counts as seen, and what no stage decides by follows the channel."""
    capturing.note_versions([(k.id, t.order.version, t.message_id, t.order.external_number, t.order.priority, json_of(t.order.extra)) for t, k in pairs])


def _cancel(batch: Batch, pairs: list[Pair]) -> None:
    """Nothing has gone to a node: goods go back to stock, every unit is cancelled."""
    ids = [k.id for _, k in pairs]
    if ids:
        _note(pairs)
        reserving.release_for_orders(batch, ids, how="cancelled")
        capturing.cancel_units(ids)
        documents.move(batch, ids, to="cancelled")
        settle_cases(batch, "order", ids, *STAGES)


def _edit(batch: Batch, pairs: list[Pair], plan: Plan, changes: dict[int, dict[str, Any]], readdressed: set[int]) -> None:
    """The order becomes what the channel now says and goes to the start of the line; what was parked is checked anew."""
    ids = [k.id for _, k in pairs]
    if not ids:
        return
    reserving.release_for_orders(batch, ids, how="edited")
    capturing.rewrite(batch, [order_row(k.id, t.channel, t.order, t.message_id, plan.party_of(t), plan.items) for t, k in pairs], readdressed)
    write_children(batch, [(k.id, t) for t, k in pairs], plan, keep_addresses_of=set(ids) - readdressed)
    settle_cases(batch, "order", ids, *STAGES)
    documents.tell(batch, "revised", {k.id: changes[k.id] for _, k in pairs})


def _let_recheck(batch: Batch, pairs: list[Pair]) -> None:
    """Money or a verdict arrived for an order that waits at captured: let validate look again. An edit that was too late may have been taken back."""
    held = [(k.id, k.state) for _, k in pairs if k.hold == "held"]
    waiting = [i for i, state in held if state == "captured"]
    if waiting:
        documents.ORDER.unhold(batch, ids=waiting)
    send_on(batch, "order", [i for i, state in held if state != "captured"], EDIT_TOO_LATE.code, "the channel took the change back")


def _park_late(batch: Batch, s: _Sorted, changes: dict[int, dict[str, Any]]) -> None:
    """A person decides; a cancelled order is asked back from its nodes at once, because every minute counts."""
    park_document(
        batch,
        "order",
        EDIT_TOO_LATE,
        [{"id": k.id, "field": "order", "value": k.id, "change": changes[k.id], "version": t.order.version} for t, k in s.late_edits],
    )
    late = [(t, k) for t, k in s.late_cancels if k.commercial == "open"]
    park_document(
        batch,
        "order",
        CANCEL_TOO_LATE,
        [
            {
                "id": k.id,
                "field": "cancel",
                "value": t.order.version,
                "released": k.qty_released_each,
                "shipped": k.qty_shipped_each,
                "why": t.order.cancel_reason,
            }
            for t, k in s.late_cancels
        ],
    )
    inbox.store(
        "headrace",
        [inbox.Message("recall", f"order:{k.id}", orjson.dumps({"order": k.id, "version": t.order.version, "why": why_of(t.order)}).decode()) for t, k in late],
    )


def why_of(order: CanonicalOrder) -> str:
    return f"the channel cancelled the order ({order.cancel_reason})" if order.cancel_reason else "the channel cancelled the order"
