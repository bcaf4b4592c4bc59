"""Probable duplicates: the same customer, the same basket, minutes apart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.engine.queries import run
from headrace.exception_queue.resolving import accept
from headrace.flow.validate.tests.shop import ACTOR, PLACED_AT, OrderLine, Shop, assert_fails, assert_passes


def test_the_same_basket_of_the_same_customer_within_minutes_is_probably_a_double(shop: Shop) -> None:
    """Complaint 25: tons of duplicates on a sale day."""
    first = shop.place(OrderLine(), OrderLine("BOOK", qty=2), email="jo@example.com")
    second = shop.place(OrderLine("BOOK", qty=2), OrderLine(), email="JO@example.com", placed_at=PLACED_AT + timedelta(minutes=5))
    shop.run()
    (case,) = shop.cases(second)
    assert (case.word, case.value, case.detail["expected"]) == ("order.duplicate", shop.order(first).number, "00:05:00")
    assert shop.order(first).state == "validated"


def test_a_double_that_comes_in_a_later_batch_is_found_too(shop: Shop) -> None:
    party = shop.party("Vera")
    assert_passes(shop, shop.place(party_id=party))
    assert_fails(shop, shop.place(party_id=party, placed_at=PLACED_AT + timedelta(minutes=29)), "order.duplicate")


@pytest.mark.parametrize(
    "other",
    [{"minutes": 31}, {"qty": 2}, {"sku": "BOOK"}, {"email": "al@example.com"}],
    ids=["later", "another quantity", "another item", "another customer"],
)
def test_what_only_resembles_it_is_no_double(shop: Shop, other: dict) -> None:
    assert_passes(shop, shop.place(email="jo@example.com"))
    line = OrderLine(other.get("sku", "MUG"), qty=other.get("qty", 1))
    assert_passes(shop, shop.place(line, email=other.get("email", "jo@example.com"), placed_at=PLACED_AT + timedelta(minutes=other.get("minutes", 5))))


def test_after_a_cancel_the_customer_may_order_again(shop: Shop) -> None:
    first = shop.place(email="jo@example.com")
    assert_passes(shop, first)
    run("update orders_order set commercial = 'cancelled', state = 'cancelled' where id = %(id)s", {"id": first})
    assert_passes(shop, shop.place(email="jo@example.com"))


def test_an_accepted_double_goes_through_and_keeps_its_basket(shop: Shop) -> None:
    assert_passes(shop, shop.place(email="jo@example.com"))
    second = shop.place(email="jo@example.com")
    (case,) = assert_fails(shop, second, "order.duplicate")
    accept(actor=ACTOR, case_ids=[case.id], note="wanted twice")
    assert_passes(shop, second)
