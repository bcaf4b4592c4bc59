"""The network: nodes, what they can do today, and how far they reach."""

from __future__ import annotations

from datetime import datetime

from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


def nodes(as_of: datetime) -> Answer:
    """Every node with is_open_today, is_before_cut_off and capacity_left at a moment, by its own clock and calendar."""
    return sql.nodes(as_of=as_of)


def reaches() -> Answer:
    return sql.reaches()
