"""What rows would do to a table of the catalog, without doing it: new, changed field by field, unchanged, or refused with the value and the remedy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from headrace.engine.row_files import cell
from headrace.engine.rows import Row, check_size
from headrace.supply.assortment.books import BOOKS
from headrace.values.ids import content_hash

OUTCOMES = ("created", "updated", "unchanged", "refused")


@dataclass(frozen=True, slots=True)
class RowPreview:
    """What would become of one row (counted from 1). `changes`: column, value before, value after, as cells of a file; `column`, `value`, `remedy` of a refused one."""

    row: int
    key: str
    what: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    column: str = ""
    value: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """All rows, how many there are of each outcome, and a digest: the same digest again means that the same would still happen."""

    rows: list[RowPreview]
    counts: dict[str, int]
    digest: str


def preview(what: str, rows: Sequence[Row], today: date) -> Preview:
    """Compare the rows with what is there; locks what it compares with until the transaction ends, and writes nothing."""
    check_size(rows)
    book = BOOKS[what]
    merged = book.merged(rows, today)
    told = []
    for given, result in zip(rows, merged.results, strict=True):
        if result.done:
            changes = [(column, cell(was), cell(becomes)) for column, (was, becomes) in merged.changes.get(result.row, {}).items()]
            told.append(RowPreview(result.row, result.key, result.what, changes))
        else:
            told.append(RowPreview(result.row, result.key, "refused", [], *_fault(given, result.why)))
    counts = Counter(row.what for row in told)
    return Preview(told, {what: counts[what] for what in OUTCOMES}, content_hash(json.dumps([asdict(row) for row in told])).hex())


def _fault(given: Any, why: str) -> tuple[str, str, str]:
    """A fault says its column, or several, before the first colon; the value is what the file has there."""
    columns, colon, remedy = why.partition(": ")
    if not colon:
        return "", "", why
    named = [given.get(column) for column in columns.split(", ")] if isinstance(given, dict) else []
    return columns, ", ".join(str(value) for value in named if value is not None), remedy
