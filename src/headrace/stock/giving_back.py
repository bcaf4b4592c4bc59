"""Giving back a part: pieces that a node will not ship are no longer promised, and those that it could not find are set aside until somebody has looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries
from headrace.stock.moving import StockRow, move_stock

sql = load_queries(__package__)
BUCKETS_ASIDE = ("quarantine", "damaged")


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces of a live reservation that end (how: short or released)."""

    fulfilment_id: int
    line_id: int
    item_id: int
    node_id: int
    qty_each: int
    how: str


def end_parts(giver: Batch | Deed, parts: Sequence[Part]) -> None:
    """End these pieces of live reservations; the rest of each goes on. More than a reservation holds fails the deed."""
    if not parts:
        return
    sql.lock_positions(item_ids=sorted({p.item_id for p in parts}))
    ended = sql.end_parts(
        giver,
        fulfilment_ids=[p.fulfilment_id for p in parts],
        line_ids=[p.line_id for p in parts],
        item_ids=[p.item_id for p in parts],
        node_ids=[p.node_id for p in parts],
        qtys=[p.qty_each for p in parts],
        hows=[p.how for p in parts],
    )
    assert ended.scalar == len(parts), f"ended {ended.scalar} of {len(parts)} parts of reservations"


@dataclass(frozen=True, slots=True)
class Aside:
    """Pieces that leave the sellable ones: to quarantine where they were not found, to damaged where they broke."""

    item_id: int
    node_id: int
    qty_each: int
    bucket: str
    reason: str
    origin_id: int | None = None


def set_aside(giver: Batch | Deed, rows: Sequence[Aside]) -> Answer:
    """Move pieces out of what can be sold, at their cost: the value stays in stock until somebody confirms the loss."""
    return _shift(giver, rows, 1)


def put_back(giver: Batch | Deed, rows: Sequence[Aside]) -> Answer:
    """They were found after all."""
    return _shift(giver, rows, -1)


def write_off(giver: Batch | Deed, rows: Sequence[Aside]) -> Answer:
    """They are gone for good. Gives sums of value, which the caller posts."""
    return move_stock(
        giver,
        [
            StockRow(r.item_id, r.node_id, "adjust", -r.qty_each, reason=r.reason, bucket=r.bucket, origin="fulfilment_line", origin_id=r.origin_id)
            for r in rows
        ],
    )


def _shift(giver: Batch | Deed, rows: Sequence[Aside], sign: int) -> Answer:
    moves = []
    for r in rows:
        assert r.bucket in BUCKETS_ASIDE, r.bucket
        moves.append(StockRow(r.item_id, r.node_id, "adjust", -sign * r.qty_each, reason=r.reason, origin="fulfilment_line", origin_id=r.origin_id))
        moves.append(
            StockRow(r.item_id, r.node_id, "adjust", sign * r.qty_each, reason=r.reason, bucket=r.bucket, origin="fulfilment_line", origin_id=r.origin_id)
        )
    return move_stock(giver, moves)
