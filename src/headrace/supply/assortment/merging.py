"""From rows as they were sent to whole rows as they are written: what a row does not say stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace.catalog import loading
from headrace.engine.rows import Row, RowFault, RowResult, unknown_columns
from headrace.supply.assortment.columns import Table

Key = tuple[Any, ...]
Changes = dict[str, tuple[Any, Any]]  # by column: value before (None where the row is new) and after
Check = Callable[[Mapping[str, Any], Mapping[str, Any]], None]  # what the row says, and the whole row that would be written


@dataclass(slots=True)
class Merged:
    """Rows to write, and the answer to each row that was sent."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    results: list[RowResult] = field(default_factory=list)
    changes: dict[int, Changes] = field(default_factory=dict)  # of rows that are new or differ
    before_after: dict[str, Any] = field(default_factory=dict)

    def count(self, what: str) -> int:
        return sum(r.what == what for r in self.results)


def merge(table: Table, rows: Sequence[Row], known_by: Callable[[Sequence[Key]], loading.Known], check: Check) -> Merged:
    """Read, look up, complete and compare. `check` may raise a RowFault about a row that would be written."""
    given, faults = _read(table, rows)
    known = known_by([_key(table, row) for row in given.values()]) if given else {}
    merged, seen = Merged(), dict[Key, int]()
    for n, row in enumerate(rows, 1):
        try:
            if n in faults:
                raise RowFault(faults[n])
            before, whole, what = _completed(table, given[n], known, seen, n)
            check(given[n], whole)
        except RowFault as fault:
            merged.results.append(RowResult(n, _shown(table, row), "refused", str(fault)))
            continue
        if what != "unchanged":
            merged.rows.append(whole)
            merged.changes[n] = _changes(table, before, whole)
        merged.results.append(RowResult(n, _shown(table, row), what))
    merged.before_after = {what: [0, merged.count(what)] for what in ("created", "updated", "refused") if merged.count(what)}
    return merged


def _read(table: Table, rows: Sequence[Row]) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    given: dict[int, dict[str, Any]] = {}
    faults: dict[int, str] = {}
    codes = loading.codes() if set(table.names.values()) - {"sku"} else {}
    skus = loading.kinds([str(r["sku"]).strip() for r in rows if isinstance(r, Mapping) and r.get("sku") and "\x00" not in str(r["sku"])])
    for n, row in enumerate(rows, 1):
        try:
            if not isinstance(row, Mapping):
                raise RowFault(f"{row!r}: a row is a table of column and value")
            unknown_columns(row, list(table.columns))
            given[n] = {name: table.columns[name](row, name) for name in row}
            _assert_named(table, given[n], codes, skus)
            _key(table, given[n])
        except RowFault as fault:
            faults[n] = str(fault)
            given.pop(n, None)
    return given, faults


def _assert_named(table: Table, row: dict[str, Any], codes: dict[str, set[str]], skus: Mapping[str, str]) -> None:
    for column, kind in table.names.items():
        there = skus if kind == "sku" else codes[kind]
        if column in row and row[column] not in there:
            raise RowFault(f"{column}: there is no {'item' if kind == 'sku' else kind.replace('_', ' ')} {row[column]!r}; create it first")


def _key(table: Table, row: Mapping[str, Any]) -> Key:
    missing = [c for c in table.key if row.get(c, table.defaults.get(c)) is None]
    if missing:
        raise RowFault(f"{', '.join(missing)}: missing")
    return tuple(row.get(c, table.defaults.get(c)) for c in table.key)


def _completed(table: Table, row: dict[str, Any], known: loading.Known, seen: dict[Key, int], n: int) -> tuple[Row | None, dict[str, Any], str]:
    """The row as it is (None where it is new), as it would be, and what becomes of it."""
    key = _key(table, row)
    if key in seen:
        raise RowFault(f"{', '.join(table.key)}: the same as in row {seen[key]}")
    seen[key] = n
    before = known.get(key)
    base = {c: table.defaults.get(c) for c in table.columns} if before is None else {c: before[c] for c in table.columns}
    changed = [c for c in table.fixed if before is not None and c in row and row[c] != before[c]]
    if changed:
        raise RowFault(f"{changed[0]}: is {before and before[changed[0]]!r} and cannot change; make a new one")
    whole = {**base, **row}
    if before is None:
        _assert_whole(table, whole)
        return None, whole, "created"
    return base, whole, "unchanged" if whole == base else "updated"


def _changes(table: Table, before: Row | None, whole: Row) -> Changes:
    """Field by field; of a new row all that it says or has by default."""
    was = before or {}
    return {c: (was.get(c), whole[c]) for c in table.columns if c not in table.key and whole[c] != was.get(c)}


def _assert_whole(table: Table, whole: dict[str, Any]) -> None:
    """A new row needs every column that cannot be empty."""
    for name, read in table.columns.items():
        if whole[name] is None:
            read({name: None}, name)


def _shown(table: Table, row: Any) -> str:
    return " ".join(str(row[c]) for c in table.key if row.get(c) is not None) if isinstance(row, Mapping) else ""
