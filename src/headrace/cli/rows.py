"""Rows that a command takes from a file or from its words, and the answer to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from headrace.cli.output import NO, WRONG, as_json, fail, say, table

if TYPE_CHECKING:
    from headrace.engine.rows import RowResult

REFUSED_SHOWN_MAX = 50


def from_file(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV file with a header, or of JSON lines (by its ending). An empty cell says nothing about its column."""
    from headrace.engine.row_files import UnreadableFile, rows_of

    try:
        return rows_of(path.read_bytes(), path.name)
    except UnreadableFile as error:
        raise fail(f"{path}, {error}", WRONG) from None


def from_words(words: Sequence[str], quantity: str, **same: str) -> list[dict[str, Any]]:
    """`SKU=QTY` as a row each; `same` are columns that all have."""
    rows = []
    for word in words:
        sku, sign, qty = word.rpartition("=")
        if not sign or not sku:
            raise fail(f"{word!r}: write SKU=QTY, as in MB-00001=5", WRONG)
        rows.append({"sku": sku, quantity: qty, **same})
    return rows


def either(words: Sequence[str] | None, file: Path | None, quantity: str, **same: str | None) -> list[dict[str, Any]]:
    """Rows from words or from a file, not both; what `same` says goes for rows that do not say it themselves."""
    if bool(words) == bool(file):
        raise fail("name the goods either as SKU=QTY or in a file with --file", WRONG)
    told = {name: value for name, value in same.items() if value is not None}
    return [{**told, **row} if isinstance(row, dict) else row for row in from_file(file)] if file else from_words(words or (), quantity, **told)


def answer(results: Sequence[RowResult], *, as_one_line: bool) -> None:
    """A result per row; the command's answer is no where a row was refused."""
    refused = [r for r in results if not r.done]
    counts = {what: sum(r.what == what for r in results) for what in dict.fromkeys(r.what for r in results)}
    if as_one_line:
        as_json({"rows": [{"row": r.row, "key": r.key, "what": r.what, "why": r.why} for r in results], "counts": counts})
    else:
        say(", ".join(f"{what}: {n:,}" for what, n in counts.items()))
        if refused:
            table("Refused", ("row", "what", "why"), [(r.row, r.key, r.why) for r in refused[:REFUSED_SHOWN_MAX]])
        if len(refused) > REFUSED_SHOWN_MAX:
            say(f"and {len(refused) - REFUSED_SHOWN_MAX:,} more; --json lists all")
    if refused:
        raise typer.Exit(NO)
