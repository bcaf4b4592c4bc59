"""Our own order format, for the JSON API, JSONL files and partners that we write ourselves.

    {"order": "W-1001", "version": 1, "currency": "USD", "placed_at": "2026-01-05T10:00:00Z",
     "lines": [{"line": "1", "sku": "MUG-BLUE", "qty": 2, "unit_price": "12.50", "discount": "0.00", "tax": "2.06", "kind": "goods",
       "title": .., "cancelled": 0, "taxes": [{"title": "NY state", "rate": "0.04", "amount": "1.00"}]}],
     "shipping": {"service": "ground", "amount": "5.95", "tax": "0.00"}, "total": "33.01", "prices_include_tax": false,
     "ship_to": {"name": .., "line1": .., "line2": .., "city": .., "region": .., "postcode": .., "country": "US", "phone": .., "email": ..}, "bill_to": {..},
     "customer": {"ref": "C-7", "name": .., "email": .., "phone": .., "segment": "retail"},
     "payments": [{"kind": "authorised", "gateway": "pay", "ref": "auth_1", "amount": "33.01", "at": .., "expires_at": ..}],
     "discounts": [{"code": "WELCOME", "amount": "5.00"}], "fraud": "accept", "promised_by": .., "priority": 50, "cancelled": false, "test": false,
     "po_number": .., "note": .., "gift_message": .., "ship_complete": false}

Amounts are texts with the currency's decimals. A later version replaces an earlier one whole. An unknown field is an error, not a shrug.
"""

from __future__ import annotations

from typing import Any

from headrace.connectors import reading
from headrace.connectors.reading import Reader
from headrace.flow.capture.port import CanonicalAddress, CanonicalDiscount, CanonicalLine, CanonicalOrder, CanonicalPayment, Unreadable

FIELDS = frozenset(
    {
        "order",
        "version",
        "number",
        "currency",
        "placed_at",
        "lines",
        "shipping",
        "total",
        "prices_include_tax",
        "ship_to",
        "bill_to",
        "customer",
        "payments",
        "discounts",
        "fraud",
        "promised_by",
        "priority",
        "cancelled",
        "cancel_reason",
        "test",
        "po_number",
        "note",
        "gift_message",
        "ship_complete",
        "tags",
    }
)
LINE_FIELDS = frozenset({"line", "sku", "qty", "unit_price", "discount", "tax", "taxes", "title", "kind", "cancelled"})
ADDRESS_FIELDS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone", "email")
TAX_FIELDS = frozenset({"title", "rate", "amount"})
SHIPPING_FIELDS = frozenset({"service", "amount", "tax"})
CUSTOMER_FIELDS = frozenset({"ref", "name", "email", "phone", "segment"})
KINDS = ("goods", "charge", "service", "gift_card")
PAYMENT_FIELDS = frozenset({"kind", "gateway", "ref", "amount", "at", "expires_at"})
PAYMENT_KINDS = ("authorised", "captured", "refunded", "voided")
VERDICTS = ("accept", "review", "reject")
EXTRA = ("po_number", "note", "gift_message")
PRIORITY_MAX = 32_000
VERSION_MAX = 2**62


