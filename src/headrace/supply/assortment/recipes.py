"""Recipes of kits as rows bring them: the rows of a kit are its whole recipe, and it stands or falls as one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from headrace.catalog import loading
from headrace.engine.rows import Row, RowFault, RowResult, text, unknown_columns, whole
from headrace.supply.assortment.columns import optional_amount
from headrace.supply.assortment.merging import Changes, Merged

KIT_COLUMNS = ("kit", "sku", "qty", "price_share")
Part = dict[str, Any]
Known = dict[str, dict[str, tuple[int, Any]]]


def merge_recipes(rows: Sequence[Row]) -> Merged:
    """Read, look up and compare; `rows` of the answer are the parts of the kits that differ."""
    parts, faults = _parts(rows)
    bad = {kit: n for n, kit in ((n, _kit_of(rows[n - 1])) for n in faults) if kit}
    known = loading.known_recipes(sorted({part["kit"] for part in parts.values()}))
    new: Known = {}
    for part in parts.values():
        new.setdefault(part["kit"], {})[part["sku"]] = (part["qty_each"], part["price_share"])
    changed = {kit for kit, recipe in new.items() if kit not in bad and known.get(kit) != recipe}
    return Merged(
        rows=[part for part in parts.values() if part["kit"] in changed],
        results=[_result(n, row, parts, faults, bad, known, changed) for n, row in enumerate(rows, 1)],
        changes=_changes({n: part for n, part in parts.items() if part["kit"] in changed}, known, new),
        before_after={"recipes": [0, len(changed)], "refused": [0, len(bad)]},
    )


def _kit_of(row: Any) -> str | None:
    return str(row["kit"]).strip() if isinstance(row, dict) and row.get("kit") is not None else None


def _parts(rows: Sequence[Row]) -> tuple[dict[int, Part], dict[int, str]]:
    named = [str(row[c]).strip() for row in rows if isinstance(row, dict) for c in ("kit", "sku") if row.get(c) is not None and "\x00" not in str(row[c])]
    kinds, parts, faults, seen = loading.kinds(named), {}, {}, dict[tuple[str, str], int]()
    for n, row in enumerate(rows, 1):
        try:
            if not isinstance(row, dict):
                raise RowFault(f"{row!r}: a row is a table of column and value")
            unknown_columns(row, KIT_COLUMNS)
            kit, sku = text(row, "kit"), text(row, "sku")
            for name, value, kind in (("kit", kit, "kit"), ("sku", sku, "goods")):
                if kinds.get(value) != kind:
                    raise RowFault(f"{name}: {value!r} is {'a ' + kinds[value] if value in kinds else 'not there'}; it must be an item of kind {kind}")
            if (kit, sku) in seen:
                raise RowFault(f"sku: the same as in row {seen[kit, sku]}")
            seen[kit, sku] = n
            share = optional_amount(row, "price_share")
            parts[n] = {"kit": kit, "sku": sku, "qty_each": whole(row, "qty", least=1, most=10_000), "price_share": Decimal(1) if share is None else share}
        except RowFault as fault:
            faults[n] = str(fault)
    return parts, faults


def _result(n: int, row: Row, parts: dict[int, Part], faults: dict[int, str], bad: dict[str, int], known: Known, changed: set[str]) -> RowResult:
    key = f"{_kit_of(row)} {row.get('sku') if isinstance(row, dict) else ''}"
    if n in faults:
        return RowResult(n, key, "refused", faults[n])
    kit = parts[n]["kit"]
    if kit in bad:
        return RowResult(n, key, "refused", f"kit: row {bad[kit]} of its recipe is refused")
    return RowResult(n, key, "unchanged" if kit not in changed else "updated" if kit in known else "created")


def _changes(parts: dict[int, Part], known: Known, new: Known) -> dict[int, Changes]:
    """By part; what is no part of the kit any more is told at the kit's first row."""
    told: dict[int, Changes] = {}
    seen: set[str] = set()
    for n, part in parts.items():
        before = known.get(part["kit"], {})
        qty, share = before.get(part["sku"], (None, None))
        both = {"qty": (qty, part["qty_each"]), "price_share": (share, part["price_share"])}
        told[n] = {column: (was, becomes) for column, (was, becomes) in both.items() if was != becomes}
        if part["kit"] not in seen:
            told[n] |= {f"part {sku}": (was, None) for sku, (was, _share) in before.items() if sku not in new[part["kit"]]}
            seen.add(part["kit"])
    return told
