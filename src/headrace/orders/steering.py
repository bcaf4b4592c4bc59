"""Writing what people choose for one order beside its line: which goes first."""

from __future__ import annotations

from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def set_priority(order_id: int, priority: int) -> int:
    """The order, and what nodes have of it, takes this place in the queues. Gives the priority before."""
    before = sql.set_priority(order_id=order_id, priority=priority).one.before
    sql.set_priority_at_nodes(order_id=order_id, priority=priority)
    return int(before)
