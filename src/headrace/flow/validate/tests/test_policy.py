"""What policy decides, and that all failures are shown at once."""

from __future__ import annotations

import json

import pytest

from headrace.engine.queries import run
from headrace.flow.validate.policy import DEFAULT_POLICY, faults_in
from headrace.flow.validate.tests.shop import NEW_YORK, OrderLine, Shop, assert_fails, assert_passes


def test_all_failures_of_an_order_are_shown_at_once_each_with_field_value_and_fix(shop: Shop) -> None:
    order_id = shop.place(
        OrderLine("OLD", price="3.00"),
        OrderLine("NEW-1", is_mapped=False),
        ship_to=NEW_YORK | {"city": None, "postcode": "1234"},
        fraud_verdict="review",
        shipping_code="Drone",
        total_minor=5000,
        authorised_minor=100,
    )
    cases = assert_fails(
        shop,
        order_id,
        "address.incomplete",
        "address.postcode",
        "fraud.review",
        "payment.short",
        "price.off_list",
        "shipping.unknown",
        "sku.inactive",
        "sku.unknown",
        "total.foot",
    )
    assert all(case.field and case.fix for case in cases)
    assert {case.word: case.value for case in cases}["address.postcode"] == "1234"
    assert shop.order(order_id).hold == "held"


def test_one_bad_order_does_not_keep_the_others(shop: Shop) -> None:
    """Complaint 21: one order with a deleted product stops the backfill."""
    good = [shop.place() for _ in range(3)]
    bad = shop.place(OrderLine("GONE", is_mapped=False))
    good += [shop.place() for _ in range(3)]
    outcome = shop.run()
    assert (outcome.taken, outcome.moved, outcome.parked) == (7, 6, 1)
    assert {shop.order(i).state for i in good} == {"validated"} and shop.order(bad).state == "captured"


def test_a_certain_repair_is_made_and_history_keeps_before_and_after(shop: Shop) -> None:
    order_id = shop.place(
        ship_to=NEW_YORK | {"country": "usa", "region": "new york", "postcode": "100011234", "phone": "(212) 555-0100", "email": " jo@example.com "}
    )
    assert_passes(shop, order_id)
    now = shop.address(order_id)
    assert (now.country, now.region, now.postcode, now.phone, now.email) == ("US", "NY", "10001-1234", "+12125550100", "jo@example.com")
    assert shop.order(order_id).tax_jurisdiction == "US-NY"
    assert shop.history(order_id, "repaired") == [
        {
            "country": ["usa", "US"],
            "region": ["new york", "NY"],
            "postcode": ["100011234", "10001-1234"],
            "phone": ["(212) 555-0100", "+12125550100"],
            "email": [" jo@example.com ", "jo@example.com"],
        }
    ]


def test_a_repair_that_policy_forbids_is_a_failure_instead(shop: Shop) -> None:
    shop.tune(severity={"address.region": "block"})
    order_id = shop.place(ship_to=NEW_YORK | {"region": "New York"})
    cases = assert_fails(shop, order_id, "address.region", "tax.jurisdiction")
    assert cases[0].detail["expected"] == "NY" and shop.address(order_id).region == "New York"


def test_policy_may_turn_a_block_into_a_warning_for_one_channel(shop: Shop) -> None:
    shop.tune(channels={"web": {"severity": {"price.off_list": "warn", "shipping.weight": "off"}}})
    web, other = shop.place(OrderLine("ANVIL", price="5.00")), shop.place(OrderLine(price="5.00"), channel="uk")
    shop.run()
    (case,) = shop.cases(web)
    assert (case.word, case.severity) == ("price.off_list", "warns")
    assert (shop.order(web).state, shop.order(web).hold) == ("validated", "clear")
    assert shop.cases(other)[0].severity == "blocks_line" and shop.order(other).hold == "held"


def test_policy_may_turn_a_warning_into_a_block_for_a_kind_of_channel(shop: Shop) -> None:
    shop.tune(channels={"kind:shopify": {"severity": {"contact.phone": "block"}}})
    order_id = shop.place(ship_to=NEW_YORK | {"phone": "12"})
    shop.run()
    assert shop.cases(order_id)[0].severity == "blocks_order" and shop.order(order_id).hold == "held"


def test_the_batch_remembers_the_policy_that_it_decided_by(shop: Shop) -> None:
    shop.tune(limits={"qty_per_line_max_each": 1})
    shop.place(OrderLine(qty=2))
    shop.run()
    assert run("select policies from engine_batch where stage = 'validate' order by id desc limit 1").scalar["validation"] == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"severity": {"no.such": "block"}}, "no such check"),
        ({"severity": {"sku.unknown": "maybe"}}, "must be one of"),
        ({"severity": {"sku.unknown": "fix"}}, "no certain repair"),
        ({"limits": {"qty_per_line_max_each": 0}}, "whole number"),
        ({"high_value_minor": {"XYZ": 1}}, "ISO currency"),
        ({"channels": {"web": {"colour": "red"}}}, "no such setting"),
        ({"colour": {}}, "no such setting"),
    ],
)
def test_a_policy_with_a_slip_in_it_cannot_be_drafted(change: dict, fault: str) -> None:
    assert faults_in(DEFAULT_POLICY) == []
    body = json.loads(json.dumps(DEFAULT_POLICY))
    for table, values in change.items():
        body[table] = {**body.get(table, {}), **values}
    assert any(fault in sentence for sentence in faults_in(body))
