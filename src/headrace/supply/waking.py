"""More of an item can be sold than before: whoever waits for it looks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries
from headrace.exception_queue.resolving import clear_cases
from headrace.orders import allocating

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Woken:
    """Backordered orders that look again at once, and parked cases that look again at the next sweep."""

    orders: int = 0
    cases: int = 0


def wake(deed: Deed, item_ids: Sequence[int]) -> Woken:
    """To be called last: orders that another worker holds are skipped, and that worker sees the goods when this deed commits."""
    if not item_ids:
        return Woken()
    orders = allocating.wake_orders_for_items(deed, item_ids)
    waiting = sql.cases_waiting_for_items(item_ids=sorted(set(item_ids))).column("order_id")
    return Woken(orders, clear_cases(deed, "stock.received", waiting) if waiting else 0)
