"""Customers and people change their minds: what was taken for them comes back once, to the shelf it came from, and nothing else moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.capture.actions import map_sku
from headrace.flow.release.actions import recall_fulfilment, short_pick
from headrace.flow.release.cancelling import cancel_line, cancel_order
from headrace.flow.ship.actions import pack
from headrace.governance.access import make_api_key
from tests.machinery.test_cli import headrace
from tests.scenarios.shop import (
    ACTOR,
    LAMP,
    MUG,
    PAN,
    STORE,
    Shop,
    assert_all_holds,
    balance,
    cancelled,
    cases,
    cents,
    fulfilments,
    invoices,
    later,
    lines,
    order,
    promisable,
    run_out,
    shelf,
)

WHY = "the customer changed her mind"


def counts(ref: str) -> tuple[int, ...]:
    """Pieces of an order: ordered, cancelled, allocated, released, shipped, invoiced."""
    o = order(ref)
    return (o.qty_ordered_each, o.qty_cancelled_each, o.qty_allocated_each, o.qty_released_each, o.qty_shipped_each, o.qty_invoiced_each)


def part_leaves(shop: Shop, ref: str, sku: str, qty: int, key: str = "P1") -> None:
    shop.work()
    (f,) = fulfilments(ref)
    shop.confirm(f.number, key, lines=[{"sku": sku, "qty": qty}])
    shop.work()


def test_a_cancel_after_goods_have_left_frees_only_what_has_not(shop: Shop) -> None:
    """Complaint 8, magento/inventory #1849 and #1878: a cancel after the shipment compensated once more, and more could be sold than there was."""
    shop.fill(MUG, EAST=10)
    body = shop.body({MUG: 5})
    shop.hook(body)
    ref = str(body["id"])
    part_leaves(shop, ref, MUG, 2)
    assert (shelf(MUG), promisable(MUG)) == ((8, 3), 5)
    for _ in range(2):  # the channel's cancel comes too late to be done by itself, and comes twice
        shop.hook(cancelled(body), "orders/cancelled")
        shop.work()
    assert (shelf(MUG), promisable(MUG), cases(ref)) == ((8, 3), 5, ["CAPTURE-06"])
    assert cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY) == 3
    assert (shelf(MUG), promisable(MUG), cases(ref)) == ((8, 0), 8, [])
    with pytest.raises(Refused, match="closed"):
        cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY)
    shop.hook(cancelled(body, 9), "orders/cancelled")
    shop.confirm(fulfilments(ref)[0].number, "P1", lines=[{"sku": MUG, "qty": 2}])  # the node says it all again, and once too much
    shop.confirm(fulfilments(ref)[0].number, "P2", lines=[{"sku": MUG, "qty": 3}])
    shop.work()
    assert (shelf(MUG), promisable(MUG), counts(ref)) == ((8, 0), 8, (5, 3, 2, 2, 2, 2))
    assert "SHIP-04" in cases()
    assert_all_holds()


def test_after_everything_has_left_no_cancel_brings_anything_back(shop: Shop) -> None:
    """Complaint 8 to the end: the order is shipped and paid, and every cancel leaves the shelf as it is."""
    shop.fill(MUG, EAST=10)
    body = shop.body({MUG: 4})
    shop.hook(body)
    ref = str(body["id"])
    shop.ship()
    assert order(ref).commercial == "closed"
    shop.hook(cancelled(body), "orders/cancelled")
    shop.work()
    with pytest.raises(Refused, match="closed"):
        cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY)
    assert (shelf(MUG), promisable(MUG), counts(ref)) == ((6, 0), 6, (4, 0, 4, 4, 4, 4))
    assert_all_holds()


