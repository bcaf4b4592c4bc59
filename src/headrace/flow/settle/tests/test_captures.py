"""What gateways say about money: whole, in parts, too much, failed, twice, early, late, or not at all what they said before."""

from __future__ import annotations

import json

import pytest

from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.flow.settle.tests.sending import became, case, invoiced, say
from headrace.ledger.tests.building import AS_OF, OrderLine, balances, invoices, open_cases, place, run_stage, ship

pytestmark = pytest.mark.usefixtures("shop")


def test_a_capture_pays_its_invoice_and_the_whole_order_closes() -> None:
    order, (invoice,) = invoiced(10_000)
    message = say("captured", f"invoice:{invoice.id}", 10_000)
    assert run_stage("settle").moved == 1
    assert became(message) == ("done", "applied")
    assert [(i.state, i.paid_minor) for i in invoices(order)] == [("captured", 10_000)]
    assert order.row.commercial == "closed"
    assert balances() == {"clearing:pay": 10_000, "sales:shop:general": -10_000}


def test_captures_in_parts_pay_when_they_sum_to_the_invoice() -> None:
    order, (invoice,) = invoiced(10_000)
    for part, state in ((4_000, "issued"), (5_999, "issued"), (1, "captured")):
        say("captured", f"invoice:{invoice.id}", part)
        run_stage("settle")
        assert invoices(order)[0].state == state
    assert order.row.commercial == "closed"


def test_parts_in_one_batch_are_summed_and_the_one_too_many_is_parked() -> None:
    order, (invoice,) = invoiced(10_000)
    messages = [say("captured", f"invoice:{invoice.id}", amount) for amount in (6_000, 6_000, 4_000)]
    outcome = run_stage("settle")
    assert (outcome.moved, outcome.parked) == (2, 1)
    assert [became(m)[0] for m in messages] == ["done", "parked", "done"]
    assert (case("SETTLE-04")["value"], case("SETTLE-04")["left"]) == (6_000, 4_000)
    assert invoices(order)[0].paid_minor == 10_000


def test_more_than_is_owed_is_parked_and_books_nothing() -> None:
    _, (invoice,) = invoiced(10_000)
    say("captured", f"invoice:{invoice.id}", 10_001)
    assert run_stage("settle").parked == 1
    assert open_cases() == ["SETTLE-04"]
    assert balances()["receivable:shop"] == 10_000


def test_more_than_the_order_asks_for_is_parked_and_passes_once_the_order_has_grown() -> None:
    order = place(OrderLine(1, 5_000), channel="till")
    message = say("captured", f"order:SO-{order.id}", 6_000)
    run_stage("settle")
    assert (became(message)[0], open_cases()) == ("parked", ["SETTLE-04"])
    run("update orders_order set total_minor = 6000 where id = %(o)s", {"o": order.id})
    resolving.retry(actor="cli:ann", case_ids=run("select id from exception_queue_case").column("id"))
    run_stage("settle")
    assert (became(message), open_cases(), balances()["deposits:till"]) == (("done", "applied"), [], -6_000)


def test_a_failed_capture_is_for_finance_with_its_reason() -> None:
    order, (invoice,) = invoiced(10_000)
    say("failed", f"invoice:{invoice.id}", 10_000, why="card expired")
    assert run_stage("settle").parked == 1
    assert (case("SETTLE-03")["why"], case("SETTLE-03")["reference"]) == ("card expired", f"invoice:{invoice.id}")
    assert invoices(order)[0].state == "issued"


def test_the_same_capture_many_times_is_one_capture() -> None:
    order, (invoice,) = invoiced(10_000)
    messages = [say("captured", f"invoice:{invoice.id}", 4_000, "cap_1", note=n) for n in range(3)]
    run_stage("settle")
    messages.append(say("captured", f"invoice:{invoice.id}", 4_000, "cap_1", note="months later"))
    run_stage("settle")
    assert [became(m)[1] for m in messages] == ["applied", "duplicate", "duplicate", "duplicate"]
    assert (order.row.captured_minor, run("select count(*) as n from ledger_payment").scalar) == (4_000, 1)


