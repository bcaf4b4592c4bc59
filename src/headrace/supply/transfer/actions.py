"""Goods go from one of our nodes to another: on the shelf, on the way, on the other shelf; never in two places, never in none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.rows import Row, RowFault, check_size, refuse_all, whole
from headrace.ledger import costing
from headrace.ledger.transferring import post_transfer
from headrace.purchasing import transferring
from headrace.stock import moving
from headrace.stock.moving import StockRow
from headrace.supply import places
from headrace.supply.waking import wake

COLUMNS = ("sku", "qty")
_NUMBER = re.compile(r"(?:TR-)?(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a transfer did: pieces that moved, those still on the way, those lost, and the orders that look again."""

    number: str
    pieces: int
    on_the_way: int = 0
    lost: int = 0
    orders_woken: int = 0


@action(permission="stock.adjust", says="Send goods to another node")
def send_transfer(deed: Deed, *, from_node: str, to_node: str, rows: Sequence[Row], expected_on: str | date | None = None) -> Transferred:
    """Take goods off one shelf and put them on the way to another node of the same entity. Rows: `sku`, `qty`.

    The whole transfer or nothing. Promised goods stay: only what is free can go. From now on the receiving node answers for their value.
    """
    deed.subject = f"transfer:{from_node}:{to_node}"
    source, target = places.node(from_node), places.node(to_node)
    if source.id == target.id:
        raise Refused(f"to_node: {to_node!r} is where the goods are")
    if source.entity_id != target.entity_id:
        raise Refused(f"to_node: {to_node} belongs to another legal entity than {from_node}; that is a sale between the two, not a transfer")
    check_size(rows)
    pieces = _pieces(rows)
    leaving = [StockRow(item, source.id, "transfer_out", -qty) for item, qty in pieces.items()]
    faults = moving.impossible(leaving)
    if faults:
        raise Refused("; ".join(faults.values()))
    transfer_id = transferring.send(source.id, target.id, _day(expected_on), pieces)
    deed.subject = f"transfer:{transfer_id}"
    costs = moving.average_costs(source.id, list(pieces))
    moves = [StockRow(i, source.id, "transfer_out", -q, costs[i], origin="transfer", origin_id=transfer_id) for i, q in pieces.items()]
    moves += [StockRow(i, target.id, "transfer_in", q, costs[i], bucket="in_transit", origin="transfer", origin_id=transfer_id) for i, q in pieces.items()]
    sums = moving.move_stock(deed, moves)
    post_transfer(deed, transfer_id, sum(s.cost_minor for s in sums if s.kind == "transfer_in"))
    total = sum(pieces.values())
    return Transferred(f"TR-{transfer_id}", total, total)


@action(permission="stock.adjust", says="Receive a transfer")
def receive_transfer(deed: Deed, *, transfer: str | int, rows: Sequence[Row] | None = None, is_final: bool = False) -> Transferred:
    """Put goods that were on the way on the shelf, and wake whoever waits for them. Rows: `sku`, `qty`; without rows, all of it came.

    Less may come than was sent: the rest stays on the way. `is_final` says that it will not come any more: it is written off as lost.
    """
    found = _NUMBER.fullmatch(str(transfer).strip().upper())
    known = transferring.lock(int(found[1])) if found else None
    if known is None:
        raise Refused(f"transfer: there is no transfer {transfer!r}; write it as in TR-17")
    deed.subject = f"transfer:{known.id}"
    if known.state != "in_transit":
        raise Refused(f"transfer: TR-{known.id} is {known.state}; nothing of it is on the way")
    lines = {x.item_id: x for x in transferring.lines(known.id)}
    came = _came(rows, lines, known.id) if rows is not None else {i: x.open_each for i, x in lines.items() if x.open_each}
    lost = {i: x.open_each - came.get(i, 0) for i, x in lines.items() if x.open_each > came.get(i, 0)}
    transferring.receive(known.id, came, is_final=is_final)
    costing.post_stock(deed, moving.move_stock(deed, _arrivals(known, lines, came, lost if is_final else {})))
    woken = wake(deed, list(came))
    missing = sum(lost.values())
    return Transferred(f"TR-{known.id}", sum(came.values()), 0 if is_final else missing, missing if is_final else 0, woken.orders)


def _arrivals(known: Any, lines: dict[int, Any], came: dict[int, int], lost: dict[int, int]) -> list[StockRow]:
    def move(item: int, kind: str, qty: int, bucket: str, reason: str | None = None) -> StockRow:
        return StockRow(item, known.to_node_id, kind, qty, lines[item].unit_cost, reason, bucket, "transfer", known.id)

    moves = [move(i, "transfer_out", -q, "in_transit") for i, q in came.items()] + [move(i, "transfer_in", q, "on_hand") for i, q in came.items()]
    return moves + [move(i, "adjust", -q, "in_transit", "lost") for i, q in lost.items()]


def _pieces(rows: Sequence[Row]) -> Counter[int]:
    known, faults, pieces = places.goods(rows), {}, Counter[int]()
    for n, row in enumerate(rows, 1):
        try:
            pieces[places.item_of(row, known, COLUMNS).id] += whole(row, "qty", least=1)
        except RowFault as fault:
            faults[n] = str(fault)
    refuse_all(faults)
    return pieces


def _came(rows: Sequence[Row], lines: dict[int, Any], transfer_id: int) -> dict[int, int]:
    """Pieces by item; more than is on the way is refused."""
    pieces = _pieces(rows)
    over = [x for x in lines.values() if pieces[x.item_id] > x.open_each]
    strange = set(pieces) - set(lines)
    if over or strange:
        said = [f"{pieces[x.item_id]} of {x.sku}, but {x.open_each} are on the way" for x in over] + [f"{len(strange)} items that were not sent"] * bool(
            strange
        )
        raise Refused(f"rows: {'; '.join(said)} with TR-{transfer_id}. Receive what was sent, and count the shelf for the rest.")
    return dict(pieces)


def _day(given: str | date | None) -> date | None:
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given.strip())
    except (ValueError, AttributeError):
        raise Refused(f"expected_on: {given!r} is no day; write it as in 2026-06-30") from None
