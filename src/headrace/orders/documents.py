"""The documents of this book that stages take, the guarded move, and the telling of history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.documents import Document, register
from headrace.engine.queries import load_queries
from headrace.orders.states import FULFILMENT_MOVES, FULFILMENT_STATES, ORDER_MOVES, ORDER_STATES, SHIPMENT_STATES

sql = load_queries(__package__)

ORDER = register(Document("order", sql.claim_orders, sql.reclaim_orders, sql.hold_orders, sql.unhold_orders, sql.about_orders, ORDER_STATES))
# The same table, taken by the moment it wakes up instead of by priority.
SLEEPING_ORDER = register(
    Document(
        "sleeping_order", sql.claim_sleeping_orders, sql.reclaim_orders, sql.hold_orders, sql.unhold_orders, sql.about_orders, ("backordered", "preordered")
    )
)
# The same table again: orders that have nothing (left) to ship and are not invoiced yet.
UNSHIPPED_ORDER = register(
    Document("unshipped_order", sql.claim_unshipped_orders, sql.reclaim_unshipped_orders, sql.hold_orders, sql.unhold_orders, sql.about_orders, ("allocated",))
)
FULFILMENT = register(
    Document(
        "fulfilment", sql.claim_fulfilments, sql.reclaim_fulfilments, sql.hold_fulfilments, sql.unhold_fulfilments, sql.about_fulfilments, FULFILMENT_STATES
    )
)
SHIPMENT = register(
    Document("shipment", sql.claim_shipments, sql.reclaim_shipments, sql.hold_shipments, sql.unhold_shipments, sql.about_shipments, SHIPMENT_STATES)
)


def states_before(moves: Mapping[str, Sequence[str]], to: str) -> list[str]:
    """States from which a document may go to `to`; an unknown or unreachable state is an error."""
    before = [state for state, after in moves.items() if to in after]
    if not before:
        raise ValueError(f"no state leads to {to!r}")
    return before


def move(giver: Batch | Deed, ids: Sequence[int], *, to: str, came_from: str | None = None) -> None:
    """Move orders to a state; every one of them must stand at a state that allows it (or at `came_from`), or the batch fails.

    The history row is written by the same statement. A batch counts the orders as moved when orders are what it took.
    """
    if not ids:
        return
    from_states = [came_from] if came_from else states_before(ORDER_MOVES, to)
    moved = sql.move_orders(giver, ids=list(ids), to=to, from_states=from_states, actor=_actor(giver))
    assert moved.count == len(set(ids)), f"moved {moved.count} of {len(set(ids))} orders to {to}: some did not stand at {from_states}"
    if isinstance(giver, Batch) and giver.document in ("order", "sleeping_order"):
        giver.mark_moved(moved.column("id"))


def move_fulfilments(giver: Batch | Deed, ids: Sequence[int], *, to: str) -> None:
    """The same for fulfilments; history is told by the caller, in the words of the order."""
    if not ids:
        return
    moved = sql.move_fulfilments(giver, ids=list(ids), to=to, from_states=states_before(FULFILMENT_MOVES, to))
    assert moved.count == len(set(ids)), f"moved {moved.count} of {len(set(ids))} fulfilments to {to}"
    if isinstance(giver, Batch) and giver.document == "fulfilment":
        giver.mark_moved(moved.column("id"))


def tell(giver: Batch | Deed, event: str, details: Mapping[int, Mapping[str, Any] | None]) -> None:
    """Write one history row per order: order id to detail (or None)."""
    if details:
        sql.tell(
            giver,
            event=event,
            actor=_actor(giver),
            order_ids=list(details),
            details=[json.dumps(d, default=str) if d is not None else None for d in details.values()],
        )


def _actor(giver: Batch | Deed) -> str | None:
    return giver.actor if isinstance(giver, Deed) else None
