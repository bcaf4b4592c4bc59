"""Shopify's order in the house's words: exact ids and cents, and everything that its total holds."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.connectors.channels.shopify import topics
from headrace.connectors.channels.shopify.translate import translate
from headrace.flow.capture.port import CanonicalOrder, Unreadable

CHANNEL = {"code": "shop", "gateway": None}


def money(amount: str, shown: str = "0.00") -> dict[str, Any]:
    return {"shop_money": {"amount": amount, "currency_code": "USD"}, "presentment_money": {"amount": shown, "currency_code": "EUR"}}


def line(number: int, price: str, qty: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "sku": f"SKU-{number}", "title": f"Thing {number}", "quantity": qty, "price": price, **more}


def order(*lines: dict[str, Any], total: str, **more: Any) -> dict[str, Any]:
    at = "2026-01-05T10:00:00-05:00"
    return {"id": 450789469, "currency": "USD", "created_at": at, "updated_at": at, "total_price": total, "line_items": list(lines), **more}


def read(body: dict[str, Any] | str, **headers: str) -> CanonicalOrder:
    return translate(body if isinstance(body, str) else json.dumps(body), headers, CHANNEL)


def foots(o: CanonicalOrder) -> bool:
    return o.total_minor == o.goods_minor - o.discount_minor + o.shipping_minor + (0 if o.prices_include_tax else o.tax_minor)


def test_a_discount_is_taken_before_tax_and_nothing_is_taken_twice() -> None:
    """Complaint 20: 88 was paid, not 90: the discount lowers the line, the tax is the channel's own."""
    o = read(
        order(
            line(1, "100.00", discount_allocations=[{"amount": "20.00"}], tax_lines=[{"title": "VAT", "rate": 0.1, "price": "8.00"}]),
            total="88.00",
            total_discounts="20.00",
        )
    )
    assert (o.goods_minor, o.discount_minor, o.tax_minor, o.total_minor, foots(o)) == (10000, 2000, 800, 8800, True)
    assert o.lines[0].taxes == [{"title": "VAT", "rate": "0.1", "amount_minor": 800}]


def test_a_discount_named_only_in_the_total_is_shared_out_to_the_cent() -> None:
    o = read(
        order(line(1, "10.00"), line(2, "10.00"), line(3, "10.00"), total="20.00", total_discounts="10.00", discount_codes=[{"code": "TEN", "amount": "10.00"}])
    )
    assert (sorted(x.discount_minor for x in o.lines), foots(o)) == ([333, 333, 334], True)
    assert [(d.code, d.amount_minor) for d in o.discounts] == [("TEN", 1000)]


def test_a_discount_on_shipping_stays_with_shipping() -> None:
    o = read(order(line(1, "10.00"), total="12.50", total_discounts="2.50", shipping_lines=[{"price": "5.00", "discounted_price": "2.50", "code": "std"}]))
    assert (o.shipping_minor, o.discount_minor, o.shipping_code, foots(o)) == (250, 0, "std", True)


def test_a_deleted_product_keeps_a_word_that_can_be_mapped() -> None:
    """Complaint 21."""
    gone = line(1, "10.00", product_exists=False, product_id=None, variant_id=None)
    o = read(order({**gone, "sku": ""}, {**line(2, "5.00"), "sku": None, "variant_id": 44}, total="15.00"))
    assert [x.sku for x in o.lines] == ["variant:Thing 1", "variant:44"]


def test_lines_with_equal_skus_are_two_lines() -> None:
    """Complaint 22."""
    o = read(order({**line(1, "10.00"), "sku": "SAME"}, {**line(2, "9.00"), "sku": "SAME"}, total="19.00"))
    assert [(x.external_ref, x.sku, x.goods_minor) for x in o.lines] == [("1", "SAME", 1000), ("2", "SAME", 900)]


def test_the_books_take_shop_money_and_remember_what_the_customer_saw() -> None:
    o = read(order(line(1, "10.00", price_set=money("10.00", "9.20")), total="10.00", presentment_currency="EUR", total_price_set=money("10.00", "9.20")))
    assert (o.currency, o.total_minor, o.extra["presentment"]) == ("USD", 1000, {"currency": "EUR", "total": "9.20"})


