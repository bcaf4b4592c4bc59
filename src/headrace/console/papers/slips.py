"""Packing slip and label of a fulfilment."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.units import inch, mm
from reportlab.pdfgen.canvas import Canvas

from headrace.console.papers import letters
from headrace.console.papers.sheet import MARGIN, Column, Sheet, code128, unwritten_note
from headrace.engine.written import grouped

LABEL_WIDE, LABEL_HIGH = 4 * inch, 6 * inch
EDGE = 5 * mm  # of a label, that printers cannot reach
ADDRESS_SIZES = (14, 13, 12, 11, 10, 9, 8)  # the largest in which the address fits
ADDRESS_HIGH = 60 * mm
BARS_WIDE = 60 * mm
SIDES = ("length_mm", "width_mm", "height_mm")


def ship_to(f: dict[str, Any]) -> list[str]:
    """The address, line by line, without what is empty."""
    place = " ".join(p for p in (f["city"], f["region"], f["postcode"]) if p)
    return [line for line in (f["name"], f["company"], f["line1"], f["line2"], place, f["country"]) if line]


def weight(grams: int | None) -> str:
    """`1.25 kg`; nothing where it is not known."""
    return f"{grouped(round(grams / 1000, 2))} kg" if grams else ""


def measure(parcel: dict[str, Any]) -> str:
    """`40 × 30 × 12.5 cm · 1.25 kg`: what is known of a parcel's sides and weight."""
    sides = [parcel.get(side) for side in SIDES]
    told = f"{' × '.join(grouped(side / 10 if side % 10 else side // 10) for side in sides if side)} cm" if all(sides) else ""
    return " · ".join(part for part in (told, weight(parcel.get("weight_g"))) if part)


def packing_slip(f: dict[str, Any]) -> bytes:
    """What is in the parcels: order, address, lines with pieces; no prices. A PDF of A4."""
    sheet = Sheet(f"{_('Packing slip')} {f['number']}")
    code128(sheet.canvas, f["number"], sheet.right - BARS_WIDE, sheet.y - 14 * mm, high=12 * mm, wide=BARS_WIDE)
    beside = sheet.right - BARS_WIDE - MARGIN - 5 * mm
    sheet.write(f["entity"], size=13, bold=True, wide=beside)
    sheet.gap(1)
    sheet.write(f"{_('Packing slip')} {f['number']}", size=11, wide=beside)
    numbers = [_("Order %(number)s") % {"number": f["order_number"]}]
    numbers += [_("Your order: %(number)s") % {"number": f["external_number"]}] if f["external_number"] else []
    sheet.write(" · ".join([*numbers, str(f["channel"])]), wide=beside)
    sheet.y = min(sheet.y, sheet.height - MARGIN - 18 * mm)
    sheet.gap(6)
    sheet.write(_("Ship to"), size=8)
    for k, line in enumerate(ship_to(f)):
        sheet.write(line, size=11, bold=k == 0, wide=sheet.right - MARGIN - 40 * mm)
    sheet.gap(7)
    _slip_lines(sheet, f)
    _slip_parcels(sheet, f)
    return sheet.end()


def _slip_lines(sheet: Sheet, f: dict[str, Any]) -> None:
    whole = sheet.right - MARGIN
    columns = (Column(_("SKU"), 42 * mm), Column(_("Article"), whole - 64 * mm), Column(_("Pieces"), 22 * mm, is_number=True))
    rows = []
    for line in f["lines"]:
        short = _("%(n)s follow or are cancelled") % {"n": line["qty_short_each"]} if line["qty_short_each"] else ""
        rows.append((line["sku"], "\n".join(p for p in (line["name"], short) if p), grouped(line["qty_each"] - line["qty_short_each"])))
    sheet.table(columns, rows, keep=30)
    pieces = sum(line["qty_each"] - line["qty_short_each"] for line in f["lines"])
    sheet.put(_("Parcels: %(n)s") % {"n": len(f["parcels"]) or 1}, MARGIN)
    sheet.put(_("Pieces in all: %(n)s") % {"n": grouped(pieces)}, sheet.right, bold=True, stands="right")
    sheet.gap(6)


