"""What people do with one order wherever it stands: hold it, let it go, send it to routing anew, split it, note something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headrace.catalog import opening as catalog
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue.parking import park_document
from headrace.exception_queue.resolving import send_on
from headrace.flow.release.cancelling import give_up_pieces
from headrace.flow.release.reasons import HELD_BY_HAND
from headrace.flow.release.recalls import take_back
from headrace.orders import allocating, cancelling, documents, releasing, steering, validating
from headrace.stock import giving_back

NOTE_CHARS_MAX = 2_000
PRIORITY_FIRST, PRIORITY_LAST = 1, 99
ORDERS_MAX = 500  # of one deed on many
sql = load_queries(__package__)


def _take(deed: Deed, order_id: int) -> Any:
    order = cancelling.find(deed, order_id)
    if order is None:
        raise Refused(f"order_id: there is no order {order_id}")
    deed.subject = f"order:{order.number}"
    return order


def _open(deed: Deed, order_id: int) -> Any:
    order = _take(deed, order_id)
    if order.commercial != "open":
        raise Refused(f"order: {order.number} is {order.commercial}; nothing of it is under way")
    return order


def _words(name: str, text: str | None) -> str:
    told = (text or "").strip()
    if not told:
        raise Refused(f"{name}: ''. Say it in words; whoever looks at the order later will ask.")
    if len(told) > NOTE_CHARS_MAX:
        raise Refused(f"{name}: {len(told)} characters; {NOTE_CHARS_MAX} are kept at most")
    return told


@action(permission="orders.edit", says="Hold the order")
def hold_order(deed: Deed, *, order_id: int, why: str) -> None:
    """Stop the order where it stands, until somebody lets it go. Nothing of it is allocated, released, picked or packed meanwhile; a packed parcel still goes out."""
    order = _open(deed, order_id)
    park_document(deed, "order", HELD_BY_HAND, [{"id": order.id, "by": deed.actor.partition(":")[2], "why": _words("why", why)}])


@action(permission="orders.edit", says="Let the order go")
def let_order_go(deed: Deed, *, order_id: int, note: str = "") -> None:
    """End the hold that a person put on the order. It goes on from where it stands, unless an open case of another reason holds it too."""
    order = _take(deed, order_id)
    if not send_on(deed, "order", [order.id], HELD_BY_HAND.code, note.strip() or "let go"):
        raise Refused(f"order: {order.number} is not held by hand; what else holds it stands in its open cases")


@action(permission="orders.edit", says="Add a note")
def note_order(deed: Deed, *, order_id: int, note: str) -> None:
    """Write something into the order's timeline, for whoever looks later."""
    order = _take(deed, order_id)
    documents.tell(deed, "noted", {order.id: {"note": _words("note", note)}})


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What became of one order of a deed on many: its number, done, and why not."""

    key: str
    done: bool
    why: str | None = None


def _chosen(deed: Deed, order_ids: Sequence[int]) -> list[Any]:
    if not 1 <= len(set(order_ids)) <= ORDERS_MAX:
        raise Refused(f"order_ids: {len(set(order_ids))} orders; choose 1 to {ORDERS_MAX} at once")
    deed.subject = f"orders:{len(set(order_ids))}"
    return list(sql.orders_at_hand(order_ids=sorted(set(order_ids)), held_by_hand=HELD_BY_HAND.code))


def _results(orders: Sequence[Any], whys: dict[int, str]) -> list[OrderResult]:
    return [OrderResult(o.number, o.id not in whys, whys.get(o.id)) for o in orders]


@action(permission="orders.edit", says="Hold the orders")
def hold_orders(deed: Deed, *, order_ids: list[int], why: str) -> list[OrderResult]:
    """Stop chosen orders where they stand, until somebody lets them go. Gives a result for each; one that is not under way or held already is left as it is."""
    told, orders = _words("why", why), _chosen(deed, order_ids)
    whys = {
        o.id: f"it is {o.commercial}" if o.commercial != "open" else "a person holds it already" for o in orders if o.commercial != "open" or o.is_held_by_hand
    }
    park_document(deed, "order", HELD_BY_HAND, [{"id": o.id, "by": deed.actor.partition(":")[2], "why": told} for o in orders if o.id not in whys])
    return _results(orders, whys)


@action(permission="orders.edit", says="Let the orders go")
def let_orders_go(deed: Deed, *, order_ids: list[int], why: str = "") -> list[OrderResult]:
    """End the holds that people put on chosen orders. Gives a result for each; what another reason holds stays with that reason."""
    orders = _chosen(deed, order_ids)
    whys = {o.id: "no person holds it" for o in orders if not o.is_held_by_hand}
    send_on(deed, "order", [o.id for o in orders if o.id not in whys], HELD_BY_HAND.code, why.strip() or "let go")
    return _results(orders, whys)


@action(permission="orders.edit", says="Add a note to the orders")
def note_orders(deed: Deed, *, order_ids: list[int], why: str) -> list[OrderResult]:
    """Write the same note (`why`) into the timelines of chosen orders. Gives a result for each."""
    told, orders = _words("why", why), _chosen(deed, order_ids)
    documents.tell(deed, "noted", {o.id: {"note": told} for o in orders})
    return _results(orders, {})


@action(permission="orders.edit", says="Change the priority")
def set_priority(deed: Deed, *, order_id: int, priority: int, why: str) -> None:
    """Let the order go before others, or after them: 1 goes first, 50 is usual, 99 last. What nodes have of it changes its place in their queues, too."""
    order, told = _open(deed, order_id), _words("why", why)
    if not PRIORITY_FIRST <= priority <= PRIORITY_LAST:
        raise Refused(f"priority: {priority}; choose a number from {PRIORITY_FIRST} (goes first) to {PRIORITY_LAST} (goes last), 50 is usual")
    before = steering.set_priority(order.id, priority)
    deed.before_after = {"priority": [before, priority]}
    documents.tell(deed, "priority_set", {order.id: {**deed.before_after, "why": told}})


@action(permission="orders.edit", says="Change the address")
def change_address(deed: Deed, *, order_id: int, changes: dict[str, str | None], why: str = "") -> int:
    """Change fields of the ship-to address while nothing has left: what nodes hold comes back, all checks run again, and routing chooses for the new address.

    Gives the number of fulfilments that came back. Fields are those of `fix_address`; null empties one. What an outside warehouse has must be called back first.
    """
    order = _open(deed, order_id)
    unknown = sorted(set(changes) - set(validating.ADDRESS_FIELDS))
    if unknown or not changes:
        raise Refused(f"changes: {', '.join(unknown) or 'nothing'} cannot be set; known are {', '.join(validating.ADDRESS_FIELDS)}")
    if order.has_shipped:
        raise Refused(f"order: a part of {order.number} has left for the address as it is; split or cancel the rest and send it as a new order")
    if order.state not in ("allocated", "backordered", "preordered"):
        raise Refused(f"order: {order.number} is {order.state}; fix_address changes its address")
    free = _all_within_reach(deed, order)
    before = validating.ship_to(order.id)
    deed.before_after = {name: [before.get(name), after] for name, after in changes.items() if before.get(name) != after}
    if not deed.before_after:
        raise Refused("changes: the address says so already")
    if free:
        take_back(deed, free, {f.id: why.strip() or "the address changes" for f in free}, reallocate=True)
    validating.write_ship_to(deed, order.id, changes)
    documents.tell(deed, "address_fixed", {order.id: deed.before_after})
    documents.move(deed, [order.id], to="captured", came_from="backordered" if free else order.state)
    return len(free)


def _all_within_reach(deed: Deed, order: Any) -> list[Any]:
    """What is planned or at a node, if all of it can be taken back now; refuses otherwise."""
    found = list(releasing.find_open(deed, [order.id]))
    stuck = [f for f in found if f.has_shipped or not (f.state == "planned" or (not f.partner and f.state in ("released", "picking")))]
    if stuck:
        raise Refused(f"order: {', '.join(f'{f.number} at {f.node} is {f.state}' for f in stuck)}; call it back first")
    return found


@action(permission="orders.edit", says="Route it anew")
def reallocate_order(deed: Deed, *, order_id: int, why: str, node: str | None = None) -> int:
    """Take back what no node has packed and let routing choose again, at once. Gives the number of fulfilments that came back.

    With `node` routing may choose that one only, for this and every later attempt; without, a node that was asked for earlier is forgotten.
    An order that waits for stock looks again now. What an outside warehouse has must be called back first: only it can say whether the goods are still there.
    """
    order, told = _open(deed, order_id), _words("why", why)
    if node is not None and catalog.node_by_code(node) is None:
        raise Refused(f"node: there is no node {node!r}; the Network page lists them")
    allocating.pin_node(order.id, node)
    found = releasing.find_open(deed, [order.id])
    free = [f for f in found if f.state in ("planned", "released", "picking") and not f.has_shipped and (not f.partner or f.state == "planned")]
    if free:
        take_back(deed, free, {f.id: told for f in free}, reallocate=True)
        return len(free)
    if found:
        raise Refused(f"order: {', '.join(f'{f.number} at {f.node} is {f.state}' for f in found)}; call it back first, or let it ship")
    if not allocating.look_now(deed, order.id):
        raise Refused(f"order: {order.number} is {order.state}; only what waits for stock or has not been packed can be routed anew")
    return 0


@action(permission="orders.edit", says="Split the order")
def split_order(deed: Deed, *, order_id: int, line: int, qty: int, why: str) -> int:
    """Let pieces of a line (its number on the order) travel by themselves: they leave their fulfilment and routing chooses for them anew, as a parcel of their own.

    Gives the number of pieces. What is packed, or at an outside warehouse, cannot be split any more.
    """
    order, told = _open(deed, order_id), _words("why", why)
    chosen = next((x for x in cancelling.open_lines(order.id) if x.line_no == line and x.kind == "goods"), None)
    if chosen is None:
        raise Refused(f"line: of line {line} of {order.number} nothing is left to split")
    if not 1 <= qty <= chosen.held_each:
        raise Refused(f"qty: {qty} of {chosen.sku}; {chosen.held_each} are with a node and have not left")
    plan = give_up_pieces(order, chosen, qty, how="released")
    cancelling.ask_for_less(plan.asked, plan.fulfilments)
    giving_back.end_parts(deed, plan.parts)
    allocating.give_back(deed, {chosen.id: qty}, {order.id: (qty, plan.released)})
    documents.tell(deed, "split", {order.id: {"line": line, "sku": chosen.sku, "pieces": qty, "why": told}})
    return qty
