"""Invoice and credit memo as a PDF: seller and buyer, number and dates, lines, tax by rate, totals, what is open. It goes on over as many pages as it needs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from headrace.console.papers import letters
from headrace.console.papers.sheet import LEADING, MARGIN, Column, Sheet
from headrace.console.papers.slips import ship_to
from headrace.engine.written import grouped
from headrace.values.money import decimal_from

FACTS_WIDE = 70 * mm  # number, dates and what else identifies the document, at the right
SUMS_WIDE = 92 * mm
SUM_SIZE = 9.5


def bill(document: dict[str, Any], parties: dict[str, Any]) -> bytes:
    """An invoice or a credit memo as a PDF of A4. `document` as insight.finance.invoice gives it."""
    title = _("Credit memo") if document["kind"] == "credit_memo" else _("Invoice")
    sheet = Sheet(f"{title} {document['number']}")
    _head(sheet, title, document, parties)
    sums = _sums(document)
    _lines(sheet, document, keep=_sums_high(sums))
    _write_sums(sheet, document, sums)
    _taxes(sheet, document)
    return sheet.end()


def _amount(minor: int, currency: str) -> str:
    return grouped(decimal_from(minor, currency))


def _head(sheet: Sheet, title: str, document: dict[str, Any], parties: dict[str, Any]) -> None:
    beside = sheet.right - MARGIN - FACTS_WIDE - 5 * mm
    top = sheet.y
    sheet.write(parties["seller"], size=13, bold=True, wide=beside)
    number = _("Tax number: %(number)s") % {"number": parties["seller_tax_number"]} if parties["seller_tax_number"] else parties["seller_country"]
    sheet.write(number, wide=beside)
    sheet.gap(8)
    if parties["country"]:
        sheet.write(_("Credited to") if document["kind"] == "credit_memo" else _("Billed to"), size=8)
    for k, line in enumerate(ship_to(parties) if parties["country"] else []):
        sheet.write(line, size=10, bold=k == 0, wide=beside)
    left, sheet.y = sheet.y, top
    _facts(sheet, title, document, parties)
    sheet.y = min(left, sheet.y)
    sheet.gap(8)


def _facts(sheet: Sheet, title: str, document: dict[str, Any], parties: dict[str, Any]) -> None:
    x = sheet.right - FACTS_WIDE
    sheet.write(title, size=13, bold=True, x=x)
    sheet.gap(1)
    facts = [
        (_("Number"), document["number"]),
        (_("Issued"), document["issued_on"]),
        (_("Due"), (document["due_on"] or _("at once")) if document["kind"] == "invoice" else None),
        (_("Order"), document["order_number"]),
        (_("Your order"), parties["external_number"]),
        (_("Currency"), document["currency"]),
        (_("Corrects"), next((r["number"] for r in document["relatives"] if r["is_corrected"]), None)),
    ]
    for name, value in facts:
        if value:
            sheet.put(name, x)
            sheet.write(value, x=x + 30 * mm)


def _lines(sheet: Sheet, document: dict[str, Any], keep: float) -> None:
    currency = document["currency"]
    numbers = [(_("Pieces"), 17), (_("Net"), 29), (_("Tax"), 26), (_("Total"), 30)]
    wide = sheet.right - MARGIN - sum(w for _title, w in numbers) * mm
    columns = [Column(_("Article"), wide), *(Column(title, w * mm, is_number=True) for title, w in numbers)]
    rows = []
    for line in document["lines"]:
        net, tax = line["net_minor"], line["tax_minor"]
        name = "\n".join(part for part in (line["sku"], line["title"] if line["title"] != line["sku"] else "") if part)
        rows.append((name, grouped(line["qty_each"]) if line["qty_each"] else "", *(_amount(m, currency) for m in (net, tax, net + tax))))
    sheet.table(columns, rows, keep=keep)


def _sums(document: dict[str, Any]) -> list[tuple[str, int, bool]]:
    """What stands under the lines: (words, amount, whether it is a total)."""
    sums = [(_("Goods, discount taken off"), document["goods_minor"] - document["discount_minor"], False)]
    sums += [(_("Shipping"), document["shipping_minor"], False)] if document["shipping_minor"] else []
    sums += [(_("Tax"), document["tax_minor"], False)]
    if document["kind"] == "credit_memo":
        return [*sums, (_("Total credited"), document["total_minor"], True)]
    return [*sums, (_("Total"), document["total_minor"], True), (_("Paid"), document["paid_minor"], False), (_("To be paid"), document["open_minor"], True)]


def _sums_high(sums: list[tuple[str, int, bool]]) -> float:
    return len(sums) * SUM_SIZE * LEADING + 8


def _write_sums(sheet: Sheet, document: dict[str, Any], sums: list[tuple[str, int, bool]]) -> None:
    sheet.room(_sums_high(sums))
    for name, minor, is_total in sums:
        sheet.put(name, sheet.right - SUMS_WIDE, size=SUM_SIZE, bold=is_total)
        sheet.put(f"{_amount(minor, document['currency'])} {document['currency']}", sheet.right, size=SUM_SIZE, bold=is_total, stands="right")
        sheet.y -= SUM_SIZE * LEADING
    sheet.gap(6)


def tax_title(tax: dict[str, Any], jurisdiction: str | None) -> str:
    """`State Tax 7.25 % (US-CA)`."""
    where = f" ({jurisdiction})" if jurisdiction else ""
    if tax["is_shipping"]:
        return _("Shipping") + where
    if not tax["title"] and not tax["rate"]:
        return _("No tax") + where
    return f"{tax['title']} {tax['rate'] + ' %' if tax['rate'] else ''}".strip() + where


def _taxes(sheet: Sheet, document: dict[str, Any]) -> None:
    """The tax split by rate, whole on one page where it fits on one."""
    currency = document["currency"]
    wide = sheet.right - MARGIN
    columns = (Column(_("Tax by rate"), wide - 60 * mm), Column(_("Net"), 30 * mm, is_number=True), Column(_("Tax"), 30 * mm, is_number=True))
    rows = [
        (tax_title(tax, document["tax_jurisdiction"]), _amount(tax["base_minor"], currency), _amount(tax["tax_minor"], currency)) for tax in document["taxes"]
    ]
    sheet.room(sum(len(letters.wrapped(r[0], wide - 60 * mm, 9)) * 9 * LEADING + 3 for r in rows) + 30)
    sheet.table(columns, rows)
