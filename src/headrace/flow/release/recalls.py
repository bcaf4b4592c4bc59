"""A fulfilment that comes back from its node whole: its goods are free, and the order looks elsewhere or waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.exception_queue.parking import park_document, settle_cases
from headrace.flow.release.reasons import RECALLED
from headrace.orders import allocating, documents, releasing
from headrace.stock import reserving


def take_back(giver: Batch | Deed, fulfilments: Sequence[Any], whys: Mapping[int, str], *, reallocate: bool = False) -> None:
    """Take fulfilments back (rows as `releasing.find` gives them; none has shipped a piece).

    An order that nothing holds is parked for a decision, unless it shall be allocated anew at once; one that is held waits for that case.
    """
    ids = [f.id for f in fulfilments]
    if not ids:
        return
    pieces = {row.line_id: row.qty_each for row in releasing.pieces_of(ids)}
    reserving.release_for_fulfilments(giver, ids, how="released")
    releasing.move(ids, "cancelled", ["planned", "released", "picking"])
    releasing.note_recall(ids, "accepted")
    allocating.give_back(giver, pieces, _by_order(fulfilments))
    settle_cases(giver, "fulfilment", ids, "release", "engine")
    documents.tell(giver, "recalled", {f.order_id: {"fulfilment": f.number, "node": f.node, "why": whys[f.id]} for f in fulfilments})
    if not reallocate:
        park_document(
            giver,
            "order",
            RECALLED,
            [{"id": f.order_id, "field": "fulfilment", "value": f.number, "node": f.node, "why": whys[f.id]} for f in fulfilments if f.order_hold == "clear"],
        )


def _by_order(fulfilments: Sequence[Any]) -> dict[int, tuple[int, int]]:
    """Order to (pieces that come back, of these handed to a node)."""
    orders: dict[int, tuple[int, int]] = {}
    for f in fulfilments:
        qty, out = orders.get(f.order_id, (0, 0))
        orders[f.order_id] = (qty + f.qty_each, out + (0 if f.state == "planned" else f.qty_each))
    return orders