def test_after_a_partial_invoice_a_cancel_counts_only_the_rest(shop: Shop) -> None:
    """Complaint 9, magento/inventory #1881: after a partial invoice the cancel gave back the whole quantity."""
    shop.fill(MUG, EAST=10)
    body = shop.body({MUG: 5})
    shop.hook(body)
    ref = str(body["id"])
    part_leaves(shop, ref, MUG, 2)
    (before,) = invoices(ref)
    assert (promisable(MUG), order(ref).status, before.state) == (5, "partly_shipped", "captured")
    cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY)
    shop.work()
    assert (promisable(MUG), shelf(MUG)) == (8, (8, 0))
    (after,) = invoices(ref)
    assert after == before
    price, tax = round(float(body["line_items"][0]["price"]) * 100), round(float(body["total_tax"]) * 100)
    assert (after.goods_minor, after.tax_minor, after.shipping_minor) == (2 * price, round(tax * 2 / 5), 595)
    assert (order(ref).commercial, order(ref).status, order(ref).captured_minor) == ("closed", "complete", after.total_minor)
    shop.pay_out()
    assert (balance("receivable"), balance("clearing"), balance("sales")) == (0, 0, -2 * price)
    assert run("select count(*) from ledger_payment where kind = 'refunded'").scalar == 0
    assert_all_holds()


def test_the_rest_of_a_prepaid_order_is_owed_until_the_shop_gives_it_back(shop: Shop) -> None:
    """Complaint 9 with the money taken at the sale: the shop takes three of five off and pays them back, after two have left. Nothing is owed twice."""
    shop.fill(MUG, EAST=10)
    body = shop.body({MUG: 5}, financial_status="paid")
    shop.hook(body)
    ref, paid = str(body["id"]), cents(body["total_price"])
    part_leaves(shop, ref, MUG, 2)
    (invoice,) = invoices(ref)
    assert (balance("deposits"), balance("receivable")) == (invoice.total_minor - paid, 0)
    rest, line = paid - invoice.total_minor, body["line_items"][0]
    given = {"kind": "refund", "status": "success", "id": 77, "amount": f"{rest / 100:.2f}", "processed_at": body["updated_at"]}
    off = {
        "id": 78,
        "created_at": body["updated_at"],
        "transactions": [given],
        "refund_line_items": [{"line_item_id": line["id"], "quantity": 3, "restock_type": "cancel"}],
    }
    told = later({**body, "line_items": [{**line, "current_quantity": 2}]}, 30, financial_status="partially_refunded", refunds=[off])
    shop.hook(told, "orders/updated")
    shop.work()
    assert (cases(ref), order(ref).hold, shelf(MUG), order(ref).refunded_minor) == (["CAPTURE-05"], "held", (8, 3), rest)
    assert cancel_order(actor=ACTOR, order_id=order(ref).id, why="the shop took them off") == 3
    shop.work()
    assert (cases(ref), shelf(MUG), invoices(ref)) == ([], (8, 0), [invoice])
    assert (order(ref).commercial, order(ref).captured_minor - order(ref).refunded_minor) == ("closed", invoice.total_minor)
    assert (balance("deposits"), balance("receivable"), balance("sales")) == (0, 0, -cents(line["price"]) * 2)
    shop.hook(told, "orders/updated")
    shop.work()
    assert (cases(), order(ref).refunded_minor) == ([], rest)
    assert_all_holds()


def test_what_is_called_something_else_meanwhile_gives_back_what_was_taken(shop: Shop) -> None:
    """Complaint 10, magento/inventory #2773: the SKU was renamed between order and correction, and more could be sold than there was."""
    for sku in (MUG, LAMP):
        shop.fill(sku, EAST=10)
    map_sku(actor=ACTOR, channel="shop-us", channel_sku="OLD-NAME", item=MUG)
    shop.prices["OLD-NAME"] = shop.prices[MUG]
    renamed, remapped = (shop.body({"OLD-NAME": 3}) for _ in range(2))
    for body in (renamed, remapped):
        shop.hook(body)
    run_out("capture", "validate", "allocate")
    assert (shelf(MUG), shelf(LAMP)) == ((10, 6), (10, 0))
    map_sku(actor=ACTOR, channel="shop-us", channel_sku="NEW-NAME", item=MUG)
    map_sku(actor=ACTOR, channel="shop-us", channel_sku="OLD-NAME", item=LAMP)  # from now on the old name means the lamp
    new = {**renamed, "line_items": [{**renamed["line_items"][0], "sku": "NEW-NAME"}]}
    shop.hook(later(new, 1), "orders/updated")
    run_out("capture", "validate", "allocate")
    assert (shelf(MUG), shelf(LAMP)) == ((10, 6), (10, 0))
    shop.hook(cancelled(later(new, 1)), "orders/cancelled")
    shop.hook(cancelled(remapped), "orders/cancelled")
    shop.work()
    assert [(shelf(sku), promisable(sku)) for sku in (MUG, LAMP)] == [((10, 0), 10)] * 2
    assert_all_holds()


