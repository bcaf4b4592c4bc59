"""Stock corrections as documents: each is kept with its source's own key, exactly once, and moves the stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries
from headrace.stock.moving import StockRow, move_stock

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Correction:
    """Pieces that were found or are gone. `value_minor` is what the source says they are worth; `external_ref` is unique within `source`."""

    item_id: int
    node_id: int
    qty_each: int
    reason: str
    source: str
    external_ref: str
    value_minor: int
    at: datetime


def known_corrections(source: str, refs: Sequence[str]) -> set[str]:
    """Which of these references are known."""
    return set(sql.known_corrections(source=source, refs=list(refs)).column("external_ref"))


def correct(batch: Batch, rows: Sequence[Correction]) -> tuple[list[int], Answer]:
    """Write corrections and move the stock at its average cost. Gives their ids in the order given, and the sums of the moves.

    A reference that is known already is an error: ask `known_corrections` before. More pieces than are free fail the batch.
    """
    if not rows:
        return [], Answer()
    written = sql.write_corrections(
        item_ids=[r.item_id for r in rows],
        node_ids=[r.node_id for r in rows],
        qtys=[r.qty_each for r in rows],
        reasons=[r.reason for r in rows],
        sources=[r.source for r in rows],
        refs=[r.external_ref for r in rows],
        amounts=[r.value_minor for r in rows],
        moments=[r.at for r in rows],
    )
    ids = {(w.source, w.external_ref): w.id for w in written}
    ordered = [ids[r.source, r.external_ref] for r in rows]
    moves = [
        StockRow(r.item_id, r.node_id, "adjust", r.qty_each, reason=r.reason, origin="adjustment", origin_id=i) for i, r in zip(ordered, rows, strict=True)
    ]
    return ordered, move_stock(batch, moves)