@pytest.mark.parametrize("together", [True, False])
def test_the_same_key_with_another_amount_is_a_question_for_a_person_and_never_lost(together: bool) -> None:
    order, (invoice,) = invoiced(10_000)
    first = say("captured", f"invoice:{invoice.id}", 4_000, "cap_1")
    if not together:
        run_stage("settle")
    other = say("captured", f"invoice:{invoice.id}", 4_100, "cap_1")
    run_stage("settle")
    assert (became(first), became(other)) == (("done", "applied"), ("parked", None))
    assert (case("SETTLE-05")["value"], case("SETTLE-05")["before"]) == ("41.00 USD", "40.00 USD")
    assert order.row.captured_minor == 4_000


def test_the_same_key_of_two_gateways_means_two_payments() -> None:
    order, (invoice,) = invoiced(10_000)
    say("captured", f"invoice:{invoice.id}", 4_000, "cap_1")
    say("captured", f"invoice:{invoice.id}", 4_000, "cap_1", gateway="other")
    assert run_stage("settle").moved == 2
    assert order.row.captured_minor == 8_000


def test_money_that_comes_before_the_goods_leave_is_owed_to_the_customer_and_then_pays_the_invoice() -> None:
    order = place(OrderLine(2, 5_000), channel="till")
    say("captured", f"order:SO-{order.id}", 5_000)
    run_stage("settle")
    assert balances() == {"clearing:pay": 5_000, "deposits:till": -5_000}
    ship(order)
    run_stage("invoice")
    assert balances() == {"clearing:pay": 5_000, "sales:till:general": -5_000}
    assert (order.row.commercial, invoices(order)[0].state) == ("closed", "captured")


def test_money_that_names_only_the_order_pays_the_invoices_that_are_there_already_the_oldest_first() -> None:
    order, made = invoiced(3_000, 4_000, channel="trade")
    say("captured", f"order:{order.id}", 5_000, gateway="bank")
    run_stage("settle")
    assert [(i.paid_minor, i.state) for i in invoices(order)] == [(3_000, "captured"), (2_000, "on_account")]
    assert balances().get("deposits:trade", 0) == 0
    say("captured", f"order:{order.id}", 2_000, gateway="bank")
    run_stage("settle")
    assert [i.state for i in invoices(order)] == ["captured", "captured"]
    assert (order.row.commercial, balances()["clearing:bank"]) == ("closed", 7_000)
    assert len(made) == 2


def test_what_is_left_of_early_money_waits_for_the_next_invoice() -> None:
    order = place(OrderLine(1, 3_000), OrderLine(1, 4_000), channel="till")
    ship(order, 1, 0)
    run_stage("invoice")
    say("captured", f"order:{order.id}", 7_000)
    run_stage("settle")
    assert balances()["deposits:till"] == -4_000
    ship(order, 0, 1)
    run_stage("invoice")
    assert ([i.state for i in invoices(order)], balances().get("deposits:till", 0)) == (["captured", "captured"], 0)


def test_money_for_an_order_that_has_not_come_yet_waits_for_it() -> None:
    message = say("captured", "order:SO-424242", 5_000)
    run_stage("settle")
    assert (became(message)[0], open_cases()) == ("parked", ["SETTLE-02"])
    order = place(OrderLine(1, 5_000), channel="till", id=424242)
    resolving.look_again(run("select max(next_check_at) as at from exception_queue_case").scalar)
    run_stage("settle")
    assert (became(message), open_cases(), order.row.captured_minor) == (("done", "applied"), [], 5_000)


@pytest.mark.parametrize(
    ("reference", "currency"), [("invoice:999999", "USD"), ("order:999999", "USD"), ("invoice:{invoice}", "EUR"), ("invoice:{memo}", "USD")]
)
def test_money_for_what_is_not_ours_is_parked(reference: str, currency: str) -> None:
    order, (invoice,) = invoiced(10_000)
    memo = run(
        """insert into ledger_invoice (entity_id, kind, series, number, order_id, channel_code, currency, goods_minor, shipping_minor, tax_minor, total_minor, issued_on, issued_at)
        values (%(e)s, 'credit_memo', 'CRN', 1, %(o)s, 'none', 'USD', 0, 0, 0, 0, '2026-01-06', %(at)s) returning id""",
        {"e": invoice.entity_id, "o": order.id, "at": AS_OF},
    ).scalar
    say("captured", reference.format(invoice=invoice.id, memo=memo), 10_000, currency=currency)
    assert run_stage("settle").parked == 1
    assert open_cases() == ["SETTLE-02"]