def translate(body: str, headers: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
    """One JSON order. Raises Unreadable with the path, the value and the remedy."""
    d = reading.load(body)
    _only(d, FIELDS, "")
    currency = reading.currency(d.get("currency"))
    read = Reader(currency)
    ref = reading.key(d.get("order"), "order")
    lines = [_line(x, f"lines[{n}].", read) for n, x in enumerate(reading.rows(d.get("lines"), "lines"))]
    if not lines:
        raise Unreadable("lines", d.get("lines"), "An order has at least one line")
    if len({x.external_ref for x in lines}) != len(lines):
        raise Unreadable("lines", "two lines with the same `line`", "Give every line a key of its own")
    shipping = reading.table(d.get("shipping"), "shipping")
    _only(shipping, SHIPPING_FIELDS, "shipping.")
    shipping_tax = read.minor(shipping.get("tax"), "shipping.tax", 0)
    customer = reading.table(d.get("customer"), "customer")
    _only(customer, CUSTOMER_FIELDS, "customer.")
    placed = reading.moment(d.get("placed_at"), "placed_at")
    return CanonicalOrder(
        external_ref=ref,
        version=_version(d.get("version", 1)),
        currency=currency,
        placed_at=placed,
        lines=lines,
        total_minor=read.minor(d.get("total"), "total"),
        external_number=reading.text(d.get("number"), "number"),
        goods_minor=sum(x.goods_minor for x in lines),
        discount_minor=sum(x.discount_minor for x in lines),
        shipping_minor=read.minor(shipping.get("amount"), "shipping.amount", 0),
        shipping_tax_minor=shipping_tax,
        tax_minor=sum(x.tax_minor for x in lines) + shipping_tax,
        prices_include_tax=bool(d.get("prices_include_tax", channel.get("prices_include_tax"))),
        ship_to=_address(d.get("ship_to"), "ship_to"),
        bill_to=_address(d.get("bill_to"), "bill_to"),
        customer_ref=reading.text(customer.get("ref"), "customer.ref"),
        customer_name=reading.text(customer.get("name"), "customer.name"),
        email=reading.text(customer.get("email"), "customer.email"),
        phone=reading.text(customer.get("phone"), "customer.phone"),
        customer_segment=reading.text(customer.get("segment"), "customer.segment"),
        shipping_code=reading.text(shipping.get("service"), "shipping.service"),
        payments=[_payment(p, f"payments[{n}].", read, ref) for n, p in enumerate(reading.rows(d.get("payments"), "payments"))],
        discounts=[
            CanonicalDiscount(reading.key(x.get("code"), f"discounts[{n}].code"), read.minor(x.get("amount"), f"discounts[{n}].amount"))
            for n, x in enumerate(reading.rows(d.get("discounts"), "discounts"))
        ],
        fraud_verdict=_one_of(d.get("fraud"), VERDICTS, "fraud"),
        promised_by=reading.moment(d["promised_by"], "promised_by") if d.get("promised_by") else None,
        priority=_priority(d.get("priority", 50)),
        cancelled=bool(d.get("cancelled")),
        cancel_reason=reading.text(d.get("cancel_reason"), "cancel_reason"),
        is_test=bool(d.get("test")),
        extra=_extra(d),
    )


def _extra(d: dict[str, Any]) -> dict[str, Any]:
    """What people may want to see; tags may be a list."""
    tags = d.get("tags")
    found: dict[str, Any] = {name: reading.text(d.get(name), name) for name in EXTRA}
    found["tags"] = [reading.key(tag, "tags") for tag in tags] if isinstance(tags, list) else reading.text(tags, "tags")
    return {name: value for name, value in found.items() if value} | ({"ship_complete": "true"} if d.get("ship_complete") else {})


def _priority(value: Any) -> int:
    if reading.quantity(value, "priority", 0) > PRIORITY_MAX:
        raise Unreadable("priority", value, f"Write a whole number from 0 (first) to {PRIORITY_MAX:,}")
    return int(value)


def _only(d: dict[str, Any], known: frozenset[str], path: str) -> None:
    for name in d:
        if name not in known:
            raise Unreadable(path + name, d[name], f"There is no such field; known are {', '.join(sorted(known))}")


def _version(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= VERSION_MAX:
        raise Unreadable("version", value, "Write a whole number that rises with every change")
    return value


def _one_of(value: Any, words: tuple[str, ...], path: str) -> str | None:
    if value is not None and (not isinstance(value, str) or value not in words):
        raise Unreadable(path, value, f"Write one of {', '.join(words)}")
    return value


def _line(x: dict[str, Any], path: str, read: Reader) -> CanonicalLine:
    _only(x, LINE_FIELDS, path)
    qty = reading.quantity(x.get("qty"), path + "qty")
    price = read.price(x.get("unit_price"), path + "unit_price")
    cancelled = reading.quantity(x.get("cancelled", 0), path + "cancelled", 0)
    if cancelled > qty:
        raise Unreadable(path + "cancelled", cancelled, f"No more than the {qty} ordered can be cancelled")
    return CanonicalLine(
        reading.key(x.get("line"), path + "line"),
        reading.key(x.get("sku"), path + "sku"),
        qty,
        price,
        read.goods(price, qty, path + "unit_price"),
        reading.text(x.get("title"), path + "title"),
        _one_of(x.get("kind", "goods"), KINDS, path + "kind") or "goods",
        read.minor(x.get("discount"), path + "discount", 0),
        read.minor(x.get("tax"), path + "tax", 0),
        _taxes(x, path, read),
        cancelled,
    )


def _taxes(x: dict[str, Any], path: str, read: Reader) -> list[dict[str, Any]] | None:
    taxes = reading.rows(x.get("taxes"), path + "taxes")
    for t in taxes:
        _only(t, TAX_FIELDS, path + "taxes.")
    text = reading.text
    return [
        {
            "title": text(t.get("title"), path + "taxes.title"),
            "rate": text(t.get("rate"), path + "taxes.rate"),
            "amount_minor": read.minor(t.get("amount"), path + "taxes.amount", 0),
        }
        for t in taxes
    ] or None


def _address(x: Any, path: str) -> CanonicalAddress | None:
    if x is None:
        return None
    if not isinstance(x, dict):
        raise Unreadable(path, x, "Write an object with line1, city, postcode, country ...")
    _only(x, frozenset(ADDRESS_FIELDS), path + ".")
    return CanonicalAddress(*(reading.text(x.get(f), f"{path}.{f}") for f in ADDRESS_FIELDS))


def _payment(p: dict[str, Any], path: str, read: Reader, ref: str) -> CanonicalPayment:
    _only(p, PAYMENT_FIELDS, path)
    kind = _one_of(p.get("kind"), PAYMENT_KINDS, path + "kind")
    if kind is None:
        raise Unreadable(path + "kind", None, f"Write one of {', '.join(PAYMENT_KINDS)}")
    return CanonicalPayment(
        kind,
        reading.key(p.get("gateway"), path + "gateway"),
        reading.key(p["ref"], path + "ref") if p.get("ref") else f"{ref}:{kind}",
        read.taken(p.get("amount"), path + "amount"),
        reading.moment(p.get("at"), path + "at"),
        reading.moment(p["expires_at"], path + "expires_at") if p.get("expires_at") else None,
    )
