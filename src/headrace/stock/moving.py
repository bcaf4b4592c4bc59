"""Moving stock: receipts, openings, adjustments and counts, thousands at once. Moves are appended, positions follow, value is posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries

sql = load_queries(__package__)

FAULTS_SHOWN_MAX = 100
ROWS_MAX = 100_000
ADJUST_REASONS = ("count", "damage", "found", "lost", "sample", "short_pick", "import", "return")


@dataclass(frozen=True, slots=True)
class StockRow:
    """Pieces of an item that come to or go from a node. `unit_cost` is minor units of the entity's currency; None keeps the average."""

    item_id: int
    node_id: int
    kind: str
    qty_each: int
    unit_cost: Decimal | None = None
    reason: str | None = None
    bucket: str = "on_hand"
    origin: str = "adjustment"
    origin_id: int | None = None


def move_stock(giver: Batch | Deed, rows: Sequence[StockRow]) -> Answer:
    """Append the moves and update the positions, all or nothing. All impossible rows are named at once.

    Gives sums by node, kind and reason (cost in minor units), which the caller posts: value and goods never part.
    """
    if len(rows) > ROWS_MAX:
        raise Refused(f"rows: {len(rows):,} at once; the limit is {ROWS_MAX:,}. Send them in parts.")
    sql.make_stock_tray()
    copy_rows(
        sql.copy_stock.text, [(n, r.item_id, r.node_id, r.bucket, r.kind, r.qty_each, r.unit_cost, r.reason, r.origin, r.origin_id) for n, r in enumerate(rows)]
    )
    sql.open_positions()
    sql.lock_tray_positions()
    faults = sql.moves_that_cannot_be(limit=FAULTS_SHOWN_MAX)
    if faults:
        raise Refused("; ".join(f"{f.sku} at {f.node}: {f.qty:+d} leaves {f.on_hand_each + f.qty}, but {f.reserved_each} are reserved" for f in faults))
    sums = sql.move_stock(giver, actor=giver.actor if isinstance(giver, Deed) else None)
    sql.empty_stock_tray()  # so that one transaction may move stock twice
    return sums


def known_ids(skus: Sequence[str], nodes: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Item and node ids in the order given; None for what is unknown."""
    return sql.ids_of(skus=list(skus)).column("item_id"), sql.nodes_of(codes=list(nodes)).column("node_id")
