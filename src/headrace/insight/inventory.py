"""Stock as people look at it: every position, and the ledger rows behind each quantity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.governance import policies

sql = load_queries(__package__)
BUCKETS = ("on_hand", "damaged", "quarantine", "in_transit")


FOUND_MAX = 2_000  # items that a search is followed to
TRANSFER_LINES_MAX = 1_000  # of one transfer that its page shows at once; the others come up when these have come


def positions(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Positions by SKU and node; with `by` item, all nodes of an item together; with `split` yes, what is reserved by how far it is.

    `which`: none (nothing may be promised), below (less is free than safety keeps back), aside (damaged or in quarantine), coming (in transit), oversold.
    `q` is a part of the SKU or of the name, or the whole GTIN; `ids` are the items where it has been followed already.
    """
    _version, policy = policies.in_force("routing", run("select clock_timestamp()").scalar)
    told = {
        "node": chosen["node"], "ids": chosen["ids"] if "ids" in chosen else found(chosen.get("q"))[0], "which": chosen.get("which"), "safety": policy.get("safety_each", 0), "limit": limit,
    }  # fmt: skip
    if chosen.get("by") == "item":
        return [{**row._asdict(), "node": ""} for row in sql.stock_by_item(after=after, **told)]
    sku, _sign, node = (after or "").rpartition("~")
    rows = [row._asdict() for row in sql.positions_listed(after_sku=sku or None, after_node=node or None, **told)]
    return _with_split(rows) if chosen.get("split") == "yes" else rows


def found(q: str | None) -> tuple[list[int] | None, bool]:
    """Items that a search means, None is all; and whether there are more than it is followed to."""
    if not q:
        return None, False
    like = q.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    ids = list(sql.stock_found(like=f"%{like}%", gtin=q if q.isascii() and q.isdigit() else None, limit=FOUND_MAX + 1).column("id"))
    return ids[:FOUND_MAX], len(ids) > FOUND_MAX


def _with_split(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    some = [row for row in rows if row["reserved_each"]]
    parts = {(p.item_id, p.node_id): p for p in sql.reserved_split(item_ids=[r["item_id"] for r in some], node_ids=[r["node_id"] for r in some])}
    for row in rows:
        part = parts.get((row["item_id"], row["node_id"]))
        row.update({"waiting_each": part.waiting_each if part else 0, "at_work_each": part.at_work_each if part else 0})
    return rows


def transfers(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Transfers from or to a node, the newest first."""
    return [row._asdict() for row in sql.transfers_listed(state=chosen["state"], node=chosen["node"], before=_number(after), limit=limit)]


def transfer(transfer_id: int) -> dict[str, Any] | None:
    """A transfer with its lines, what is on its way first: what was sent, what came; and whether it has more of them than a page shows."""
    found = sql.transfer_head(transfer_id=transfer_id)
    if not found:
        return None
    lines = [row._asdict() for row in sql.transfer_lines(transfer_id=transfer_id, limit=TRANSFER_LINES_MAX + 1)]
    return {**found.one._asdict(), "lines": lines[:TRANSFER_LINES_MAX], "has_more": len(lines) > TRANSFER_LINES_MAX}


def receipts(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Goods that came in, the newest first."""
    return [row._asdict() for row in sql.receipts_listed(node=chosen["node"], before=_number(after), limit=limit)]


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
    """Promises of an item that are or were live, the newest first; `far` is waiting (to be released) or at_work (at the node)."""
    as_of = moment or run("select clock_timestamp()").scalar
    found = sql.reservations_listed(item_id=item_id, node=chosen["node"], far=chosen.get("far"), moment=as_of, before=_number(after), limit=limit)
    return [row._asdict() for row in found]


def on_order(item_id: int) -> dict[str, Any]:
    """What is on order from suppliers by node: on_order_each, expected_on (the earliest)."""
    return {row.node: row for row in sql.on_order_of_item(item_id=item_id)}


def on_order_lines(item_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Open lines of purchase orders."""
    return [row._asdict() for row in sql.on_order_listed(item_id=item_id, node=chosen["node"], after=_number(after), limit=limit)]


def adjustments(item_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Corrections and counts of an item, the newest first, with who, why and what was said."""
    return [row._asdict() for row in sql.adjustments_listed(item_id=item_id, node=chosen["node"], before=_number(after), limit=limit)]
