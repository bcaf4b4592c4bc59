"""Orders with things that no node ships, or that cost nothing: told through the shop's webhook, carried to a balanced ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.supply.assortment.actions import load_items
from tests.scenarios.shop import ACTOR, MUG, Shop, assert_all_holds, balance, cases, cents, fulfilments, invoices, lines, order

CARD, WARRANTY = "GIFT-50", "CARE-2Y"


def stock_up(shop: Shop) -> None:
    """The catalog knows a gift card and a warranty; there are mugs."""
    rows = [
        {"sku": CARD, "name": "Gift card", "kind": "gift_card", "tax_class": "exempt"},
        {"sku": WARRANTY, "name": "Two years of care", "kind": "service", "tax_class": "exempt"},
    ]
    assert all(r.done for r in load_items(actor=ACTOR, rows=rows))
    shop.fill(MUG, EAST=10)


def body_of(shop: Shop, *basket: tuple[str, int], price: str = "50.00", **changes: Any) -> dict[str, Any]:
    """An order whose mugs are taxed at New York's rate and shipped for the usual price; the rest is neither."""
    body = shop.body(dict(basket))
    for line in body["line_items"]:
        if line["sku"] in (CARD, WARRANTY):
            line |= {"price": price, "gift_card": line["sku"] == CARD, "requires_shipping": False, "taxable": False, "tax_lines": []}
    ships = any(line["requires_shipping"] for line in body["line_items"])
    if not ships:
        body |= {"shipping_lines": [], "shipping_address": None}
    return foot(body, **changes)


def foot(body: dict[str, Any], off: str = "0.00", **changes: Any) -> dict[str, Any]:
    """The totals follow from the lines."""
    goods = sum(Decimal(x["price"]) * x["quantity"] for x in body["line_items"])
    tax = sum(Decimal(t["price"]) for x in [*body["line_items"], *body["shipping_lines"]] for t in x["tax_lines"])
    shipping = sum(Decimal(x["discounted_price"]) for x in body["shipping_lines"])
    money = {"subtotal_price": goods - Decimal(off), "total_line_items_price": goods, "total_discounts": off, "total_tax": tax}
    return {**body, **{name: str(value) for name, value in money.items()}, "total_price": str(goods - Decimal(off) + tax + shipping), **changes}


def test_gift_cards_and_warranties_alone_run_to_cash_without_a_node(shop: Shop) -> None:
    stock_up(shop)
    body = body_of(shop, (CARD, 2), (WARRANTY, 1))
    shop.hook(body)
    shop.work()
    ref = str(body["id"])
    assert (cases(ref), fulfilments(ref)) == ([], [])
    assert [(i.total_minor, i.state, i.shipment_id) for i in invoices(ref)] == [(15_000, "captured", None)]
    assert (order(ref).commercial, order(ref).status) == ("closed", "complete")
    shop.pay_out()
    assert [i.state for i in invoices(ref)] == ["settled"]
    assert (balance("gift_card_liability"), balance("sales"), balance("receivable"), balance("clearing")) == (-10_000, -5_000, 0, 0)
    assert_all_holds()


def test_a_service_that_the_channel_calls_goods_holds_no_order_up(shop: Shop) -> None:
    """The catalog knows better than the channel what needs a parcel."""
    stock_up(shop)
    body = shop.body({MUG: 1, WARRANTY: 1})
    for line in body["line_items"]:
        if line["sku"] == WARRANTY:
            line |= {"price": "50.00", "tax_lines": []}
    body = foot(body)
    shop.hook(body)
    shop.ship()
    ref = str(body["id"])
    assert [(x.kind, x.qty_ordered_each) for x in lines(ref)] == [("goods", 1), ("service", 1)]
    assert (order(ref).qty_ordered_each, order(ref).commercial) == (1, "closed")
    assert_all_holds()


def test_beside_goods_the_gift_card_goes_on_the_first_parcels_invoice(shop: Shop) -> None:
    stock_up(shop)
    body = body_of(shop, (MUG, 2), (CARD, 1))
    shop.hook(body)
    shop.ship()
    ref = str(body["id"])
    (invoice,) = invoices(ref)
    assert invoice.total_minor == cents(body["total_price"]) == order(ref).total_minor
    assert (balance("gift_card_liability"), balance("receivable"), order(ref).commercial) == (-5_000, 0, "closed")
    assert_all_holds()


