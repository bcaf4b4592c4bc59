"""Goods come in: from a supplier's purchase order or without one. Stock, value and whoever waited for them, in one deed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.rows import Row, RowFault, check_size, optional_text, refuse_all, whole
from headrace.ledger import costing
from headrace.purchasing import receiving
from headrace.purchasing.receiving import Line
from headrace.stock import moving
from headrace.stock.moving import StockRow
from headrace.supply import places
from headrace.supply.waking import wake
from headrace.values.money import MoneyError, decimal_from, decimal_of

COLUMNS = ("sku", "qty", "unit_cost")
OPEN_STATES = ("approved", "sent", "confirmed", "part_received")
COST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt did. `cost_minor` in the currency of the node's entity; `is_repeat` where the same receipt had been taken before."""

    receipt_id: int
    pieces: int
    cost_minor: int
    currency: str
    orders_woken: int = 0
    cases_woken: int = 0
    is_repeat: bool = False


@action(permission="stock.adjust", says="Receive goods")
def receive_goods(
    deed: Deed, *, node: str, reference: str, rows: Sequence[Row], purchase_order: str | None = None, received_at: datetime | None = None
) -> Received:
    """Take goods in at a node. Rows: `sku`, `qty`, and `unit_cost` (price of one piece in major units of the entity's currency, "3.50").

    The whole receipt or nothing: every row that makes no sense is named. `reference` is the node's own key (delivery note, ASN): the same
    one with the same content is harmless, with other content it is refused. With `purchase_order` its open lines are filled, the earliest
    expected first, and give the cost where a row has none; without a cost anywhere the node's average is kept.
    """
    reference = (reference or "").strip()
    deed.subject = f"receipt:{node}:{reference}"
    if not reference:
        raise Refused("reference: ''. A receipt needs the node's own key, as on the delivery note; it is what makes a second sending harmless.")
    check_size(rows)
    place = places.node(node)
    lines = _lines(rows, place)
    order = _order(purchase_order, place) if purchase_order else None
    receipt_id = receiving.open_receipt(place.id, reference, received_at or deed.at, order.id if order else None)
    if receipt_id is None:
        return _known(place, reference, lines)
    priced = _filled(lines, order, place, purchase_order) if order else _at_average(lines, place)
    return _take_in(deed, place, receipt_id, priced)


@dataclass(slots=True)
class _Asked:
    """A row as it was read: cost None where it does not say."""

    row: int
    sku: str
    item_id: int
    qty_each: int
    unit_cost: Decimal | None


def _lines(rows: Sequence[Row], place: Any) -> list[_Asked]:
    known, faults, lines = places.goods(rows), {}, []
    for n, row in enumerate(rows, 1):
        try:
            item = places.item_of(row, known, COLUMNS)
            lines.append(_Asked(n, item.sku, item.id, whole(row, "qty", least=1), _cost(row, place.currency)))
        except RowFault as fault:
            faults[n] = str(fault)
    refuse_all(faults)
    return lines


def _cost(row: Row, currency: str) -> Decimal | None:
    if optional_text({"unit_cost": None if row.get("unit_cost") is None else str(row["unit_cost"])}, "unit_cost") is None:
        return None
    try:
        cost = decimal_of(row["unit_cost"])
    except MoneyError as error:
        raise RowFault(f"unit_cost: {error}") from None
    if cost < 0 or cost != round(cost, COST_DECIMALS) or cost >= 10**12:
        raise RowFault(f"unit_cost: {cost} {currency} is no price of one piece; at most {COST_DECIMALS} decimals, not below nothing")
    return cost


def _order(number: str, place: Any) -> Any:
    order = receiving.lock_order(number)
    if order is None:
        raise Refused(f"purchase_order: there is no purchase order {number!r}")
    if order.state not in OPEN_STATES:
        raise Refused(f"purchase_order: {number} is {order.state}; goods can come in while it is {', '.join(OPEN_STATES)}")
    if order.order_id is not None:
        raise Refused(f"purchase_order: {number} is a drop-ship order; its goods go straight to the customer")
    if order.entity_id != place.entity_id or order.node_id not in (None, place.id):
        raise Refused(f"purchase_order: {number} is for another node than {place.code}; receive it where it was ordered to, then transfer the goods")
    return order


def _filled(lines: Sequence[_Asked], order: Any, place: Any, number: str | None) -> list[Line]:
    """Receipt lines against the order's open lines; more than is open is refused."""
    open_lines: dict[int, list[list[Any]]] = defaultdict(list)
    for x in receiving.open_lines(order.id):
        open_lines[x.item_id].append([x.open_each, x])
    priced, faults = [], {}
    for line in lines:
        left = line.qty_each
        for waiting in open_lines[line.item_id]:
            qty = min(left, waiting[0])
            if qty:
                waiting[0] -= qty
                left -= qty
                own = waiting[1].unit_cost if order.currency == place.currency else None
                cost = line.unit_cost if line.unit_cost is not None else own
                if cost is None:
                    faults[line.row] = f"unit_cost: missing; {number} is in {order.currency}, so say the cost of one piece in {place.currency}"
                else:
                    priced.append(Line(line.item_id, qty, cost, waiting[1].id))
        if left:
            faults[line.row] = f"qty: {line.qty_each} of {line.sku}, but only {line.qty_each - left} are open on {number}; receive the rest without it"
    refuse_all(faults)
    return priced


def _at_average(lines: Sequence[_Asked], place: Any) -> list[Line]:
    averages = moving.average_costs(place.id, [x.item_id for x in lines])
    priced, faults = [], {}
    for x in lines:
        average = decimal_from(1, place.currency) * averages[x.item_id] if averages.get(x.item_id) else None
        cost = x.unit_cost if x.unit_cost is not None else average
        if cost is None:
            faults[x.row] = f"unit_cost: missing; {x.sku} has no cost at {place.code} yet"
        else:
            priced.append(Line(x.item_id, x.qty_each, cost))
    refuse_all(faults)
    return priced


def _take_in(deed: Deed, place: Any, receipt_id: int, lines: Sequence[Line]) -> Received:
    receiving.write_lines(receipt_id, lines)
    smallest = decimal_from(1, place.currency)
    moves = [StockRow(x.item_id, place.id, "receipt", x.qty_each, x.unit_cost / smallest, "purchase", origin="receipt", origin_id=receipt_id) for x in lines]
    sums = moving.move_stock(deed, moves)
    costing.post_stock(deed, sums)
    woken = wake(deed, [x.item_id for x in lines])
    pieces, cost = sum(x.qty_each for x in lines), sum(s.cost_minor for s in sums)
    deed.before_after = {"pieces": [0, pieces], "cost_minor": [0, cost], "orders_woken": [0, woken.orders]}
    return Received(receipt_id, pieces, cost, place.currency, woken.orders, woken.cases)


def _known(place: Any, reference: str, lines: Sequence[_Asked]) -> Received:
    """The same receipt again: harmless where it says the same, refused where it does not."""
    receipt_id, before = receiving.known_receipt(place.id, reference)
    now: dict[int, int] = defaultdict(int)
    for x in lines:
        now[x.item_id] += x.qty_each
    had = {x.item_id: x.qty_each for x in before}
    if had != now:
        raise Refused(
            f"reference: {reference!r} was received at {place.code} before, with other content ({sum(had.values())} pieces then, {sum(now.values())} now); "
            "use the delivery's own reference, or correct the stock by a count"
        )
    return Received(receipt_id, sum(had.values()), 0, place.currency, is_repeat=True)
