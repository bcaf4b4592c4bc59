"""Every check, with an order that fails it and one that passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.flow.validate.checks import checks
from headrace.flow.validate.policy import DEFAULT_POLICY
from headrace.flow.validate.tests.shop import AS_OF, LONDON, NEW_YORK, OSLO, PLACED_AT, TEXAS, OrderLine, Shop, assert_fails, assert_passes


@pytest.mark.parametrize("channel", ["web", "uk", "jp", "kw"])
def test_a_sound_order_goes_straight_through(shop: Shop, channel: str) -> None:
    order_id = shop.place(OrderLine(qty=3), channel=channel)
    assert_passes(shop, order_id)
    order = shop.order(order_id)
    assert order.tax_jurisdiction == {"web": "US-NY", "uk": "GB", "jp": "JP", "kw": "KW"}[channel]
    assert order.tax_recomputed_minor == order.tax_minor
    assert order.shipping_service_id is not None and order.hold == "clear"
    assert len(shop.history(order_id, "validated")) == 1


def test_every_check_of_the_policy_is_declared_and_has_a_procedure() -> None:
    assert set(checks()) == set(DEFAULT_POLICY["severity"])
    codes = [check.reason.code for check in checks().values()]
    assert len(set(codes)) == len(codes)
    for check in checks().values():
        assert check.reason.sop.count("\n") >= 2, check.word
        assert "retry" in check.reason.offers


# Address ---------------------------------------------------------------------------------------------------------------------------------


def test_goods_need_an_address(shop: Shop) -> None:
    assert_fails(shop, shop.place(ship_to=None), "address.missing", "tax.jurisdiction")


def test_a_gift_card_needs_no_address_and_no_service(shop: Shop) -> None:
    order_id = shop.place(OrderLine(kind="gift_card", tax_minor=0), ship_to=None, shipping_code=None, shipping_tax_minor=0)
    shop.tune(severity={"tax.jurisdiction": "off"})
    assert_passes(shop, order_id)


@pytest.mark.parametrize(
    ("change", "field"), [({"line1": None}, "line1"), ({"city": ""}, "city"), ({"postcode": None}, "postcode")], ids=["line1", "city", "postcode"]
)
def test_a_missing_part_of_the_address_is_named(shop: Shop, change: dict[str, Any], field: str) -> None:
    (case,) = assert_fails(shop, shop.place(ship_to=NEW_YORK | change), "address.incomplete")
    assert case.field == field


def test_a_country_that_needs_no_region_or_postcode_is_left_in_peace(shop: Shop) -> None:
    hong_kong = {"name": "Jane", "line1": "1 Queen's Road", "city": "Central", "region": "Hong Kong Island", "country": "HK"}
    shop.tune(severity={"tax.jurisdiction": "off"})
    assert_passes(shop, shop.place(OrderLine(tax_minor=0), ship_to=hong_kong))


def test_an_unknown_country_stops_the_order(shop: Shop) -> None:
    cases = assert_fails(shop, shop.place(OrderLine(tax_minor=0), ship_to=NEW_YORK | {"country": "Atlantis"}), "address.country")
    assert cases[0].value == "Atlantis"


def test_an_unknown_state_stops_the_order(shop: Shop) -> None:
    cases = assert_fails(shop, shop.place(ship_to=NEW_YORK | {"region": "Nowhere"}), "address.region", "tax.jurisdiction")
    assert cases[0].value == "Nowhere"


@pytest.mark.parametrize("postcode", ["1234", "ABCDE", "123456"])
def test_what_cannot_be_a_postcode_stops_the_order(shop: Shop, postcode: str) -> None:
    (case,) = assert_fails(shop, shop.place(ship_to=NEW_YORK | {"postcode": postcode}), "address.postcode")
    assert case.value == postcode and "95014" in case.fix


def test_a_postcode_of_another_state_is_warned_of(shop: Shop) -> None:
    order_id = shop.place(ship_to=NEW_YORK | {"postcode": "90012"})
    (case,) = assert_fails(shop, order_id, "address.postcode_region", warns=True)
    assert case.severity == "warns" and shop.order(order_id).hold == "clear"


def test_nothing_goes_to_a_restricted_country(shop: Shop) -> None:
    pyongyang = {"name": "Kim", "line1": "1 Street", "city": "Pyongyang", "country": "KP"}
    (case,) = assert_fails(shop, shop.place(OrderLine(tax_minor=0), ship_to=pyongyang), "address.restricted")
    assert case.value == "KP"


def test_a_region_can_be_restricted_alone(shop: Shop) -> None:
    shop.tune(destinations={"restricted": ["US-TX"]})
    assert_passes(shop, shop.place())
    assert_fails(shop, shop.place(OrderLine(rate="0.0625"), ship_to=TEXAS), "address.restricted")


def test_a_telephone_number_with_letters_is_warned_of(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(ship_to=NEW_YORK | {"phone": "555-555-SHIP"}), "contact.phone", warns=True)
    assert case.value == "555-555-SHIP"


def test_an_email_without_a_host_is_warned_of(shop: Shop) -> None:
    assert_fails(shop, shop.place(ship_to=NEW_YORK | {"email": "jane@example"}), "contact.email", warns=True)


# Fraud and payment -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "word"), [(None, "fraud.missing"), ("review", "fraud.review"), ("reject", "fraud.rejected")])
def test_the_fraud_verdict_must_be_there_and_acceptable(shop: Shop, verdict: str | None, word: str) -> None:
    assert_fails(shop, shop.place(fraud_verdict=verdict), word)


def test_a_channel_without_fraud_service_needs_no_verdict(shop: Shop) -> None:
    assert_passes(shop, shop.place(channel="uk", fraud_verdict=None))


def test_a_rejection_counts_on_every_channel(shop: Shop) -> None:
    assert_fails(shop, shop.place(channel="uk", fraud_verdict="reject"), "fraud.rejected")


def test_less_authorised_than_the_total_stops_the_order(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(authorised_minor=1079), "payment.short")
    assert case.value == "10.79 USD" and case.detail["expected"] == "10.80 USD" and case.detail["difference"] == "-0.01 USD"


def test_where_the_channel_takes_the_money_an_authorisation_is_not_enough(shop: Shop) -> None:
    assert_fails(shop, shop.place(channel="uk", captured_minor=0), "payment.short")


def test_a_free_order_needs_no_payment(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine(kind="gift_card", qty=1, price="0.00", tax_minor=0)))


def test_a_lapsed_authorisation_stops_the_order(shop: Shop) -> None:
    assert_passes(shop, shop.place(payment_expires_at=AS_OF + timedelta(seconds=1)))
    assert_fails(shop, shop.place(OrderLine(qty=2), payment_expires_at=AS_OF), "payment.expired")


def test_more_taken_than_asked_is_warned_of(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(channel="uk", authorised_minor=1100, captured_minor=1100), "payment.over", warns=True)
    assert case.detail["difference"] == "1.00 GBP"


# Tax -------------------------------------------------------------------------------------------------------------------------------------


def test_a_state_of_our_own_country_without_rates_stops_the_order(shop: Shop) -> None:
    ohio = NEW_YORK | {"city": "Columbus", "region": "OH", "postcode": "43085"}
    (case,) = assert_fails(shop, shop.place(OrderLine(tax_minor=0), ship_to=ohio), "tax.jurisdiction")
    assert case.value == "US-OH"


def test_a_country_without_rates_is_an_export_without_tax(shop: Shop) -> None:
    order_id = shop.place(OrderLine(tax_minor=0), ship_to=OSLO)
    assert_passes(shop, order_id)
    assert shop.order(order_id).tax_jurisdiction == "NO" and shop.order(order_id).tax_recomputed_minor == 0


def test_policy_can_refuse_untaxed_exports(shop: Shop) -> None:
    shop.tune(tax={"untaxed_exports": False})
    assert_fails(shop, shop.place(OrderLine(tax_minor=0), ship_to=OSLO), "tax.jurisdiction")


def test_tax_on_an_export_is_a_variance(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(tax_minor=80), ship_to=OSLO), "tax.variance")
    assert case.value == "0.80 USD" and case.detail["expected"] == "0.00 USD"


def test_a_cent_of_rounding_is_kept_and_let_through(shop: Shop) -> None:
    order_id = shop.place(OrderLine(tax_minor=81))
    assert_passes(shop, order_id)
    order = shop.order(order_id)
    assert (order.tax_minor, order.tax_recomputed_minor) == (81, 80)
    assert run("select tax_recomputed_minor from orders_line where order_id = %(id)s", {"id": order_id}).scalar == 80


def test_lines_are_not_written_where_the_tax_agrees(shop: Shop) -> None:
    order_id = shop.place()
    assert_passes(shop, order_id)
    assert run("select tax_recomputed_minor from orders_line where order_id = %(id)s", {"id": order_id}).scalar is None


def test_tax_beyond_tolerance_stops_the_order(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(qty=5, tax_minor=500)), "tax.variance")
    assert case.value == "5.00 USD" and case.detail["expected"] == "4.00 USD"


def test_reduced_and_zero_classes_and_taxed_shipping_are_recomputed(shop: Shop) -> None:
    # inclusive: 10.00 at 20 % holds 1.67, 10.00 at 5 % holds 0.48, tea holds none, shipping of 6.00 holds 1.00
    order_id = shop.place(OrderLine(), OrderLine("BOOK", rate="0.05"), OrderLine("FOOD", rate="0"), channel="uk", shipping_minor=600, shipping_tax_minor=100)
    assert_passes(shop, order_id)
    assert shop.order(order_id).tax_recomputed_minor == 167 + 48 + 100


def test_shipping_is_taxed_only_where_the_jurisdiction_says_so(shop: Shop) -> None:
    assert_passes(shop, shop.place(shipping_minor=1000))
    assert_passes(shop, shop.place(OrderLine(rate="0.0625", tax_minor=63), ship_to=TEXAS, shipping_minor=1000, shipping_tax_minor=63))


def test_the_rate_of_the_day_of_the_order_counts(shop: Shop) -> None:
    run("insert into catalog_tax_rate (jurisdiction, tax_class, rate, valid_from_on) values ('GB', 'standard', 0.25, '2026-06-02')")
    assert_passes(shop, shop.place(channel="uk", placed_at=PLACED_AT - timedelta(days=1)))
    assert_passes(shop, shop.place(OrderLine(qty=2, rate="0.25"), channel="uk"))


def test_an_exempt_customer_pays_no_tax(shop: Shop) -> None:
    run("update catalog_party set tax_exempt_until_on = '2026-12-31' where name = 'Vera'")
    order_id = shop.place(OrderLine(tax_minor=0), party_id=shop.party("Vera"))
    assert_passes(shop, order_id)
    assert shop.order(order_id).tax_recomputed_minor == 0


def test_tax_that_a_marketplace_collects_is_not_ours_to_check(shop: Shop) -> None:
    run("""update catalog_channel set settings = '{"marketplace_collects_tax": true}' where code = 'web'""")
    assert_passes(shop, shop.place(OrderLine(qty=5, tax_minor=999)))


# Goods and prices ------------------------------------------------------------------------------------------------------------------------


def test_an_unmapped_sku_stops_its_line(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(), OrderLine("NEW-1", is_mapped=False)), "sku.unknown")
    assert case.value == "NEW-1" and case.line_id is not None and case.severity == "blocks_line"


def test_a_retired_item_stops_its_line(shop: Shop) -> None:
    assert_fails(shop, shop.place(OrderLine("OLD")), "sku.inactive")


@pytest.mark.parametrize("listing", ["is_sellable = false", "valid_to_on = '2026-05-31'", "valid_from_on = '2026-07-01'"], ids=["barred", "run out", "not yet"])
def test_an_item_must_be_sellable_on_the_channel(shop: Shop, listing: str) -> None:
    run("insert into catalog_listing (channel_id, channel_sku, item_id) select c.id, 'MUG', i.id from catalog_channel c, catalog_item i where i.sku = 'MUG'")
    assert_passes(shop, shop.place())
    run(f"update catalog_listing set {listing}")
    assert_fails(shop, shop.place(OrderLine(qty=2)), "sku.not_listed")


def test_an_item_barred_in_a_country_stops_its_line(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine("KNIFE")))
    assert_fails(shop, shop.place(OrderLine("KNIFE"), channel="uk"), "sku.barred")


def test_regulated_goods_wait_for_the_licence_unless_the_country_needs_none(shop: Shop) -> None:
    assert_fails(shop, shop.place(OrderLine("GIN")), "sku.regulated")
    shop.tune(regulated={"alcohol": ["GB"]})
    assert_passes(shop, shop.place(OrderLine("GIN"), channel="uk"))


@pytest.mark.parametrize("price", ["10.01", "9.99", "10.20", "9.80"])
def test_a_price_within_tolerance_passes(shop: Shop, price: str) -> None:
    assert_passes(shop, shop.place(OrderLine(price=price)))


@pytest.mark.parametrize("price", ["10.21", "9.79", "1.00", "0.00"])
def test_a_price_off_the_list_stops_its_line(shop: Shop, price: str) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(price=price)), "price.off_list")
    assert case.value == f"{price} USD" and case.detail["expected"] == "10.00 USD" and case.detail["sku"] == "MUG"


def test_the_price_of_the_quantity_counts(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine(qty=10, price="8.00")))
    assert_fails(shop, shop.place(OrderLine(qty=10, price="10.00")), "price.off_list")


def test_a_pack_is_compared_with_the_price_of_its_pieces(shop: Shop) -> None:
    order_id = shop.place(OrderLine(price="60.00"))
    run("update orders_line set pack_each = 6, qty_ordered_each = 6 where order_id = %(id)s", {"id": order_id})
    assert_passes(shop, order_id)


def test_a_missing_list_price_is_asked_for_only_where_policy_wants_it(shop: Shop) -> None:
    run("delete from catalog_price where item_id = (select id from catalog_item where sku = 'LAMP')")
    assert_passes(shop, shop.place(OrderLine("LAMP")))
    shop.tune(severity={"price.unlisted": "block"})
    order_id = shop.place(OrderLine("LAMP", qty=2))
    shop.run()
    assert shop.words(order_id) == ["price.unlisted"] and shop.order(order_id).hold == "held"


def test_a_discount_code_must_be_known(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine(discount_minor=200), discounts=[("spring", 200)]))
    (case,) = assert_fails(shop, shop.place(OrderLine(discount_minor=100), discounts=[("NOBODY", 100)]), "discount.unknown")
    assert case.value == "NOBODY"


@pytest.mark.parametrize("code", ["XMAS", "LEAKED"])
def test_a_discount_code_must_be_in_force(shop: Shop, code: str) -> None:
    assert_fails(shop, shop.place(OrderLine(discount_minor=100), discounts=[(code, 100)]), "discount.lapsed")


def test_a_discount_code_may_take_only_its_per_cent(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(discount_minor=201), discounts=[("SPRING", 201)]), "discount.over_limit")
    assert case.detail["code"] == "SPRING" and case.value == "2.01 USD" and case.detail["expected"] == "2.00 USD"


def test_more_off_than_policy_allows_needs_a_decision(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine(discount_minor=750)))
    assert_fails(shop, shop.place(OrderLine(discount_minor=751)), "discount.over_policy")


def test_a_line_that_makes_no_sense_is_named(shop: Shop) -> None:
    cases = assert_fails(shop, shop.place(OrderLine(price="-10.00", discount_minor=0)), "line.unsound", "price.off_list")
    assert cases[0].field == "unit_price"


def test_a_quantity_beyond_the_usual_is_asked_about(shop: Shop) -> None:
    shop.tune(limits={"qty_per_line_max_each": 9})
    assert_passes(shop, shop.place(OrderLine(qty=9)))
    assert_fails(shop, shop.place(OrderLine(qty=10, price="8.00")), "quantity.unusual")


def test_a_line_that_is_wholly_cancelled_is_not_looked_at(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine(), OrderLine("OLD", cancelled=1, price="99.00")))


# Totals ----------------------------------------------------------------------------------------------------------------------------------


def test_a_total_that_does_not_foot_names_the_difference(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(shipping_minor=500, total_minor=1579, authorised_minor=1579), "total.foot")
    assert case.value == "15.79 USD" and case.detail["expected"] == "15.80 USD" and case.detail["difference"] == "-0.01 USD"


@pytest.mark.parametrize(("column", "field"), [("goods_minor", "goods"), ("tax_minor", "tax")])
def test_lines_that_do_not_sum_to_the_order_are_named(shop: Shop, column: str, field: str) -> None:
    usual = {"goods_minor": 1000, "tax_minor": 80}
    order_id = shop.place(**{column: usual[column] + 1, "total_minor": 1081, "authorised_minor": 1081})
    (case,) = assert_fails(shop, order_id, "total.lines")
    assert case.field == field and case.detail["difference"] == "0.01 USD"


# Shipping --------------------------------------------------------------------------------------------------------------------------------


def test_the_channels_shipping_word_must_be_known(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(shipping_code="Drone"), "shipping.unknown")
    assert case.value == "Drone"


def test_a_channel_may_have_a_usual_service_for_orders_without_one(shop: Shop) -> None:
    run("""update catalog_channel set settings = '{"default_service": "freight"}' where code = 'uk'""")
    order_id = shop.place(channel="uk", shipping_code=None)
    assert_passes(shop, order_id)
    assert_fails(shop, shop.place(shipping_code=None), "shipping.unknown")


def test_a_piece_too_heavy_for_the_service_stops_the_order(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine("ANVIL")), "shipping.weight")
    assert "90000 g" in case.value


def test_an_order_too_heavy_for_parcels_stops(shop: Shop) -> None:
    shop.tune(limits={"parcels_per_order_max": 1})
    assert_passes(shop, shop.place(OrderLine("MUG", qty=9)))
    assert_fails(shop, shop.place(OrderLine("LAMP", qty=16)), "shipping.weight")


def test_hazardous_goods_do_not_fly(shop: Shop) -> None:
    assert_passes(shop, shop.place(OrderLine("LAMP")))
    assert_fails(shop, shop.place(OrderLine("LAMP", qty=2), shipping_code="Air"), "shipping.hazmat")


@pytest.mark.parametrize("line1", ["PO Box 12", "P.O. Box 9", "p o box 77", "Postfach 100", "Apartado 5"])
def test_a_post_office_box_needs_a_service_that_goes_there(shop: Shop, line1: str) -> None:
    order_id = shop.place(ship_to=NEW_YORK | {"line1": line1}, shipping_code="Air")
    assert_fails(shop, order_id, "shipping.po_box")
    assert shop.address(order_id).is_po_box
    assert_passes(shop, shop.place(OrderLine(qty=2), ship_to=NEW_YORK | {"line1": line1}))


@pytest.mark.parametrize("line1", ["12 Box Hill Road", "4 Postal Street", "1 Boxwood Lane", "8 Bagot Street"])
def test_a_street_that_only_sounds_like_a_box_is_none(shop: Shop, line1: str) -> None:
    order_id = shop.place(ship_to=NEW_YORK | {"line1": line1}, shipping_code="Air")
    assert_passes(shop, order_id)
    assert not shop.address(order_id).is_po_box


def test_a_service_must_go_to_the_destination(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(channel="uk", shipping_code="Air"), "shipping.destination")
    assert case.detail["expected"] == "GB"


# The order as a whole ----------------------------------------------------------------------------------------------------------------------


def test_a_high_value_is_looked_at_in_its_own_currency(shop: Shop) -> None:
    shop.tune(high_value_minor={"USD": 10800, "JPY": 9000})
    assert_passes(shop, shop.place(OrderLine(qty=9)))
    assert_fails(shop, shop.place(OrderLine(qty=10, price="10.00"), OrderLine("BOOK")), "order.high_value", "price.off_list")
    assert_fails(shop, shop.place(OrderLine(qty=9), channel="jp"), "order.high_value")


def test_a_trusted_customer_may_buy_for_much(shop: Shop) -> None:
    shop.tune(high_value_minor={"USD": 1000})
    assert_passes(shop, shop.place(party_id=shop.party("Vera")))


def test_a_blocked_customer_is_stopped(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(party_id=shop.party("Bad")), "customer.blocked")
    assert case.value == "blocked"


def test_a_channel_may_serve_some_segments_only(shop: Shop) -> None:
    shop.tune(channels={"web": {"segments": ["retail", "vip"]}})
    assert_passes(shop, shop.place(party_id=shop.party("Vera")))
    assert_passes(shop, shop.place(OrderLine(qty=2)))
    assert_fails(shop, shop.place(party_id=shop.party("Acme")), "customer.segment")


def test_an_address_abroad_is_checked_by_the_rules_of_its_country(shop: Shop) -> None:
    assert_fails(shop, shop.place(channel="uk", ship_to=LONDON | {"postcode": "99999"}), "address.postcode")
