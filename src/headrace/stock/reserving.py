"""Reserving: goods at a node promised to an order line, until they ship or are given back. Nothing is ever promised twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries

sql = load_queries(__package__)


def lock_positions(item_ids: Sequence[int]) -> Answer:
    """Lock and read every position of these items, in the house's lock order."""
    return sql.lock_positions(item_ids=sorted(set(item_ids)))


def reserve(batch: Batch, rows: Sequence[tuple[int, int, int, int, int, int]], expires_at: datetime | None = None) -> None:
    """Reserve (line, item, node, fulfilment, pieces, pieces per kit). Positions must be locked; one that would be oversold fails the batch."""
    if not rows:
        return
    totals: Counter[tuple[int, int]] = Counter()
    for _line, item, node, _fulfilment, qty, _per in rows:
        totals[item, node] += qty
    wanted = sorted(totals.items())
    raised = sql.raise_reserved(item_ids=[k[0] for k, _ in wanted], node_ids=[k[1] for k, _ in wanted], qtys=[q for _, q in wanted])
    assert raised.count == len(wanted), f"{len(wanted) - raised.count} positions would be oversold: they were not locked before the choice"
    copy_rows(
        sql.copy_reservations.text,
        [(line, item, node, fulfilment, qty, per, batch.as_of, expires_at, batch.id) for line, item, node, fulfilment, qty, per in rows],
    )


def _end(giver: Any, live: Answer, how: str) -> Answer:
    if live:
        sql.lock_positions(item_ids=sorted({row.item_id for row in live}))
        sql.end_reservations(giver, reservation_ids=live.column("id"), how=how)
    return live


def release_for_orders(giver: Batch | Deed, order_ids: Sequence[int], how: str) -> Answer:
    """Give back everything that orders still hold (how: released, cancelled, edited). Gives the reservations ended."""
    return _end(giver, sql.live_of_orders(order_ids=list(order_ids)), how)


def release_for_fulfilments(giver: Batch | Deed, fulfilment_ids: Sequence[int], how: str) -> Answer:
    """The same for fulfilments (how: short, cancelled, released)."""
    return _end(giver, sql.live_of_fulfilment_lines(fulfilment_ids=list(fulfilment_ids)), how)


def ship(batch: Batch, rows: Sequence[tuple[int, int, int, int, int, int]]) -> dict[int, int]:
    """Take (shipment, order line, fulfilment, item, node, pieces) off the shelf and off the promises; append the moves.

    Gives cost (minor units of the node's entity) by shipment. More than is reserved fails the batch: the ship stage sorts out over-shipments before.
    """
    if not rows:
        return {}
    make_shipped_tray()
    copy_rows(sql.copy_shipped.text, list(rows))
    return ship_tray(batch)


def make_shipped_tray() -> None:
    """The tray that the ship stage fills with (shipment, order line, fulfilment, item, node, pieces)."""
    sql.make_shipped_tray()


def ship_tray(batch: Batch) -> dict[int, int]:
    """The same as `ship`, for what lies in the tray."""
    sql.lock_shipped_positions()
    done = sql.ship_reserved(batch).one
    assert done.asked == done.ended, f"{done.asked - done.ended} shipped rows had no live reservation to end"
    return {row.shipment_id: row.cost_minor for row in sql.write_ship_moves(batch)}
