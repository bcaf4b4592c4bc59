"""Rows in files: CSV with a header, or JSON lines. What is written here can be changed in a spreadsheet and read again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from headrace.engine.rows import Row

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet run a text
_JSON_ENDINGS = (".jsonl", ".ndjson")
_SEPARATORS = (",", ";", "\t")


class UnreadableFile(ValueError):
    """The file is no table. Says where and what would be."""


def rows_of(content: bytes, name: str) -> list[dict[str, Any]]:
    """Rows of a file; `name` decides by its ending whether it is CSV or JSON lines. An empty cell says nothing about its column.

    CSV may be separated by commas, semicolons (as spreadsheets do where the comma is the decimal sign) or tabs.
    """
    if b"\x00" in content:
        raise UnreadableFile(f"byte {content.index(0) + 1} is zero, which no text has; save the file as CSV UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"byte {error.start + 1} is no UTF-8; save the file as CSV UTF-8") from None
    return _json_rows(text) if name.lower().endswith(_JSON_ENDINGS) else _csv_rows(text)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _json_rows(text: str) -> list[dict[str, Any]]:
    if "\\u0000" in text:
        raise UnreadableFile("it holds a zero character, which no text has")
    rows = []
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_no_number)
            if "\\u" in line:
                json.dumps(row, ensure_ascii=False).encode()  # half a character is a ValueError
            rows.append(row)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(f"line {n}: {error}. Write one JSON object a line.") from None
    return rows


def _csv_rows(text: str) -> list[dict[str, Any]]:
    separator = max(_SEPARATORS, key=text.split("\n", 1)[0].count)
    found = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        names = [(name or "").strip() for name in found.fieldnames or ()]
        if len(set(names)) < len(names):
            raise UnreadableFile(f"line 1: a column stands twice: {', '.join(names)}")
        for row in found:
            if None in row:
                raise UnreadableFile(f"line {found.line_num}: more cells than the header has columns")
            said = {name.strip(): unguarded(cell.strip()) for name, cell in row.items() if cell is not None and cell.strip()}
            if said:  # a line of separators alone is what spreadsheets leave below a table
                rows.append(said)
    except csv.Error as error:
        says = f"{error}; a quote is not closed, or a cell holds more than {csv.field_size_limit():,} characters"
        raise UnreadableFile(f"after line {found.line_num}: {says}") from None
    return rows


def guarded(text: str) -> str:
    """The text as no spreadsheet runs it: an apostrophe before what would be a formula."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_SIGNS) else text


_WORDS: dict[type, Callable[[Any], str]] = {
    bool: lambda v: "true" if v else "false",
    int: str,
    float: repr,
    Decimal: lambda v: f"{v.normalize():f}",
    date: lambda v: str(v.isoformat()),
    list: " ".join,
}


def cell(value: Any) -> str:
    """A value as a cell of the file, so that reading it gives the same value."""
    if value is None:
        return ""
    return _WORDS.get(type(value), lambda v: guarded(str(v)))(value)


class _Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines_of(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """The file of these rows, line by line, header first."""
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(row[column]) for column in columns])