def test_prices_that_include_tax_foot_without_it() -> None:
    o = read(order(line(1, "12.00", tax_lines=[{"title": "VAT", "rate": 0.2, "price": "2.00"}]), total="12.00", taxes_included=True))
    assert (o.prices_include_tax, o.tax_minor, foots(o)) == (True, 200, True)


def test_tips_duties_and_fees_are_lines_of_their_own() -> None:
    duty = {"price": "3.00", "price_set": money("3.00"), "tax_lines": [{"title": "Import VAT", "rate": 0.2, "price": "0.60"}]}
    o = read(order(line(1, "10.00", duties=[duty]), total="16.10", total_tip_received="2.00", original_total_additional_fees_set=money("0.50")))
    assert [(x.sku, x.kind, x.goods_minor, x.tax_minor) for x in o.lines[1:]] == [
        ("TIP", "charge", 200, 0),
        ("DUTIES", "charge", 300, 60),
        ("FEES", "charge", 50, 0),
    ]
    assert foots(o)
    included = read(order(line(1, "10.00", duties=[{**duty, "tax_lines": []}]), total="10.00", duties_included=True))
    assert (len(included.lines), foots(included)) == (1, True)


def test_a_tip_line_is_not_counted_twice() -> None:
    tip = {**line(2, "2.00", requires_shipping=False, tip={"payment_gateway": None}), "sku": None}
    o = read(order(line(1, "10.00"), tip, total="12.00", total_tip_received="2.00"))
    assert ([(x.sku, x.kind) for x in o.lines], foots(o)) == ([("SKU-1", "goods"), ("TIP", "charge")], True)


def test_gift_cards_and_services_have_nothing_to_ship() -> None:
    o = read(order(line(1, "25.00", gift_card=True, requires_shipping=False), line(2, "5.00", requires_shipping=False), total="30.00", test=True))
    assert ([x.kind for x in o.lines], o.is_test) == (["gift_card", "service"], True)


