"""A sale of the register as an order: paid at the till when it was written, wanted on that day, tax as the prices have it."""

from __future__ import annotations

from typing import Any

import orjson

from headrace.connectors.channels.online_retail.register import FORMAT, read
from headrace.flow.capture import port
from headrace.flow.importing.port import Document, Unreadable

MICROSECONDS = 1_000_000
VALUE_CHARS_MAX = 80


def translate(body: str, headers: dict[str, Any], channel: dict[str, Any]) -> port.CanonicalOrder:
    """One invoice of the register. Raises capture's Unreadable with the row, the value and the remedy."""
    try:
        message = orjson.loads(body)
        rows = [tuple(cells) for cells in message["rows"]]
        document = read("order", message["document"], rows)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise port.Unreadable("body", body[:VALUE_CHARS_MAX], "This channel takes a register: bring it in with `headrace import orders`") from None
    except Unreadable as error:
        raise port.Unreadable(error.field_name, error.value, error.fix) from None
    return _order(document)


def _order(d: Document) -> port.CanonicalOrder:
    lines = [port.CanonicalLine(x.key, x.code, x.qty, x.unit_price, x.minor, x.title, x.kind) for x in d.lines]
    total = sum(x.minor for x in d.lines)
    customer = f"Customer {d.customer_ref}" if d.customer_ref else None
    paid = [port.CanonicalPayment("captured", FORMAT.shop.gateway, f"{FORMAT.shop.channel}:{d.ref}", total, d.placed_at)] if total else []
    return port.CanonicalOrder(
        external_ref=d.ref,
        version=int(d.placed_at.timestamp() * MICROSECONDS),
        currency=FORMAT.shop.currency,
        placed_at=d.placed_at,
        lines=lines,
        total_minor=total,
        external_number=d.ref,
        goods_minor=total,
        ship_to=port.CanonicalAddress(name=customer or "Guest", country=d.country),
        customer_ref=d.customer_ref,
        customer_name=customer,
        payments=paid,
        promised_by=d.placed_at,  # the register is written when the goods leave
    )
