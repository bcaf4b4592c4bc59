"""Accepting, trying again, waiting: how an order comes back, and the ways around a check that there are not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.exception_queue.resolving import accept, look_again, retry
from headrace.flow.validate import actions
from headrace.flow.validate.tests.shop import ACTOR, AS_OF, OrderLine, Shop, assert_fails, assert_passes


def test_an_accepted_failure_does_not_stop_the_order_again(shop: Shop) -> None:
    order_id = shop.place(OrderLine(price="5.00"))
    (case,) = assert_fails(shop, order_id, "price.off_list")
    (result,) = accept(actor=ACTOR, case_ids=[case.id], note="price match")
    assert result.done
    assert_passes(shop, order_id)
    assert shop.cases(order_id, "resolved")[0].resolution == "accepted"


def test_acceptance_holds_for_these_values_only(shop: Shop) -> None:
    order_id = shop.place(OrderLine(price="5.00"))
    (case,) = assert_fails(shop, order_id, "price.off_list")
    accept(actor=ACTOR, case_ids=[case.id], note="price match")
    run("update orders_line set unit_price = 4, goods_minor = 400, tax_minor = 32 where order_id = %(id)s", {"id": order_id})
    run("update orders_order set goods_minor = 400, tax_minor = 32, total_minor = 432 where id = %(id)s", {"id": order_id})
    (again,) = assert_fails(shop, order_id, "price.off_list")
    assert again.value == "4.00 USD"


def test_accepting_one_failure_leaves_the_others(shop: Shop) -> None:
    order_id = shop.place(OrderLine(price="5.00"), fraud_verdict="review")
    fraud, price = assert_fails(shop, order_id, "fraud.review", "price.off_list")
    accept(actor=ACTOR, case_ids=[price.id], note="price match")
    shop.run()
    assert shop.words(order_id) == ["fraud.review"] and shop.order(order_id).hold == "held"
    actions.set_fraud_verdict(actor=ACTOR, order_id=order_id, verdict="accept", note="called the customer")
    assert_passes(shop, order_id)


def test_acceptance_needs_a_reason_in_words(shop: Shop) -> None:
    (case,) = assert_fails(shop, shop.place(OrderLine(price="5.00")), "price.off_list")
    with pytest.raises(Refused, match="note"):
        accept(actor=ACTOR, case_ids=[case.id], note=" ")


def test_a_block_that_offers_no_acceptance_cannot_be_waved_through(shop: Shop) -> None:
    """Complaints 32 and 33: a blocking exception can be ignored from the wizard, or skipped by another way in."""
    order_id = shop.place(OrderLine("NEW-1", is_mapped=False))
    (case,) = assert_fails(shop, order_id, "sku.unknown")
    (result,) = accept(actor=ACTOR, case_ids=[case.id], note="never mind")
    assert not result.done and "cannot be accepted" in result.why
    # Nor does a waiver that got in some other way help: validate does not honour it for this check.
    run(
        """insert into orders_waiver (order_id, reason_code, fingerprint, actor) select order_id, reason_code, fingerprint, 'user:mallory'
        from exception_queue_case where id = %(id)s""",
        {"id": case.id},
    )
    retry(actor=ACTOR, case_ids=[case.id])
    shop.run()
    assert shop.order(order_id).state == "captured" and shop.words(order_id) == ["sku.unknown"]


def test_trying_again_without_a_change_parks_again(shop: Shop) -> None:
    """Complaint 33: no way around the check, however the order comes back."""
    order_id = shop.place(fraud_verdict="reject")
    (case,) = assert_fails(shop, order_id, "fraud.rejected")
    retry(actor=ACTOR, case_ids=[case.id])
    assert_fails(shop, order_id, "fraud.rejected")


def test_a_failure_that_looks_again_by_itself_passes_when_it_has_mended(shop: Shop) -> None:
    order_id = shop.place(fraud_verdict=None)
    assert_fails(shop, order_id, "fraud.missing")
    run("update orders_order set fraud_verdict = 'accept' where id = %(id)s", {"id": order_id})
    assert look_again(AS_OF) == 0
    assert look_again(AS_OF + timedelta(minutes=31)) == 1
    assert_passes(shop, order_id)
    assert shop.cases(order_id, "resolved")[0].resolution == "cleared_by_itself"
