"""Counting money on orders; what is whole and paid closes."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def count_money(giver: Batch | Deed, rows: Sequence[tuple[int, int, int]]) -> None:
    """(order, captured, refunded), minor units."""
    if rows:
        ids, captured, refunded = (list(column) for column in zip(*rows, strict=True))
        sql.count_money(giver, order_ids=ids, captured=captured, refunded=refunded)


def close_paid(giver: Batch | Deed, order_ids: Sequence[int]) -> None:
    """Close those of these orders that are shipped, invoiced and paid, after their money was counted by capture."""
    if order_ids:
        sql.close_whole(giver, order_ids=sorted(set(order_ids)))
