"""Cancelling by hand, a line or the whole order: what has not left is given back wherever it stands, and what has left stays sold.

Pieces that nobody holds go first, then planned ones, then those that the built-in warehouse has not packed. What an outside warehouse has, and
what is packed, must be called back before: a cancel that would leave a parcel under way is refused whole, and says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue.parking import settle_cases
from headrace.exception_queue.resolving import retry
from headrace.flow.release.rules import kits_given_up
from headrace.orders import allocating, cancelling, documents, releasing, settling
from headrace.stock import giving_back
from headrace.stock.giving_back import Part

sql = load_queries(__package__)
# Why an order is cancelled, as reports count it.
CANCEL_REASONS = (
    "customer_changed_mind",
    "ordered_by_mistake",
    "found_cheaper",
    "too_late",
    "out_of_stock",
    "wrong_price",
    "payment_failed",
    "fraud",
    "duplicate",
    "address_unserved",
    "other",
)
ORDER_STAGES = ("capture", "validate", "allocate", "release", "invoice", "engine")


@dataclass(slots=True)
class Plan:
    """What a cancel (or a split) takes: pieces of each line, and whence."""

    pieces: dict[int, tuple[int, int]] = field(default_factory=dict)  # line to (pieces, of these reserved)
    asked: Counter[int] = field(default_factory=Counter)  # fulfilment line to pieces
    fulfilments: Counter[int] = field(default_factory=Counter)  # to order pieces
    parts: list[Part] = field(default_factory=list)
    released: int = 0  # order pieces that were at a node


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a cancel would take: pieces by the line's number; what returns to the shelf, node id to item id to pieces."""

    pieces: dict[int, int]
    back: dict[int, Counter[int]]


@action(permission="orders.edit", says="Cancel the line")
def cancel_line(deed: Deed, *, order_id: int, line: int, qty: int | None = None, reason: str | None = None, why: str) -> int:
    """Cancel pieces of a line (its number on the order), all that have not left unless `qty` says how many. Gives the number of pieces.

    `reason` is one of the codes of `CANCEL_REASONS`, for the reports; `why` says it in words.
    """
    order = _take(deed, order_id, why)
    return _cancel(deed, order, _wanted_of_line(order, line, qty), why, reason=_known(reason))


@action(permission="orders.edit", says="Cancel the order")
def cancel_order(deed: Deed, *, order_id: int, reason: str | None = None, why: str) -> int:
    """Cancel all that has not left. Gives the number of pieces; 0 where only charges, services or gift cards were left.

    An order of which nothing has left is cancelled; the rest of any other runs on, and the order closes when what was shipped is paid.
    `reason` is one of the codes of `CANCEL_REASONS`, for the reports; `why` says it in words.
    """
    order = _take(deed, order_id, why)
    return _cancel(deed, order, _wanted_of_order(order), why, reason=_known(reason), whole=True)


def foresee(order: Any, line: int | None = None, qty: int | None = None) -> Foreseen:
    """What a cancel of a line (or of all, without one) would take, by the rules of the deed itself. Raises Refused as the deed would; changes nothing."""
    wanted = _wanted_of_order(order) if line is None else _wanted_of_line(order, line, qty)
    plan = _plan(order, wanted, releasing.peek_open_of(order.id))
    back: dict[int, Counter[int]] = {}
    for part in plan.parts:
        back.setdefault(part.node_id, Counter())[part.item_id] += part.qty_each
    return Foreseen({x.line_no: n for x, n in wanted.items()}, back)


def _wanted_of_line(order: Any, line: int, qty: int | None) -> dict[Any, int]:
    chosen = next((x for x in cancelling.open_lines(order.id) if x.line_no == line), None)
    if chosen is None:
        raise Refused(f"line: of line {line} of {order.number} nothing is left to cancel; `headrace order show {order.number}` shows the lines")
    left = chosen.unfilled_each + chosen.held_each
    if qty is not None and not 1 <= qty <= left:
        raise Refused(f"qty: {qty} of {chosen.sku}; {left} have not left and are not cancelled yet")
    if chosen.kind != "goods" and order.invoiced_minor:
        raise Refused(f"line: {chosen.sku} went on the order's first invoice; give it back by a credit memo")
    return {chosen: left if qty is None else qty}


def _wanted_of_order(order: Any) -> dict[Any, int]:
    lines = cancelling.open_lines(order.id)
    wanted = {x: x.unfilled_each + x.held_each for x in lines if x.kind == "goods" or not (order.invoiced_minor or order.has_shipped)}
    if not wanted:
        raise Refused(f"order: all of {order.number} has left; what comes back is a return")
    return wanted


def _known(reason: str | None) -> str | None:
    if reason is not None and reason not in CANCEL_REASONS:
        raise Refused(f"reason: {reason!r} is none; choose one of {', '.join(CANCEL_REASONS)}")
    return reason


