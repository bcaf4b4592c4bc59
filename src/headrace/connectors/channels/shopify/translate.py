"""Shopify's order in the house's words.

Every order topic (orders/create, updated, paid, edited, cancelled, fulfilled) carries the whole order, so all go the same way and the
version, `updated_at`, decides. Shop money is the order's currency; what the customer saw is kept aside. Ids are read from the gid,
because the numbers beside it may have been rounded past 2^53.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from headrace.connectors import reading
from headrace.connectors.reading import Reader
from headrace.flow.capture.port import CanonicalAddress, CanonicalDiscount, CanonicalLine, CanonicalOrder, CanonicalPayment, Unreadable
from headrace.values.money import split_by_weight

AUTHORISATION_DAYS = 7  # Shopify Payments voids an authorisation after seven days
NOT_CANCELLED = ("return", "no_restock")  # refunds of goods that had left are returns, not cancels


def translate(body: str, headers: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
    """One webhook or REST body to an order. Raises Unreadable with field, value and remedy."""
    data = reading.load(body)
    if _has_float_amounts(data):
        data = reading.load_exact(body)
    return _order(data.get("order") if isinstance(data.get("order"), dict) else data, channel)  # type: ignore[arg-type]


def _has_float_amounts(data: dict[str, Any]) -> bool:
    return type(data.get("total_price")) is float or any(type(line.get("price")) is float for line in data.get("line_items") or () if isinstance(line, dict))


def exact_id(data: dict[str, Any], path: str) -> str:
    """The id as digits: from the gid where there is one."""
    gid = data.get("admin_graphql_api_id")
    if isinstance(gid, str) and gid.rpartition("/")[2].isdigit():
        return gid.rpartition("/")[2]
    value = data.get("id")
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdigit():
        raise Unreadable(f"{path}id", value, "Shopify's orders and lines have a number or a gid")
    return str(value)


def _order(d: dict[str, Any], channel: dict[str, Any]) -> CanonicalOrder:
    currency = reading.currency(d.get("currency"))
    read = Reader(currency)
    placed = reading.moment(d.get("processed_at") or d.get("created_at"), "created_at")
    updated = reading.moment(d.get("updated_at") or d.get("created_at"), "updated_at")
    ref = exact_id(d, "")
    included = bool(d.get("taxes_included"))
    lines = _lines(d, read)
    shipping, shipping_off, shipping_tax, code = _shipping(d, read)
    _spread_rest_of_discount(d, read, lines, shipping_off)
    ship_to, bill_to = _address(d.get("shipping_address")), _address(d.get("billing_address"))
    if ship_to is None and bill_to is not None and any(x.get("requires_shipping", True) for x in d.get("line_items") or ()):
        ship_to, bill_to = bill_to, None
    customer = d.get("customer") if isinstance(d.get("customer"), dict) else None
    total = read.minor(d.get("total_price"), "total_price")
    cancelled = d.get("cancelled_at") is not None
    return CanonicalOrder(
        external_ref=ref,
        version=int(updated.timestamp() * 1_000_000),
        currency=currency,
        placed_at=placed,
        lines=lines,
        total_minor=total,
        external_number=reading.text(d.get("name"), "name"),
        goods_minor=sum(x.goods_minor for x in lines),
        discount_minor=sum(x.discount_minor for x in lines),
        shipping_minor=shipping,
        shipping_tax_minor=shipping_tax,
        tax_minor=sum(x.tax_minor for x in lines) + shipping_tax,
        prices_include_tax=included,
        ship_to=ship_to,
        bill_to=bill_to if bill_to != ship_to else None,
        customer_ref=exact_id(customer, "customer.") if customer and customer.get("id") else None,
        customer_name=_name(customer) if customer else None,
        email=reading.text(d.get("email") or d.get("contact_email"), "email"),
        phone=reading.text(d.get("phone"), "phone"),
        shipping_code=code,
        payments=_payments(d, read, ref, total, placed, channel),
        discounts=_discounts(d, read),
        cancelled=cancelled,
        cancel_reason=reading.text(d.get("cancel_reason"), "cancel_reason") if cancelled else None,
        is_test=bool(d.get("test")),
        extra=_extra(d, currency),
    )


def _lines(d: dict[str, Any], read: Reader) -> list[CanonicalLine]:
    returned, cancelled = _refunded(d)
    items = reading.rows(d.get("line_items"), "line_items")
    if not items:
        raise Unreadable("line_items", d.get("line_items"), "An order has at least one line")
    return [_line(x, f"line_items[{n}].", read, returned, cancelled) for n, x in enumerate(items)]


def _line(x: dict[str, Any], path: str, read: Reader, returned: dict[str, int], cancelled: dict[str, int]) -> CanonicalLine:
    ref = exact_id(x, path)
    qty = reading.quantity(x.get("quantity"), path + "quantity", 0)
    price = read.price(x.get("price"), path + "price")
    allocations = x.get("discount_allocations") or ()
    off = (
        sum(read.minor(a.get("amount"), path + "discount_allocations.amount") for a in allocations)
        if allocations
        else read.minor(x.get("total_discount"), path + "total_discount", 0)
    )
    taxes = x.get("tax_lines") or ()
    tax = sum(read.minor(t.get("price"), path + "tax_lines.price") for t in taxes)
    current = x.get("current_quantity")
    gone = max(qty - current - returned.get(ref, 0), 0) if isinstance(current, int) else cancelled.get(ref, 0)
    kind = "gift_card" if x.get("gift_card") else "goods" if x.get("requires_shipping", True) else "service"
    sku = reading.text(x.get("sku"), path + "sku") or f"variant:{x.get('variant_id') or x.get('title') or ref}"
    return CanonicalLine(
        ref,
        sku,
        qty,
        price,
        int((price * qty).scaleb(read.digits).to_integral_value("ROUND_HALF_UP")),
        reading.text(x.get("title") or x.get("name"), path + "title"),
        kind,
        off,
        tax,
        [{"title": t.get("title"), "rate": str(t.get("rate")), "amount_minor": read.minor(t.get("price"), path + "tax_lines.price")} for t in taxes] or None,
        min(gone, qty),
    )


def _refunded(d: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Pieces by line that came back after shipping, and pieces that were taken off before."""
    returned: dict[str, int] = {}
    cancelled: dict[str, int] = {}
    for refund in d.get("refunds") or ():
        for item in refund.get("refund_line_items") or ():
            line = item.get("line_item") if isinstance(item.get("line_item"), dict) else {"id": item.get("line_item_id")}
            where = returned if item.get("restock_type") in NOT_CANCELLED else cancelled
            ref = exact_id(line, "refunds.line_item.")
            where[ref] = where.get(ref, 0) + (item.get("quantity") or 0)
    return returned, cancelled


