"""Accounting for imported files: every row stands for something, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from headrace.engine.queries import copy_rows, load_queries

sql = load_queries(__package__)
RowGroup = tuple[str, int, str, int, Decimal, int, str]
"""Document, message, what the rows become, how many they are, their exact sum, the minor units that are to be booked, and their currency."""


def record_rows(source: str, groups: Sequence[RowGroup]) -> None:
    """Record what a file's rows become. What could not be read before and can be now replaces what was said of it."""
    if not groups:
        return
    sql.make_import_tray()
    copy_rows(sql.copy_import_rows.text, list(groups))
    sql.forget_parked_rows(source=source)
    sql.record_import_rows(source=source)
