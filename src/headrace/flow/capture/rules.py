"""The fixed logic of capture: which version wins, and what a change amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.flow.capture.port import CanonicalAddress, CanonicalOrder

STATES_UP_TO = {
    "captured": ("captured",),
    "validated": ("captured", "validated"),
    "allocated": ("captured", "validated", "backordered", "preordered", "allocated"),
}


def newest_first(taken: Iterable[tuple[int, CanonicalOrder]]) -> list[tuple[int, CanonicalOrder]]:
    """Messages of one order, the version that wins first; of equal versions the one that arrived last."""
    return sorted(taken, key=lambda m: (m[1].version, m[0]), reverse=True)


def may_apply(cut_off: str, known: Any) -> bool:
    """May an edit or cancel be applied by itself to an order where it stands now?"""
    return bool(known.qty_released_each == 0 and known.commercial == "open" and known.state in STATES_UP_TO[cut_off])


def line_key(external_ref: str, sku: str, qty: int, cancelled: int, goods_minor: int, discount_minor: int, tax_minor: int) -> tuple[Any, ...]:
    return (external_ref, sku, qty, cancelled, goods_minor, discount_minor, tax_minor)


def goods_changed(order: CanonicalOrder, lines: Iterable[Any]) -> bool:
    """Do the lines differ from those that we hold, in anything that a node, a customer or a ledger would notice?"""
    theirs = sorted(line_key(x.external_ref, x.sku, x.qty, x.qty_cancelled, x.goods_minor, x.discount_minor, x.tax_minor) for x in order.lines)
    ours = sorted(
        line_key(x.external_ref, x.sku, x.qty_ordered_each // x.pack_each, x.qty_cancelled_each // x.pack_each, x.goods_minor, x.discount_minor, x.tax_minor)
        for x in lines
        if "/before-" not in x.external_ref
    )
    return theirs != ours


ADDRESS_FIELDS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country")


def address_changed(sent: CanonicalAddress | None, held: Any | None) -> bool:
    """Compared without case and outer space, because validate tidies addresses."""
    if sent is None or held is None:
        return (sent is None) != (held is None)
    return any((getattr(sent, f) or "").strip().casefold() != (getattr(held, f) or "").strip().casefold() for f in ADDRESS_FIELDS)


def describe_change(order: CanonicalOrder, lines: Iterable[Any], address_differs: bool, total_before: int) -> dict[str, Any]:
    """A line-level difference, small enough to read: what was, what is."""
    ours = {x.external_ref: x for x in lines if "/before-" not in x.external_ref}
    theirs = {x.external_ref: x for x in order.lines}
    change: dict[str, Any] = {}
    added = [f"{x.qty} x {x.sku}" for ref, x in theirs.items() if ref not in ours]
    removed = [f"{x.qty_ordered_each} x {x.sku}" for ref, x in ours.items() if ref not in theirs]
    changed = [
        f"{x.sku}: {ours[ref].qty_ordered_each - ours[ref].qty_cancelled_each} to {(x.qty - x.qty_cancelled) * ours[ref].pack_each}"
        for ref, x in theirs.items()
        if ref in ours and ours[ref].qty_ordered_each - ours[ref].qty_cancelled_each != (x.qty - x.qty_cancelled) * ours[ref].pack_each
    ]
    for word, found in (("added", added), ("removed", removed), ("quantity", changed)):
        if found:
            change[word] = found
    if address_differs:
        change["address"] = "changed"
    if total_before != order.total_minor:
        change["total_minor"] = [total_before, order.total_minor]
    return change
