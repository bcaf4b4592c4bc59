"""The manifest: what a carrier took along at once, parcel by parcel, with sums and a place to sign. A PDF of A4."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from headrace.console.papers.sheet import MARGIN, Column, Sheet
from headrace.console.papers.slips import weight
from headrace.engine.written import grouped

SIGN_HIGH = 46 * mm  # sums, and lines for name, time and signature


def manifest(told: dict[str, Any]) -> bytes:
    """`told` as insight.waves.manifest gives it."""
    sheet = Sheet(f"{_('Manifest')} {told['number']}")
    at = timezone.localtime(told["handed_over_at"])
    sheet.write(told["entity"] or told["node_name"], size=13, bold=True)
    sheet.gap(1)
    sheet.write(f"{_('Manifest')} {told['number']}", size=12)
    sheet.gap(3)
    facts = [
        (_("Carrier"), told["carrier"]),
        (_("From"), f"{told['node']} {told['node_name']}"),
        (_("Handed over"), f"{at:%Y-%m-%d %H:%M} {at.tzname()}"),
        (_("By"), told["handed_over_by"].removeprefix("user:")),
    ]
    for name, value in facts:
        sheet.put(name, MARGIN)
        sheet.write(value, x=MARGIN + 32 * mm)
    sheet.gap(5)
    whole = sheet.right - MARGIN
    columns = (
        Column("", 12 * mm),
        Column(_("Tracking"), whole - 112 * mm),
        Column(_("Service"), 34 * mm),
        Column(_("Fulfilment"), 30 * mm),
        Column(_("Weight"), 36 * mm, is_number=True),
    )
    sheet.table(columns, rows(told), keep=SIGN_HIGH)
    _sums(sheet, told)
    return sheet.end()


def rows(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row for each parcel; a carrier other than the manifest's is said beside its number."""
    found: list[tuple[str, ...]] = []
    for fulfilment in told["content"]:
        for parcel in fulfilment["parcels"]:
            other = f" ({parcel['carrier']})" if parcel.get("carrier") not in (None, told["carrier"]) else ""
            number = f"{parcel.get('tracking') or '-'}{other}"
            found.append((str(len(found) + 1), number, fulfilment["service"] or "", fulfilment["fulfilment"], weight(parcel.get("weight_g"))))
    return found


def _sums(sheet: Sheet, told: dict[str, Any]) -> None:
    weighed = sum(1 for f in told["content"] for p in f["parcels"] if p.get("weight_g"))
    sheet.put(_("Parcels: %(n)s") % {"n": grouped(told["parcels"])}, MARGIN, size=11, bold=True)
    sheet.put(weight(told["weight_g"]), sheet.right, size=11, bold=True, stands="right")
    sheet.gap(6)
    if weighed < told["parcels"]:
        sheet.write(_("Not weighed: %(n)s") % {"n": grouped(told["parcels"] - weighed)}, size=8.5)
    sheet.gap(16)
    third = (sheet.right - MARGIN) / 3
    for n, title in enumerate((_("Name of the driver"), _("Date and time"), _("Signature"))):
        x = MARGIN + n * third
        sheet.canvas.setLineWidth(0.5)
        sheet.canvas.line(x, sheet.y, x + third - 6 * mm, sheet.y)
        sheet.put(title, x, size=8)
