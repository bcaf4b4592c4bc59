"""Corrections that people make: each is a document of its own, and the move names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from headrace.engine.action import Deed
from headrace.engine.queries import Answer, load_queries
from headrace.stock.moving import StockRow, move_stock

sql = load_queries(__package__)
# What a person may give as the reason of an adjustment; a count is a deed of its own.
REASONS = ("damage", "found", "lost", "sample", "theft", "expired")


@dataclass(frozen=True, slots=True)
class Correction:
    """Pieces found or gone, signed. `kind` is adjust or count."""

    item_id: int
    node_id: int
    qty_each: int
    reason: str
    kind: str = "adjust"
    bucket: str = "on_hand"


def correct_by_hand(deed: Deed, rows: Sequence[Correction], note: str) -> Answer:
    """Write the documents and move the stock at its average cost. Gives sums of value, which the caller posts."""
    if not rows:
        return Answer()
    ids = sql.take_adjustment_ids(n=len(rows)).column("id")
    sql.write_adjustments(
        deed,
        ids=ids,
        item_ids=[r.item_id for r in rows],
        node_ids=[r.node_id for r in rows],
        qtys=[r.qty_each for r in rows],
        reasons=[r.reason for r in rows],
        note=note,
    )
    return move_stock(
        deed,
        [
            StockRow(r.item_id, r.node_id, r.kind, r.qty_each, reason=r.reason, bucket=r.bucket, origin="adjustment", origin_id=i)
            for i, r in zip(ids, rows, strict=True)
        ],
    )


def keep_alone(deed: Deed, worths: Mapping[str, Decimal]) -> None:
    """What the deed's person corrected alone: whole units by currency, found and lost added up."""
    sql.keep_alone(deed, currencies=list(worths), worths=list(worths.values()))


def corrected_alone(person: Sequence[str], since: datetime) -> dict[str, Decimal]:
    """What a person (by each name that the person acts under) has corrected alone since: whole units by currency."""
    return {row.currency: row.worth for row in sql.corrected_alone(person=list(person), since=since)}
