"""Money taken before the goods leave is the customer's: given back, it comes out of the deposits, and nobody owes it twice."""

from __future__ import annotations

import random

import pytest

from headrace.engine.queries import run
from headrace.flow.settle.tests.sending import became, say
from headrace.ledger.tests.building import Order, OrderLine, balances, cancel_rest, invoices, place, run_stage, ship

pytestmark = pytest.mark.usefixtures("shop")


def paid(*lines: OrderLine, key: str | None = None) -> Order:
    """An order of the till, whose money is there before the goods leave."""
    order = place(*lines, channel="till")
    say("captured", f"order:{order.id}", order.total, key)
    run_stage("settle")
    return order


def test_a_refund_before_anything_shipped_comes_out_of_the_deposit() -> None:
    order = paid(OrderLine(1, 10_000))
    say("refunded", f"order:{order.id}", 4_000)
    run_stage("settle")
    assert balances() == {"clearing:pay": 6_000, "deposits:till": -6_000}


def test_all_given_back_leaves_nothing_on_any_account() -> None:
    order = paid(OrderLine(1, 10_000))
    for part in (4_000, 5_999, 1):
        say("refunded", f"order:{order.id}", part)
    run_stage("settle")
    assert balances() == {}


def test_a_refund_in_the_batch_that_took_the_money_comes_out_of_the_deposit_too() -> None:
    order = place(OrderLine(1, 10_000), channel="till")
    say("captured", f"order:{order.id}", 10_000)
    say("refunded", f"order:{order.id}", 10_000)
    run_stage("settle")
    assert balances() == {}


def test_after_the_invoice_a_refund_waits_on_the_receivable_for_its_credit_memo() -> None:
    order = paid(OrderLine(1, 10_000))
    ship(order)
    run_stage("invoice")
    say("refunded", f"order:{order.id}", 2_500)
    run_stage("settle")
    assert balances() == {"clearing:pay": 7_500, "receivable:till": 2_500, "sales:till:general": -10_000}


def test_half_shipped_the_refund_takes_what_is_still_a_deposit_and_the_rest_from_the_receivable() -> None:
    order = paid(OrderLine(4, 10_000))
    ship(order, 2)
    run_stage("invoice")
    assert balances()["deposits:till"] == -5_000
    say("refunded", f"order:{order.id}", 7_000, "re_1")
    run_stage("settle")
    assert balances() == {"clearing:pay": 3_000, "receivable:till": 2_000, "sales:till:general": -5_000}
    assert run("select deposit_minor from ledger_payment where external_ref = 're_1'").scalar == 5_000


def test_goods_that_leave_after_the_refund_use_what_is_left_of_the_deposit() -> None:
    order = paid(OrderLine(4, 10_000))
    say("refunded", f"order:{order.id}", 2_500)
    run_stage("settle")
    ship(order)
    run_stage("invoice")
    (invoice,) = invoices(order)
    assert (invoice.paid_minor, invoice.state) == (7_500, "issued")
    assert balances() == {"clearing:pay": 7_500, "receivable:till": 2_500, "sales:till:general": -10_000}


def test_a_refund_of_an_invoices_money_leaves_the_other_deposit_to_the_goods_to_come() -> None:
    order = paid(OrderLine(2, 10_000))
    ship(order, 1)
    run_stage("invoice")
    say("refunded", f"invoice:{invoices(order)[0].id}", 5_000)
    run_stage("settle")
    assert balances() == {"clearing:pay": 5_000, "deposits:till": -5_000, "receivable:till": 5_000, "sales:till:general": -5_000}
    ship(order, 1)
    run_stage("invoice")
    assert "deposits:till" not in balances()
    assert [i.state for i in invoices(order)] == ["captured", "captured"]


def test_the_rest_is_cancelled_and_its_deposit_given_back() -> None:
    order = paid(OrderLine(5, 10_000, tax=800))
    ship(order, 2)
    run_stage("invoice")
    cancel_rest(order)
    say("refunded", f"order:{order.id}", 6_480)
    run_stage("settle")
    assert balances() == {"clearing:pay": 4_320, "sales:till:general": -4_000, "tax_payable:US-NY": -320}
    assert order.row.commercial == "closed"


def test_the_same_refund_again_is_given_back_once() -> None:
    order = paid(OrderLine(1, 10_000))
    messages = [say("refunded", f"order:{order.id}", 4_000, "re_1") for _ in range(2)]
    run_stage("settle")
    assert [became(m)[1] for m in messages] == ["applied", "duplicate"]
    assert balances()["deposits:till"] == -6_000


@pytest.mark.parametrize("together", [False, True])
def test_a_void_of_money_that_was_taken_gives_it_back(together: bool) -> None:
    """Gateways void a sale of the same day instead of refunding it, under the sale's own key."""
    order = place(OrderLine(1, 10_000), channel="till")
    say("captured", f"order:{order.id}", 10_000, "sale_1")
    if not together:
        run_stage("settle")
    messages = [say("voided", f"order:{order.id}", 10_000, "sale_1") for _ in range(2)]
    run_stage("settle")
    assert [became(m)[1] for m in messages] == ["applied", "duplicate"]
    assert (balances(), order.row.captured_minor, order.row.refunded_minor) == ({}, 10_000, 10_000)


def test_a_void_of_an_authorisation_moves_no_money() -> None:
    order = paid(OrderLine(1, 10_000))
    say("voided", f"order:{order.id}", 500, "auth_9")
    run_stage("settle")
    assert (balances(), order.row.refunded_minor) == ({"clearing:pay": 10_000, "deposits:till": -10_000}, 0)


@pytest.mark.parametrize("seed", range(4))
def test_when_all_is_shipped_or_given_back_no_deposit_is_left(seed: int) -> None:
    rng = random.Random(seed)
    orders = [place(OrderLine(rng.randint(1, 6), rng.randint(0, 9_999), tax=rng.randint(0, 800)), channel=rng.choice(["till", "shop"])) for _ in range(12)]
    for order in orders:
        if order.channel == "till" or rng.random() < 0.3:
            say("captured", f"order:{order.id}", order.total)
        if rng.random() < 0.3:
            say("refunded", f"order:{order.id}", rng.randint(0, order.total))
        run_stage("settle")
        while (left := order.row.qty_ordered_each - order.row.qty_shipped_each - order.row.qty_cancelled_each) and rng.random() < 0.8:
            ship(order, rng.randint(1, left))
            run_stage("invoice")
        cancel_rest(order)
        row = order.row
        if row.captured_minor - row.refunded_minor > row.invoiced_minor:
            say("refunded", f"order:{order.id}", row.captured_minor - row.refunded_minor - row.invoiced_minor)
        run_stage("settle")
        for i in invoices(order):
            assert i.total_minor == i.goods_minor + i.tax_minor
        assert sum(i.total_minor for i in invoices(order)) == order.row.invoiced_minor <= order.total
    found = balances()
    assert sum(found.values()) == 0
    assert {account: n for account, n in found.items() if account.startswith("deposits")} == {}
