"""Sending orders back through validate after somebody put something right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.engine.queries import load_queries
from headrace.orders import documents, validating

sql = load_queries(__package__)


def take(deed: Deed, order_id: int) -> Any:
    """Lock an order that goods have not been reserved for; refuses any other. One that had been validated goes back to the start."""
    deed.subject = f"order:{order_id}"
    order = validating.waiting_order(deed, order_id)
    if order is None:
        raise Refused(f"order_id: there is no order {order_id}")
    if order.state not in ("captured", "validated") or order.commercial != "open":
        raise Refused(f"order_id: order {order_id} is {order.state}; goods are reserved for it or it is closed. Recall the fulfilment or cancel the order.")
    if order.state == "validated":
        documents.move(deed, [order_id], to="captured", came_from="validated")
    return order


def wake(deed: Deed, order_ids: Sequence[int]) -> int:
    """Let validate look again at orders that only validate holds. Gives how many go."""
    if not order_ids:
        return 0
    free = sql.free_of_other_holds(deed, order_ids=list(order_ids)).column("id")
    if free:
        documents.ORDER.unhold(deed, ids=free)
    return len(free)


def wake_waiting(
    deed: Deed,
    words: Sequence[str],
    *,
    names: str = "value",
    value: str | None = None,
    channel: str | None = None,
    party_id: int | None = None,
) -> int:
    """The same for all orders with an open failure of these checks (whose case says `value` under `names`). Gives how many go."""
    waiting = sql.orders_waiting(deed, words=list(words), names=names, value=value, channel=channel, party_id=party_id)
    return wake(deed, waiting.column("order_id"))