def test_no_more_is_given_back_than_was_taken() -> None:
    order, (invoice,) = invoiced(10_000)
    say("captured", f"invoice:{invoice.id}", 10_000)
    run_stage("settle")
    messages = [say("refunded", reference, 6_000) for reference in (f"invoice:{invoice.id}", f"order:{order.id}")]
    run_stage("settle")
    assert [became(m)[0] for m in messages] == ["done", "parked"]
    assert (order.row.refunded_minor, case("SETTLE-04")["left"], balances()["clearing:pay"]) == (6_000, 4_000, 4_000)


def test_a_capture_and_its_refund_in_one_batch_both_count() -> None:
    order, (invoice,) = invoiced(10_000)
    say("captured", f"invoice:{invoice.id}", 10_000)
    say("refunded", f"invoice:{invoice.id}", 2_500)
    assert run_stage("settle").moved == 2
    assert (order.row.captured_minor, order.row.refunded_minor) == (10_000, 2_500)


def test_a_chargeback_is_a_loss_and_a_void_moves_nothing() -> None:
    order, (invoice,) = invoiced(10_000)
    say("captured", f"invoice:{invoice.id}", 10_000)
    run_stage("settle")
    say("chargeback", f"invoice:{invoice.id}", 10_000)
    say("voided", f"order:{order.id}", 500)
    run_stage("settle")
    assert balances() == {"chargebacks:shop": 10_000, "sales:shop:general": -10_000}


@pytest.mark.parametrize(("channel", "gateway", "currency"), [("jp", "pay-jp", "JPY"), ("kw", "pay-kw", "KWD"), ("uk", "pay-uk", "GBP")])
def test_every_currency_and_entity_settles_in_its_own(channel: str, gateway: str, currency: str) -> None:
    order, (invoice,) = invoiced(12_345, channel=channel)
    say("captured", f"invoice:{invoice.id}", 12_345, gateway=gateway, currency=currency)
    run_stage("settle")
    assert balances() == {f"clearing:{gateway}": 12_345, f"sales:{channel}:general": -12_345}
    assert set(run("select distinct currency from ledger_leg").column("currency")) == {currency}
    assert run("select distinct entity_id from ledger_entry").scalar == order.row.entity_id


GOOD = {"kind": "captured", "reference": "invoice:1", "amount_minor": 1, "currency": "USD", "at": "2026-01-06T10:00:00Z", "payment": "p"}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "stolen"},
        {"kind": ["captured"]},
        {"reference": "invoice:²"},
        {"reference": "invoice:"},
        {"reference": 17},
        {"reference": "invoice:" + "9" * 19},
        {"amount_minor": 1.5},
        {"amount_minor": True},
        {"amount_minor": -1},
        {"amount_minor": 10**18},
        {"currency": "usd"},
        {"currency": None},
        {"at": "yesterday"},
        {"at": "2026-01-06T10:00:00"},
        {"at": "0001-01-01T00:00:00Z"},
        {"payment": "a\x00b"},
        {"payment": {"id": 1}},
        {"why": [1]},
    ],
)
def test_what_cannot_be_read_is_parked_and_stops_nobody(change: dict[str, object]) -> None:
    _, (invoice,) = invoiced(10_000)
    inbox.store("pay", [inbox.Message("payment", "bad", json.dumps(GOOD | change))])
    fine = say("captured", f"invoice:{invoice.id}", 10_000)
    outcome = run_stage("settle")
    assert (outcome.moved, outcome.parked, open_cases(), became(fine)) == (1, 1, ["SETTLE-01"], ("done", "applied"))
    assert next(iter(change)) in case("SETTLE-01")["field"]
