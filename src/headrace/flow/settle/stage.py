"""Settle: what gateways say about money pays invoices and closes orders.

Takes  inbox messages of kind `payment`.   Gives  payments; invoices `captured`; orders closed when whole and paid; messages finished or parked.
Reads  ledger, orders.                     Writes (through the books) payments, entries, amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.exception_queue.resolving import clear_cases
from headrace.flow.settle.port import Event, Unreadable, read_event
from headrace.flow.settle.reasons import CAPTURE_FAILED, REFERENCE_UNKNOWN, SAID_OTHERWISE, TAKEN_TOO_MUCH, UNREADABLE
from headrace.ledger import paying, settling
from headrace.orders import settling as orders_settling
from headrace.values.money import decimal_from

Read = list[tuple[int, Event, str]]  # message, what it says, gateway


@stage(of="inbox", takes="payment", gives="done", after=70, beside=True)
def settle(batch: Batch) -> None:
    events = _read(batch)
    if not events:
        return
    _voids_of_money(events)
    settling.lay_out_events(
        [(n, message_id, e.kind, *_target(e), e.payment, gateway, e.amount_minor, e.currency, e.at) for n, (message_id, e, gateway) in enumerate(events)]
    )
    owing = lock_owing(events)
    outcomes = _known(batch, events)
    accepted = _judge(batch, events, owing, outcomes)
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
    if written and settling.sql.any_payout_waits().scalar:
        clear_cases(batch, "payment.recorded")
    settle_cases(batch, "inbox", [message_id for message_id in outcomes if message_id not in batch.parked], "settle", "engine")
    inbox.finish(batch, {message_id: what for message_id, what in outcomes.items() if message_id not in batch.parked})


def _read(batch: Batch) -> Read:
    events: Read = []
    unreadable, failed = [], []
    for m in inbox.read(batch):
        try:
            e = read_event(m.body, m.message_key)
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": error.shown, "fix": error.fix})
            continue
        if e.kind == "failed":
            failed.append(
                {
                    "id": m.id,
                    "partner": m.partner,
                    "field": "amount_minor",
                    "value": e.amount_minor,
                    "currency": e.currency,
                    "reference": e.reference,
                    "why": e.why or "the gateway gave no reason",
                }
            )
            continue
        events.append((m.id, e, m.partner))
    park(batch, UNREADABLE, unreadable)
    park(batch, CAPTURE_FAILED, failed)
    return events


def _voids_of_money(events: Read) -> None:
    """A void under the key of money that was taken gives that money back; any other void is of an authorisation and moves none."""
    voids = [(gateway, e) for _, e, gateway in events if e.kind == "voided"]
    if not voids:
        return
    taken = {(gateway, e.payment) for _, e, gateway in events if e.kind == "captured"}
    taken |= paying.taken_before([gateway for gateway, _ in voids], [e.payment for _, e in voids])
    for gateway, e in voids:
        if (gateway, e.payment) in taken:
            e.kind = "refunded"


def _target(e: Event) -> tuple[str, int]:
    kind, _, number = e.reference.partition(":")
    return kind, int(number)


@dataclass(slots=True)
class Owing:
    """Locked documents that the batch's events name, and what may still move: minor units by id, counted down as events are accepted."""

    invoices: dict[int, Any]
    orders: dict[int, Any]
    owed: dict[int, int]  # by invoice: not paid yet
    unpaid: dict[int, int]  # by order: of its total, not taken yet
    kept: dict[int, int]  # by order: taken and not given back

    def document(self, e: Event) -> Any:
        """The invoice or order that an event names; None where there is none of its currency, or where it asks for no money."""
        kind, number = _target(e)
        found = (self.invoices if kind == "invoice" else self.orders).get(number)
        if found is None or found.currency != e.currency or (kind == "invoice" and (found.kind != "invoice" or found.order_id is None)):
            return None
        return found

    def left(self, e: Event, document: Any) -> int | None:
        """The most that this event may move; None is no limit."""
        if e.kind == "captured":
            return self.owed[document.id] if _target(e)[0] == "invoice" else self.unpaid[document.id]
        return self.kept.get(self._order(e, document), 0) if e.kind == "refunded" else None

    def accept(self, e: Event, document: Any) -> None:
        order = self._order(e, document)
        if e.kind == "captured":
            if _target(e)[0] == "invoice":
                self.owed[document.id] -= e.amount_minor
            self.unpaid[order] -= e.amount_minor
            self.kept[order] += e.amount_minor
        elif e.kind == "refunded":
            self.kept[order] -= e.amount_minor

    def order_of(self, e: Event) -> int | None:
        """The order whose money it is; None where there is no such document."""
        document = self.document(e)
        return None if document is None else self._order(e, document)

    def says_the_same(self, e: Event, before: Event) -> bool:
        """Whether an event repeats another of its key: the same amount for the same order."""
        return (e.amount_minor, e.currency, self.order_of(e)) == (before.amount_minor, before.currency, self.order_of(before))

    def _order(self, e: Event, document: Any) -> int:
        return int(document.order_id if _target(e)[0] == "invoice" else document.id)


