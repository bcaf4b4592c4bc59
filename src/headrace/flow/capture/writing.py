"""What the messages of a batch have in common, and the rows below an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from headrace.engine.batch import Batch
from headrace.flow.capture.port import CanonicalOrder
from headrace.flow.capture.rows import address_rows, discount_rows, expiry_of, line_rows, payment_rows
from headrace.ledger import applying, paying
from headrace.orders import capturing, documents, settling


@dataclass(slots=True)
class Taken:
    """One message that could be read."""

    message_id: int
    channel: Any
    order: CanonicalOrder

    @property
    def key(self) -> tuple[int, str]:
        return (self.channel.id, self.order.external_ref)


@dataclass(slots=True)
class Plan:
    """What becomes of the messages of a batch, by outcome."""

    outcomes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    superseded: list[tuple[Taken, int]] = field(default_factory=list)  # and the message of the same batch that replaces it
    items: dict[tuple[int, str], Any] = field(default_factory=dict)
    parties: dict[tuple[int, str], int] = field(default_factory=dict)

    def party_of(self, t: Taken) -> int | None:
        return self.parties.get((t.channel.id, t.order.customer_ref)) if t.order.customer_ref else None


def settings_of(channel: Any) -> dict[str, Any]:
    """What a translator may know of its channel."""
    return {name: getattr(channel, name) for name in ("code", "kind", "currency", "prices_include_tax", "gateway", "settings")}


def write_children(batch: Batch, mine: list[tuple[int, Taken]], plan: Plan, keep_addresses_of: Collection[int] = ()) -> None:
    """Lines, addresses and discounts of orders just written."""
    capturing.write_children(
        (row for i, t in mine for row in line_rows(i, t.channel, t.order, plan.items)),
        (row for i, t in mine if i not in keep_addresses_of for row in address_rows(i, t.order)),
        (row for i, t in mine for row in discount_rows(i, t.order)),
    )


def write_payments(batch: Batch, mine: list[tuple[int, Taken]]) -> None:
    """Payments of orders just written. One that another order has already is not theirs, however their message counts it."""
    rows = [row for i, t in mine for row in payment_rows(i, t.order, {})]
    recorded = paying.record_payments(batch, rows)
    paying.post_deposits(batch, recorded)
    paying.post_refunds(batch, recorded)
    if recorded.count < len(rows):
        got, named = Counter(p.order_id for p in recorded), Counter(row[0] for row in rows)
        short = sorted(i for i, n in named.items() if got[i] < n)
        capturing.count_own_money(short)
        documents.tell(batch, "payment_of_another", paying.of_others([row for row in rows if row[0] in set(short)]))


def add_money(batch: Batch, mine: list[tuple[int, Taken, bool]]) -> None:
    """Payments and verdicts of known orders, which come in at any time; (order, message, is it older than what we know).

    One message of an order at a time: an amount so far is compared with what the books have.
    """
    with_money = [(i, t, older) for i, t, older in mine if t.order.payments or t.order.fraud_verdict]
    while with_money:
        first = {row[0]: row for row in reversed(with_money)}
        known = paying.sums_of(list(first))
        recorded = paying.record_payments(batch, [row for i, t, _ in first.values() for row in payment_rows(i, t.order, known)])
        paying.post_deposits(batch, recorded)
        applying.pay_open_invoices(batch, [p.order_id for p in recorded if p.kind == "captured"])
        paying.post_refunds(batch, recorded)
        capturing.note_money([(i, expiry_of(t.order), t.order.fraud_verdict, older) for i, t, older in first.values()])
        settling.close_paid(batch, [p.order_id for p in recorded if p.kind == "captured"])
        with_money = [row for row in with_money if row is not first[row[0]]]
