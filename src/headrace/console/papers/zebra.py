"""The label of a parcel in ZPL II, for a label printer of 203 dpi.

Letters that the printer's own font 0 writes (Latin) go as text in UTF-8 (`^CI28`); a line with any other letter is drawn with the house's fonts and goes as a picture
(`^GFA`), so that a Greek or Japanese name does not depend on what somebody loaded into the printer.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from headrace.console.papers import letters
from headrace.console.papers.slips import fitted, measure, sent_by, ship_to

DOTS_PER_MM = 8  # 203 dpi, the usual label printer
WIDE, HIGH = round(101.6 * DOTS_PER_MM), round(152.4 * DOTS_PER_MM)
EDGE = 40
SIZES = (40, 36, 32, 28, 24, 20)
LEADING = 1.3
ADDRESS_HIGH = 480
PRINTERS_OWN = "\u024f"  # the last letter of Latin as font 0 has it
_COMMANDS = re.compile(r"[\^~\\_]")
_FONTS: dict[tuple[str, int], Any] = {}


def zpl(f: dict[str, Any]) -> str:
    """The label as ZPL II, one `^XA..^XZ` for each parcel."""
    return "".join(_one(f, parcel, n) for n, parcel in enumerate(f["parcels"], 1))


def _one(f: dict[str, Any], parcel: dict[str, Any], n: int) -> str:
    size, lines = fitted(ship_to(f), WIDE - 2 * EDGE - 16, ADDRESS_HIGH, SIZES, LEADING)
    address = "".join(_line(line, EDGE + 16, round(230 + k * size * LEADING), size, bold) for k, (line, bold) in enumerate(lines))
    tracking = parcel.get("tracking")
    bars = f"^FO{EDGE},760^BY3^BCN,210,Y,N,N^FH\\^FD{_plain(tracking)}^FS" if tracking else ""
    told = _("%(number)s · parcel %(n)s of %(of)s") % {"number": f["number"], "n": n, "of": len(f["parcels"])}
    service_size, service = fitted([sent_by(f, parcel)], WIDE - 2 * EDGE, 60, (54, 44, 36, 28, 22), 1.0)
    return (
        f"^XA^CI28^PW{WIDE}^LL{HIGH}"
        + _line(f"{f['node']} {f['node_name']}", EDGE, 40, 24)
        + "".join(_line(line, EDGE, 90, service_size, bold=True) for line, _bold in service[:1])
        + f"^FO{EDGE},180^GB{WIDE - 2 * EDGE},3,3^FS{address}{bars}"
        + _line(measure(parcel), EDGE, 1110, 28)
        + _line(told, EDGE, 1150, 28)
        + "^XZ\n"
    )


def _line(text: str, x: int, y: int, size: int, bold: bool = False) -> str:
    """One line of text with its top at y."""
    told = letters.plain(text)
    if all(c <= PRINTERS_OWN or c in "·…’“”–—€" for c in told):
        return f"^FO{x},{y}^A0N,{size},0^FH\\^FD{_plain(told)}^FS"
    return f"^FO{x},{y}{_picture(told, size, bold)}^FS"


def _plain(text: str) -> str:
    """Text without what a printer would take for a command: those letters as hexadecimal, which `^FH\\` lets it read."""
    return _COMMANDS.sub(lambda m: f"\\{ord(m.group()):02X}", letters.plain(text))


def _picture(text: str, size: int, bold: bool) -> str:
    """A line drawn letter by letter and given as dots: bytes in all, bytes of the picture, bytes of a row, and the rows in hexadecimal."""
    runs = [(_font(name, size), part) for name, part in letters.runs(text, bold=bold)]
    wide = min(int(sum(font.getlength(part) for font, part in runs)) + 8, WIDE)
    image = Image.new("1", (-(-wide // 8) * 8, round(size * 1.25)), 0)
    pen, x = ImageDraw.Draw(image), 0.0
    for font, part in runs:
        pen.text((x, size), part, fill=1, font=font, anchor="ls")
        x += font.getlength(part)
    dots = image.tobytes()
    return f"^GFA,{len(dots)},{len(dots)},{image.width // 8},{dots.hex().upper()}"


def _font(name: str, size: int) -> Any:
    if (name, size) not in _FONTS:
        with resources.as_file(resources.files("headrace.console.papers") / "fonts" / f"{name}.ttf") as path:
            _FONTS[name, size] = ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    return _FONTS[name, size]
