"""What people do in the built-in warehouse before a parcel is closed, and how a fulfilment is called back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue import resolving
from headrace.flow.release.finding import line_for
from headrace.flow.release.reasons import STOCK_VARIANCE
from headrace.flow.release.recalls import ask_for, take_back
from headrace.flow.release.shortfalls import REASONS, Missing, shorten
from headrace.governance import approvals, corrections, policies
from headrace.ledger import costing
from headrace.orders import allocating, documents, releasing
from headrace.orders.bench import AT_WORK, at_bench, at_work
from headrace.stock import giving_back
from headrace.stock.giving_back import Aside
from headrace.values.money import decimal_from

sql = load_queries(__package__)
FULFILMENTS_MAX = 1_000


def pick_list(node: str, *, limit: int = 100) -> list[dict[str, Any]]:
    """What a node has to pick and pack, what leaves first first: fulfilment, order, state, cut_off_at, lines (line, sku, gtin, name, qty, picked)."""
    return releasing.queue(node, min(limit, FULFILMENTS_MAX), AT_WORK)


@action(permission="warehouse.work", says="Start picking")
def start_picking(deed: Deed, *, fulfilment: str | int) -> list[dict[str, Any]]:
    """Take a fulfilment from the queue. Gives its lines."""
    f = at_bench(deed, fulfilment, ("released", "picking"))
    if f.state == "released":
        releasing.move([f.id], "picking", ["released"])
        documents.tell(deed, "picking", {f.order_id: {"fulfilment": f.number}})
    return [line._asdict() for line in releasing.lines([f.id])]


@action(permission="warehouse.work", says="Could not find it")
def short_pick(deed: Deed, *, fulfilment: str | int, scan: str, qty: int, reason: str) -> None:
    """Pieces that cannot be shipped from here (reason: not_found, damaged ...). The order is allocated anew for them; the rest goes on."""
    if reason not in REASONS:
        raise Refused(f"reason: {reason!r}; write one of {', '.join(REASONS)}")
    f = at_bench(deed, fulfilment)
    if f.packing and "shipped_at" in f.packing:
        raise Refused(f"fulfilment: {f.number} was handed over; wait until the shipment is booked")
    line = line_for(f, scan)
    if not 1 <= qty <= line.left_each:
        raise Refused(f"qty: {qty} of {line.sku}; {line.left_each} are left to ship on {f.number}")
    _, policy = policies.in_force("release", deed.at)
    shorten(deed, [f], [Missing(line.id, qty, reason)], policy)


@action(permission="orders.edit", says="Call back from the node")
def recall_fulfilment(deed: Deed, *, fulfilment: str | int, why: str, reallocate: bool = False) -> str:
    """Ask for a fulfilment back. Gives `accepted`, or `requested` where an outside warehouse must answer first.

    What comes back frees its goods; the order waits for a person's decision, or with `reallocate` goes straight back to allocate. What is
    packed or has shipped in part is not given back.
    """
    if not (why or "").strip():
        raise Refused("why: ''. A recall needs a reason in words.")
    f = at_work(deed, fulfilment, ("planned", *AT_WORK))
    if f.recall == "requested":
        raise Refused(f"fulfilment: {f.number} was asked back already; {f.node} has not answered yet")
    if f.state == "packed" or f.has_shipped:
        raise Refused(f"fulfilment: {f.number} is {'packed' if f.state == 'packed' else 'shipped in part'}; it cannot be called back")
    if f.partner and f.state != "planned":
        releasing.ask_back(deed, {f.id: why})
        documents.tell(deed, "recall_requested", {f.order_id: {"fulfilment": f.number, "why": why}})
        return "requested"
    take_back(deed, [f], {f.id: why}, reallocate=reallocate)
    return "accepted"


@action(permission="orders.edit", says="Call the order back")
def recall_order(deed: Deed, *, order_id: int, why: str) -> str:
    """Ask for all of an order that is not packed yet. Gives `recalled` (all came back), `requested` (an outside warehouse must answer first)."""
    if not (why or "").strip():
        raise Refused("why: ''. A recall needs a reason in words.")
    deed.subject = f"order:SO-{order_id}"
    found = releasing.find_open(deed, [order_id])
    asked, given = ask_for(deed, found, {order_id: why})
    if not asked and not given:
        raise Refused(f"order: of SO-{order_id} nothing can be called back; what was released is packed, shipped, or asked for already")
    return "requested" if asked else "recalled"


def _close_variances(deed: Deed, case_ids: Sequence[int], note: str) -> list[Aside]:
    """Close the cases, which locks them, and give what they set aside; one of another reason, or closed already, undoes the whole deed."""
    cases, refused = resolving.take(deed, case_ids)
    wrong = [result.case_id for result in refused] + [case.id for case in cases if case.reason_code != STOCK_VARIANCE.code]
    if wrong or not cases:
        raise Refused(f"case_ids: {', '.join(map(str, wrong)) or 'none'}; name open cases of {STOCK_VARIANCE.code}")
    resolving.close.function(deed, case_ids=[case.id for case in cases], note=note)
    details = [case.detail for case in cases]
    return [Aside(d["item_id"], d["node_id"], d["qty"], d["bucket"], d["reason"], d["origin_id"]) for d in details]


@action(permission="stock.adjust", says="Confirm the loss")
def confirm_variance(deed: Deed, *, case_ids: Sequence[int], note: str = "counted: not there") -> int:
    """The pieces are gone: they leave the books, and their value is posted as shrinkage. Gives the number of cases.

    Worth more than policy lets one person correct in one deed or in a day, it waits for a second one.
    """
    approvals.one_at_a_time(deed)
    asides = _close_variances(deed, case_ids, note)
    lost = giving_back.write_off(deed, asides)
    corrections.stop_above_limits(deed, _worth_of(lost))
    costing.post_stock(deed, lost)
    return len(asides)


def _worth_of(lost: Sequence[Any]) -> dict[str, Decimal]:
    """What moves are worth in whole units by currency."""
    currencies = {row.id: row.currency for row in sql.currencies_of_nodes(node_ids=sorted({m.node_id for m in lost}))}
    worths: dict[str, Decimal] = defaultdict(Decimal)
    for moved in lost:
        worths[currencies[moved.node_id]] += decimal_from(abs(moved.cost_minor), currencies[moved.node_id])
    return dict(worths)


@action(permission="stock.adjust", says="Goods found")
def goods_found(deed: Deed, *, case_ids: Sequence[int], note: str = "counted: found") -> int:
    """The pieces are there and whole: they can be sold again, and orders that wait for them look at once. Gives the number of cases."""
    asides = _close_variances(deed, case_ids, note)
    giving_back.put_back(deed, asides)
    allocating.wake_orders_for_items(deed, [a.item_id for a in asides])
    return len(asides)