def test_a_fulfilment_that_is_called_back_frees_its_goods_and_the_order_takes_them_anew(shop: Shop) -> None:
    """Complaint 45, vendurehq/vendure #1250: a cancelled fulfilment did not restore the allocation."""
    shop.fill(MUG, EAST=10)
    ref = shop.place({MUG: 4})
    shop.work()
    (f,) = fulfilments(ref)
    assert (f.state, shelf(MUG)) == ("released", (10, 4))
    assert recall_fulfilment(actor=ACTOR, fulfilment=f.number, why="wrong box", reallocate=True) == "accepted"
    assert (shelf(MUG), promisable(MUG), counts(ref)) == ((10, 0), 10, (4, 0, 0, 0, 0, 0))
    shop.work()
    assert ([x.state for x in fulfilments(ref)], [x.attempt for x in fulfilments(ref)]) == (["cancelled", "released"], [1, 2])
    assert (shelf(MUG), counts(ref)) == ((10, 4), (4, 0, 4, 4, 0, 0))
    shop.confirm(f.number, "too-late")  # the first request is dead: what is said about it moves nothing
    shop.ship()
    assert (shelf(MUG), order(ref).commercial, cases()) == ((6, 0), "closed", ["SHIP-03"])
    assert_all_holds()


def test_a_line_that_an_edit_adds_is_allocated_and_one_that_it_takes_away_is_free(shop: Shop) -> None:
    """Complaint 45, vendurehq/vendure #1210: a line added to an order was never allocated."""
    for sku in (MUG, LAMP, PAN):
        shop.fill(sku, EAST=10)
    both, first = shop.body({MUG: 2, LAMP: 3}), shop.body({MUG: 2})
    last = shop.body({LAMP: 3, PAN: 1})
    who = {name: first[name] for name in ("id", "admin_graphql_api_id", "name", "created_at", "processed_at", "updated_at", "customer", "email")}
    shop.hook(first)
    run_out("capture", "validate", "allocate")
    seen = [[shelf(sku)[1] for sku in (MUG, LAMP, PAN)]]
    for n, body in enumerate((both, last), 1):
        shop.hook(later({**body, **who}, n), "orders/updated")
        run_out("capture", "validate", "allocate")
        seen.append([shelf(sku)[1] for sku in (MUG, LAMP, PAN)])
    assert seen == [[2, 0, 0], [2, 3, 0], [0, 3, 1]]
    shop.ship()
    ref = str(first["id"])
    assert (order(ref).commercial, sum(i.total_minor for i in invoices(ref))) == ("closed", round(float(last["total_price"]) * 100))
    assert [shelf(sku) for sku in (MUG, LAMP, PAN)] == [(10, 0), (7, 0), (9, 0)]
    assert_all_holds()


@pytest.mark.parametrize("stands", ["captured", "validated", "allocated", "released", "backordered"])
def test_a_cancelled_order_holds_nothing_wherever_it_stood(shop: Shop, stands: str) -> None:
    """Complaint 45, vendurehq/vendure #2874: cancelling an order added an allocation."""
    shop.fill(MUG, EAST=10 if stands != "backordered" else 3)
    body = shop.body({MUG: 4})
    shop.hook(body)
    run_out(*{"captured": ("capture",), "validated": ("capture", "validate")}.get(stands, ("capture", "validate", "allocate")))
    if stands == "released":
        run_out("release")
    ref = str(body["id"])
    before = shelf(MUG)[0]
    assert shelf(MUG)[1] == {"allocated": 4, "released": 4, "backordered": 3}.get(stands, 0)
    if stands in ("captured", "released"):
        assert cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY) == 4
    else:
        shop.hook(cancelled(body), "orders/cancelled")
    shop.work()
    assert (order(ref).commercial, order(ref).state, counts(ref)[1:3]) == ("cancelled", "cancelled", (4, 0))
    assert (shelf(MUG), promisable(MUG)) == ((before, 0), before)
    assert run("select count(*) from stock_reservation where ended_at is null").scalar == 0
    shop.hook(cancelled(body, 7), "orders/cancelled")
    shop.hook(later(body, 8, note="are you there?"), "orders/updated")
    shop.work()
    assert (shelf(MUG), order(ref).commercial) == ((before, 0), "cancelled")
    assert_all_holds()