def _shipping(d: dict[str, Any], read: Reader) -> tuple[int, int, int, str | None]:
    """Shipping after its discount, that discount, its tax, and the service's code."""
    asked = off = tax = 0
    code = None
    for n, x in enumerate(reading.rows(d.get("shipping_lines"), "shipping_lines")):
        path = f"shipping_lines[{n}]."
        full = read.minor(x.get("price"), path + "price", 0)
        paid = read.minor(x.get("discounted_price"), path + "discounted_price", full)
        asked, off = asked + paid, off + full - paid
        tax += sum(read.minor(t.get("price"), path + "tax_lines.price") for t in x.get("tax_lines") or ())
        code = code or reading.text(x.get("code") or x.get("title"), path + "code")
    if not d.get("shipping_lines"):
        asked = read.minor((d.get("total_shipping_price_set") or {}).get("shop_money", {}).get("amount"), "total_shipping_price_set", 0)
    return asked, off, tax, code


def _spread_rest_of_discount(d: dict[str, Any], read: Reader, lines: list[CanonicalLine], shipping_off: int) -> None:
    """Discounts that Shopify names only in the total are shared out over the lines by value, to the cent."""
    rest = read.minor(d.get("total_discounts"), "total_discounts", 0) - shipping_off - sum(x.discount_minor for x in lines)
    if rest > 0:
        for line, share in zip(lines, split_by_weight(rest, [x.goods_minor for x in lines]), strict=True):
            line.discount_minor += share


