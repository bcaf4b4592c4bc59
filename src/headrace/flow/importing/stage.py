"""Book register: what a shop's register holds beside orders is booked: credits, charges, stock corrections, bad debt.

Takes  inbox messages of kind `register`.   Gives  every message finished, or parked with field, value and remedy.
Reads  catalog (channels, items, nodes).    Writes (through the books) credit memos, invoices, stock corrections, write-offs, entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from headrace.catalog import knowing, opening
from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.exception_queue.reasons import Reason
from headrace.flow.importing.bringing_in import HISTORY
from headrace.flow.importing.port import Document, Unreadable, format_named, formats
from headrace.flow.importing.reasons import BOOKED_BEFORE, SHOP_MISSING, UNREADABLE
from headrace.ledger import crediting
from headrace.ledger.crediting import Bill, BillLine, WriteOffRow
from headrace.stock import adjusting, moving
from headrace.stock.adjusting import Correction

VALUE_CHARS_MAX = 200


@dataclass(slots=True)
class Taken:
    """One message that could be read."""

    message_id: int
    channel: Any
    node: Any
    document: Document

    @property
    def bill_kind(self) -> str:
        return "credit_memo" if self.document.kind == "credit" else "invoice"


@stage(of="inbox", takes=HISTORY, gives="done", after=12)
def book_register(batch: Batch) -> None:
    taken = _once(batch, _read(batch))
    items = {i.sku: i for i in opening.items_by_sku(sorted({x.sku for t in taken for x in t.document.lines}))}
    taken = _known_goods(batch, taken, items)
    outcomes = {
        **_bill(batch, [t for t in taken if t.document.kind in ("charge", "credit")], items),
        **_correct(batch, [t for t in taken if t.document.kind == "stock"], items),
        **_write_off(batch, [t for t in taken if t.document.kind == "bad_debt"]),
    }
    inbox.finish(batch, outcomes)
    settle_cases(batch, "inbox", list(outcomes), "import")


def _read(batch: Batch) -> list[Taken]:
    messages = [(m, orjson.loads(m.body)) for m in inbox.read(batch)]
    channels = knowing.channels({m.partner for m, _ in messages})
    nodes = {code: opening.node_by_code(c.settings.get("node", "")) for code, c in channels.items()}
    taken: list[Taken] = []
    unreadable, missing = [], []
    for m, body in messages:
        about = {"id": m.id, "document": body.get("document")}
        if body.get("format") not in formats() or nodes.get(m.partner) is None:
            missing.append({**about, "field": "channel", "value": m.partner, "fix": "Import the file again: that opens the channel and its storeroom"})
            continue
        try:
            document = format_named(body["format"]).read(body["kind"], body["document"], [tuple(cells) for cells in body["rows"]])
        except Unreadable as error:
            unreadable.append({**about, "field": error.field_name, "value": str(error.value)[:VALUE_CHARS_MAX], "fix": error.fix})
            continue
        taken.append(Taken(m.id, channels[m.partner], nodes[m.partner], document))
    park(batch, UNREADABLE, unreadable)
    park(batch, SHOP_MISSING, missing)
    return taken


def _once(batch: Batch, taken: list[Taken]) -> list[Taken]:
    """A number is booked once; the same number with other rows is for a person."""
    seen: set[tuple[str, str, str]] = set()
    for (channel, kind), refs in _refs(taken).items():
        known = adjusting.known_corrections(channel, [f"{r}/1" for r in refs]) if kind == "stock" else crediting.known_bills(channel, kind, refs)
        seen |= {(channel, kind, ref.partition("/")[0] if kind == "stock" else ref) for ref in known}
    fresh: list[Taken] = []
    repeated: list[Taken] = []
    for t in taken:
        key = (t.channel.code, _book_of(t), t.document.ref)
        (repeated if key in seen else fresh).append(t)
        seen.add(key)
    _park(batch, BOOKED_BEFORE, repeated, lambda t: ("document", t.document.ref, "Book the difference under a number of its own"))
    return fresh


def _book_of(t: Taken) -> str:
    return t.document.kind if t.document.kind in ("stock", "bad_debt") else t.bill_kind


def _refs(taken: Sequence[Taken]) -> dict[tuple[str, str], list[str]]:
    refs: dict[tuple[str, str], list[str]] = {}
    for t in taken:
        if t.document.kind != "bad_debt":  # the book of write-offs takes each reference once by itself
            refs.setdefault((t.channel.code, _book_of(t)), []).append(t.document.ref)
    return refs


def _known_goods(batch: Batch, taken: list[Taken], items: dict[str, Any]) -> list[Taken]:
    """Goods that move must be items of the catalog."""

    def unknown(t: Taken) -> str | None:
        moves = t.document.kind in ("stock", "credit")
        return next((x.sku for x in t.document.lines if moves and x.kind == "goods" and x.sku not in items), None)

    _park(batch, SHOP_MISSING, [t for t in taken if unknown(t)], lambda t: ("sku", unknown(t), "Add the item to the catalog, or import the file again"))
    return [t for t in taken if not unknown(t)]


def _park(batch: Batch, why: Reason, taken: Sequence[Taken], told: Callable[[Taken], tuple[str, str | None, str]]) -> None:
    rows = []
    for t in taken:
        field, value, fix = told(t)
        rows.append({"id": t.message_id, "document": t.document.ref, "field": field, "value": value, "fix": fix})
    park(batch, why, rows)


def _bill(batch: Batch, taken: Sequence[Taken], items: dict[str, Any]) -> dict[int, tuple[str, int | None]]:
    """Credits give back what a sale took, in a memo of their own; their goods go back on the shelf. Charges alone are billed at once."""
    ids = crediting.issue_bills(batch, [_as_bill(t) for t in taken])
    back = [
        moving.StockRow(
            items[x.sku].id, t.node.id, "return", -x.qty, opening.standard_cost(items[x.sku], t.channel.currency), "return", origin="credit_memo", origin_id=i
        )
        for i, t in zip(ids, taken, strict=True)
        if t.document.kind == "credit"
        for x in t.document.lines
        if x.kind == "goods" and items[x.sku].kind == "goods"
    ]
    if back:
        moved = moving.move_stock(batch, back)
        crediting.post_returns(batch, ids, min(s.first_id for s in moved))
    return {t.message_id: ("credited" if t.document.kind == "credit" else "billed", i) for i, t in zip(ids, taken, strict=True)}


def _as_bill(t: Taken) -> Bill:
    d, sign = t.document, -1 if t.document.kind == "credit" else 1
    lines = tuple(BillLine(x.kind, x.item_class, x.title or x.sku, sign * x.qty, sign * x.minor) for x in d.lines)
    return Bill(t.bill_kind, d.ref, t.channel.code, t.channel.entity_id, t.channel.gateway, t.channel.currency, d.placed_at, lines)


def _correct(batch: Batch, taken: Sequence[Taken], items: dict[str, Any]) -> dict[int, tuple[str, int | None]]:
    rows = [
        Correction(items[x.sku].id, t.node.id, x.qty, x.reason, t.channel.code, f"{t.document.ref}/{x.key}", x.minor, t.document.placed_at)
        for t in taken
        for x in t.document.lines
    ]
    ids, moved = adjusting.correct(batch, rows)
    if moved:
        crediting.post_adjustments(batch, ids, min(s.first_id for s in moved))
    first = {r.external_ref: i for r, i in zip(rows, ids, strict=True)}
    return {t.message_id: ("corrected", first[f"{t.document.ref}/1"]) for t in taken}


def _write_off(batch: Batch, taken: Sequence[Taken]) -> dict[int, tuple[str, int | None]]:
    """What the register takes off a customer's account is given up; what it puts back on had been given up before."""
    rows = [
        WriteOffRow(
            t.document.ref,
            t.channel.code,
            t.channel.entity_id,
            -sum(x.minor for x in t.document.lines),
            t.channel.currency,
            t.document.lines[0].title,
            t.document.placed_at,
        )
        for t in taken
    ]
    written = {(w.channel_code, w.external_ref): w.id for w in crediting.write_off(batch, rows)}
    known = [t for t in taken if (t.channel.code, t.document.ref) not in written]
    _park(batch, BOOKED_BEFORE, known, lambda t: ("document", t.document.ref, "Book the difference under a number of its own"))
    return {t.message_id: ("written_off", written[t.channel.code, t.document.ref]) for t in taken if t not in known}
