"""What all papers of A4 share: a page that goes on on the next one, tables whose heads come again, page n of m, barcodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from headrace.console.papers import letters

MARGIN = 18 * mm
FOOT = 9 * mm  # room for the foot of a page, above the margin
LEADING = 1.4  # of a line, in sizes of its letters
BAR_MAX = 0.5 * mm  # of the narrowest bar; wider ones make a number of 15 characters longer than a label
GAP = 3 * mm  # between two columns
CELL_LINES_MAX = 12  # of a cell; more is cut, so that a row always fits on a page
UNWRITTEN_MAX = 12  # letters named in the note of what could not be printed


def code128(canvas: Canvas, text: str, x: float, y: float, *, high: float, wide: float) -> None:
    """A Code 128 of the text in the middle of the room it has, as wide as fits up to `BAR_MAX`; the quiet zone is inside."""
    narrow = Code128(text, barHeight=high, barWidth=1.0, quiet=True)
    bar = Code128(text, barHeight=high, barWidth=min(wide / narrow.width, BAR_MAX), quiet=True)
    bar.drawOn(canvas, x + (wide - bar.width) / 2, y)


def unwritten_note(found: Sequence[str]) -> str:
    """The sentence of a paper on which letters are missing; empty where none is."""
    if not found:
        return ""
    named = ", ".join(f"U+{ord(c):04X}" for c in found[:UNWRITTEN_MAX]) + (" …" if len(found) > UNWRITTEN_MAX else "")
    return _("%(box)s stands for letters that could not be printed (%(letters)s). The console shows the text in full.") % {"box": letters.BOX, "letters": named}


class Pages(Canvas):
    """A canvas that keeps its pages until their number is known; `foot(canvas, n, of)` then writes what stands at the foot of each."""

    def __init__(self, held: BytesIO, foot: Callable[[Canvas, int, int], None]) -> None:
        super().__init__(held, pagesize=A4)
        self._kept: list[dict[str, Any]] = []
        self._foot = foot

    def showPage(self) -> None:  # noqa: N802 - reportlab's word
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for n, state in enumerate(self._kept, 1):
            self.__dict__.update(state)
            self._foot(self, n, len(self._kept))
            super().showPage()
        super().save()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table on paper: how wide in points, and whether it holds numbers, which end where the column ends."""

    title: str
    wide: float
    is_number: bool = False
    is_bold: bool = False


class Sheet:
    """A page of A4 that is written from the top down, and goes on on the next one."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.held = BytesIO()
        self.canvas = Pages(self.held, self._foot)
        self.canvas.setTitle(letters.plain(title))
        self.width, self.height = A4
        self.y = self.height - MARGIN
        self.boxes: set[str] = set()

    @property
    def right(self) -> float:
        return self.width - MARGIN

    @property
    def left_high(self) -> float:
        """What is left of this page, in points."""
        return self.y - MARGIN - FOOT

    def _foot(self, canvas: Canvas, n: int, of: int) -> None:
        note = unwritten_note(sorted(self.boxes))
        for k, line in enumerate(reversed(letters.wrapped(note, self.right - MARGIN, 7.5))):
            letters.draw(canvas, line, MARGIN, MARGIN + 4.5 * mm + k * 10, size=7.5)
        letters.draw(canvas, self.title, MARGIN, MARGIN, size=7.5)
        letters.draw(canvas, _("Page %(page)s of %(pages)s") % {"page": n, "pages": of}, self.right, MARGIN, size=7.5, stands="right")

    def new_page(self) -> None:
        self.canvas.showPage()
        self.y = self.height - MARGIN

    def room(self, needed: float) -> None:
        """Begin a new page where there is less room than that, unless the whole of a page has not more."""
        if self.left_high < needed and self.y < self.height - MARGIN:
            self.new_page()

    def put(self, text: Any, x: float, *, size: float = 9.5, bold: bool = False, stands: str = "left") -> None:
        """A piece of text on the present line, which stays."""
        self.boxes.update(letters.unwritten(text))
        letters.draw(self.canvas, text, x, self.y - size, size=size, bold=bold, stands=stands)

    def write(self, text: Any, *, size: float = 9.5, bold: bool = False, x: float = MARGIN, wide: float | None = None) -> None:
        """Text from x on, in as many lines as it needs; then the next line."""
        for line in letters.wrapped(text, wide or self.right - x, size, bold=bold):
            self.room(size * LEADING)
            self.put(line, x, size=size, bold=bold)
            self.y -= size * LEADING

    def line(self, wide: float = 0.5) -> None:
        self.y -= 3
        self.canvas.setLineWidth(wide)
        self.canvas.line(MARGIN, self.y, self.right, self.y)
        self.y -= 4

    def gap(self, millimetres: float) -> None:
        self.y -= millimetres * mm

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, size: float = 9, keep: float = 0) -> None:
        """Rows under heads that come again on each page. A row stays whole, and the last one stays with the `keep` points that come after the table."""
        self.room(
            self._high(columns, [c.title for c in columns], size) + (self._high(columns, rows[0], size) if rows else 0) + 12 + (keep if len(rows) < 2 else 0)
        )
        self._head(columns, size)
        for n, row in enumerate(rows, 1):
            high = self._high(columns, row, size)
            if self.left_high < high + (keep if n == len(rows) else 0):
                self.new_page()
                self._head(columns, size)
            self._row(columns, row, size, high)
        self.line()

    def _head(self, columns: Sequence[Column], size: float) -> None:
        titles = [c.title for c in columns]
        self._row([Column(c.title, c.wide, c.is_number, is_bold=True) for c in columns], titles, size - 0.5, self._high(columns, titles, size))
        self.line()

    def _cell(self, column: Column, value: Any, size: float) -> list[str]:
        parts = ("" if value is None else str(value)).split("\n")
        lines = [line for part in parts for line in letters.wrapped(part, column.wide - GAP, size, bold=column.is_bold)]
        return lines if len(lines) <= CELL_LINES_MAX else [*lines[: CELL_LINES_MAX - 1], "…"]

    def _high(self, columns: Sequence[Column], row: Sequence[Any], size: float) -> float:
        return max((len(self._cell(c, v, size)) for c, v in zip(columns, row, strict=True)), default=1) * size * LEADING + 3

    def _row(self, columns: Sequence[Column], row: Sequence[Any], size: float, high: float) -> None:
        x, top = MARGIN, self.y
        for column, value in zip(columns, row, strict=True):
            for line in self._cell(column, value, size):
                self.put(line, x + column.wide if column.is_number else x, size=size, bold=column.is_bold, stands="right" if column.is_number else "left")
                self.y -= size * LEADING
            x, self.y = x + column.wide, top
        self.y = top - high

    def end(self) -> bytes:
        """The finished PDF."""
        self.canvas.showPage()
        self.canvas.save()
        return self.held.getvalue()
