"""What a Shopify order says about money beside its lines: shipping, discounts, tips, duties, and what was paid and given back.

A webhook does not carry the payments themselves, only where they stand (`financial_status`), so amounts are told as so far and the books take what
they lack. Refunds carry transactions of their own. All is shop money; `_set` fields hold shop and presentment side by side.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from headrace.connectors import reading
from headrace.connectors.channels.shopify.ids import exact_id
from headrace.connectors.reading import Reader
from headrace.flow.capture.port import CanonicalDiscount, CanonicalLine, CanonicalPayment, Unreadable
from headrace.values.money import split_by_weight

AUTHORISATION_DAYS = 7  # Shopify Payments voids an authorisation after seven days
TAKEN = ("capture", "sale")
RATE_CHARS_MAX = 40


def shop_money(d: dict[str, Any], name: str, read: Reader) -> int:
    """The shop's side of a `_set` field; none is zero."""
    money = reading.table(reading.table(d.get(name), name).get("shop_money"), f"{name}.shop_money")
    return read.minor(money.get("amount"), f"{name}.shop_money.amount", 0)


def taxes(x: dict[str, Any], path: str, read: Reader) -> list[dict[str, Any]]:
    """Tax lines as the channel has them: title, rate as text, amount."""
    return [
        {
            "title": reading.text(t.get("title"), path + "tax_lines.title"),
            "rate": str(t.get("rate"))[:RATE_CHARS_MAX].replace("\x00", ""),
            "amount_minor": read.minor(t.get("price"), path + "tax_lines.price", 0),
        }
        for t in reading.rows(x.get("tax_lines"), path + "tax_lines")
    ]


def tax_of(x: dict[str, Any], path: str, read: Reader) -> int:
    return sum(t["amount_minor"] for t in taxes(x, path, read))


def shipping(d: dict[str, Any], read: Reader) -> tuple[int, int, int, str | None]:
    """Shipping after its discount, that discount, its tax, and the service's code."""
    asked = off = tax = 0
    code = None
    lines = reading.rows(d.get("shipping_lines"), "shipping_lines")
    for n, x in enumerate(lines):
        path = f"shipping_lines[{n}]."
        if x.get("is_removed") is True:
            continue
        full = read.minor(x.get("price"), path + "price", 0)
        paid = read.minor(x.get("discounted_price"), path + "discounted_price", full)
        asked, off, tax = asked + paid, off + full - paid, tax + tax_of(x, path, read)
        code = code or reading.text(x.get("code") or x.get("title"), path + "code", chars_max=reading.KEY_CHARS_MAX)
    return (asked, off, tax, code) if lines else (shop_money(d, "total_shipping_price_set", read), 0, 0, None)


def spread_rest_of_discount(d: dict[str, Any], read: Reader, lines: list[CanonicalLine], shipping_off: int) -> None:
    """Discounts that Shopify names only in the total are shared out over the lines by value, to the cent; nobody discounts a tip."""
    rest = read.minor(d.get("total_discounts"), "total_discounts", 0) - shipping_off - sum(x.discount_minor for x in lines)
    weights = [0 if x.kind == "charge" else max(x.goods_minor, 0) for x in lines]
    if rest > 0 and any(weights):
        for line, share in zip(lines, split_by_weight(rest, weights), strict=True):
            line.discount_minor += share


def extra_charges(d: dict[str, Any], read: Reader, has_tip_line: bool) -> list[CanonicalLine]:
    """What the total holds that is no goods: a tip, import duties, fees. Each is a charge line under a SKU that the catalog may know."""
    duties = [x for line in reading.rows(d.get("line_items"), "line_items") for x in reading.rows(line.get("duties"), "line_items.duties")]
    charges = (
        ("tip", "TIP", "Tip", 0 if has_tip_line else read.minor(d.get("total_tip_received"), "total_tip_received", 0), 0),
        (
            "duties",
            "DUTIES",
            "Import duties",
            0 if d.get("duties_included") is True else _duties(d, duties, read),
            sum(tax_of(x, "duties.", read) for x in duties),
        ),
        ("fees", "FEES", "Additional fees", shop_money(d, "original_total_additional_fees_set", read), 0),
    )
    return [CanonicalLine(ref, sku, 1, reading.units(amount, read), amount, title, "charge", 0, tax) for ref, sku, title, amount, tax in charges if amount]


