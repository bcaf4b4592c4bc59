"""What the messages of a batch have in common, and the rows below an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headrace.engine.batch import Batch
from headrace.flow.capture.port import CanonicalOrder
from headrace.flow.capture.rows import address_rows, discount_rows, line_rows, payment_rows
from headrace.ledger import paying
from headrace.orders import capturing


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
    items: dict[tuple[int, str], Any] = field(default_factory=dict)
    parties: dict[tuple[int, str], int] = field(default_factory=dict)

    def party_of(self, t: Taken) -> int | None:
        return self.parties.get((t.channel.id, t.order.customer_ref)) if t.order.customer_ref else None


def write_children(batch: Batch, mine: list[tuple[int, Taken]], plan: Plan) -> None:
    """Lines, addresses, discounts and payments of orders just written."""
    capturing.write_children(
        (row for i, t in mine for row in line_rows(i, t.channel, t.order, plan.items)),
        (row for i, t in mine for row in address_rows(i, t.order)),
        (row for i, t in mine for row in discount_rows(i, t.order)),
    )
    write_payments(batch, mine)


def write_payments(batch: Batch, mine: list[tuple[int, Taken]]) -> None:
    new = paying.record_payments(batch, [row for i, t in mine for row in payment_rows(i, t.order)])
    paying.post_deposits(batch, [p.id for p in new if p.kind == "captured"])
