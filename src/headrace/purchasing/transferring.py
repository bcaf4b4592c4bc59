"""Writing transfers between our own nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


def send(from_node_id: int, to_node_id: int, expected_on: date | None, pieces: Mapping[int, int]) -> int:
    """A transfer that has left: pieces by item. Gives its id."""
    transfer_id = int(sql.open_transfer(from_node_id=from_node_id, to_node_id=to_node_id, expected_on=expected_on).scalar)
    sql.write_transfer_lines(transfer_id=transfer_id, item_ids=list(pieces), qtys=list(pieces.values()))
    return transfer_id


def lock(transfer_id: int) -> Any | None:
    """A transfer (id, state, from_node, to_node, to_node_id), locked; None if there is none."""
    found = sql.lock_transfer(transfer_id=transfer_id)
    return found.one if found else None


def lines(transfer_id: int) -> Answer:
    """What is still on its way: item_id, sku, open_each, and unit_cost (minor units) as it was sent."""
    return sql.open_transfer_lines(transfer_id=transfer_id)


def receive(transfer_id: int, pieces: Mapping[int, int], *, is_final: bool) -> None:
    """Count what came, by item; `is_final` says that no more will come."""
    counted = sql.count_transferred(transfer_id=transfer_id, item_ids=list(pieces), qtys=list(pieces.values()))
    assert counted.count == len(pieces), f"counted {counted.count} of {len(pieces)} lines of transfer {transfer_id}: more came than was sent"
    sql.end_transfer(transfer_id=transfer_id, is_final=is_final)


def open_transfers(node: str | None = None, limit: int = 100) -> Sequence[dict[str, Any]]:
    """Transfers under way, to one node or to all."""
    return [row._asdict() for row in sql.transfers_under_way(node=node, limit=limit)]