def _slip_parcels(sheet: Sheet, f: dict[str, Any]) -> None:
    """Each parcel with its tracking number, and what is in it where the bench told."""
    for n, parcel in enumerate(f["parcels"], 1):
        inside = ", ".join(f"{x['qty']} × {x['sku']}" for x in parcel.get("content") or ())
        told = (_("Parcel %(n)s") % {"n": n}, parcel.get("carrier"), parcel.get("tracking"), measure(parcel), inside)
        sheet.write(" · ".join(str(part) for part in told if part), size=8.5)


def label(f: dict[str, Any]) -> bytes:
    """A label of 4 by 6 inches for each parcel, one page each: address, carrier and service, tracking number as Code 128. A PDF."""
    held = BytesIO()
    canvas = Canvas(held, pagesize=(LABEL_WIDE, LABEL_HIGH))
    canvas.setTitle(f["number"])
    for n, parcel in enumerate(f["parcels"], 1):
        _label(canvas, f, parcel, n)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def sent_by(f: dict[str, Any], parcel: dict[str, Any]) -> str:
    """`OWN STANDARD`: carrier and service, as a label says them."""
    return " ".join(p for p in (parcel.get("carrier"), f["service"]) if p).upper()


def fitted(lines: list[str], wide: float, high: float, sizes: tuple[int, ...], leading: float) -> tuple[int, list[tuple[str, bool]]]:
    """The largest size in which the lines, wrapped, fit into the room: (size, lines with whether each is bold). The first line is bold; what fits in no size is cut."""
    for size in sizes:
        told = [(part, k == 0) for k, line in enumerate(lines) for part in letters.wrapped(line, wide, size, bold=k == 0)]
        if len(told) * size * leading <= high:
            return size, told
    return sizes[-1], told[: int(high // (sizes[-1] * leading))]


def _label(canvas: Canvas, f: dict[str, Any], parcel: dict[str, Any], n: int) -> None:
    wide = LABEL_WIDE - 2 * EDGE
    address = ship_to(f)
    letters.draw(canvas, letters.wrapped(f"{f['node']} {f['node_name']}", wide, 8)[0], EDGE, LABEL_HIGH - 8 * mm, size=8)
    size, service = fitted([sent_by(f, parcel)], wide, 10.5 * mm, (20, 18, 16, 14, 12, 10, 8), 1.15)
    for k, (line, _bold) in enumerate(service):
        letters.draw(canvas, line, EDGE, LABEL_HIGH - 18 * mm - k * size * 1.15, size=size, bold=True)
    canvas.setLineWidth(1.2)
    canvas.line(EDGE, LABEL_HIGH - 24 * mm, LABEL_WIDE - EDGE, LABEL_HIGH - 24 * mm)
    size, lines = fitted(address, wide - 4 * mm, ADDRESS_HIGH, ADDRESS_SIZES, 1.35)
    letters.draw(canvas, _("Ship to"), EDGE, LABEL_HIGH - 29 * mm, size=7)
    y = LABEL_HIGH - 31 * mm - size
    for line, is_bold in lines:
        letters.draw(canvas, line, EDGE + 4 * mm, y, size=size, bold=is_bold)
        y -= size * 1.35
    canvas.line(EDGE, 60 * mm, LABEL_WIDE - EDGE, 60 * mm)
    _label_foot(canvas, f, parcel, n, unwritten_note(letters.unwritten(*address)))


def _label_foot(canvas: Canvas, f: dict[str, Any], parcel: dict[str, Any], n: int, note: str) -> None:
    tracking = parcel.get("tracking")
    if tracking:
        code128(canvas, tracking, EDGE, 31 * mm, high=26 * mm, wide=LABEL_WIDE - 2 * EDGE)
        letters.draw(canvas, tracking, LABEL_WIDE / 2, 25 * mm, size=12, bold=True, stands="middle")
    for k, line in enumerate(reversed(letters.wrapped(note, LABEL_WIDE - 2 * EDGE, 6.5)[:3])):
        letters.draw(canvas, line, EDGE, 14.5 * mm + k * 8, size=6.5)
    told = _("%(number)s · parcel %(n)s of %(of)s") % {"number": f["number"], "n": n, "of": len(f["parcels"])}
    letters.draw(canvas, measure(parcel), EDGE, 10 * mm, size=9)
    letters.draw(canvas, told, EDGE, 6 * mm, size=9)