def test_an_order_at_a_discount_of_all_is_shipped_invoiced_at_nothing_and_closed(shop: Shop) -> None:
    """Nobody pays, nobody has to: no authorisation, no capture, no payout, and still a document for the customer."""
    stock_up(shop)
    body = shop.body({MUG: 1})
    (line,) = body["line_items"]
    line |= {"discount_allocations": [{"amount": line["price"]}], "tax_lines": []}
    body["shipping_lines"][0] |= {"price": "0.00", "discounted_price": "0.00", "tax_lines": []}
    body = foot(body, off=line["price"], financial_status="paid")
    assert body["total_price"] == "0.00"
    shop.hook(body)
    shop.ship()
    ref = str(body["id"])
    assert cases(ref) == ["VALIDATE-34"]  # the usual policy has a person look at so large a discount
    resolving.accept(actor=ACTOR, case_ids=run("select id from exception_queue_case").column("id"), note="a present for the press")
    shop.ship()
    assert [(i.total_minor, i.state) for i in invoices(ref)] == [(0, "settled")]
    assert (order(ref).commercial, order(ref).status) == ("closed", "complete")
    assert balance("sales") == -balance("discounts") == -cents(line["price"])
    assert_all_holds()


def test_a_gift_card_needs_no_address_because_it_is_taxed_nowhere(shop: Shop) -> None:
    stock_up(shop)
    body = body_of(shop, (CARD, 1), billing_address=None)
    shop.hook(body)
    shop.work()
    assert (cases(), order(str(body["id"])).commercial) == ([], "closed")
    assert_all_holds()


def test_tips_duties_and_fees_foot_and_have_accounts_of_their_own(shop: Shop) -> None:
    """A tip is the staff's, a duty the customs': both are owed on, neither is a sale, and none of them bears our tax or lies on a shelf."""
    stock_up(shop)
    body = body_of(shop, (MUG, 1))
    extra = {"total_tip_received": "3.00", "original_total_duties_set": of_shop("12.50"), "original_total_additional_fees_set": of_shop("1.99")}
    body |= extra | {"total_price": str(Decimal(body["total_price"]) + Decimal("17.49"))}
    shop.hook(body)
    shop.ship()
    ref = str(body["id"])
    assert cases(ref) == []
    (invoice,) = invoices(ref)
    assert invoice.total_minor == order(ref).total_minor == cents(body["total_price"])
    assert invoice.tax_variance_minor == 0
    assert [(x.sku, x.kind, x.tax_minor) for x in lines(ref)[1:]] == [("TIP", "charge", 0), ("DUTIES", "charge", 0), ("FEES", "charge", 0)]
    assert (balance("tips"), balance("duties"), balance("other_income")) == (-300, -1_250, -199)
    assert balance("sales") == -cents(body["line_items"][0]["price"])
    assert order(ref).commercial == "closed"
    assert_all_holds()


def test_a_tip_among_the_lines_takes_no_share_of_the_orders_discount(shop: Shop) -> None:
    stock_up(shop)
    body = body_of(shop, (MUG, 2))
    mug = body["line_items"][0]
    tip = {"id": mug["id"] + 1, "title": "Tip", "quantity": 1, "price": "5.00", "tip": {"payment_gateway": "x"}, "requires_shipping": False, "tax_lines": []}
    mug["tax_lines"][0]["price"] = str(round((Decimal(mug["price"]) * 2 - 1) * Decimal(mug["tax_lines"][0]["rate"]), 2))
    body["line_items"].append(tip)
    shop.hook(foot(body, off="1.00"))
    shop.ship()
    assert [(x.sku, x.discount_minor) for x in lines(str(body["id"]))] == [(MUG, 100), ("TIP", 0)]
    assert (balance("tips"), order(str(body["id"])).commercial) == (-500, "closed")
    assert_all_holds()


def of_shop(amount: str) -> dict[str, Any]:
    money = {"amount": amount, "currency_code": "USD"}
    return {"shop_money": money, "presentment_money": money}
