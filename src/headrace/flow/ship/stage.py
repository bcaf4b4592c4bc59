"""Ship: what nodes confirm becomes shipments; goods leave the books with their cost; the channel is told.

Takes  inbox messages of kind `shipment`.   Gives  shipments at `shipped`; every message finished or parked.
Reads  orders (fulfilments).                Writes (through the books) shipments, stock moves, order counts, cost entries, notices.
A confirmation that comes late, twice or after a newer one changes nothing that it should not. Bodies are read here, because only here a
wrong field can be named; what they ask for is then matched and written set by set, from tray to tray, without coming back.
"""

from __future__ import annotations

from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, park_document, settle_cases
from headrace.flow.ship import repeats
from headrace.flow.ship.port import Confirmation, Unreadable, read_confirmation
from headrace.flow.ship.reasons import FULFILMENT_UNKNOWN, SHIPPED_AFTER_CANCEL, SHIPPED_DESPITE_RECALL, SHIPPED_TOO_MUCH, UNREADABLE
from headrace.flow.ship.rows import confirmation_rows, confirmed_rows, parcel_rows
from headrace.ledger import costing
from headrace.orders import shipping
from headrace.stock import reserving

sql = load_queries(__package__)


@stage(of="inbox", takes="shipment", gives="done", after=50)
def ship(batch: Batch) -> None:
    read = _read(batch)
    shipping.lay_out(confirmation_rows(read), confirmed_rows(read), parcel_rows(read))
    repeated = _place(batch)
    _spread(batch)
    shipped = _write(batch)
    outcomes: dict[int, tuple[str, int | None]] = {message: ("applied", shipment) for message, shipment in shipped.items()}
    outcomes |= repeats.answer(batch, repeated, {m.id: c for m, c in read}, shipped)
    inbox.finish(batch, outcomes)
    settle_cases(batch, "inbox", list(outcomes), "ship")
    if shipped:
        _take_off_the_shelf(batch)


def _read(batch: Batch) -> list[tuple[Any, Confirmation]]:
    """Read the bodies; park what cannot be read."""
    read, unreadable = [], []
    for m in sql.read_confirmations(batch):
        try:
            read.append((m, read_confirmation(m.body)))
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": error.shown, "fix": error.fix})
    park(batch, UNREADABLE, unreadable)
    return read


def _place(batch: Batch) -> list[Any]:
    """Set each confirmation beside its fulfilment; park what has no business there. Gives the repeats, to be answered at the end."""
    sql.place_confirmations()
    odd = sql.placed_otherwise()
    if not odd:
        return []
    by_word: dict[str, list[Any]] = {}
    for p in odd:
        by_word.setdefault(p.word, []).append(p)
    recalled = by_word.pop("recalled", [])
    stops = [p.id for of in by_word.values() for p in of]
    sql.drop_placed(message_ids=stops)
    park(batch, FULFILMENT_UNKNOWN, [_values(p) for p in by_word.get("unknown", ())])
    park(batch, SHIPPED_AFTER_CANCEL, [{**_values(p), "state": p.word} for word in ("cancelled", "rejected") for p in by_word.get(word, ())])
    park_document(batch, "fulfilment", SHIPPED_DESPITE_RECALL, [{**_values(p), "id": p.fulfilment_id} for p in recalled])
    return [*by_word.get("known", ()), *by_word.get("repeated", ())]


def _values(p: Any) -> dict[str, Any]:
    return {"id": p.id, "partner": p.partner, "field": "fulfilment", "value": p.value}


def _spread(batch: Batch) -> None:
    """Match what is confirmed with what is left to ship; a message that confirms more than that is refused whole, and the others go on."""
    sql.spread_confirmed()
    while refused := sql.confirmed_too_much():
        ids = refused.column("message_id")
        park(batch, SHIPPED_TOO_MUCH, sql.what_was_too_much(message_ids=ids))
        sql.drop_placed(message_ids=ids)
        sql.clear_going()
        sql.spread_confirmed()
    sql.count_pieces()


def _write(batch: Batch) -> dict[int, int]:
    """Write shipments and tell the channels. Gives message to shipment."""
    shipped = shipping.write(batch)
    if shipped:
        shipping.tell_channels(batch)
    return shipped


def _take_off_the_shelf(batch: Batch) -> None:
    """At cost, and last of all: whoever wants the same items waits for this batch from here to its commit."""
    reserving.make_shipped_tray()
    sql.fill_shipped_tray()
    costing.post_cost_of_goods(batch, reserving.ship_tray(batch))
