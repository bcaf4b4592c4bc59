"""Letters of the papers: which font writes which run of a text, how wide it is, where it is broken.

The fonts lie beside this file and are embedded, as far as used, in every PDF, so that a paper looks the same at every printer: DejaVu Sans for Latin, Greek,
Cyrillic and signs, Droid Sans Fallback for Chinese and Japanese, NanumSquare for Korean. A letter that none of them writes is printed as `BOX`, and whoever draws
the paper says so on it (`unwritten`). Scripts that are written from the right or whose letters change their shape beside each other are among these: letters in the
wrong order would be worse than a box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
CJK, HANGUL = "DroidSansFallbackFull", "NanumSquareR"
BOX = "▯"
ANYWHERE = frozenset((CJK, HANGUL))  # fonts of scripts whose lines may be broken between any two letters
SHAPED = frozenset(("R", "AL", "AN"))  # written from the right


@cache
def _known(name: str) -> frozenset[int]:
    """The letters that a font writes; the font is read when it is needed first."""
    with resources.as_file(resources.files(__package__) / "fonts" / f"{name}.ttf") as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


@cache
def _font_of(letter: str, first: str) -> str | None:
    """The font that writes this letter, or None."""
    if unicodedata.bidirectional(letter) in SHAPED:
        return None
    return next((name for name in (first, FONT, HANGUL if "가" <= letter <= "힣" else CJK, HANGUL) if ord(letter) in _known(name)), None)


def plain(text: Any) -> str:
    """The text as it is printed: composed, in one line, without what cannot be seen."""
    told = unicodedata.normalize("NFC", "" if text is None else str(text))
    return "".join(
        " " if c.isspace() else c for c in told if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs") and not "\ufe00" <= c <= "\ufe0f"
    )


def unwritten(*texts: Any) -> list[str]:
    """The letters of these texts that no font of the house writes, each once."""
    return sorted({c for text in texts for c in plain(text) if not c.isspace() and _font_of(c, FONT) is None})


def runs(text: Any, *, bold: bool = False) -> list[tuple[str, str]]:
    """The text in runs of one font each: (font, letters)."""
    first = BOLD if bold else FONT
    _known(first)
    fonts = [(_font_of(c, first), c) if not c.isspace() else (first, " ") for c in plain(text)]
    return [(font, "".join(c for _, c in run)) for font, run in groupby(((f or first, c if f else BOX) for f, c in fonts), key=lambda pair: pair[0])]


def width(text: Any, size: float, *, bold: bool = False) -> float:
    """Points from the first to the last letter."""
    return sum(pdfmetrics.stringWidth(letters, font, size) for font, letters in runs(text, bold=bold))


def draw(canvas: Canvas, text: Any, x: float, y: float, *, size: float, bold: bool = False, stands: str = "left") -> None:
    """Write one line with its base line at y: beginning at x, ending there (`right`) or with its middle there (`middle`)."""
    x -= {"left": 0.0, "middle": 0.5, "right": 1.0}[stands] * (0.0 if stands == "left" else width(text, size, bold=bold))
    for font, letters in runs(text, bold=bold):
        canvas.setFont(font, size)
        canvas.drawString(x, y, letters)
        x += pdfmetrics.stringWidth(letters, font, size)


def _pieces(text: str, bold: bool) -> Iterator[str]:
    """What stays together: words with the blank after them; letters of scripts without blanks one by one."""
    word = ""
    for font, letters in runs(text, bold=bold):
        for c in letters:
            if font in ANYWHERE and word and c not in "、。，．）」』】ー々":
                yield word
                word = ""
            word += c
            if c in " -/,;" and font not in ANYWHERE:
                yield word
                word = ""
    if word:
        yield word


def _fitting(pieces: Iterable[str], room: float, size: float, bold: bool) -> Iterator[str]:
    """The pieces again, those that are longer than a line cut into parts that are not."""
    for piece in pieces:
        part = ""
        for c in piece:
            if part and width((part + c).rstrip(), size, bold=bold) > room:
                yield part
                part = ""
            part += c
        yield part


def wrapped(text: Any, room: float, size: float, *, bold: bool = False) -> list[str]:
    """The text in lines no wider than `room` points; none where it is empty."""
    told = plain(text).strip()
    if width(told, size, bold=bold) <= room:
        return [told] if told else []
    lines = [""]
    for piece in _fitting(_pieces(told, bold), room, size, bold):
        if lines[-1] and width((lines[-1] + piece).rstrip(), size, bold=bold) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines if line.strip()]
