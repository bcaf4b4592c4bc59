"""Stock as people look at it: every position, and the ledger rows behind each quantity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.governance import policies

sql = load_queries(__package__)
BUCKETS = ("on_hand", "damaged", "quarantine", "in_transit")


def positions(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Positions by SKU and node.

    `which`: none (nothing may be promised), below (less is free than safety keeps back), aside (damaged or in quarantine), coming (in transit), oversold.
    """
    _version, policy = policies.in_force("routing", run("select clock_timestamp()").scalar)
    sku, _sign, node = (after or "").rpartition("~")
    found = sql.positions_listed(
        node=chosen["node"],
        begins=chosen.get("q"),
        which=chosen.get("which"),
        after_sku=sku or None,
        after_node=node or None,
        safety=policy.get("safety_each", 0),
        limit=limit,
    )
    return [row._asdict() for row in found]


def moves(item_id: int, chosen: dict[str, Any], moment: datetime | None, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Moves of an item up to a moment, the newest first; `chosen` may name a node and a bucket."""
    before = int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None
    found = sql.moves_listed(item_id=item_id, before=before, node=chosen["node"], bucket=chosen["bucket"], moment=moment, limit=limit)
    return [row._asdict() for row in found]


def nodes() -> list[tuple[str, str]]:
    """Code and name of every node, closed ones too."""
    return [(n.code, f"{n.code} {n.name}") for n in sql.node_choices()]


def _number(after: str | None) -> int | None:
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None


def reservations(item_id: int, chosen: dict[str, Any], moment: datetime | None, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Promises of an item that are or were live, the newest first."""
    as_of = moment or run("select clock_timestamp()").scalar
    return [row._asdict() for row in sql.reservations_listed(item_id=item_id, node=chosen["node"], moment=as_of, before=_number(after), limit=limit)]


def on_order(item_id: int) -> dict[str, Any]:
    """What is on order from suppliers by node: on_order_each, expected_on (the earliest)."""
    return {row.node: row for row in sql.on_order_of_item(item_id=item_id)}


def on_order_lines(item_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Open lines of purchase orders."""
    return [row._asdict() for row in sql.on_order_listed(item_id=item_id, node=chosen["node"], after=_number(after), limit=limit)]


def adjustments(item_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Corrections and counts of an item, the newest first, with who, why and what was said."""
    return [row._asdict() for row in sql.adjustments_listed(item_id=item_id, node=chosen["node"], before=_number(after), limit=limit)]
