"""What adjustments would do, row by row, before anybody does them. Reads only; what another person does meanwhile is seen when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from headrace.engine.rows import Row
from headrace.governance import corrections
from headrace.stock.moving import sentence_of
from headrace.supply.count.actions import Wanted, adjustment, read, worth_of
from headrace.supply.count.documents import goods_by_code, sql


@dataclass(frozen=True, slots=True)
class Effect:
    """What one row (counted from 1) would do: pieces there before and after, and their value; or why it would be refused."""

    row: int
    key: str
    why: str = ""
    before_each: int = 0
    after_each: int = 0
    reserved_each: int = 0
    value_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """All rows with their effect, what the good ones are worth by currency (whole units, both directions added up), and whether that is too much for one person."""

    effects: list[Effect]
    worth: dict[str, Decimal]
    needs_second: bool

    @property
    def good(self) -> int:
        return sum(not e.why for e in self.effects)

    @property
    def refused(self) -> int:
        return len(self.effects) - self.good


def with_skus(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the SKU where a GTIN stands; what nobody knows stays as it was written."""
    known = goods_by_code([str(row["sku"]) for row in rows if row.get("sku")])
    return [{**row, "sku": known[row["sku"]].sku} if row.get("sku") in known else row for row in rows]


def look_at(rows: Sequence[Row], as_of: datetime, actor: str) -> Look:
    """The effect of `adjust_stock` by this person with these rows, by the same rules."""
    wanted, results = read(rows, adjustment)
    places = sorted({(c.item_id, c.node_id) for c in wanted.values()})
    beside = {(b.item_id, b.node_id): b for b in sql.beside(item_ids=[i for i, _ in places], node_ids=[n for _, n in places])}
    faults = _impossible(wanted, beside)
    gone: Counter[tuple[int, int, str]] = Counter()
    effects = []
    for n, result in sorted(results.items()):
        c = wanted.get(n)
        if c is None:
            effects.append(Effect(n, result.key, result.why))
            continue
        at = beside[c.item_id, c.node_id]
        before = getattr(at, f"{c.bucket}_each") + gone[c.item_id, c.node_id, c.bucket]
        gone[c.item_id, c.node_id, c.bucket] += c.qty_each
        why = faults.get((c.item_id, c.node_id), "")
        value = round(c.qty_each * at.unit_cost)
        effects.append(Effect(n, result.key, why, before, before + c.qty_each, at.reserved_each if c.bucket == "on_hand" else 0, value, at.currency))
    good = [c for c in wanted.values() if (c.item_id, c.node_id) not in faults]
    worth = worth_of(good, {at: b.unit_cost for at, b in beside.items()})
    return Look(effects, worth, corrections.needs_second(actor, worth, as_of))


def _impossible(wanted: Wanted, beside: Mapping[tuple[int, int], Any]) -> dict[tuple[int, int], str]:
    """Positions whose rows together cannot be, with the sentence why; they stand or fall together."""
    asked: Counter[tuple[int, int, str]] = Counter()
    for c in wanted.values():
        asked[c.item_id, c.node_id, c.bucket] += c.qty_each
    faults = {}
    for (item, node, bucket), qty in asked.items():
        at = beside[item, node]
        there, reserved = getattr(at, f"{bucket}_each"), at.reserved_each if bucket == "on_hand" else 0
        if qty < 0 and there + qty < reserved:
            faults[item, node] = sentence_of(SimpleNamespace(sku=at.sku, node=at.node, bucket=bucket, qty=qty, there_each=there, reserved_each=reserved))
    return faults
