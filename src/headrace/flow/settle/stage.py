"""Settle: what gateways say about money pays invoices and closes orders.

Takes  inbox messages of kind `payment`.   Gives  payments; invoices `captured`; orders closed when whole and paid; messages finished or parked.
Reads  ledger, orders.                     Writes (through the books) payments, entries, amounts.
"""

from __future__ import annotations

from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park
from headrace.flow.settle.port import Event, Unreadable, read_event
from headrace.flow.settle.reasons import CAPTURE_FAILED, REFERENCE_UNKNOWN, TAKEN_TOO_MUCH, UNREADABLE
from headrace.ledger import settling
from headrace.orders import settling as orders_settling

Read = list[tuple[int, Event, str]]


@stage(of="inbox", takes="payment", gives="done", after=70)
def settle(batch: Batch) -> None:
    events = _read(batch)
    if not events:
        return
    settling.lay_out_events(
        [(n, message_id, e.kind, *_target(e), e.payment, gateway, e.amount_minor, e.currency, e.at) for n, (message_id, e, gateway) in enumerate(events)]
    )
    outcomes: dict[int, tuple[str, int | None]] = {row.message_id: ("duplicate", row.payment_id) for row in settling.sql.known_events()}
    accepted = _judge(batch, events, outcomes)
    written = {(w.gateway, w.external_ref, w.kind): w for w in settling.record_events(batch, accepted)}
    for n in accepted:
        message_id, e, gateway = events[n]
        outcomes[message_id] = ("applied", written[gateway, e.payment, e.kind].id)
    orders_settling.count_money(
        batch,
        [
            (w.order_id, w.amount_minor if w.kind == "captured" else 0, w.amount_minor if w.kind == "refunded" else 0)
            for w in written.values()
            if w.kind in ("captured", "refunded")
        ],
    )
    inbox.finish(batch, outcomes)


def _read(batch: Batch) -> Read:
    events: Read = []
    unreadable, failed = [], []
    for m in inbox.read(batch):
        try:
            e = read_event(m.body, m.message_key)
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": str(error.value)[:200], "fix": error.fix})
            continue
        if e.kind == "failed":
            failed.append(
                {
                    "id": m.id,
                    "partner": m.partner,
                    "field": "amount_minor",
                    "value": e.amount_minor,
                    "reference": e.reference,
                    "why": e.why or "the gateway gave no reason",
                }
            )
            continue
        events.append((m.id, e, m.partner))
    park(batch, UNREADABLE, unreadable)
    park(batch, CAPTURE_FAILED, failed)
    return events


def _target(e: Event) -> tuple[str, int]:
    kind, _, number = e.reference.partition(":")
    return kind, int(number)


def _judge(batch: Batch, events: Read, outcomes: dict[int, tuple[str, int | None]]) -> list[int]:
    """Numbers of the events that may be recorded; the others are known already, or parked. Amounts of one batch are summed."""
    invoices = {i.id: i for i in settling.sql.lock_targets()}
    order_ids = sorted({_target(e)[1] for _, e, _ in events if _target(e)[0] == "order"} | {i.order_id for i in invoices.values() if i.order_id})
    orders = {o.id: o for o in settling.sql.orders_named(order_ids=order_ids)}
    owed = {i.id: i.total_minor - i.paid_minor for i in invoices.values()}
    takable = {o.id: o.captured_minor - o.refunded_minor for o in orders.values()}
    accepted: list[int] = []
    unknown, too_much = [], []
    seen: set[tuple[str, str, str]] = set()
    for n, (message_id, e, gateway) in enumerate(events):
        if message_id in outcomes:
            continue
        kind, number = _target(e)
        doc: Any = invoices.get(number) if kind == "invoice" else orders.get(number)
        if doc is None or doc.currency != e.currency:
            unknown.append({"id": message_id, "field": "reference", "value": f"{e.reference} in {e.currency}"})
        elif (gateway, e.payment, e.kind) in seen:
            outcomes[message_id] = ("duplicate", None)
        elif (left := _left(e, kind, number, doc, owed, takable)) is not None and e.amount_minor > left:
            too_much.append({"id": message_id, "field": "amount_minor", "value": e.amount_minor, "reference": e.reference, "left": left})
        else:
            seen.add((gateway, e.payment, e.kind))
            accepted.append(n)
            if e.kind == "captured" and kind == "invoice":
                owed[number] -= e.amount_minor
            elif e.kind == "refunded":
                takable[doc.order_id if kind == "invoice" else number] -= e.amount_minor
    park(batch, REFERENCE_UNKNOWN, unknown)
    park(batch, TAKEN_TOO_MUCH, too_much)
    return accepted


def _left(e: Event, kind: str, number: int, doc: Any, owed: dict[int, int], takable: dict[int, int]) -> int | None:
    """The most that this event may move: what an invoice still owes, what an order still holds. None is no limit."""
    if e.kind == "captured" and kind == "invoice":
        return owed[number]
    if e.kind == "refunded":
        return takable.get(doc.order_id if kind == "invoice" else number, 0)
    return None
