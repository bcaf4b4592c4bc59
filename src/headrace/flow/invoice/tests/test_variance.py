"""The channel's tax is kept; what it differs from ours is posted within tolerance, and held above it."""

from __future__ import annotations

import pytest

from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.ledger.tests.building import AS_OF, OrderLine, balances, cancel_rest, invoices, open_cases, place, run_stage, ship

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize(("recomputed", "variance"), [(840, 0), (838, 2), (845, -5), (824, 16)])
def test_a_small_difference_is_posted_to_its_own_account(recomputed: int, variance: int) -> None:
    order = place(OrderLine(1, 10_000, tax=840), recomputed=recomputed)
    ship(order)
    assert run_stage("invoice").moved == 1
    (invoice,) = invoices(order)
    assert (invoice.tax_minor, invoice.tax_variance_minor) == (840, variance)
    found = balances()
    assert found["tax_payable:US-NY"] == -recomputed
    assert found.get("tax_variance:shop", 0) == -variance


@pytest.mark.parametrize("recomputed", [834 - 12, 840 + 17])
def test_a_larger_difference_is_held_and_posts_nothing(recomputed: int) -> None:
    order = place(OrderLine(1, 10_000, tax=840), recomputed=recomputed)
    ship(order)
    assert run_stage("invoice").parked == 1
    assert (open_cases(), invoices(order), balances()) == (["INVOICE-01"], [], {})
    detail = run("select detail from exception_queue_case").scalar
    assert (detail["value"], detail["expected"], detail["variance_minor"]) == (840, recomputed, 840 - recomputed)


def test_an_order_whose_tax_was_accepted_at_validate_passes() -> None:
    order = place(OrderLine(1, 10_000, tax=840), recomputed=700)
    run(
        "insert into orders_waiver (order_id, reason_code, fingerprint, actor, note, at) values (%(o)s, 'VALIDATE-21', 'x', 'user:ann', 'checked', %(at)s)",
        {"o": order.id, "at": AS_OF},
    )
    ship(order)
    run_stage("invoice")
    assert balances()["tax_variance:shop"] == -140


def test_finance_accepts_in_place_and_the_invoice_goes_out() -> None:
    order = place(OrderLine(1, 10_000, tax=840), recomputed=700)
    ship(order)
    run_stage("invoice")
    case = run("select id from exception_queue_case").scalar
    assert resolving.accept(actor="cli:ann", case_ids=[case], note="the channel's rate is right") == [resolving.RowResult(case, True)]
    assert run_stage("invoice").moved == 1
    assert (open_cases(), invoices(order)[0].total_minor, balances()["tax_variance:shop"]) == ([], 10_840, -140)


def test_a_held_first_shipment_holds_what_of_its_order_came_with_it_so_that_shipping_and_charges_are_not_lost() -> None:
    order = place(OrderLine(3, 1_000, tax=300), OrderLine(1, 200, kind="charge"), shipping=500, recomputed=100)
    fine = place(OrderLine(1, 700))
    ship(order, 1, 0)
    ship(order, 2, 0)
    ship(fine)
    outcome = run_stage("invoice")
    assert (outcome.moved, outcome.parked) == (1, 2)
    assert (open_cases(), invoices(order), len(invoices(fine))) == (["INVOICE-01"] * 2, [], 1)
    cases = run("select id from exception_queue_case order by id").column("id")
    resolving.accept(actor="cli:ann", case_ids=cases[:1], note="right")
    run_stage("invoice")
    resolving.retry(actor="cli:ann", case_ids=cases[1:])
    run_stage("invoice")
    assert (open_cases(), sum(i.total_minor for i in invoices(order))) == ([], order.total)
    assert [i.shipping_minor for i in invoices(order)] == [500, 0]


def test_a_shipment_that_comes_later_waits_with_the_first() -> None:
    order = place(OrderLine(2, 1_000, tax=300), shipping=500, recomputed=100)
    ship(order, 1)
    run_stage("invoice")
    ship(order, 1)
    assert run_stage("invoice").parked == 1
    resolving.accept(actor="cli:ann", case_ids=run("select id from exception_queue_case").column("id"), note="right")
    run_stage("invoice")
    assert sum(i.total_minor for i in invoices(order)) == order.total


def test_money_taken_at_the_sale_pays_the_invoices_in_their_order_and_the_whole_order_closes() -> None:
    order = place(OrderLine(4, 4_000), channel="till", shipping=500, captured_minor=4_500)
    run(
        "insert into ledger_payment (order_id, kind, gateway, external_ref, amount_minor, currency, at) values (%(o)s, 'captured', 'pay', 'c1', 4500, 'USD', %(at)s)",
        {"o": order.id, "at": AS_OF},
    )
    for qty in (1, 3):
        ship(order, qty)
        run_stage("invoice")
    assert [(i.total_minor, i.paid_minor, i.state) for i in invoices(order)] == [(1_500, 1_500, "captured"), (3_000, 3_000, "captured")]
    assert balances().get("receivable:till", 0) == 0
    assert order.row.commercial == "closed"


def test_on_account_is_due_by_the_customers_terms_in_the_entitys_zone() -> None:
    party = run(
        "insert into catalog_party (name, terms_days) values ('Trader', 30) returning id",
    ).scalar
    order = place(OrderLine(1, 1_000), channel="trade", party_id=party)
    ship(order)
    run_stage("invoice")
    (invoice,) = invoices(order)
    assert (invoice.state, str(invoice.issued_on), str(invoice.due_on)) == ("on_account", "2026-01-06", "2026-02-05")


def test_after_a_cancel_of_the_rest_the_order_closes_with_what_it_paid_for() -> None:
    order = place(OrderLine(2, 2_000), channel="till", captured_minor=1_000)
    ship(order, 1)
    cancel_rest(order)
    run(
        "insert into ledger_payment (order_id, kind, gateway, external_ref, amount_minor, currency, at) values (%(o)s, 'captured', 'pay', 'c1', 1000, 'USD', %(at)s)",
        {"o": order.id, "at": AS_OF},
    )
    run_stage("invoice")
    assert (order.row.commercial, [i.state for i in invoices(order)]) == ("closed", ["captured"])
