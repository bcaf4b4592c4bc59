"""Writing releases: fulfilments go to their node's queue, through its hands, and back when the node will not ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.engine import outbox
from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


def release(batch: Batch, ids: Sequence[int], cut_offs: Mapping[int, datetime | None], *, ask_outside: bool) -> None:
    """Hand fulfilments to their nodes: the queue of the built-in warehouse, or a message to an outside one. They count as moved.

    `cut_offs` are the nodes' next ones; `ask_outside` says whether any of the nodes has a warehouse system of its own.
    """
    if not ids:
        return
    released = sql.release_fulfilments(batch, fulfilment_ids=list(ids), node_ids=list(cut_offs), cut_offs=list(cut_offs.values()))
    assert released.count == len(ids), f"released {released.count} of {len(ids)} fulfilments: some are not planned any more"
    batch.mark_moved(ids)
    if ask_outside:
        outbox.make_tray()
        if sql.fill_requests(fulfilment_ids=list(ids)).count:
            outbox.post_tray(batch)


def postpone(batch: Batch, until: Mapping[int, datetime]) -> None:
    """Fulfilments stay planned and are not looked at before their moment. They count as moved."""
    if until:
        put_off = sql.postpone_fulfilments(fulfilment_ids=list(until), moments=list(until.values()))
        assert put_off.count == len(until), f"put off {put_off.count} of {len(until)} fulfilments"
        batch.mark_moved(until)


def find(giver: Batch | Deed, ids: Sequence[int]) -> Answer:
    """Fulfilments with their node and order, orders locked first: what a deed needs to know before it acts."""
    sql.lock_orders_of_fulfilments(fulfilment_ids=list(ids))
    return sql.find_fulfilments(fulfilment_ids=list(ids))


def lines(ids: Sequence[int]) -> Answer:
    """Lines of fulfilments: what is asked, picked, short, shipped and left, with SKU and GTIN."""
    return sql.lines_of_fulfilments(fulfilment_ids=list(ids))


def pieces_of(ids: Sequence[int]) -> Answer:
    """Order pieces by line (line_id, qty_each) that fulfilments hold."""
    return sql.pieces_of_fulfilments(fulfilment_ids=list(ids))


def move(ids: Sequence[int], to: str, from_states: Sequence[str]) -> None:
    """Guarded: every one must stand at one of these states, or the deed fails."""
    moved = sql.move_fulfilments_from(fulfilment_ids=list(ids), to=to, from_states=list(from_states))
    assert moved.count == len(set(ids)), f"moved {moved.count} of {len(set(ids))} fulfilments to {to}: some did not stand at {list(from_states)}"


def count_picks(picked: Mapping[int, int]) -> None:
    """Pieces scanned, by fulfilment line, below zero where they are taken back; more than is asked is refused by the database."""
    sql.count_picks(line_ids=list(picked), qtys=list(picked.values()))


def pack(fulfilment_id: int, packing: str | None) -> None:
    """Keep how a fulfilment is packed (JSON text)."""
    sql.keep_packing(fulfilment_id=fulfilment_id, packing=packing)


def shorten(lines_short: Mapping[int, int], pieces: Mapping[int, int], reasons: Mapping[int, str]) -> None:
    """A node will not ship all: fulfilment line to pieces, fulfilment to order pieces less, fulfilment to the word why.

    A fulfilment with nothing left to ship has shipped what it had, or was rejected where it had shipped nothing.
    """
    short = sql.shorten_lines(line_ids=list(lines_short), qtys=list(lines_short.values()))
    assert short.count == len(lines_short), f"shortened {short.count} of {len(lines_short)} fulfilment lines"
    done = sql.shorten_fulfilments(fulfilment_ids=list(pieces), qtys=list(pieces.values()), reasons=[reasons[f] for f in pieces])
    assert done.count == len(pieces), f"shortened {done.count} of {len(pieces)} fulfilments: some are not at a node"


def find_open(giver: Batch | Deed, order_ids: Sequence[int]) -> Answer:
    """What of orders is planned or at a node, as `find` gives it."""
    return find(giver, sql.open_fulfilments_of_orders(order_ids=list(order_ids)).column("id"))


def find_open_of(order_id: int) -> list[Any]:
    """The same of one order that is locked already: what no node was asked for first, then the newest."""
    ids = sql.open_fulfilments_of_orders(order_ids=[order_id]).column("id")
    return sorted(sql.find_fulfilments(fulfilment_ids=ids), key=lambda f: (f.state != "planned", -f.id))


def peek_open_of(order_id: int) -> list[Any]:
    """What of one order is planned or at a node, in the same order, for somebody who only looks: nothing is locked."""
    return sorted(sql.peek_open_fulfilments(order_id=order_id), key=lambda f: (f.state != "planned", -f.id))


def ask_back(giver: Batch | Deed, whys: Mapping[int, str]) -> None:
    """Ask outside warehouses to give fulfilments back (id to the reason in words); their answers come by the inbox."""
    if whys:
        sql.set_recall(fulfilment_ids=list(whys), recall="requested")
        outbox.make_tray()
        sql.fill_recalls(giver, fulfilment_ids=list(whys), whys=list(whys.values()))
        outbox.post_tray(giver)


def note_recall(ids: Sequence[int], recall: str) -> None:
    """How a recall ended: accepted or refused."""
    sql.set_recall(fulfilment_ids=list(ids), recall=recall)


def queue(node: str, limit: int, states: Sequence[str]) -> list[dict[str, Any]]:
    """A node's queue, what leaves first first."""
    return [row._asdict() for row in sql.queue_of_node(node=node, limit=limit, states=list(states))]
