"""The channel's tax is kept; what it differs from ours is posted within tolerance, and held above it."""

from __future__ import annotations

import random

import pytest

from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.ledger.tests.building import AS_OF, Order, OrderLine, balances, cancel_rest, invoices, open_cases, place, run_stage, ship

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


def parts_of(order: Order) -> list[int]:
    return [i.tax_variance_minor for i in invoices(order)]


def test_the_rest_that_is_cancelled_takes_its_difference_with_it() -> None:
    """Five pieces differ by five cents; two left, three never will: two cents are ours, and the ledger owes the state what our rates say of two."""
    order = place(OrderLine(5, 10_000, tax=805, recomputed=800), recomputed=800)
    ship(order, 2)
    cancel_rest(order)
    run_stage("invoice")
    assert parts_of(order) == [2]
    assert (balances()["tax_payable:US-NY"], balances()["tax_variance:shop"]) == (-320, -2)


def test_parts_of_the_difference_follow_their_lines_and_shippings_goes_first() -> None:
    order = place(
        OrderLine(2, 10_000, tax=803, recomputed=800), OrderLine(1, 5_000, tax=400, recomputed=401), shipping=500, shipping_tax=41, recomputed=800 + 401 + 40
    )
    ship(order, 0, 1)
    run_stage("invoice")
    ship(order, 1, 0)
    run_stage("invoice")
    ship(order, 1, 0)
    run_stage("invoice")
    assert parts_of(order) == [-1 + 1, 2, 1]
    assert sum(parts_of(order)) == order.row.tax_minor - order.row.tax_recomputed_minor


def test_what_is_not_shipped_carries_its_own_difference() -> None:
    order = place(OrderLine(2, 4_000, tax=322, recomputed=320), OrderLine(1, 999, tax=81, kind="service", recomputed=80), recomputed=400)
    ship(order, 1, 0)
    run_stage("invoice")
    assert parts_of(order) == [1 + 1]
    cancel_rest(order)
    assert balances()["tax_payable:US-NY"] == -(160 + 80)


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_of_the_difference_sum_to_it_however_the_order_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    orders = []
    for _ in range(20):
        lines = [OrderLine(rng.randint(1, 7), 10_000, tax=800 + (off := rng.randint(-3, 3)), recomputed=800 if off else None) for _ in range(rng.randint(1, 3))]
        kept = sum(line.tax if line.recomputed is None else line.recomputed for line in lines)
        orders.append(place(*lines, shipping=500, shipping_tax=40 + rng.randint(-1, 1), recomputed=kept + 40))
    for order in orders:
        left = [line.qty for line in order.lines]
        while any(left):
            part = [rng.randint(0, n) for n in left]
            if any(part):
                ship(order, *part)
                left = [n - gone for n, gone in zip(left, part, strict=True)]
                run_stage("invoice")
        assert open_cases() == []
        assert sum(parts_of(order)) == order.row.tax_minor - order.row.tax_recomputed_minor
