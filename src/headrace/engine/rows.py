"""Rows as people and programs send them to a bulk deed, and the answer to each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.engine.action import Refused

ROWS_MAX = 100_000
FAULTS_SHOWN_MAX = 20
INT_MAX = 2_147_483_647

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a bulk deed did with one row (counted from 1): done, created, updated, unchanged, or refused with the reason why."""

    row: int
    key: str
    what: str
    why: str = ""

    @property
    def done(self) -> bool:
        return self.what != "refused"


class RowFault(ValueError):
    """One value of a row makes no sense. Says which and what would."""


def check_size(rows: Sequence[Row]) -> None:
    if not rows:
        raise Refused("rows: none; send at least one")
    if len(rows) > ROWS_MAX:
        raise Refused(f"rows: {len(rows):,} at once; the limit is {ROWS_MAX:,}. Send them in parts.")


def text(row: Row, name: str, *, default: str | None = None) -> str:
    """A word that must be there, without spaces around it."""
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        if default is not None:
            return default
        raise RowFault(f"{name}: missing")
    if not isinstance(value, str | int) or isinstance(value, bool) or "\x00" in str(value):
        raise RowFault(f"{name}: {value!r} is no text")
    return str(value).strip()


def optional_text(row: Row, name: str) -> str | None:
    return text(row, name, default="") or None


def whole(row: Row, name: str, *, least: int = 0, default: int | None = None, most: int = INT_MAX) -> int:
    """A whole number, also as text; `least` is the smallest that makes sense."""
    value = row.get(name)
    if value in (None, ""):
        if default is not None:
            return default
        raise RowFault(f"{name}: missing")
    try:
        if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
            raise ValueError
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        raise RowFault(f"{name}: {value!r} is no whole number") from None
    if not least <= number <= most:
        raise RowFault(f"{name}: {number} must lie between {least:,} and {most:,}")
    return number


def unknown_columns(row: Row, known: Sequence[str]) -> None:
    """A column that nobody reads is a mistake of the sender's, not something to pass over."""
    strange = [str(name) for name in row if name not in known]
    if strange:
        raise RowFault(f"{', '.join(strange)}: no such column; known are {', '.join(known)}")


def refuse_all(faults: Mapping[int, str]) -> None:
    """Where a document is taken whole or not at all: every fault at once, by row."""
    if faults:
        shown = "; ".join(f"row {n}: {why}" for n, why in sorted(faults.items())[:FAULTS_SHOWN_MAX])
        more = len(faults) - FAULTS_SHOWN_MAX
        raise Refused(shown + (f"; and {more} more" if more > 0 else "") + ". Nothing was done: correct these rows and send all of it again.")