def test_refunds_before_shipping_cancel_and_returns_do_not() -> None:
    def back(number: int, how: str) -> dict[str, Any]:
        return {"quantity": 1, "line_item_id": number, "restock_type": how}

    paid = {"id": 9, "kind": "refund", "status": "success", "amount": "10.00", "processed_at": "2026-01-06T10:00:00Z"}
    refund = {"refund_line_items": [back(1, "cancel"), back(2, "return")], "transactions": [paid, {**paid, "id": 10, "status": "failure"}]}
    o = read(order(line(1, "10.00", 2), line(2, "10.00", 2), total="40.00", financial_status="partially_refunded", refunds=[refund]))
    assert [x.qty_cancelled for x in o.lines] == [1, 0]
    assert [(p.kind, p.amount_minor, p.external_ref) for p in o.payments] == [("captured", 4000, "450789469:captured:4000"), ("refunded", 1000, "9")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"financial_status": "pending"}, []),
        ({"financial_status": "authorized"}, [("authorised", 1000)]),
        ({"financial_status": "paid"}, [("captured", 1000)]),
        ({"financial_status": "partially_paid", "total_outstanding": "4.00"}, [("captured", 600)]),
        ({"financial_status": "voided"}, []),
        ({"transactions": [{"kind": "authorization", "status": "success", "amount": "10.00"}, {"kind": "capture", "status": "success", "amount": "6.00"},
                           {"kind": "sale", "status": "failure", "amount": "9.00"}]}, [("authorised", 1000), ("captured", 600)]),
    ],
)  # fmt: skip
def test_where_payment_stands(more: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    payments = read(order(line(1, "10.00"), total="10.00", **more)).payments
    assert [(p.kind, p.amount_minor) for p in payments] == expected
    assert all(p.so_far for p in payments)


def test_amounts_sent_as_bare_numbers_are_read_exactly() -> None:
    body = json.dumps(order(line(1, "PRICE", 3), total="TOTAL", total_tip_received="TIP"))
    o = read(body.replace('"PRICE"', "0.1").replace('"TOTAL"', "1.40").replace('"TIP"', "1.10"))
    assert (o.lines[0].unit_price, o.goods_minor, o.total_minor, foots(o)) == (Decimal("0.1"), 140, 140, True)


def test_ids_are_exact_text() -> None:
    gid = "gid://shopify/Order/820982911946154508"
    o = read({**order({**line(1, "1.00"), "id": 9007199254740993}, total="1.00"), "id": 820982911946154500, "admin_graphql_api_id": gid})
    assert (o.external_ref, o.lines[0].external_ref) == ("820982911946154508", "9007199254740993")


def test_changes_within_one_second_are_told_apart() -> None:
    body = order(line(1, "1.00"), total="1.00")
    first, second = (read(body, triggered_at=f"2026-01-05T15:00:00.{n}Z").version for n in ("100000000", "700000001"))
    plain, cancelled = read(body).version, read({**body, "cancelled_at": body["updated_at"]}).version
    later = read({**body, "updated_at": "2026-01-05T10:00:01-05:00"}).version
    assert plain < cancelled < first < second < later


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total_price": "10.001"}, "total_price"),
        ({"total_price": {"amount": "10"}}, "total_price"),
        ({"line_items": []}, "line_items"),
        ({"line_items": "none"}, "line_items"),
        ({"line_items": [line(1, "1.00"), line(1, "2.00")]}, "line_items"),
        ({"line_items": [line(1, "1e400")]}, "line_items[0].price"),
        ({"line_items": [line(1, "1.00", 10**10)]}, "line_items[0].quantity"),
        ({"line_items": [line(1, "99999999999999.00", 10**9)]}, "line_items[0].price"),
        ({"line_items": [{**line(1, "1.00"), "tax_lines": {"a": 1}}]}, "line_items[0].tax_lines"),
        ({"refunds": [{"transactions": [{"id": 1, "kind": "refund", "status": "success", "amount": "5.00"}]}]}, "refunds"),
        ({"shipping_lines": [{"price": "free"}]}, "shipping_lines[0].price"),
        ({"id": "ten"}, "id"),
        ({"updated_at": "yesterday"}, "updated_at"),
        ({"created_at": "9999-12-31T23:59:59Z"}, "created_at"),
    ],
)
def test_what_cannot_be_read_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as told:
        read({**order(line(1, "1.00"), total="1.00"), **change})
    assert told.value.field_name == field
    assert told.value.fix


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*order(line(1, "1.00"), total="1.00"), "refunds", "shipping_lines", "transactions", "customer", "billing_address", "note_attributes", "total_price_set",
                 "presentment_currency", "discount_codes", "total_discounts", "processed_at", "note", "name", "financial_status", "order", "total_tip_received"})  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(sorted(line(1, "1.00")) + ["tax_lines", "duties", "discount_allocations", "current_quantity"]), JSON, max_size=2),
)
def test_whatever_stands_in_a_field_it_is_an_order_or_unreadable(change: dict[str, Any], of_line: dict[str, Any]) -> None:
    body = {**order({**line(1, "1.00"), **of_line}, total="1.00", financial_status="paid"), **change}
    try:
        read(body)
    except Unreadable as told:
        assert told.field_name


def test_a_message_is_known_by_the_order_it_is_about() -> None:
    assert topics.message("orders/create", '{"id": 5, "x": 1}', None).key == "5"
    assert topics.message("orders/create", '{"name": "#1", "id": 5}', None).key == "5"
    assert topics.message("refunds/create", '{"id": 9, "order_id": 5}', "w1") == topics.Message(
        "notice", "5", '{"id": 9, "order_id": 5}', {"topic": "refunds/create", "webhook_id": "w1"}
    )
    assert topics.message("orders/edited", '{"order_edit": {"id": 8, "order_id": 5}}', None).key == "5"
    assert topics.message("", "nonsense", None).key.startswith("unreadable:")
    assert topics.message("orders/create\r\n", "{}", None, "soon").headers == {}
