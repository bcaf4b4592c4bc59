"""The fixed logic of capture: which version wins, and what a change amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.flow.capture.port import CanonicalLine, CanonicalOrder

STATES_UP_TO = {
    "captured": ("captured",),
    "validated": ("captured", "validated"),
    "allocated": ("captured", "validated", "backordered", "preordered", "allocated"),
}


def newest_first(taken: Iterable[tuple[int, CanonicalOrder]]) -> list[tuple[int, CanonicalOrder]]:
    """Messages of one order, the version that wins first; of equal versions the one that arrived first, as it would in a batch of its own."""
    return sorted(taken, key=lambda m: (-m[1].version, m[0]))


def may_apply(cut_off: str, known: Any) -> bool:
    """May an edit or cancel be applied by itself to an order where it stands now?"""
    return bool(known.qty_released_each == 0 and known.commercial == "open" and known.state in STATES_UP_TO[cut_off])


def line_key(x: CanonicalLine, with_cancelled: bool) -> tuple[Any, ...]:
    cancelled = x.qty_cancelled if with_cancelled else 0
    return (x.external_ref, x.sku, x.qty, cancelled, x.kind, x.unit_price, x.goods_minor, x.discount_minor, x.tax_minor)


def _hard(order: CanonicalOrder) -> tuple[Any, ...]:
    """What a node, a customer or a ledger would notice besides lines and addresses."""
    o = order
    return (o.currency, o.total_minor, o.shipping_minor, o.shipping_tax_minor, o.prices_include_tax, o.shipping_code, o.promised_by, o.customer_ref)


def is_edit(order: CanonicalOrder, before: CanonicalOrder) -> bool:
    """Did the channel change the order since its message that we applied last? What people here corrected meanwhile is no change of the channel's.

    Of a cancelled order it does not matter how much of each line is.
    """
    keep = not order.cancelled
    return (
        _hard(order) != _hard(before)
        or sorted(line_key(x, keep) for x in order.lines) != sorted(line_key(x, keep) for x in before.lines)
        or (order.ship_to, order.bill_to) != (before.ship_to, before.bill_to)
        or sorted((d.code, d.amount_minor) for d in order.discounts) != sorted((d.code, d.amount_minor) for d in before.discounts)
    )


def is_readdressed(order: CanonicalOrder, before: CanonicalOrder) -> bool:
    """Did the channel change where the order goes, who pays, or how the buyer is reached? If not, an address that people corrected stays corrected."""
    return (order.ship_to, order.bill_to, order.email, order.phone) != (before.ship_to, before.bill_to, before.email, before.phone)


def describe_change(order: CanonicalOrder, before: CanonicalOrder) -> dict[str, Any]:
    """A line-level difference, small enough to read: what was, what is."""
    was = {x.external_ref: x for x in before.lines}
    now = {x.external_ref: x for x in order.lines}
    change: dict[str, Any] = {}
    words = {
        "added": [f"{x.qty - x.qty_cancelled} x {x.sku}" for ref, x in now.items() if ref not in was],
        "removed": [f"{x.qty - x.qty_cancelled} x {x.sku}" for ref, x in was.items() if ref not in now],
        "quantity": [f"{x.sku}: {_left(was[ref])} to {_left(x)}" for ref, x in now.items() if ref in was and _left(was[ref]) != _left(x)],
        "sku": [f"{was[ref].sku} to {x.sku}" for ref, x in now.items() if ref in was and was[ref].sku != x.sku],
    }
    change |= {word: found for word, found in words.items() if found}
    if (order.ship_to, order.bill_to) != (before.ship_to, before.bill_to):
        change["address"] = "changed"
    for name in ("total_minor", "shipping_code", "promised_by"):
        if getattr(order, name) != getattr(before, name):
            change[name] = [getattr(before, name), getattr(order, name)]
    return change or {"amounts": "changed"}


def _left(line: CanonicalLine) -> int:
    return line.qty - line.qty_cancelled
