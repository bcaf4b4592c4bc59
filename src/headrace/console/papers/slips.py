"""Packing slip and label of a fulfilment."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.units import inch, mm
from reportlab.pdfgen.canvas import Canvas

from headrace.console.papers.sheet import BOLD, FONT, MARGIN, Sheet, code128, fonts, printable

LABEL_WIDE, LABEL_HIGH = 4 * inch, 6 * inch
DOTS_PER_MM = 8  # 203 dpi, the usual label printer
_ZPL_COMMANDS = re.compile(r"[\^~\\_]")


def ship_to(f: dict[str, Any]) -> list[str]:
    """The address, line by line, without what is empty."""
    place = " ".join(p for p in (f["city"], f["region"], f["postcode"]) if p)
    return [line for line in (f["name"], f["company"], f["line1"], f["line2"], place, f["country"]) if line]


def packing_slip(f: dict[str, Any]) -> bytes:
    """What is in the parcels: order, address, lines with pieces; no prices. A PDF of A4."""
    sheet = Sheet(f"{_('Packing slip')} {f['number']}")
    code128(sheet.canvas, f["number"], sheet.width - MARGIN - 60 * mm, sheet.y - 14 * mm, high=12 * mm, wide=60 * mm)
    sheet.write(f["entity"], size=13, bold=True)
    sheet.write(f"{_('Packing slip')} {f['number']}", size=11)
    sheet.write(f"{_('Order')} {f['order_number']}  {f['channel']} {f['external_number'] or ''}")
    sheet.gap(8)
    for line in ship_to(f):
        sheet.write(line, size=10.5)
    sheet.gap(6)
    _slip_lines(sheet, f)
    return sheet.end()


def _slip_lines(sheet: Sheet, f: dict[str, Any]) -> None:
    right = sheet.width - MARGIN
    sheet.write("SKU", bold=True, down=False)
    sheet.write(_("Article"), bold=True, x=MARGIN + 42 * mm, down=False)
    sheet.write(_("Pieces"), bold=True, right=right)
    sheet.line()
    for line in f["lines"]:
        sheet.write(line["sku"], down=False)
        sheet.write(line["name"][:60], x=MARGIN + 42 * mm, down=False)
        sheet.write(line["qty_each"] - line["qty_short_each"], right=right)
        if line["qty_short_each"]:
            sheet.write(_("%(n)s follow or are cancelled") % {"n": line["qty_short_each"]}, x=MARGIN + 42 * mm, size=8)
    sheet.line()
    sheet.write(_("Parcels: %(n)s") % {"n": len(f["parcels"]) or 1}, size=9)


def label(f: dict[str, Any]) -> bytes:
    """A label of 4 by 6 inches for each parcel, one page each: address, carrier and service, tracking number as Code 128. A PDF."""
    fonts()
    held = BytesIO()
    canvas = Canvas(held, pagesize=(LABEL_WIDE, LABEL_HIGH))
    for n, parcel in enumerate(f["parcels"], 1):
        _label(canvas, f, parcel, n)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def _label(canvas: Canvas, f: dict[str, Any], parcel: dict[str, Any], n: int) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawString(5 * mm, LABEL_HIGH - 8 * mm, printable(f"{f['node']} {f['node_name']}")[:60])
    canvas.setFont(BOLD, 18)
    canvas.drawString(5 * mm, LABEL_HIGH - 20 * mm, f"{parcel.get('carrier', '')} {f['service'] or ''}".strip().upper())
    canvas.line(5 * mm, LABEL_HIGH - 24 * mm, LABEL_WIDE - 5 * mm, LABEL_HIGH - 24 * mm)
    y = LABEL_HIGH - 32 * mm
    for k, line in enumerate(ship_to(f)):
        canvas.setFont(BOLD if k == 0 else FONT, 13)
        canvas.drawString(7 * mm, y, printable(line)[:34])
        y -= 6.5 * mm
    tracking = parcel.get("tracking")
    if tracking:
        code128(canvas, tracking, 5 * mm, 32 * mm, high=26 * mm, wide=LABEL_WIDE - 10 * mm)
        canvas.setFont(BOLD, 12)
        canvas.drawCentredString(LABEL_WIDE / 2, 26 * mm, tracking)
    canvas.setFont(FONT, 9)
    weight = f"{parcel['weight_g'] / 1000:.2f} kg" if parcel.get("weight_g") else ""
    canvas.drawString(5 * mm, 8 * mm, f"{f['number']}  {n}/{len(f['parcels'])}  {weight}")


def zpl(f: dict[str, Any]) -> str:
    """The same label as ZPL II for a printer of 203 dpi, one `^XA..^XZ` for each parcel. UTF-8 (`^CI28`)."""
    return "".join(_zpl(f, parcel, n) for n, parcel in enumerate(f["parcels"], 1))


def _zpl(f: dict[str, Any], parcel: dict[str, Any], n: int) -> str:
    wide, high = round(101.6 * DOTS_PER_MM), round(152.4 * DOTS_PER_MM)
    lines = "".join(f"^FO56,{250 + 52 * k}^A0N,{40 if k == 0 else 34},0^FH\\^FD{_plain(line)}^FS" for k, line in enumerate(ship_to(f)))
    tracking = parcel.get("tracking")
    bars = f"^FO40,760^BY3^BCN,210,Y,N,N^FD{_plain(tracking)}^FS" if tracking else ""
    return (
        f"^XA^CI28^PW{wide}^LL{high}"
        f"^FO40,40^A0N,26,0^FH\\^FD{_plain(f['node'] + ' ' + f['node_name'])}^FS"
        f"^FO40,90^A0N,60,0^FH\\^FD{_plain((parcel.get('carrier', '') + ' ' + (f['service'] or '')).strip().upper())}^FS"
        f"^FO40,190^GB732,3,3^FS{lines}{bars}"
        f"^FO40,1150^A0N,28,0^FH\\^FD{_plain(f['number'])} {n}/{len(f['parcels'])}^FS^XZ\n"
    )


def _plain(text: str) -> str:
    """Text without what a printer would take for a command: those letters as hexadecimal, which `^FH\\` lets it read."""
    return _ZPL_COMMANDS.sub(lambda m: f"\\{ord(m.group()):02X}", text)
