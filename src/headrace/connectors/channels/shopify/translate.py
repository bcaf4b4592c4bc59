"""Shopify's order in the house's words.

Every order topic (orders/create, updated, paid, cancelled, fulfilled) carries the whole order, so all go the same way and the
version decides. Shop money is the order's currency; what the customer saw is kept aside. Money beside the lines is read in `money.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from headrace.connectors import reading
from headrace.connectors.channels.shopify import money
from headrace.connectors.channels.shopify.ids import exact_id
from headrace.connectors.reading import Reader
from headrace.flow.capture.port import CanonicalAddress, CanonicalLine, CanonicalOrder, Unreadable

TRIGGERED = "triggered_at"  # header: when the webhook's event happened, finer than `updated_at`, which has whole seconds
NOT_CANCELLED = ("return", "no_restock")  # refunds of goods that had left are returns, not cancels
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds


def translate(body: str, headers: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
    """One webhook or REST body to an order. Raises Unreadable with field, value and remedy."""
    data = reading.load(body)
    try:
        return _order(_inner(data), headers, channel)
    except Unreadable as error:
        if not isinstance(error.value, float):
            raise
    return _order(_inner(reading.load_exact(body)), headers, channel)  # amounts as bare numbers: read them again, exactly


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    """REST bodies wrap the order."""
    inner = data.get("order")
    return inner if isinstance(inner, dict) else data


def _order(d: dict[str, Any], headers: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
    currency = reading.currency(d.get("currency"))
    read = Reader(currency)
    placed = reading.moment(d.get("processed_at") or d.get("created_at"), "created_at")
    ref = exact_id(d, "")
    lines = _lines(d, read)
    shipping, shipping_off, shipping_tax, code = money.shipping(d, read)
    money.spread_rest_of_discount(d, read, lines, shipping_off)
    lines += money.extra_charges(d, read, any("tip" in x for x in d["line_items"]))
    ship_to, bill_to = _addresses(d)
    customer = d.get("customer") if isinstance(d.get("customer"), dict) else None
    total = read.minor(d.get("total_price"), "total_price")
    cancelled = d.get("cancelled_at") is not None
    return CanonicalOrder(
        external_ref=ref,
        version=_version(d, headers),
        currency=currency,
        placed_at=placed,
        lines=lines,
        total_minor=total,
        external_number=reading.text(d.get("name"), "name", chars_max=reading.KEY_CHARS_MAX),
        goods_minor=sum(x.goods_minor for x in lines),
        discount_minor=sum(x.discount_minor for x in lines),
        shipping_minor=shipping,
        shipping_tax_minor=shipping_tax,
        tax_minor=sum(x.tax_minor for x in lines) + shipping_tax,
        prices_include_tax=bool(d.get("taxes_included")),
        ship_to=ship_to,
        bill_to=None if bill_to is ship_to or bill_to == ship_to else bill_to,
        customer_ref=exact_id(customer, "customer.") if customer and customer.get("id") else None,
        customer_name=_name(customer, "customer.") if customer else None,
        email=reading.text(d.get("email") or d.get("contact_email"), "email"),
        phone=reading.text(d.get("phone"), "phone"),
        shipping_code=code,
        payments=money.payments(d, read, ref, total, placed, channel.get("gateway") or channel["code"]),
        discounts=money.discounts(d, read),
        cancelled=cancelled,
        cancel_reason=reading.text(d.get("cancel_reason"), "cancel_reason") if cancelled else None,
        is_test=bool(d.get("test")),
        extra=_extra(d, currency),
    )


def _version(d: dict[str, Any], headers: dict[str, Any]) -> int:
    """Microseconds of `updated_at`. Changes within its second are told apart by when their webhook was triggered, else a cancel is the later one."""
    updated = reading.moment(d.get("updated_at") or d.get("created_at"), "updated_at")
    micros = (updated - EPOCH) // timedelta(microseconds=1)
    if micros % SECOND:
        return micros
    triggered = headers.get(TRIGGERED)
    if isinstance(triggered, str):
        after = (reading.moment(triggered, TRIGGERED) - EPOCH) // timedelta(microseconds=1) - micros
        return micros + min(max(after, 0), SECOND - 1)
    return micros + (1 if d.get("cancelled_at") is not None else 0)


def _lines(d: dict[str, Any], read: Reader) -> list[CanonicalLine]:
    returned, cancelled = _refunded(d)
    items = reading.rows(d.get("line_items"), "line_items")
    if not items:
        raise Unreadable("line_items", d.get("line_items"), "An order has at least one line")
    lines = [_line(x, f"line_items[{n}].", read, returned, cancelled) for n, x in enumerate(items)]
    if len({x.external_ref for x in lines}) != len(lines):
        raise Unreadable("line_items", "two lines with the same id", "Every line has an id of its own; have the shop send the order again")
    return lines


def _line(x: dict[str, Any], path: str, read: Reader, returned: dict[str, int], cancelled: dict[str, int]) -> CanonicalLine:
    ref = exact_id(x, path)
    qty = reading.quantity(x.get("quantity"), path + "quantity", 0)
    price = read.price(x.get("price"), path + "price")
    allocations = reading.rows(x.get("discount_allocations"), path + "discount_allocations")
    off = (
        sum(read.minor(a.get("amount"), path + "discount_allocations.amount") for a in allocations)
        if allocations
        else read.minor(x.get("total_discount"), path + "total_discount", 0)
    )
    taxes = money.taxes(x, path, read)
    current = x.get("current_quantity")
    gone = max(qty - current - returned.get(ref, 0), 0) if isinstance(current, int) else cancelled.get(ref, 0)
    return CanonicalLine(
        ref,
        _sku(x, path, ref),
        qty,
        price,
        read.goods(price, qty, path + "price"),
        reading.text(x.get("title") or x.get("name"), path + "title"),
        _kind(x),
        off,
        sum(t["amount_minor"] for t in taxes),
        taxes or None,
        min(gone, qty),
    )


def _kind(x: dict[str, Any]) -> str:
    if "tip" in x:
        return "charge"
    return "gift_card" if x.get("gift_card") else "goods" if x.get("requires_shipping", True) else "service"


def _sku(x: dict[str, Any], path: str, ref: str) -> str:
    """The SKU; where the shop has none (or has deleted the product) a word that stays the same and can be mapped."""
    sku = "TIP" if "tip" in x else reading.text(x.get("sku"), path + "sku", chars_max=reading.KEY_CHARS_MAX)
    if sku:
        return sku
    return f"variant:{x.get('variant_id') or x.get('title') or ref}".replace("\x00", "")[: reading.KEY_CHARS_MAX]


def _refunded(d: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Pieces by line that came back after shipping, and pieces that were taken off before."""
    returned: dict[str, int] = {}
    cancelled: dict[str, int] = {}
    for n, refund in enumerate(reading.rows(d.get("refunds"), "refunds")):
        for m, item in enumerate(reading.rows(refund.get("refund_line_items"), f"refunds[{n}].refund_line_items")):
            path = f"refunds[{n}].refund_line_items[{m}]."
            line = reading.table(item.get("line_item"), path + "line_item") or {"id": item.get("line_item_id")}
            where = returned if item.get("restock_type") in NOT_CANCELLED else cancelled
            ref = exact_id(line, path + "line_item.")
            where[ref] = where.get(ref, 0) + reading.quantity(item.get("quantity", 0), path + "quantity", 0)
    return returned, cancelled


