"""What may be promised of an item, as it is or as it was; every figure with the rows behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.governance import policies

sql = load_queries(__package__)
ROWS_SHOWN_MAX = 50


def availability(sku: str, moment: datetime | None = None) -> dict[str, Any]:
    """Figures per node, and the rows that make them.

    nodes         on_hand_each, reserved_each, safety_each, sellable_each (what allocate may still promise) and what is set aside or on its way
    moves         the last stock moves up to the moment; their sum by node and bucket is the figure
    reservations  promises that were live at the moment, by order
    expected      open lines of purchase orders; today's figure only
    safety        the safety stock of the routing policy in force then, with its version
    parts         for a kit: its parts, each explained in the same way; its nodes say how many whole kits they could ship
    """
    as_of: datetime = moment or run("select clock_timestamp()").scalar
    version, policy = policies.in_force("routing", as_of)
    kept = policy.get("safety_each", 0)
    parts = [{**r._asdict(), "nodes": _nodes(r.sku, moment, kept)} for r in sql.parts_of_kit(sku=sku)]
    return {
        "sku": sku,
        "as_of": as_of,
        "nodes": _whole_kits(parts) if parts else _nodes(sku, moment, kept),
        "moves": _rows(sql.moves_of_item(sku=sku, moment=as_of, limit=ROWS_SHOWN_MAX)),
        "reservations": _rows(sql.reservations_of_item(sku=sku, moment=as_of, limit=ROWS_SHOWN_MAX)),
        "expected": _rows(sql.expected_of_item(sku=sku, limit=ROWS_SHOWN_MAX)) if moment is None else [],
        "safety": {"policy_version": version, "safety_each": kept},
        "parts": parts,
    }


def shelves(*, node: str | None = None, begins: str | None = None, after: str | None = None, limit: int) -> list[dict[str, Any]]:
    """Positions by SKU and node, with what may be promised of each; `after` is the SKU to go on behind."""
    _, policy = policies.in_force("routing", run("select clock_timestamp()").scalar)
    return _rows(sql.shelves(node=node, begins=begins, after=after, safety=policy.get("safety_each", 0), limit=limit))


def _nodes(sku: str, moment: datetime | None, kept: int) -> list[dict[str, Any]]:
    return _rows(sql.availability(sku=sku, safety=kept) if moment is None else sql.availability_as_of(sku=sku, moment=moment, safety=kept))


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]


def _whole_kits(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A node can ship as many kits as its scarcest part allows; the parts of one kit never come from two nodes."""
    sellable = [{n["node"]: n["sellable_each"] // part["qty_each"] for n in part["nodes"]} for part in parts]
    return [{"node": node, "sellable_each": min(by_node.get(node, 0) for by_node in sellable)} for node in sorted(set().union(*sellable))]