def _take(deed: Deed, order_id: int, why: str) -> Any:
    if not (why or "").strip():
        raise Refused("why: ''. A cancel needs a reason in words.")
    order = cancelling.find(deed, order_id)
    if order is None:
        raise Refused(f"order_id: there is no order {order_id}")
    deed.subject = f"order:{order.number}"
    if order.commercial != "open":
        raise Refused(f"order: {order.number} is {order.commercial}; nothing of it can be cancelled")
    return order


def _cancel(deed: Deed, order: Any, wanted: Mapping[Any, int], why: str, *, reason: str | None, whole: bool = False) -> int:
    plan = _plan(order, wanted)
    gone = cancelling.ask_for_less(plan.asked, plan.fulfilments)
    giving_back.end_parts(deed, plan.parts)
    left = cancelling.cancel(deed, order.id, plan.pieces, plan.released)
    settle_cases(deed, "fulfilment", gone, "release", "engine")
    told: Counter[str] = Counter()
    for x, qty in wanted.items():
        told[x.sku] += qty
    documents.tell(deed, "lines_cancelled", {order.id: {**({"reason": reason} if reason else {}), "why": why, "pieces": told}})
    if left.lives:
        _go_on(deed, order.id, [x.id for x in wanted], why, all_found=left.unfilled == 0, whole=whole)
    else:
        cancelling.let_go_for_good(order.id)
        documents.move(deed, [order.id], to="cancelled")
        settle_cases(deed, "order", [order.id], *ORDER_STAGES)
    allocating.wake_orders_for_items(deed, [p.item_id for p in plan.parts])
    return sum(qty for x, qty in wanted.items() if x.kind == "goods")


def _plan(order: Any, wanted: Mapping[Any, int], found: Sequence[Any] | None = None) -> Plan:
    """Where the pieces are taken from; refuses what a cancel cannot reach. `found` is what of the order is open where that is not to be locked."""
    found = releasing.find_open_of(order.id) if found is None else found
    parts = releasing.lines([f.id for f in found]) if found else ()
    plan, stuck = Plan(), []
    for x, qty in wanted.items():
        rest = qty - x.unfilled_each
        for f in found:
            if rest > 0 and _within_reach(f):
                rest -= _give_up(plan, f, [p for p in parts if p.fulfilment_id == f.id and p.line_id == x.id], rest)
        if rest > 0:
            stuck.append(f"{rest} of {x.sku}")
        plan.pieces[x.id] = (qty, max(qty - x.unfilled_each, 0))
    if stuck:
        where = ", ".join(f"{f.number} at {f.node} ({'packed' if f.state == 'packed' else f.partner})" for f in found if not _within_reach(f))
        raise Refused(f"order: {', '.join(stuck)} cannot be taken back where they are: {where}. Call the order back first; a packed parcel goes out")
    return plan


def give_up_pieces(order: Any, line: Any, qty: int, *, how: str) -> Plan:
    """The plan by which pieces of one line that nodes hold leave their fulfilments, their reservations ended `how`; refuses what is out of reach."""
    plan = _plan(order, {line: line.unfilled_each + qty})
    plan.parts = [replace(part, how=how) for part in plan.parts]
    return plan


def _within_reach(f: Any) -> bool:
    return bool(f.state == "planned" or (not f.partner and f.state in ("released", "picking")))


def _give_up(plan: Plan, f: Any, parts: Sequence[Any], kits_max: int) -> int:
    """Take up to so many pieces of a line (kits count as kits) from a fulfilment. Of a kit that is not whole yet, parts that have left stay gone."""
    if not parts:
        return 0
    kits = min(kits_max, min((p.qty_each - p.qty_short_each) // p.per_kit_each for p in parts) - min(p.qty_shipped_each // p.per_kit_each for p in parts))
    if kits <= 0:
        return 0
    given, pieces = kits_given_up(parts, {p.id: kits * p.per_kit_each for p in parts})
    plan.asked.update(pieces)
    plan.fulfilments[f.id] += given
    plan.released += 0 if f.state == "planned" else given
    plan.parts += [Part(f.id, p.line_id, p.item_id, f.node_id, pieces[p.id], "cancelled") for p in parts if p.id in pieces]
    return given


def _go_on(deed: Deed, order_id: int, line_ids: Sequence[int], why: str, *, all_found: bool, whole: bool) -> None:
    """What the cancel has answered looks again, and what is whole and paid closes."""
    answered = sql.cases_answered(order_id=order_id, line_ids=list(line_ids), all_found=all_found, all_lines=whole).column("id")
    if answered:
        subject = deed.subject
        retry.function(deed, case_ids=answered, note=why)
        deed.subject = subject
    settling.close_paid(deed, [order_id])
