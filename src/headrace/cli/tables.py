"""Tables for people: numbers to the right and never cut, words wrapped, whatever the width of the terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from headrace.values.money import decimal_from

WIDE_COLUMNS = 160  # where no terminal says how wide it is: a file or a pipe
WORDS_MIN_COLUMNS = 24  # a column of words is not squeezed below this
WORDS_FROM_COLUMNS = 20  # a column that is narrower than this is never wrapped: numbers, codes, moments
GAP_COLUMNS = 2
_NUMBER = re.compile(r"^-?[\d,]+(\.\d+)?( %| [A-Z]{3})?$")


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide where there is none, so that what goes into a file is not wrapped for a screen."""
    seen = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, width=None if seen else WIDE_COLUMNS)


def money(minor: int | None, currency: str | None) -> str:
    """An amount as people write it: 123456 USD minor units are `1,234.56 USD`; nothing for nothing."""
    return f"{decimal_from(minor, currency):,} {currency}" if currency and minor is not None else ""


def cell(value: Any) -> str:
    """A value as it stands in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def print_table(out: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table. Where even its numbers do not fit, its lines run on rather than lose a digit. No rows print nothing."""
    shown = [[cell(v) for v in row] for row in rows]
    if not shown:
        return
    if title:
        out.print(f"\n[bold]{escape(title)}[/bold]", highlight=False)
    t = Table(header_style="dim", box=None, pad_edge=False)
    needed = -GAP_COLUMNS
    for n, name in enumerate(columns):
        cells = [row[n] for row in shown]
        widest = max(map(len, [name, *cells]))
        words = widest > WORDS_FROM_COLUMNS and not all(_NUMBER.match(c) or not c for c in cells)
        least = min(widest, WORDS_MIN_COLUMNS) if words else widest
        numeric = any(cells) and all(_NUMBER.match(c) or not c for c in cells)
        t.add_column(name, justify="right" if numeric else "left", no_wrap=not words, overflow="fold", min_width=least)
        needed += least + GAP_COLUMNS
    for row in shown:
        t.add_row(*(Text(c) for c in row))
    if needed > out.width:
        t.width = needed
    out.print(t, crop=False)
