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
    faults = _fill_tray(rows, FAULTS_SHOWN_MAX)
    if faults:
        raise Refused("; ".join(map(sentence_of, faults)))
    sums = sql.move_stock(giver, actor=giver.actor if isinstance(giver, Deed) else None)
    sql.empty_stock_tray()  # so that one transaction may move stock twice
    return sums


def impossible(rows: Sequence[StockRow]) -> dict[tuple[int, int], str]:
    """(item, node) whose rows together cannot be, each with the sentence why; the positions stay locked, so that the others can still be moved."""
    faults = _fill_tray(rows, ROWS_MAX)
    sql.empty_stock_tray()
    return {(f.item_id, f.node_id): sentence_of(f) for f in faults}


def _fill_tray(rows: Sequence[StockRow], faults_max: int) -> Answer:
    """Lay the rows out, lock their positions in the house's order, and give what cannot be."""
    sql.make_stock_tray()
    copy_rows(
        sql.copy_stock.text, [(n, r.item_id, r.node_id, r.bucket, r.kind, r.qty_each, r.unit_cost, r.reason, r.origin, r.origin_id) for n, r in enumerate(rows)]
    )
    sql.open_positions()
    sql.lock_tray_positions()
    return sql.moves_that_cannot_be(limit=faults_max)


def sentence_of(fault: Any) -> str:
    """Why pieces (`qty`, signed, of sku at node and bucket) cannot move, given what is there_each and reserved_each."""
    where = f"{fault.sku} at {fault.node}: {fault.qty:+d}"
    if fault.bucket != "on_hand":
        return f"{where} {fault.bucket.replace('_', ' ')}, but there are only {fault.there_each}"
    if fault.there_each + fault.qty < 0:
        return f"{where}, but there are only {fault.there_each}"
    return f"{where} leaves {fault.there_each + fault.qty}, but {fault.reserved_each} are reserved: recall or short-pick what cannot be shipped first"


def known_ids(skus: Sequence[str], nodes: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Item and node ids in the order given; None for what is unknown."""
    return sql.ids_of(skus=list(skus)).column("item_id"), sql.nodes_of(codes=list(nodes)).column("node_id")


def average_costs(node_id: int, item_ids: Sequence[int]) -> dict[int, Decimal]:
    """Average cost of one piece at a node, minor units of its entity's currency, by item; what was never there is missing."""
    return {r.item_id: r.unit_cost for r in sql.average_costs(node_id=node_id, item_ids=list(item_ids))}


def on_hand_of(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Any]:
    """Positions (on_hand_each, unit_cost) by (item, node), locked in the house's order; what was never there is missing."""
    items, nodes = [i for i, _ in places], [n for _, n in places]
    return {(r.item_id, r.node_id): r for r in sql.on_hand_of(item_ids=items, node_ids=nodes)}
