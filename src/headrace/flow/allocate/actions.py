"""What is done about allocations beside the line: goods that were promised and never asked for are free again."""

from __future__ import annotations

from typing import Any

from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries
from headrace.exception_queue.parking import settle_cases
from headrace.orders import allocating, documents, releasing
from headrace.stock import reserving

sql = load_queries(__package__)
FULFILMENTS_MAX = 1_000
ACTOR = "engine:allocate"


@action(permission="stock.adjust", says="Let reservations lapse")
def lapse_reservations(deed: Deed) -> int:
    """End reservations whose time is over and that no node was asked to ship. Gives the number of fulfilments that are no more.

    The order goes back to allocate at once, as attempt n+1; one that an exception holds stays with that exception, and its goods are free
    meanwhile. What a node works on is never taken away here: that takes a recall.
    """
    lapsed = sql.lapsed_fulfilments(deed, limit=FULFILMENTS_MAX)
    ids = lapsed.column("id")
    deed.subject = f"reservations:{len(ids)}"
    if not ids:
        return 0
    pieces = {row.line_id: row.qty_each for row in releasing.pieces_of(ids)}
    by_order: dict[int, tuple[int, int]] = {}
    told: dict[int, dict[str, Any]] = {}
    for f in lapsed:
        by_order[f.order_id] = (by_order.get(f.order_id, (0, 0))[0] + f.qty_each, 0)
        told.setdefault(f.order_id, {"fulfilments": []})["fulfilments"].append({"fulfilment": f.number, "node": f.node, "since": f.planned_at})
    reserving.release_for_fulfilments(deed, ids, how="expired")
    documents.move_fulfilments(deed, ids, to="cancelled")
    settle_cases(deed, "fulfilment", ids, "release", "engine")
    allocating.give_back(deed, pieces, by_order)
    documents.tell(deed, "reservation_lapsed", told)
    return len(ids)


def lapse_due() -> int:
    """What the clock does: the deed, in as many parts as it takes, and no deed where nothing is due."""
    ended = 0
    while sql.any_lapsed().scalar and (n := lapse_reservations(actor=ACTOR)):
        ended += n
    return ended
