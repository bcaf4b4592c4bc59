"""The rows behind each number of a month's close: what the checklist counts, one by one, each with the page where it is cleared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries
from headrace.ledger.periods import entity_named, month_of

sql = load_queries(__package__)
ITEMS = {
    "payouts": sql.close_payouts,
    "suspense": sql.close_suspense,
    "shipments": sql.close_shipments,
    "held": sql.close_held,
    "cases": sql.close_cases,
    "approvals": sql.close_approvals,
}


def rows(what: str, entity: str, month: str, as_of: datetime, after: str | None, limit: int) -> list[dict[str, Any]]:
    """What waits of one item up to the end of a month, the oldest first: document, address, on_day, amount_minor, state, order_number."""
    owner, (_first, last) = entity_named(entity, as_of), month_of(month)
    number = int(after) if after and after.isdecimal() and len(after) < 19 else 0
    found = ITEMS[what](entity_id=owner.id, zone=owner.zone, last=last, after=number, limit=limit)
    return [row._asdict() for row in found]
