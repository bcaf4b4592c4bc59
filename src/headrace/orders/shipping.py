"""Writing shipments, and how far their parcels have come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace.engine import outbox
from headrace.engine.batch import Batch
from headrace.engine.queries import copy_rows, load_queries

sql = load_queries(__package__)
Row = tuple[Any, ...]


@dataclass(slots=True)
class Shipped:
    """Everything that a batch of confirmations changes, summed per row."""

    shipments: list[Row] = field(default_factory=list)  # columns as in copy_shipments
    lines: list[Row] = field(default_factory=list)
    parcels: list[Row] = field(default_factory=list)
    fulfilment_lines: Counter[int] = field(default_factory=Counter)
    fulfilments: Counter[int] = field(default_factory=Counter)
    finished: set[int] = field(default_factory=set)  # fulfilments with nothing left to ship
    order_lines: Counter[int] = field(default_factory=Counter)
    orders: Counter[int] = field(default_factory=Counter)


def take_ids(n: int) -> list[int]:
    return sql.take_shipment_ids(n=n).column("id") if n else []


def write(batch: Batch, s: Shipped) -> None:
    """Write shipments and raise what fulfilments, lines and orders have shipped: one statement per table."""
    copy_rows(sql.copy_shipments.text, s.shipments)
    copy_rows(sql.copy_shipment_lines.text, s.lines)
    if s.parcels:
        copy_rows(sql.copy_parcels.text, s.parcels)
    sql.raise_fulfilment_lines(line_ids=list(s.fulfilment_lines), qtys=list(s.fulfilment_lines.values()))
    raised = sql.raise_fulfilments(fulfilment_ids=list(s.fulfilments), qtys=list(s.fulfilments.values()), done=[f in s.finished for f in s.fulfilments])
    assert raised.count == len(s.fulfilments), f"shipped {raised.count} of {len(s.fulfilments)} fulfilments: one is not at a node"
    sql.raise_shipped_lines(line_ids=list(s.order_lines), qtys=list(s.order_lines.values()))
    sql.raise_shipped_orders(batch, order_ids=list(s.orders), qtys=list(s.orders.values()))


def tell_channels(batch: Batch, shipment_ids: Sequence[int]) -> None:
    outbox.make_tray()
    if sql.fill_shipped_notices(batch, shipment_ids=list(shipment_ids)).count:
        outbox.post_tray(batch)