def lock_owing(events: Read) -> Owing:
    """Invoices first, then orders, each by id: the one lock order of money."""
    invoices = {i.id: i for i in settling.sql.lock_targets()}
    order_ids = sorted({_target(e)[1] for _, e, _ in events if _target(e)[0] == "order"} | {i.order_id for i in invoices.values() if i.order_id})
    orders = {o.id: o for o in settling.sql.orders_named(order_ids=order_ids)}
    return Owing(
        invoices,
        orders,
        {i.id: i.total_minor - i.paid_minor for i in invoices.values()},
        {o.id: o.total_minor - o.captured_minor + o.refunded_minor for o in orders.values()},
        {o.id: o.captured_minor - o.refunded_minor for o in orders.values()},
    )


def _known(batch: Batch, events: Read) -> dict[int, tuple[str, int | None]]:
    """Events that were recorded before, looked for under the lock. The same key with another amount is a question for a person."""
    known = settling.sql.known_events()
    otherwise = [(k, f"order:{k.order_id}" if not k.same_order else None) for k in known if not k.says_the_same]
    park(batch, SAID_OTHERWISE, [_otherwise(k.message_id, events[k.n][1], k.amount_minor, k.currency, whose) for k, whose in otherwise])
    return {k.message_id: ("duplicate", k.payment_id) for k in known}


def _judge(batch: Batch, events: Read, owing: Owing, outcomes: dict[int, tuple[str, int | None]]) -> list[int]:
    """Numbers of the events that may be recorded; the others are known already, or parked. Amounts of one batch are summed."""
    accepted: list[int] = []
    unknown, too_much, otherwise = [], [], []
    first: dict[tuple[str, str, str], Event] = {}
    for n, (message_id, e, gateway) in enumerate(events):
        if message_id in outcomes:
            continue
        document, before = owing.document(e), first.get((gateway, e.payment, e.kind))
        if before is not None and not owing.says_the_same(e, before):
            whose = before.reference if owing.order_of(e) != owing.order_of(before) else None
            otherwise.append(_otherwise(message_id, e, before.amount_minor, before.currency, whose))
        elif before is not None:
            outcomes[message_id] = ("duplicate", None)
        elif document is None:
            unknown.append({"id": message_id, "field": "reference", "value": f"{e.reference} in {e.currency}"})
        elif (left := owing.left(e, document)) is not None and e.amount_minor > left:
            too_much.append(
                {
                    "id": message_id,
                    "field": "amount_minor",
                    "value": e.amount_minor,
                    "reference": e.reference,
                    "left": max(left, 0),
                    "kind": e.kind,
                    "currency": e.currency,
                }
            )
        else:
            first[gateway, e.payment, e.kind] = e
            owing.accept(e, document)
            accepted.append(n)
    park(batch, REFERENCE_UNKNOWN, unknown)
    park(batch, TAKEN_TOO_MUCH, too_much)
    park(batch, SAID_OTHERWISE, otherwise)
    return accepted


def _otherwise(message_id: int, e: Event, before_minor: int, currency: str, whose: str | None = None) -> dict[str, Any]:
    """`whose` is the reference that the payment had before, where that is another order's."""
    said, before = f"{decimal_from(e.amount_minor, e.currency):,} {e.currency}", f"{decimal_from(before_minor, currency):,} {currency}"
    return {
        "id": message_id,
        "field": "reference" if whose else "amount_minor",
        "value": f"{said} for {e.reference}" if whose else said,
        "payment": e.payment,
        "kind": e.kind,
        "before": f"{before} for {whose}" if whose else before,
    }
