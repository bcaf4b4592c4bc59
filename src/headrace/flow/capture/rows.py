"""Canonical orders as the rows that the books take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from headrace.flow.capture.port import CanonicalAddress, CanonicalLine, CanonicalOrder

GOODS = "goods"


def json_of(value: Any) -> str | None:
    return orjson.dumps(value).decode() if value else None


def money_of(order: CanonicalOrder) -> tuple[int, int, int]:
    """Authorised, captured and refunded, minor units. What was captured had been authorised."""
    authorised = captured = refunded = 0
    for p in order.payments:
        if p.kind == "authorised":
            authorised += p.amount_minor
        elif p.kind == "captured":
            captured += p.amount_minor
        elif p.kind == "refunded":
            refunded += p.amount_minor
    return max(authorised, captured), captured, min(refunded, captured)


def expiry_of(order: CanonicalOrder) -> datetime | None:
    """When the last authorisation lapses."""
    expires = None
    for p in order.payments:
        if p.expires_at and p.kind == "authorised":
            expires = p.expires_at
    return expires


def order_row(order_id: int, channel: Any, order: CanonicalOrder, inbox_id: int, party_id: int | None, items: dict[tuple[int, str], Any]) -> tuple[Any, ...]:
    """Columns as in `copy_orders`."""
    authorised, captured, refunded = money_of(order)
    pieces = cancelled = 0
    for line in order.lines:
        known = items.get((channel.id, line.sku))
        if _kind(line, known) == GOODS:
            pack = known.pack_each if known else 1
            pieces += line.qty * pack
            cancelled += line.qty_cancelled * pack
    return (
        order_id,
        channel.id,
        channel.entity_id,
        order.external_ref,
        order.external_number,
        order.version,
        inbox_id,
        party_id,
        order.currency,
        order.prices_include_tax,
        order.goods_minor,
        order.discount_minor,
        order.shipping_minor,
        order.tax_minor,
        order.shipping_tax_minor,
        order.total_minor,
        authorised,
        captured,
        refunded,
        pieces,
        cancelled,
        order.shipping_code,
        order.fraud_verdict,
        expiry_of(order),
        order.priority,
        order.promised_by,
        order.placed_at,
        order.is_test,
        json_of(order.extra),
    )


def _kind(line: CanonicalLine, known: Any | None) -> str:
    """An item that the catalog calls a charge, a service or a gift card makes the line one, whatever the channel calls it."""
    return line.kind if known is None or known.kind in (GOODS, "kit") else str(known.kind)


def line_rows(order_id: int, channel: Any, order: CanonicalOrder, items: dict[tuple[int, str], Any]) -> Iterator[tuple[Any, ...]]:
    """Columns as in `copy_lines`."""
    for n, line in enumerate(order.lines, 1):
        known = items.get((channel.id, line.sku))
        pack = known.pack_each if known else 1
        yield (
            order_id,
            n,
            line.external_ref,
            _kind(line, known),
            line.sku,
            known.item_id if known else None,
            line.title,
            line.unit_price,
            line.goods_minor,
            line.discount_minor,
            line.tax_minor,
            json_of(line.taxes),
            pack,
            line.qty * pack,
            line.qty_cancelled * pack,
        )


def _address(order_id: int, kind: str, a: CanonicalAddress, phone: str | None, email: str | None) -> tuple[Any, ...]:
    return (order_id, kind, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country, a.phone or phone, a.email or email)


def address_rows(order_id: int, order: CanonicalOrder) -> Iterator[tuple[Any, ...]]:
    """Columns as in `copy_addresses`."""
    if order.ship_to:
        yield _address(order_id, "ship", order.ship_to, order.phone, order.email)
    if order.bill_to:
        yield _address(order_id, "bill", order.bill_to, order.phone, order.email)


def discount_rows(order_id: int, order: CanonicalOrder) -> Iterator[tuple[Any, ...]]:
    for d in order.discounts:
        yield (order_id, d.code, d.amount_minor)


def payment_rows(order_id: int, order: CanonicalOrder, known: dict[tuple[int, str], int]) -> Iterator[tuple[Any, ...]]:
    """As `ledger.paying.record_payments` takes them. `known` is what the books have by (order, kind): of an amount so far, only the rest is new."""
    for p in order.payments:
        amount = p.amount_minor
        if p.so_far and known:
            amount -= known.get((order_id, p.kind), 0)
        if amount > 0 or not p.so_far:
            yield (order_id, p.kind, p.gateway, p.external_ref, amount, order.currency, p.at, p.expires_at)
