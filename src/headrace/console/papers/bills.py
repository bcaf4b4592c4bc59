"""Invoice and credit memo as a PDF: seller and buyer, number and dates, lines, tax by rate, totals, what is open. It goes on over as many pages as it needs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from headrace.console.papers.sheet import MARGIN, Sheet
from headrace.console.papers.slips import ship_to
from headrace.values.money import decimal_from

TEXT_CHARS_MAX = 44
ROW = 9.5 * 1.5 * 2


def bill(document: dict[str, Any], parties: dict[str, Any]) -> bytes:
    """An invoice or a credit memo as a PDF of A4. `document` as insight.finance.invoice gives it."""
    title = _("Credit memo") if document["kind"] == "credit_memo" else _("Invoice")
    sheet = Sheet(f"{title} {document['number']}")
    _head(sheet, title, document, parties)
    _lines(sheet, document)
    _sums(sheet, document)
    _taxes(sheet, document)
    return sheet.end()


def _amount(minor: int, currency: str) -> str:
    return f"{decimal_from(minor, currency):,}"


def _head(sheet: Sheet, title: str, document: dict[str, Any], parties: dict[str, Any]) -> None:
    right = sheet.width - MARGIN
    sheet.write(parties["seller"], size=13, bold=True, down=False)
    sheet.write(title, size=13, bold=True, right=right)
    number = _("Tax number: %(number)s") % {"number": parties["seller_tax_number"]} if parties["seller_tax_number"] else parties["seller_country"]
    sheet.write(number, down=False)
    sheet.write(document["number"], size=11, right=right)
    sheet.gap(6)
    facts = [
        (_("Issued"), document["issued_on"]),
        (_("Due"), document["due_on"] or _("at once")),
        (_("Order"), document["order_number"]),
        (_("Your order"), parties["external_number"]),
        (_("Currency"), document["currency"]),
        (_("Corrects"), next((r["number"] for r in document["relatives"] if r["is_corrected"]), None)),
    ]
    told = [f"{name}: {value}" for name, value in facts if value]
    buyer = ship_to(parties) if parties["country"] else []
    for n in range(max(len(told), len(buyer))):
        sheet.write(buyer[n] if n < len(buyer) else "", down=False)
        sheet.write(told[n] if n < len(told) else "", right=right)
    sheet.gap(8)


def _columns(sheet: Sheet) -> tuple[float, float, float, float]:
    """Where pieces, net, tax and total end."""
    right = sheet.width - MARGIN
    return right - 78 * mm, right - 50 * mm, right - 26 * mm, right


def _row(sheet: Sheet, text: str, cells: tuple[str, str, str, str], *, bold: bool = False) -> None:
    sheet.write(text[:TEXT_CHARS_MAX], bold=bold, down=False)
    for value, right in zip(cells, _columns(sheet), strict=True):
        sheet.write(value, bold=bold, right=right, down=False)
    sheet.write("")


def _lines(sheet: Sheet, document: dict[str, Any]) -> None:
    currency = document["currency"]
    heads = (_("Pieces"), _("Net"), _("Tax"), _("Total"))
    _row(sheet, _("Article"), heads, bold=True)
    sheet.line()
    for line in document["lines"]:
        if sheet.y - ROW < MARGIN:
            sheet.room(sheet.height)  # a new page, which says again what stands where
            _row(sheet, document["number"], heads, bold=True)
            sheet.line()
        name = f"{line['sku']}  {line['title']}".strip()
        net, tax = line["net_minor"], line["tax_minor"]
        _row(sheet, name, (str(line["qty_each"] or ""), _amount(net, currency), _amount(tax, currency), _amount(net + tax, currency)))
    sheet.line()


def _sums(sheet: Sheet, document: dict[str, Any]) -> None:
    currency = document["currency"]
    sums = [(_("Goods, discount taken off"), document["goods_minor"] - document["discount_minor"])]
    sums += [(_("Shipping"), document["shipping_minor"])] if document["shipping_minor"] else []
    sums += [(_("Tax"), document["tax_minor"])]
    right = sheet.width - MARGIN
    sheet.room(ROW * 4)
    for name, minor in sums:
        sheet.write(name, x=right - 90 * mm, down=False)
        sheet.write(f"{_amount(minor, currency)} {currency}", right=right)
    total = _("Total credited") if document["kind"] == "credit_memo" else _("Total")
    sheet.write(total, bold=True, x=right - 90 * mm, down=False)
    sheet.write(f"{_amount(document['total_minor'], currency)} {currency}", bold=True, right=right)
    if document["kind"] == "invoice":
        sheet.write(_("Paid"), x=right - 90 * mm, down=False)
        sheet.write(f"{_amount(document['paid_minor'], currency)} {currency}", right=right)
        sheet.write(_("To be paid"), bold=True, x=right - 90 * mm, down=False)
        sheet.write(f"{_amount(document['open_minor'], currency)} {currency}", bold=True, right=right)
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
    currency = document["currency"]
    sheet.room(ROW * (len(document["taxes"]) + 1))
    _row(sheet, _("Tax by rate"), ("", _("Net"), _("Tax"), ""), bold=True)
    sheet.line()
    for tax in document["taxes"]:
        _row(sheet, tax_title(tax, document["tax_jurisdiction"]), ("", _amount(tax["base_minor"], currency), _amount(tax["tax_minor"], currency), ""))