def _addresses(d: dict[str, Any]) -> tuple[CanonicalAddress | None, CanonicalAddress | None]:
    """Where it goes and who pays. Without a shipping address it goes to the one that pays: what is not shipped is taxed there, too."""
    ship_to = _address(d.get("shipping_address"), "shipping_address.")
    bill_to = ship_to if d.get("billing_address") == d.get("shipping_address") else _address(d.get("billing_address"), "billing_address.")
    if ship_to is None and bill_to is not None:
        return bill_to, None
    return ship_to, bill_to


def _name(x: dict[str, Any], path: str) -> str | None:
    first, last = reading.text(x.get("first_name"), path + "first_name"), reading.text(x.get("last_name"), path + "last_name")
    whole = reading.text(x.get("name"), path + "name")
    return whole or (f"{first} {last}" if first and last else first or last)


def _address(x: Any, path: str) -> CanonicalAddress | None:
    if not isinstance(x, dict):
        return None
    text = reading.text
    return CanonicalAddress(
        _name(x, path),
        text(x.get("company"), path + "company"),
        text(x.get("address1"), path + "address1"),
        text(x.get("address2"), path + "address2"),
        text(x.get("city"), path + "city"),
        text(x.get("province_code") or x.get("province"), path + "province"),
        text(x.get("zip"), path + "zip"),
        text(x.get("country_code") or x.get("country"), path + "country"),
        text(x.get("phone"), path + "phone"),
        None,
    )


def _extra(d: dict[str, Any], currency: str) -> dict[str, Any]:
    """What people may want to see and no stage decides by."""
    found = {name: reading.text(d[name], name) for name in ("note", "tags", "po_number", "source_name") if isinstance(d.get(name), str)}
    extra: dict[str, Any] = {name: value for name, value in found.items() if value}
    if d.get("presentment_currency") not in (None, currency):
        shown = reading.table(reading.table(d.get("total_price_set"), "total_price_set").get("presentment_money"), "total_price_set.presentment_money")
        extra["presentment"] = {
            "currency": reading.text(d["presentment_currency"], "presentment_currency"),
            "total": reading.text(shown.get("amount"), "total_price_set"),
        }
    attributes = [[_shown(a.get("name")), _shown(a.get("value"))] for a in reading.rows(d.get("note_attributes"), "note_attributes")]
    if attributes:
        extra["note_attributes"] = attributes
    return extra


def _shown(value: Any) -> str:
    return str(value).replace("\x00", "")[: reading.TEXT_CHARS_MAX]