def _duties(d: dict[str, Any], duties: list[dict[str, Any]], read: Reader) -> int:
    of_order = shop_money(d, "original_total_duties_set", read) or shop_money(d, "current_total_duties_set", read)
    return of_order or sum(shop_money(x, "price_set", read) if x.get("price_set") else read.minor(x.get("price"), "line_items.duties.price", 0) for x in duties)


def discounts(d: dict[str, Any], read: Reader) -> list[CanonicalDiscount]:
    return [
        CanonicalDiscount(code, read.minor(x.get("amount"), f"discount_codes[{n}].amount", 0))
        for n, x in enumerate(reading.rows(d.get("discount_codes"), "discount_codes"))
        if (code := reading.text(x.get("code"), f"discount_codes[{n}].code", chars_max=reading.KEY_CHARS_MAX))
    ]


def payments(d: dict[str, Any], read: Reader, ref: str, total: int, placed: datetime, gateway: str) -> list[CanonicalPayment]:
    """Where payment stands, under keys that stay the same from message to message; and each refund."""
    authorised, captured = _so_far(d, read, total)
    found: list[CanonicalPayment] = []
    if authorised:
        found.append(
            CanonicalPayment(
                "authorised", gateway, f"{ref}:authorised:{authorised}", authorised, placed, placed + timedelta(days=AUTHORISATION_DAYS), so_far=True
            )
        )
    if captured:
        found.append(CanonicalPayment("captured", gateway, f"{ref}:captured:{captured}", captured, placed, so_far=True))
    refunds = _refunds(d, read, gateway)
    given = sum(p.amount_minor for p in refunds)
    if given > captured:
        raise Unreadable("refunds", f"{given} of {captured} minor units", "More was given back than was ever paid; have the shop send the order again")
    return found + refunds


def _so_far(d: dict[str, Any], read: Reader, total: int) -> tuple[int, int]:
    """Authorised and captured up to now: from transactions where a REST body has them, else from the financial status."""
    sent = reading.rows(d.get("transactions"), "transactions")
    done = [(t, f"transactions[{n}].") for n, t in enumerate(sent) if t.get("status") == "success"]
    if done:
        amounts = [(t.get("kind"), read.taken(t.get("amount"), path + "amount")) for t, path in done]
        return sum(a for kind, a in amounts if kind == "authorization"), sum(a for kind, a in amounts if kind in TAKEN)
    status = d.get("financial_status")
    if status == "authorized":
        return total, 0
    if status in ("paid", "partially_refunded", "refunded"):
        return 0, total
    if status == "partially_paid":
        return 0, max(total - read.minor(d.get("total_outstanding"), "total_outstanding", 0), 0)
    return 0, 0


def _refunds(d: dict[str, Any], read: Reader, gateway: str) -> list[CanonicalPayment]:
    found = []
    for n, refund in enumerate(reading.rows(d.get("refunds"), "refunds")):
        for m, t in enumerate(reading.rows(refund.get("transactions"), f"refunds[{n}].transactions")):
            if t.get("kind") == "refund" and t.get("status") == "success":
                path = f"refunds[{n}].transactions[{m}]."
                at = reading.moment(t.get("processed_at") or t.get("created_at") or refund.get("created_at") or d.get("updated_at"), path + "processed_at")
                found.append(CanonicalPayment("refunded", gateway, exact_id(t, path), read.taken(t.get("amount"), path + "amount"), at))
    return found
