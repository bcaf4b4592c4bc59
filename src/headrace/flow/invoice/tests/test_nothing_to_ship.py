"""Gift cards, services and charges are delivered by themselves: an order of nothing else is invoiced, paid and closed without a shipment."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.ledger.tests.building import AS_OF, OrderLine, balances, cancel_rest, invoices, open_cases, place, run_stage, ship

pytestmark = pytest.mark.usefixtures("shop")
KINDS = ("gift_card", "service", "charge")


def told(order: Any) -> list[tuple[int, str, str]]:
    return [(i.total_minor, i.origin, i.state) for i in invoices(order)]


def test_a_gift_card_alone_is_owed_to_whoever_brings_it() -> None:
    order = place(OrderLine(1, 5_000, kind="gift_card"))
    assert run_stage("invoice_unshipped").moved == 1
    assert told(order) == [(5_000, "order", "issued")]
    assert balances() == {"receivable:shop": 5_000, "gift_card_liability:shop": -5_000}
    (asked,) = run("select body from engine_outbox where kind = 'payment.capture'").column("body")
    assert asked["amount_minor"] == 5_000
    assert order.row.commercial == "open"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_invoiced_with_its_discount_tax_and_shipping(kind: str) -> None:
    order = place(OrderLine(3, 10_000, 1_000, 720, kind=kind), shipping=500, shipping_tax=40)
    run_stage("invoice_unshipped")
    (invoice,) = invoices(order)
    assert (invoice.total_minor, invoice.tax_minor, invoice.shipping_minor, invoice.discount_minor) == (order.total, 760, 500, 1_000)
    assert order.row.invoiced_minor == order.total


def test_it_is_invoiced_once_however_often_the_stage_looks() -> None:
    order = place(OrderLine(1, 5_000, kind="service"))
    run_stage("invoice_unshipped")
    assert run_stage("invoice_unshipped").taken == 0
    assert len(invoices(order)) == 1


@pytest.mark.parametrize("inclusive", [False, True])
def test_what_was_paid_at_the_sale_closes_at_once(inclusive: bool) -> None:
    order = place(OrderLine(1, 5_000, kind="gift_card"), OrderLine(2, 2_400, tax=400, kind="service"), channel="till", inclusive=inclusive)
    run("update orders_order set captured_minor = total_minor where id = %(o)s", {"o": order.id})
    run_stage("invoice_unshipped")
    assert told(order) == [(order.total, "order", "captured")]
    assert (order.row.state, order.row.commercial, order.row.status) == ("closed", "closed", "complete")


def test_an_order_of_nothing_else_given_away_is_settled_and_closed_at_once() -> None:
    order = place(OrderLine(1, 5_000, 5_000, kind="service"))
    run_stage("invoice_unshipped")
    assert told(order) == [(0, "order", "settled")]
    assert order.row.commercial == "closed"


def test_goods_wait_for_their_shipment_and_take_the_rest_with_them() -> None:
    """One capture for one authorisation, one document for the customer: what is not shipped goes with the first parcel."""
    order = place(OrderLine(2, 4_000), OrderLine(1, 2_500, kind="gift_card"), OrderLine(1, 999, tax=80, kind="service"))
    assert run_stage("invoice_unshipped").taken == 0
    ship(order, 1, 0, 0)
    run_stage("invoice")
    assert run_stage("invoice_unshipped").taken == 0
    ship(order, 1, 0, 0)
    run_stage("invoice")
    assert [i.total_minor for i in invoices(order)] == [2_000 + 2_500 + 1_079, 2_000]
    assert sum(i.total_minor for i in invoices(order)) == order.total == order.row.invoiced_minor


def test_when_all_goods_are_cancelled_what_is_left_is_invoiced() -> None:
    order = place(OrderLine(2, 4_000, tax=320), OrderLine(1, 2_500, kind="gift_card"))
    cancel_rest(order)
    run_stage("invoice_unshipped")
    assert told(order) == [(2_500, "order", "issued")]


def test_an_order_whose_every_line_is_cancelled_ends_as_cancelled() -> None:
    order = place(OrderLine(2, 4_000), OrderLine(1, 2_500, kind="gift_card", cancelled=1))
    cancel_rest(order)
    assert run_stage("invoice_unshipped").moved == 1
    assert (order.row.commercial, invoices(order), balances()) == ("cancelled", [], {})


def test_a_tax_that_differs_too_much_holds_the_order_until_finance_accepts() -> None:
    order = place(OrderLine(1, 10_000, tax=840, kind="service"), recomputed=700)
    assert run_stage("invoice_unshipped").parked == 1
    assert (open_cases(), order.row.hold, invoices(order)) == (["INVOICE-01"], "held", [])
    assert run("select document from exception_queue_case").column("document") == ["order"]
    resolving.accept(actor="cli:ann", case_ids=run("select id from exception_queue_case").column("id"), note="their rate is right")
    run_stage("invoice_unshipped", AS_OF)
    assert told(order) == [(10_840, "order", "issued")]


def test_held_orders_and_orders_of_goods_are_left_alone() -> None:
    held = place(OrderLine(1, 5_000, kind="service"), hold="held")
    goods = place(OrderLine(1, 5_000))
    assert run_stage("invoice_unshipped").taken == 0
    assert invoices(held) == invoices(goods) == []
