"""Fixing in place: each deed sends the orders that it concerns back through validate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.capture.actions import map_sku
from headrace.flow.validate import actions
from headrace.flow.validate.tests.shop import ACTOR, NEW_YORK, PLACED_AT, OrderLine, Shop, assert_fails, assert_passes


def test_fixing_part_of_it_closes_that_case_and_keeps_the_other(shop: Shop) -> None:
    order_id = shop.place(ship_to=NEW_YORK | {"postcode": "1234"}, fraud_verdict="review")
    address, fraud = assert_fails(shop, order_id, "address.postcode", "fraud.review")
    actions.fix_address(actor=ACTOR, order_id=order_id, changes={"postcode": "10002"})
    shop.run()
    (left,) = shop.cases(order_id)
    assert left.id == fraud.id and shop.order(order_id).hold == "held"
    assert [case.id for case in shop.cases(order_id, "resolved")] == [address.id]
    assert shop.history(order_id, "address_fixed") == [{"postcode": ["1234", "10002"]}]


def test_an_address_can_be_entered_where_there_was_none(shop: Shop) -> None:
    order_id = shop.place(ship_to=None)
    assert_fails(shop, order_id, "address.missing", "tax.jurisdiction")
    actions.fix_address(actor=ACTOR, order_id=order_id, changes=dict(NEW_YORK))
    assert_passes(shop, order_id)


def test_only_fields_of_an_address_can_be_fixed(shop: Shop) -> None:
    order_id = shop.place()
    with pytest.raises(Refused, match="hold"):
        actions.fix_address(actor=ACTOR, order_id=order_id, changes={"hold": "clear"})


def test_an_order_that_was_validated_is_checked_anew_after_a_fix(shop: Shop) -> None:
    order_id = shop.place()
    assert_passes(shop, order_id)
    actions.fix_address(actor=ACTOR, order_id=order_id, changes={"postcode": "1"})
    assert shop.order(order_id).state == "captured"
    assert_fails(shop, order_id, "address.postcode")


def test_an_order_with_goods_reserved_is_not_fixed_here(shop: Shop) -> None:
    order_id = shop.place()
    assert_passes(shop, order_id)
    run("update orders_order set state = 'allocated' where id = %(id)s", {"id": order_id})
    with pytest.raises(Refused, match="reserved"):
        actions.fix_address(actor=ACTOR, order_id=order_id, changes={"city": "Albany"})


def test_what_another_room_holds_is_not_let_go_by_a_fix(shop: Shop) -> None:
    order_id = shop.place(ship_to=NEW_YORK | {"postcode": "1234"})
    assert_fails(shop, order_id, "address.postcode")
    run(
        """insert into exception_queue_case (reason_code, document, document_id, order_id, fingerprint, opened_at, due_at, team)
        values ('CAPTURE-06', 'order', %(id)s, %(id)s, 'x', now(), now(), 'customer_service')""",
        {"id": order_id},
    )
    actions.fix_address(actor=ACTOR, order_id=order_id, changes={"postcode": "10002"})
    assert shop.order(order_id).hold == "held"


def test_mapping_a_sku_replays_every_order_that_waited(shop: Shop) -> None:
    waiting = [shop.place(OrderLine("NEW-1", is_mapped=False)) for _ in range(3)]
    shop.run()
    assert all(shop.words(i) == ["sku.unknown"] for i in waiting)
    assert map_sku(actor=ACTOR, channel="web", channel_sku="NEW-1", item="MUG") == 3
    for order_id in waiting:
        assert_passes(shop, order_id)


def test_mapping_a_shipping_code_replays_every_order_that_waited(shop: Shop) -> None:
    waiting = [shop.place(shipping_code="Drone") for _ in range(3)]
    other = shop.place(shipping_code="Balloon")
    shop.run()
    assert actions.map_shipping_code(actor=ACTOR, channel="web", channel_code="Drone", service="air") == 3
    shop.run()
    assert {shop.order(i).state for i in waiting} == {"validated"}
    assert shop.words(other) == ["shipping.unknown"]


def test_another_service_can_be_chosen_for_one_order(shop: Shop) -> None:
    order_id = shop.place(OrderLine("ANVIL"))
    assert_fails(shop, order_id, "shipping.weight")
    actions.set_shipping_service(actor=ACTOR, order_id=order_id, service="freight")
    assert_passes(shop, order_id)
    assert (
        run("select s.code from orders_order o join catalog_shipping_service s on s.id = o.shipping_service_id where o.id = %(id)s", {"id": order_id}).scalar
        == "freight"
    )


def test_setting_the_list_price_replays_the_orders_that_waited_for_it(shop: Shop) -> None:
    order_id = shop.place(OrderLine(price="12.00"))
    assert_fails(shop, order_id, "price.off_list")
    actions.set_list_price(actor=ACTOR, price_list="usd", sku="MUG", unit_price="12.00", valid_from_on="2026-06-01")
    assert_passes(shop, order_id)
    assert_passes(shop, shop.place(OrderLine(qty=2), placed_at=PLACED_AT - timedelta(days=3)))  # what was sold before keeps its price


def test_allowing_a_promotion_replays_the_orders_that_waited_for_it(shop: Shop) -> None:
    order_id = shop.place(OrderLine(discount_minor=300), discounts=(("summer", 300),))
    assert_fails(shop, order_id, "discount.unknown")
    actions.allow_promotion(actor=ACTOR, code="summer", percent_max="30", valid_from_on="2026-06-01", channel="web")
    assert_passes(shop, order_id)


def test_a_tax_rate_replays_the_orders_that_waited_for_it(shop: Shop) -> None:
    order_id = shop.place(OrderLine(tax_minor=58), ship_to=NEW_YORK | {"city": "Columbus", "region": "OH", "postcode": "43085"})
    assert_fails(shop, order_id, "tax.jurisdiction")
    assert actions.set_tax_rate(actor=ACTOR, jurisdiction="US-OH", rate="0.0575", valid_from_on="2026-01-01") == 1
    assert_passes(shop, order_id)
    assert shop.order(order_id).tax_jurisdiction == "US-OH"


@pytest.mark.parametrize(
    "deed",
    [
        lambda: actions.set_fraud_verdict(actor=ACTOR, order_id=1, verdict="perhaps", note="x"),
        lambda: actions.set_fraud_verdict(actor=ACTOR, order_id=1, verdict="accept", note=""),
        lambda: actions.set_fraud_verdict(actor=ACTOR, order_id=10**9, verdict="accept", note="x"),
        lambda: actions.set_shipping_service(actor=ACTOR, order_id=1, service="rocket"),
        lambda: actions.map_shipping_code(actor=ACTOR, channel="nowhere", channel_code="x", service="air"),
        lambda: actions.set_list_price(actor=ACTOR, price_list="usd", sku="NOPE", unit_price="1"),
        lambda: actions.set_list_price(actor=ACTOR, price_list="usd", sku="MUG", unit_price="ten"),
        lambda: actions.set_tax_rate(actor=ACTOR, jurisdiction="Narnia", rate="0.1"),
        lambda: actions.set_tax_rate(actor=ACTOR, jurisdiction="GB", rate="20"),
        lambda: actions.allow_promotion(actor=ACTOR, code="X", percent_max="101", valid_from_on="2026-01-01"),
        lambda: actions.allow_promotion(actor=ACTOR, code="X", percent_max="10", valid_from_on="soon"),
        lambda: actions.set_credit_limit(actor=ACTOR, party_id=10**9, credit_limit_minor=1, terms_days=0),
    ],
)
def test_deeds_that_make_no_sense_are_refused_with_the_value(shop: Shop, deed) -> None:  # noqa: ANN001 - a small closure
    with pytest.raises(Refused):
        deed()