def _discounts(d: dict[str, Any], read: Reader) -> list[CanonicalDiscount]:
    return [
        CanonicalDiscount(code, read.minor(x.get("amount"), f"discount_codes[{n}].amount", 0))
        for n, x in enumerate(reading.rows(d.get("discount_codes"), "discount_codes"))
        if (code := reading.text(x.get("code"), f"discount_codes[{n}].code"))
    ]


def _payments(d: dict[str, Any], read: Reader, ref: str, total: int, placed: datetime, channel: dict[str, Any]) -> list[CanonicalPayment]:
    """From the transactions where they are sent; else from the financial status, under keys that stay the same from message to message."""
    gateway = channel.get("gateway") or channel["code"]
    status = d.get("financial_status")
    found: list[CanonicalPayment] = []
    if status == "authorized":
        found.append(CanonicalPayment("authorised", gateway, f"{ref}:authorised", total, placed, placed + timedelta(days=AUTHORISATION_DAYS)))
    elif status in ("paid", "partially_refunded", "refunded"):
        found.append(CanonicalPayment("captured", gateway, f"{ref}:captured", total, placed))
    elif status == "partially_paid":
        paid = total - read.minor(d.get("total_outstanding"), "total_outstanding", 0)
        found.append(CanonicalPayment("captured", gateway, f"{ref}:captured:{paid}", paid, placed))
    for n, refund in enumerate(reading.rows(d.get("refunds"), "refunds")):
        for m, t in enumerate(reading.rows(refund.get("transactions"), f"refunds[{n}].transactions")):
            if t.get("kind") == "refund" and t.get("status") == "success":
                path = f"refunds[{n}].transactions[{m}]."
                at = reading.moment(t.get("processed_at") or t.get("created_at") or refund.get("created_at") or d.get("updated_at"), path + "processed_at")
                found.append(CanonicalPayment("refunded", gateway, exact_id(t, path), read.minor(t.get("amount"), path + "amount"), at))
    return found


def _name(x: dict[str, Any]) -> str | None:
    return reading.text(x.get("name"), "name") or " ".join(p for p in (x.get("first_name"), x.get("last_name")) if p) or None


def _address(x: Any) -> CanonicalAddress | None:
    if not isinstance(x, dict):
        return None
    text = reading.text
    return CanonicalAddress(
        _name(x),
        text(x.get("company"), "company"),
        text(x.get("address1"), "address1"),
        text(x.get("address2"), "address2"),
        text(x.get("city"), "city"),
        text(x.get("province_code") or x.get("province"), "province"),
        text(x.get("zip"), "zip"),
        text(x.get("country_code") or x.get("country"), "country"),
        text(x.get("phone"), "phone"),
        None,
    )


def _extra(d: dict[str, Any], currency: str) -> dict[str, Any]:
    """What people may want to see and no stage decides by."""
    extra = {key: d[key] for key in ("note", "tags", "po_number", "source_name") if isinstance(d.get(key), str) and d[key]}
    if d.get("presentment_currency") not in (None, currency):
        extra["presentment"] = {"currency": d["presentment_currency"], "total": (d.get("total_price_set") or {}).get("presentment_money", {}).get("amount")}
    attributes = [[str(a.get("name")), str(a.get("value"))] for a in d.get("note_attributes") or () if isinstance(a, dict)]
    if attributes:
        extra["note_attributes"] = attributes
    return extra
