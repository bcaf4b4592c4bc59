"""What must be empty before a month is closed; each item is a list that somebody can open and clear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries
from headrace.ledger.periods import entity_named, month_of

sql = load_queries(__package__)

SAYS = {
    "payouts": "payouts that are not posted",
    "suspense": "lines of posted payouts that nobody explains any more: their money is in suspense",
    "shipments": "shipments without an invoice",
    "held": "shipments that a case holds back from their invoice",
    "cases": "open cases of finance",
    "approvals": "entries that wait for a second person",
}


def what_blocks(entity: str, month: str, as_of: datetime) -> list[dict[str, Any]]:
    """Every item of the close's checklist with its count, also those that are empty: what, n, says."""
    owner, (_first, last) = entity_named(entity, as_of), month_of(month)
    found = sql.what_blocks_the_close(entity_id=owner.id, zone=owner.zone, last=last)
    return [{"what": row.what, "n": row.n, "says": SAYS[row.what]} for row in found]


def blocking(entity: str, month: str, as_of: datetime) -> list[str]:
    """What still blocks, in words: `2 payouts that are not posted`."""
    return [f"{item['n']} {item['says']}" for item in what_blocks(entity, month, as_of) if item["n"]]