def test_a_line_is_cancelled_and_nothing_is_refunded(shop: Shop) -> None:
    """Complaint 45, vendurehq/vendure #569: a line could not be cancelled without a refund."""
    for sku in (MUG, LAMP):
        shop.fill(sku, EAST=10)
    body = shop.body({MUG: 2, LAMP: 3})
    shop.hook(body)
    shop.work()
    ref = str(body["id"])
    assert cancel_line(actor=ACTOR, order_id=order(ref).id, line=2, why=WHY) == 3
    assert [(x.qty_cancelled_each, x.qty_allocated_each) for x in lines(ref)] == [(0, 2), (3, 0)]
    assert (shelf(MUG), shelf(LAMP)) == ((10, 2), (10, 0))
    shop.ship()
    mugs, _ = body["line_items"]
    due = round(float(mugs["price"]) * 200) + round(float(mugs["tax_lines"][0]["price"]) * 100) + 595
    assert [i.total_minor for i in invoices(ref)] == [due]
    assert (order(ref).commercial, order(ref).captured_minor, order(ref).refunded_minor) == ("closed", due, 0)
    assert run("select count(*) from ledger_payment where kind = 'refunded'").scalar == 0
    assert (shelf(MUG), shelf(LAMP)) == ((8, 0), (10, 0))
    assert_all_holds()


def test_pieces_are_cancelled_where_they_are_easiest_to_give_up(shop: Shop) -> None:
    """Five of twelve wait, four lie in the warehouse and three in the store: a cancel takes the waiting ones first, and stops before a packed parcel."""
    shop.fill(MUG, EAST=4, NYC=3)
    ref = shop.place({MUG: 12})
    shop.work()
    east, store = sorted(fulfilments(ref), key=lambda f: f.node)
    assert (east.qty_each, store.qty_each, order(ref).state) == (4, 3, "backordered")
    number = order(ref).id
    assert cancel_line(actor=ACTOR, order_id=number, line=1, qty=5, why=WHY) == 5
    assert (order(ref).state, shelf(MUG), shelf(MUG, STORE)) == ("allocated", (4, 4), (3, 3))
    pack(actor=ACTOR, fulfilment=store.number, parcels=[{"weight_g": 900}])
    assert cancel_line(actor=ACTOR, order_id=number, line=1, qty=1, why=WHY) == 1
    assert (shelf(MUG), shelf(MUG, STORE)) == ((4, 3), (3, 3))
    with pytest.raises(Refused, match=rf"3 of {MUG} cannot be taken back where they are: {store.number} at NYC \(packed\)"):
        cancel_order(actor=ACTOR, order_id=number, why=WHY)
    assert (shelf(MUG), shelf(MUG, STORE)) == ((4, 3), (3, 3))  # refused whole
    assert cancel_line(actor=ACTOR, order_id=number, line=1, qty=3, why=WHY) == 3
    assert [f.state for f in sorted(fulfilments(ref), key=lambda f: f.node)] == ["cancelled", "packed"]
    shop.confirm(store.number, "last", node=STORE)
    shop.work()
    assert (counts(ref), order(ref).commercial) == ((12, 9, 3, 3, 3, 3), "closed")
    assert (shelf(MUG), shelf(MUG, STORE)) == ((4, 0), (0, 0))
    assert_all_holds()


def test_goods_that_a_cancel_frees_go_to_whoever_waits(shop: Shop) -> None:
    """The customer behind in the queue does not wait for the next look: the pieces are hers at once."""
    shop.fill(MUG, EAST=5)
    first = shop.place({MUG: 5})
    shop.work()
    second = shop.place({MUG: 2})
    shop.work()
    assert order(second).state == "backordered"
    cancel_order(actor=ACTOR, order_id=order(first).id, why=WHY)
    shop.work()
    assert (order(second).state, shelf(MUG)) == ("allocated", (5, 2))
    assert_all_holds()


