"""What a customer paid, discount and tax included, stands the same on the order, over the API, on the invoice, in the journal and on the command line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from headrace.demo import shop as demo_shop
from headrace.demo import world
from headrace.flow.validate.actions import allow_promotion, set_list_price, set_tax_rate
from headrace.governance.access import make_api_key
from tests.machinery.test_cli import headrace
from tests.scenarios.shop import ACTOR, LAMP, MUG, PAN, STOOL, Shop, assert_all_holds, balance, cases, cents, fulfilments, invoices, order

UK, LONDON = "shop-uk", "LONDON"


@pytest.fixture
def auditor(shop: Shop) -> Client:
    """Somebody who may look at orders and books over the API."""
    key = make_api_key(actor=ACTOR, name="auditor", scopes=["orders.read", "ledger.read"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def asked(auditor: Client, path: str) -> Any:
    answer = auditor.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(*words: str) -> Any:
    done = headrace(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def taxes_of(auditor: Client, ref: str) -> dict[str, int]:
    """The tax of one order, in minor units, wherever it can be seen."""
    over_api, on_screen = asked(auditor, f"orders/{ref}"), told("order", "show", ref)
    billed = asked(auditor, f"invoices?order={order(ref).id}")["rows"]
    entries = {(e["origin"], e["origin_id"]): e for e in asked(auditor, "journal?rule=INV-01&limit=200")["rows"]}
    variances = {(e["origin"], e["origin_id"]): e for e in asked(auditor, "journal?rule=TAXVAR-01&limit=200")["rows"]}
    mine = [("invoice", i.id) for i in invoices(ref)]

    def posted(root: str) -> int:
        legs = [leg for found in (entries, variances) for key in mine for leg in found.get(key, {"legs": []})["legs"]]
        return -sum(leg["amount_minor"] for leg in legs if leg["account"].partition(":")[0] == root)

    return {
        "order": order(ref).tax_minor,
        "order over the API": over_api["tax_minor"],
        "its lines over the API": sum(line["tax_minor"] for line in over_api["lines"]) + over_api["shipping_tax_minor"],
        "order on the command line": on_screen["tax_minor"],
        "its lines on the command line": sum(line["tax_minor"] for line in on_screen["lines"]) + on_screen["shipping_tax_minor"],
        "invoices": sum(i.tax_minor for i in invoices(ref)),
        "invoices over the API": sum(i["tax_minor"] for i in billed),
        "journal": posted("tax_payable") + posted("tax_variance"),
    }


def american(shop: Shop, off_by: str = "0.00") -> dict[str, Any]:
    """Odd quantities at odd prices, tax on top. `off_by` makes the channel's own rounding differ from ours."""
    body = shop.body({MUG: 3, LAMP: 7, PAN: 1})
    tax = body["line_items"][1]["tax_lines"][0]
    tax["price"] = str(Decimal(tax["price"]) + Decimal(off_by))
    return {**body, **{name: str(Decimal(body[name]) + Decimal(off_by)) for name in ("total_tax", "total_price")}}


def british(shop: Shop) -> dict[str, Any]:
    """Tax inside the prices, taken at the sale, on the shipping too."""
    body = shop.body({MUG: 3, LAMP: 7, PAN: 1})
    prices = dict(demo_shop.sellable()["retail-gbp"])
    for line in body["line_items"]:
        line["price"] = prices[line["sku"]]
        inside = world.cents(Decimal(line["price"]) * line["quantity"] / 6)
        line["tax_lines"] = [{"title": "VAT", "rate": "0.2", "price": str(inside)}]
    body["shipping_lines"][0]["tax_lines"] = [{"title": "VAT", "rate": "0.2", "price": str(world.cents(world.SHIPPING / 6))}]
    goods = sum(Decimal(x["price"]) * x["quantity"] for x in body["line_items"])
    tax = sum(Decimal(t["price"]) for x in [*body["line_items"], *body["shipping_lines"]] for t in x["tax_lines"])
    to = {**body["shipping_address"], "city": "London", "province_code": None, "zip": "SW1A 1AA", "country_code": "GB", "phone": "+442079460958"}
    money = {"subtotal_price": goods, "total_line_items_price": goods, "total_tax": tax, "total_price": goods + world.SHIPPING}
    home = {"currency": "GBP", "presentment_currency": "GBP", "taxes_included": True, "shipping_address": to, "billing_address": to, "financial_status": "paid"}
    return {**body, **home, **{name: str(amount) for name, amount in money.items()}}


