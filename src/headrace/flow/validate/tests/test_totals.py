"""Test orders, other currencies, totals that do not foot."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.flow.validate.tests.shop import NEW_YORK, OrderLine, Shop, assert_fails, assert_passes
from headrace.values.money import tax_inside, tax_on

SHOPIFY_EXAMPLE = Path(__file__).resolve().parents[5].parent / "shared/data/channels/shopify/webhook_docs/metadatas/2026-07/orders/create.json"


def test_a_test_order_is_checked_and_closed_without_a_case(shop: Shop) -> None:
    good, bad = shop.place(is_test=True), shop.place(OrderLine("NEW-1", is_mapped=False), is_test=True)
    outcome = shop.run()
    assert (outcome.moved, outcome.parked) == (2, 0)
    for order_id, failures in ((good, []), (bad, ["sku.unknown"])):
        order = shop.order(order_id)
        assert (order.state, order.commercial, shop.cases(order_id)) == ("cancelled", "cancelled", [])
        assert shop.history(order_id, "test_order") == [{"would_fail": failures}]


def test_currencies_without_and_with_three_decimals_are_told_in_their_own_way(shop: Shop) -> None:
    yen = shop.place(OrderLine(price="1500"), channel="jp")
    dinar = shop.place(OrderLine(qty=2, price="1.500"), channel="kw")
    shop.run()
    assert (shop.cases(yen)[0].value, shop.cases(yen)[0].detail["expected"]) == ("1,500 JPY", "1,000 JPY")
    assert (shop.cases(dinar)[0].value, shop.cases(dinar)[0].detail["expected"]) == ("1.500 KWD", "1.005 KWD")


@pytest.mark.parametrize(("channel", "unit"), [("jp", "1 JPY"), ("kw", "0.001 KWD")])
def test_one_minor_unit_too_little_is_noticed_in_every_currency(shop: Shop, channel: str, unit: str) -> None:
    usual = shop.order(shop.place(channel=channel)).total_minor
    (case,) = assert_fails(
        shop, shop.place(OrderLine(), channel=channel, total_minor=usual + 1, authorised_minor=usual + 1, captured_minor=usual + 1), "total.foot"
    )
    assert case.detail["difference"] == unit


def test_a_discount_taken_after_tax_does_not_slip_through(shop: Shop) -> None:
    """Complaint 20: 90 posted where 88 was paid. The customer paid 88.00; the parts as booked come to 90.00."""
    order_id = shop.place(
        OrderLine(qty=10, price="8.00", rate="0", tax_minor=1200),
        shipping_minor=0,
        discount_minor=0,
        total_minor=8800,
        authorised_minor=8800,
        tax_minor=1000,
    )
    cases = assert_fails(shop, order_id, "tax.variance", "total.foot", "total.lines")
    told = {case.word: case.detail for case in cases}
    assert (told["total.foot"]["value"], told["total.foot"]["expected"], told["total.foot"]["difference"]) == ("88.00 USD", "90.00 USD", "-2.00 USD")


def test_the_total_is_the_same_wherever_it_is_shown(shop: Shop) -> None:
    """Complaint 38: the tax total differs between list, form, order and invoice. Validate never changes what the channel said."""
    order_id = shop.place(OrderLine(qty=3, tax_minor=241), shipping_minor=595)
    before = shop.order(order_id)
    assert_passes(shop, order_id)
    after = shop.order(order_id)
    for column in ("goods_minor", "discount_minor", "shipping_minor", "tax_minor", "total_minor"):
        assert getattr(before, column) == getattr(after, column)
    assert after.tax_recomputed_minor == 240 and after.goods_minor + after.shipping_minor + after.tax_minor == after.total_minor


def test_figures_that_do_not_foot_are_a_named_difference_and_no_crash(shop: Shop) -> None:
    """Shopify's own example of an order, read line by line: goods 414.95, 20.00 off, shipping free, total 404.95."""
    goods = ("89.99", "19.99", "24.99", "159.99", "119.99")
    order_id = shop.place(
        *(OrderLine(f"EX-{n}", price=price, rate="0", is_mapped=False) for n, price in enumerate(goods)),
        discount_minor=2000,
        total_minor=40495,
        authorised_minor=40495,
        ship_to={**NEW_YORK, "country": "NO", "region": None, "postcode": "0154", "city": "Oslo"},
    )
    cases = {
        case.word: case.detail
        for case in assert_fails(shop, order_id, "sku.unknown", "sku.unknown", "sku.unknown", "sku.unknown", "sku.unknown", "total.foot", "total.lines")
    }
    assert cases["total.foot"]["difference"] == "10.00 USD" and cases["total.foot"]["value"] == "404.95 USD"
    assert shop.order(order_id).total_minor == 40495


@pytest.mark.skipif(not SHOPIFY_EXAMPLE.is_file(), reason="no shared data")
def test_shopifys_published_example_gives_these_figures() -> None:
    example = json.loads(SHOPIFY_EXAMPLE.read_text("utf-8"))["response"]
    assert [line["price"] for line in example["line_items"]] == ["89.99", "19.99", "24.99", "159.99", "119.99"]
    assert (example["total_discounts"], example["total_price"], example["shipping_lines"][0]["discounted_price"]) == ("20.00", "404.95", "0.00")


@pytest.mark.parametrize(("channel", "tax_of"), [("web", tax_on), ("uk", tax_inside)])
def test_tax_is_recomputed_as_the_house_rounds(shop: Shop, channel: str, tax_of: Any) -> None:
    rng = random.Random(7)
    rate = Decimal({"web": "0.08", "uk": "0.20"}[channel])
    shop.tune(severity={"price.off_list": "off"})
    lines = [OrderLine(qty=rng.randint(1, 9), price=f"{rng.randint(2, 999) / 100:.2f}", discount_minor=rng.randint(0, 1)) for _ in range(60)]
    order_id = shop.place(*lines, channel=channel)
    assert_passes(shop, order_id)
    nets = run("select goods_minor - discount_minor as net from orders_line where order_id = %(id)s", {"id": order_id}).column("net")
    assert shop.order(order_id).tax_recomputed_minor == sum(tax_of(net, rate) for net in nets)