def test_what_cannot_be_found_goes_on_as_the_next_attempt_or_is_cancelled(shop: Shop) -> None:
    """A short pick sends its pieces back to allocate as attempt two; when nobody has them, the line is cancelled and the order closes with the rest."""
    shop.fill(MUG, EAST=5, NYC=1)
    ref = shop.place({MUG: 5})
    shop.work()
    (east,) = fulfilments(ref)
    short_pick(actor=ACTOR, fulfilment=east.number, scan=MUG, qty=2, reason="not_found")
    assert (shelf(MUG), promisable(MUG)) == ((3, 3), 1)
    shop.work()
    assert [(f.node, f.attempt, f.qty_each, f.state) for f in fulfilments(ref)] == [("EAST", 1, 3, "released"), (STORE, 2, 1, "released")]
    assert (order(ref).state, order(ref).attempt) == ("backordered", 2)
    shop.ship()
    assert (counts(ref), order(ref).commercial) == ((5, 0, 4, 4, 4, 4), "open")
    assert cancel_line(actor=ACTOR, order_id=order(ref).id, line=1, why="none left anywhere") == 1
    assert (counts(ref), order(ref).commercial) == ((5, 1, 4, 4, 4, 4), "closed")
    assert cases(ref) == ["RELEASE-03"]  # somebody still has to count the two
    assert (shelf(MUG), shelf(MUG, STORE), promisable(MUG)) == ((0, 0), (0, 0), 0)
    assert_all_holds()


def test_a_cancel_over_the_api_and_on_the_command_line_is_the_same_deed(shop: Shop) -> None:
    """Both say who cancelled what and why; both refuse in words, and neither can be done without the right to it."""
    shop.fill(MUG, EAST=20)
    refs = [shop.place({MUG: 3}) for _ in range(2)]
    shop.work()

    def caller(scope: str) -> Client:
        return Client(headers={"Authorization": f"Bearer {make_api_key(actor=ACTOR, name=scope, scopes=[scope])}"})

    def post(client: Client, deed: str, **body: Any) -> Any:
        answer = client.post(f"/api/v1/orders/{refs[0]}/{deed}", body, content_type="application/json")
        return answer.status_code, answer.json()

    desk = caller("orders.edit")
    number = order(refs[0]).number
    assert post(caller("orders.read"), "cancel", why=WHY)[0] == 403
    assert post(desk, "cancel", why=WHY, qty=1)[0] == 422
    assert post(desk, "cancel", why=WHY, line=1, qty=4)[1]["error"] == f"qty: 4 of {MUG}; 3 have not left and are not cancelled yet"
    assert post(desk, "cancel", why=WHY, line=1, qty=1) == (200, {"order": number, "pieces": 1})
    assert post(desk, "recall", why=WHY) == (200, {"order": number, "answer": "recalled"})
    assert post(desk, "cancel", why=WHY) == (200, {"order": number, "pieces": 2})
    assert headrace("order", "cancel", refs[1], "--why", WHY, "--line", "1", "--qty", "1").exit_code == 0
    assert headrace("order", "recall", refs[1], "--why", WHY).exit_code == 0
    done = headrace("order", "cancel", refs[1], "--why", WHY, "--json")
    assert (done.exit_code, '"pieces": 2' in done.stdout) == (0, True)
    again = headrace("order", "cancel", refs[1], "--why", WHY)
    assert again.exit_code != 0 and "is cancelled; nothing of it can be cancelled" in again.output
    for ref in refs:
        told = run("select actor, detail from orders_history where order_id = %(o)s and event = 'lines_cancelled' order by id", {"o": order(ref).id})
        assert [t.detail for t in told] == [{"why": WHY, "pieces": {MUG: n}} for n in (1, 2)]
        assert all(t.actor for t in told)
    assert {order(ref).commercial for ref in refs} == {"cancelled"}
    assert (shelf(MUG), cases()) == ((20, 0), [])
    assert_all_holds()
