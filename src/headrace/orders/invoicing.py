"""Counting what has been invoiced; shipments move on."""

from __future__ import annotations

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def lock_orders(batch: Batch) -> None:
    """Lock the orders of the batch's shipments, by id: what was invoiced of them before stands still until the commit."""
    sql.lock_orders_of_shipments(batch)


def count_invoiced(batch: Batch) -> None:
    """Raise what lines and orders have invoiced by the invoice trays; what is whole and paid closes."""
    sql.count_invoiced_lines()
    sql.count_invoiced_orders(batch)


def move_shipments(batch: Batch) -> None:
    """The batch's shipments are invoiced; they count as moved."""
    moved = sql.move_shipments(batch)
    assert moved.count == len(batch.unparked()), f"invoiced {moved.count} of {len(batch.unparked())} shipments"
    batch.mark_moved(moved.column("id"))
