"""Selling on account: limits, exposure, and two workers at once."""

from __future__ import annotations

import threading

import pytest

from headrace.engine.queries import run
from headrace.flow.validate import actions
from headrace.flow.validate.rules import Claim, over_limit
from headrace.flow.validate.tests.shop import ACTOR, WORLD, OrderLine, Shop, assert_fails, assert_passes

HUNDRED_TIMES = OrderLine(qty=46, price="8.00")  # 397.44 with tax


def claim(order_id: int, total: int, *, limit: int | None = 1000, owed: int = 0, party: int | None = 1, currency: str = "USD") -> Claim:
    return Claim(order_id, party, total, currency, "USD", limit, owed)


def test_credit_is_granted_in_turn_up_to_the_limit() -> None:
    assert over_limit([claim(1, 600), claim(2, 400)]) == []
    assert [(c.order_id, owed) for c, owed in over_limit([claim(1, 600), claim(2, 401)])] == [(2, 600)]


def test_what_is_refused_uses_up_nothing() -> None:
    assert [c.order_id for c, _ in over_limit([claim(1, 1001), claim(2, 1000)])] == [1]


def test_each_customer_has_its_own_limit() -> None:
    assert over_limit([claim(1, 1000), claim(2, 1000, party=2)]) == []


def test_what_is_owed_already_counts() -> None:
    assert [c.order_id for c, _ in over_limit([claim(1, 101, owed=900)])] == [1]


def test_an_order_within_the_limit_passes_and_is_remembered_as_exposure(shop: Shop) -> None:
    acme = shop.party("Acme")
    assert_passes(shop, shop.place(HUNDRED_TIMES, channel="trade", party_id=acme))
    assert_passes(shop, shop.place(OrderLine(qty=47, price="8.00"), channel="trade", party_id=acme))
    (case,) = assert_fails(shop, shop.place(OrderLine(qty=48, price="8.00"), channel="trade", party_id=acme), "credit.exceeded")
    assert case.detail["expected"] == "1,000.00 USD" and case.detail["owed"] == "803.52 USD"


def test_orders_of_one_batch_count_against_each_other(shop: Shop) -> None:
    acme = shop.party("Acme")
    orders = [shop.place(OrderLine(qty=40 + n, price="8.00"), channel="trade", party_id=acme) for n in range(4)]
    shop.run()
    assert [shop.order(i).state for i in orders] == ["validated", "validated", "captured", "captured"]


def test_unpaid_invoices_are_owed_and_paid_ones_are_not(shop: Shop) -> None:
    acme = shop.party("Acme")
    first = shop.place(HUNDRED_TIMES, channel="trade", party_id=acme)
    assert_passes(shop, first)
    run(
        "update orders_order set qty_allocated_each = 46, qty_shipped_each = 46, qty_invoiced_each = 46, invoiced_minor = total_minor where id = %(id)s",
        {"id": first},
    )
    run(
        """insert into ledger_invoice (entity_id, series, number, kind, order_id, channel_code, state, currency, goods_minor, tax_minor, total_minor, issued_on, issued_at)
        select entity_id, 'A', 1, 'invoice', id, 'trade', 'on_account', currency, goods_minor, tax_minor, total_minor, '2026-06-01', now() from orders_order where id = %(id)s""",
        {"id": first},
    )
    big = shop.place(OrderLine(qty=80, price="8.00"), channel="trade", party_id=acme)
    assert_fails(shop, big, "credit.exceeded")
    run("update ledger_invoice set paid_minor = total_minor")
    actions.set_credit_limit(actor=ACTOR, party_id=acme, credit_limit_minor=100000, terms_days=30)  # nothing changed but the look
    assert_passes(shop, big)


@pytest.mark.parametrize("party", ["Nocredit", None])
def test_without_a_limit_nothing_goes_on_account(shop: Shop, party: str | None) -> None:
    order_id = shop.place(channel="trade", party_id=shop.party(party) if party else None)
    (case,) = assert_fails(shop, order_id, "credit.none")
    assert case.value == ("no credit limit" if party else "no customer")


def test_a_limit_in_another_currency_is_no_limit(shop: Shop) -> None:
    order_id = shop.place(channel="trade", party_id=shop.party("Acme"), currency="EUR")
    (case,) = assert_fails(shop, order_id, "credit.none")
    assert "EUR" in case.value


def test_raising_the_limit_lets_the_order_go(shop: Shop) -> None:
    order_id = shop.place(channel="trade", party_id=shop.party("Nocredit"))
    assert_fails(shop, order_id, "credit.none")
    assert actions.set_credit_limit(actor=ACTOR, party_id=shop.party("Nocredit"), credit_limit_minor=5000, terms_days=14) == 1
    assert_passes(shop, order_id)


def test_unblocking_a_customer_lets_the_order_go(shop: Shop) -> None:
    order_id = shop.place(party_id=shop.party("Bad"))
    assert_fails(shop, order_id, "customer.blocked")
    assert actions.set_customer_segment(actor=ACTOR, party_id=shop.party("Bad"), segment="retail") == 1
    assert_passes(shop, order_id)


def test_two_workers_do_not_grant_the_same_credit_twice(fresh_database: str) -> None:
    from django.db import connection

    run(WORLD)
    shop = Shop()
    acme = shop.party("Acme")
    orders = [shop.place(OrderLine(qty=80, price="8.00"), OrderLine("BOOK", qty=n), channel="trade", party_id=acme) for n in (1, 2)]
    gate = threading.Barrier(2)

    def work(order_id: int) -> None:
        from headrace.engine.stage import stage_named

        try:
            gate.wait()
            stage_named("validate").run_for([order_id])
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(order_id,)) for order_id in orders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(shop.order(i).state for i in orders) == ["captured", "validated"]
    (held,) = [i for i in orders if shop.order(i).state == "captured"]
    assert shop.words(held) == ["credit.exceeded"]
