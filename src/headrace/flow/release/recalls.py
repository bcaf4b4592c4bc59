"""A fulfilment that comes back from its node whole: its goods are free, and the order looks elsewhere or waits for a decision.

Order recalls
Takes  inbox messages of kind `recall` (capture writes one when a channel cancels what a node has): {"order": 17, "version": .., "why": ".."}.
Gives  messages finished: `recalled` (some pieces came back at once), `asked` (an outside warehouse must answer), `too_late` (all is packed or gone).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from headrace.engine import inbox
from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park_document, settle_cases
from headrace.flow.release.reasons import RECALLED
from headrace.orders import allocating, capturing, documents, releasing
from headrace.stock import reserving

WAITING_CHANGE = ("order", "waits_for_person")  # messages of the channel that came too late while a node had the goods


@stage(of="inbox", takes="recall", gives="done", after=44)
def order_recalls(batch: Batch) -> None:
    read = {m.id: orjson.loads(m.body) for m in inbox.read(batch)}
    whys = {r["order"]: r["why"] for r in read.values()}
    asked, given = ask_for(batch, releasing.find_open(batch, list(whys)), whys)
    words = {m: "recalled" if r["order"] in given else "asked" if r["order"] in asked else "too_late" for m, r in read.items()}
    inbox.finish(batch, {m: (words[m], r["order"]) for m, r in read.items()})


def ask_for(giver: Batch | Deed, fulfilments: Sequence[Any], whys: Mapping[int, str]) -> tuple[set[int], set[int]]:
    """Ask for all that can still come back (`whys` by order). Gives the orders that wait for an outside warehouse, and those that got something back.

    What is packed or has shipped in part is not asked for: a parcel that is closed goes out.
    """
    free = [f for f in fulfilments if f.state in ("planned", "released", "picking") and not f.has_shipped and f.recall != "requested"]
    outside = [f for f in free if f.partner and f.state != "planned"]
    inside = [f for f in free if not f.partner or f.state == "planned"]
    releasing.ask_back(giver, {f.id: whys[f.order_id] for f in outside})
    documents.tell(giver, "recall_requested", {f.order_id: {"fulfilment": f.number, "why": whys[f.order_id]} for f in outside})
    take_back(giver, inside, {f.id: whys[f.order_id] for f in inside})
    return {f.order_id for f in outside}, {f.order_id for f in inside}


def take_back(giver: Batch | Deed, fulfilments: Sequence[Any], whys: Mapping[int, str], *, reallocate: bool = False) -> None:
    """Take fulfilments back (rows as `releasing.find` gives them; none has shipped a piece).

    An order that nothing holds is parked for a decision, unless it shall be allocated anew at once; one that is held waits for that case.
    A change of the channel's that had come too late is tried again.
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
    inbox.take_again(*WAITING_CHANGE, capturing.refs_of(sorted({f.order_id for f in fulfilments})))
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