def test_tax_is_the_same_wherever_one_looks(shop: Shop, auditor: Client) -> None:
    """Complaint 38, odoo/odoo #177192, #102838, #23125: the tax total differed between list, form, order and invoice, and the shop's from the books'."""
    for sku, each in ((MUG, 50), (LAMP, 12), (PAN, 50)):
        shop.fill(sku, EAST=each, LONDON=50)
    shop.fill(LAMP, NYC=9)
    placed = [(american(shop), "shop-us"), (american(shop, "0.01"), "shop-us"), (american(shop, "-0.01"), "shop-us"), (british(shop), UK)]
    for body, channel in placed:
        shop.hook(body, channel=channel)
    shop.work()
    assert cases() == []
    assert max(len(fulfilments(str(body["id"]))) for body, _ in placed) > 1  # one at least is billed in parts
    shop.ship()
    for body, _ in placed:
        ref, said = str(body["id"]), cents(body["total_tax"])
        seen = taxes_of(auditor, ref)
        assert set(seen.values()) == {said}, (said, seen)
        assert sum(i.total_minor for i in invoices(ref)) == order(ref).total_minor == cents(body["total_price"])
        assert order(ref).commercial == "closed"
    owed = {r["account"]: -r["closing_minor"] for r in told("ledger", "trial-balance")["rows"] if r["account"].startswith("tax_")}
    by_api = {r["account"]: -r["closing_minor"] for r in asked(auditor, "ledger/trial-balance")["rows"] if r["account"].startswith("tax_")}
    assert owed == by_api
    assert sum(owed.values()) == sum(cents(body["total_tax"]) for body, _ in placed)
    assert_all_holds()


def reduced(shop: Shop, how: str) -> dict[str, Any]:
    """100.00 in two lines less 20.00 plus 10 per cent of the rest, shipped free, as shops write it down in different ways."""
    body = shop.body({MUG: 1, STOOL: 1})
    one, two = body["line_items"]
    one["tax_lines"][0] |= {"rate": "0.1", "price": "4.80"}  # of 60.00 less 12.00
    two["tax_lines"][0] |= {"rate": "0.1", "price": "3.20"}  # of 40.00 less 8.00
    for line, off in ((one, "12.00"), (two, "8.00")):
        if how == "allocated to lines":
            line["discount_allocations"] = [{"amount": off}]
        elif how == "on the lines":
            line["total_discount"] = off
    body["shipping_lines"][0] |= {"discounted_price": "0.00", "price": "0.00"}
    money = {"subtotal_price": "80.00", "total_line_items_price": "100.00", "total_discounts": "20.00", "total_tax": "8.00", "total_price": "88.00"}
    return {**body, **money, "discount_codes": [{"code": "SAVE20", "amount": "20.00", "type": "percentage"}]}


def test_the_invoice_of_a_discounted_order_is_what_was_paid(shop: Shop, auditor: Client) -> None:
    """Complaint 20, ecommerce_integrations #154: the discount was taken after the tax, and 90 was posted where 88 was paid."""
    since = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    set_tax_rate(actor=ACTOR, jurisdiction="US-NY", rate="0.10", taxes_shipping=False, valid_from_on=since)
    for sku, price in ((MUG, "60.00"), (STOOL, "40.00")):
        set_list_price(actor=ACTOR, price_list="retail-usd", sku=sku, unit_price=price, valid_from_on=since)
        shop.prices[sku] = price
        shop.fill(sku, EAST=10)
    allow_promotion(actor=ACTOR, code="SAVE20", percent_max="20", valid_from_on=date(2026, 1, 1).isoformat())
    ways = ("allocated to lines", "on the lines", "of the order")
    refs = []
    for how in ways:
        body = reduced(shop, how)
        refs.append(str(body["id"]))
        shop.hook(body)
    shop.ship()
    assert cases() == []
    for ref in refs:
        (invoice,) = invoices(ref)
        assert (invoice.goods_minor, invoice.discount_minor, invoice.tax_minor, invoice.total_minor) == (10_000, 2_000, 800, 8_800)
        assert (order(ref).captured_minor, order(ref).commercial, set(taxes_of(auditor, ref).values())) == (8_800, "closed", {800})
    shop.pay_out()
    assert [i.state for ref in refs for i in invoices(ref)] == ["settled"] * len(refs)
    assert (balance("sales"), balance("discounts"), balance("tax_payable"), balance("receivable")) == (-30_000, 6_000, -2_400, 0)
    assert_all_holds()
