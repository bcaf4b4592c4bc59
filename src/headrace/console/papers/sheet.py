"""What all papers share: a font that writes more than English, barcodes, a page that goes on."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

MARGIN = 18 * mm
BAR_MAX = 0.5 * mm  # of the narrowest bar; wider ones make a number of 15 characters longer than a label
FONT, BOLD = "Vera", "VeraBd"  # with reportlab: western European letters


@cache
def fonts() -> None:
    """Make the fonts known, once. What they cannot write is printed in its plain form (`printable`)."""
    for name in (FONT, BOLD):
        with resources.as_file(resources.files("reportlab") / "fonts" / f"{name}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))


def missing_letters(text: str) -> str:
    """The letters of a text that the font cannot write."""
    fonts()
    known = pdfmetrics.getFont(FONT).face.charToGlyph
    return "".join(sorted({c for c in text if ord(c) not in known and not c.isspace()}))


def printable(text: Any) -> str:
    """The text as the font can write it: a letter that it lacks loses its marks (`Ż` is printed as Z), and what has no plain form becomes a question mark.

    A carrier's driver reads a Z; a box tells nobody anything. The ZPL label keeps every letter.
    """
    told = str(text)
    for letter in missing_letters(told):
        plain = unicodedata.normalize("NFKD", letter)[0]
        told = told.replace(letter, "?" if missing_letters(plain) else plain)
    return told


def code128(canvas: Canvas, text: str, x: float, y: float, *, high: float, wide: float) -> None:
    """A Code 128 of the text in the middle of the room it has, as wide as fits up to `BAR_MAX`; the quiet zone is inside."""
    narrow = Code128(text, barHeight=high, barWidth=1.0, quiet=True)
    bar = Code128(text, barHeight=high, barWidth=min(wide / narrow.width, BAR_MAX), quiet=True)
    bar.drawOn(canvas, x + (wide - bar.width) / 2, y)


class Sheet:
    """A page of A4 that is written from the top down, and goes on on the next one."""

    def __init__(self, title: str) -> None:
        fonts()
        self.held = BytesIO()
        self.canvas = Canvas(self.held, pagesize=A4)
        self.canvas.setTitle(title)
        self.width, self.height = A4
        self.y = self.height - MARGIN

    def room(self, needed: float) -> None:
        """Begin a new page where there is less room than that."""
        if self.y - needed < MARGIN:
            self.canvas.showPage()
            self.y = self.height - MARGIN

    def write(self, text: Any, *, size: float = 9.5, bold: bool = False, x: float = MARGIN, right: float | None = None, down: bool = True) -> None:
        """A line of text at x, or ending at `right`; then the next line, unless it stays."""
        self.room(size * 1.5)
        self.canvas.setFont(BOLD if bold else FONT, size)
        if right is None:
            self.canvas.drawString(x, self.y - size, printable(text))
        else:
            self.canvas.drawRightString(right, self.y - size, printable(text))
        if down:
            self.y -= size * 1.5

    def line(self) -> None:
        self.y -= 4
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y, self.width - MARGIN, self.y)
        self.y -= 4

    def gap(self, millimetres: float) -> None:
        self.y -= millimetres * mm

    def end(self) -> bytes:
        """The finished PDF."""
        self.canvas.save()
        return self.held.getvalue()
