"""Every deposit is explained to the cent, or held with what is left over: journal = deposit."""

from __future__ import annotations

import json
import random

import pytest

from headrace.engine import inbox, replaying
from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.flow.settle.tests.sending import became, case, invoiced, line, pay_out, payout, say
from headrace.ledger.tests.building import balances, invoices, open_cases, run_stage
from headrace.values.splitting import split_evenly

pytestmark = pytest.mark.usefixtures("shop")


def captured(amount: int, key: str, channel: str = "shop") -> object:
    """An order whose one invoice is paid by a capture of this key."""
    order, (invoice,) = invoiced(amount, channel=channel)
    say("captured", f"invoice:{invoice.id}", amount, key)
    run_stage("settle")
    return order


def test_gross_fees_reserve_and_refunds_explain_the_deposit_and_the_journal_is_the_deposit() -> None:
    order, other = captured(10_000, "c1"), captured(5_000, "c2")
    say("refunded", f"order:{order.id}", 1_000, "r1")
    run_stage("settle")
    before = balances()["clearing:pay"]
    pay_out(
        "po_1", 12_800,
        line("charge", 10_000, "c1", fee=290), line("charge", 5_000, "c2", fee=160), line("refund", -1_000, "r1", fee=-50), line("reserve_hold", -700),
        line("fee", -100), line("adjustment", 0 + 0),
    )  # fmt: skip
    assert run_stage("match_payouts").moved == 1
    posted = payout("po_1")
    assert (posted.state, posted.gross_minor, posted.fee_minor, posted.reserve_minor) == ("posted", 14_000, 500, 700)
    found = balances()
    assert (before, found.get("clearing:pay", 0)) == (14_000, 0)
    assert (found["bank:pay"], found["payment_fees:pay"], found["reserve:pay"]) == (12_800, 500, 700)
    assert [invoices(o)[0].state for o in (order, other)] == ["settled", "settled"]
    pay_out("po_2", 700, line("reserve_release", 700))
    run_stage("match_payouts")
    assert (balances().get("reserve:pay", 0), balances()["bank:pay"]) == (0, 13_500)


def test_a_chargeback_and_an_adjustment_are_named() -> None:
    order = captured(10_000, "c1")
    say("chargeback", f"invoice:{invoices(order)[0].id}", 10_000, "d1")
    run_stage("settle")
    pay_out("po_1", -2_000, line("charge", 10_000, "c1"), line("chargeback", -10_000, "d1", fee=1_500), line("adjustment", -500))
    run_stage("match_payouts")
    assert balances() == {
        "bank:pay": -2_000,
        "payment_fees:pay": 1_500,
        "payout_adjustments:pay": 500,
        "chargebacks:shop": 10_000,
        "sales:shop:general": -10_000,
    }


def test_a_missing_page_is_no_variance_and_the_whole_payout_passes_when_it_comes() -> None:
    captured(10_000, "c1"), captured(5_000, "c2")
    pay_out("po_1", 15_000, line("charge", 10_000, "c1"), expected=2)
    run_stage("match_payouts")
    assert (open_cases(), case("PAYOUT-01")["found"]) == (["PAYOUT-01"], 1)
    assert "bank:pay" not in balances()
    pay_out("po_1", 15_000, line("charge", 10_000, "c1"), line("charge", 5_000, "c2"), expected=2)
    run_stage("match_payouts")
    assert (open_cases(), balances()["bank:pay"]) == ([], 15_000)


@pytest.mark.parametrize("off", [-1, 1])
def test_a_deposit_off_by_one_cent_is_parked_with_the_cent(off: int) -> None:
    captured(10_000, "c1")
    pay_out("po_1", 9_710 + off, line("charge", 10_000, "c1", fee=290))
    assert run_stage("match_payouts").parked == 1
    assert (case("PAYOUT-02")["residual_minor"], case("PAYOUT-02")["unmatched"], case("PAYOUT-02")["difference_minor"]) == (off, 0, 0)
    assert "bank:pay" not in balances()


@pytest.mark.parametrize("off", [-1, 1])
def test_a_charge_off_by_one_cent_is_parked_with_the_cent_and_both_amounts(off: int) -> None:
    captured(10_000, "c1")
    pay_out("po_1", 10_000 + off, line("charge", 10_000 + off, "c1"))
    assert run_stage("match_payouts").parked == 1
    found = case("PAYOUT-02")
    assert (found["residual_minor"], found["difference_minor"], found["unmatched"]) == (0, off, 1)
    assert found["unmatched_refs"] == [f"c1: {10_000 + off}, ours is 10000"]


def test_an_unknown_payment_waits_and_passes_at_once_when_its_message_comes() -> None:
    order, (invoice,) = invoiced(10_000)
    pay_out("po_1", 10_000, line("charge", 10_000, "late"))
    run_stage("match_payouts")
    assert case("PAYOUT-02")["unmatched_refs"] == ["late: 10000, which we do not know"]
    say("captured", f"invoice:{invoice.id}", 10_000, "late")
    run_stage("settle")
    resolving.look_again(run("select transaction_timestamp() + interval '1 minute' as at").scalar)
    run_stage("match_payouts")
    assert (open_cases(), payout("po_1").state, invoices(order)[0].state) == ([], "posted", "settled")


def test_a_charge_named_twice_is_explained_once() -> None:
    captured(10_000, "c1")
    pay_out("po_1", 20_000, line("charge", 10_000, "c1"), line("charge", 10_000, "c1"))
    assert run_stage("match_payouts").parked == 1
    assert case("PAYOUT-02")["unmatched_refs"] == ["c1: named twice"]


@pytest.mark.parametrize("together", [True, False])
def test_a_charge_is_explained_by_one_payout_only(together: bool) -> None:
    captured(10_000, "c1")
    pay_out("po_1", 10_000, line("charge", 10_000, "c1"))
    if not together:
        run_stage("match_payouts")
    pay_out("po_2", 10_000, line("charge", 10_000, "c1"))
    run_stage("match_payouts")
    assert (payout("po_1").state, payout("po_2").state, balances()["bank:pay"]) == ("posted", "received", 10_000)


def test_a_charge_that_a_parked_payout_named_wrongly_is_free_for_the_right_one() -> None:
    captured(10_000, "c1")
    pay_out("po_1", 9_999, line("charge", 10_000, "c1"))
    run_stage("match_payouts")
    pay_out("po_2", 10_000, line("charge", 10_000, "c1"))
    run_stage("match_payouts")
    assert (payout("po_1").state, payout("po_2").state) == ("received", "posted")
    resolving.retry(actor="cli:ann", case_ids=run("select id from exception_queue_case").column("id"))
    run_stage("match_payouts")
    assert case("PAYOUT-02")["unmatched_refs"] == ["c1: explained by po_2"]


def test_a_charge_the_wrong_way_round_is_no_match() -> None:
    captured(10_000, "c1")
    pay_out("po_1", -10_000, line("charge", -10_000, "c1"))
    assert run_stage("match_payouts").parked == 1
    assert case("PAYOUT-02")["difference_minor"] == -20_000


def test_another_currency_is_no_match() -> None:
    captured(10_000, "c1")
    pay_out("po_1", 10_000, line("charge", 10_000, "c1"), currency="EUR")
    assert run_stage("match_payouts").parked == 1
    assert case("PAYOUT-02")["unmatched_refs"] == ["c1: ours is in USD"]


def test_an_invoice_is_settled_only_when_payouts_have_explained_all_of_its_money() -> None:
    order, (invoice,) = invoiced(10_000)
    for key, amount in (("c1", 4_000), ("c2", 6_000)):
        say("captured", f"invoice:{invoice.id}", amount, key)
    run_stage("settle")
    pay_out("po_1", 4_000, line("charge", 4_000, "c1"))
    run_stage("match_payouts")
    assert invoices(order)[0].state == "captured"
    pay_out("po_2", 6_000, line("charge", 6_000, "c2"))
    run_stage("match_payouts")
    assert invoices(order)[0].state == "settled"


def test_a_deposit_of_nothing_without_lines_is_posted() -> None:
    pay_out("po_0", 0)
    assert run_stage("match_payouts").moved == 1
    assert (payout("po_0").state, balances()) == ("posted", {})


def test_a_payout_sent_again_after_it_was_posted_changes_nothing() -> None:
    captured(10_000, "c1")
    pay_out("po_1", 10_000, line("charge", 10_000, "c1"))
    run_stage("match_payouts")
    again = pay_out("po_1", 99, line("adjustment", 99))
    run_stage("match_payouts")
    assert (became(again), payout("po_1").deposit_minor, balances()["bank:pay"]) == (("done", "duplicate"), 10_000, 10_000)


def test_two_versions_in_one_batch_leave_the_later() -> None:
    captured(10_000, "c1")
    for deposit in (9_000, 10_000):
        body = {"payout": "po_1", "currency": "USD", "deposit_minor": deposit, "paid_on": "2026-01-07", "lines": [line("charge", 10_000, "c1")]}
        inbox.store("pay", [inbox.Message("payout", "po_1", json.dumps(body))])
    run_stage("receive_payouts")
    run_stage("match_payouts")
    assert balances()["bank:pay"] == 10_000
    assert sorted(run("select outcome from engine_inbox where kind = 'payout'").column("outcome")) == ["applied", "superseded"]


@pytest.mark.parametrize(
    ("channel", "gateway", "currency", "amount"), [("jp", "pay-jp", "JPY", 1_000), ("kw", "pay-kw", "KWD", 12_345), ("uk", "pay-uk", "GBP", 7_777)]
)
def test_every_currency_settles_to_the_entity_of_its_gateway(channel: str, gateway: str, currency: str, amount: int) -> None:
    order, (invoice,) = invoiced(amount, channel=channel)
    say("captured", f"invoice:{invoice.id}", amount, "c1", gateway=gateway, currency=currency)
    run_stage("settle")
    pay_out("po_1", amount - 7, line("charge", amount, "c1", fee=7), gateway=gateway, currency=currency)
    run_stage("match_payouts")
    assert (balances()[f"bank:{gateway}"], balances()[f"payment_fees:{gateway}"]) == (amount - 7, 7)
    assert run("select entity_id from ledger_entry where rule = 'PAYOUT-01'").scalar == order.row.entity_id


@pytest.mark.parametrize(
    "change",
    [
        {"lines": None},
        {"lines": [1]},
        {"lines": [{"kind": "gift"}]},
        {"lines": [{"kind": "charge", "gross_minor": 1.5}]},
        {"lines": [{"kind": "charge", "gross_minor": 10**17}]},
        {"lines": [{"kind": "charge", "gross_minor": 1, "ref": {"id": 1}}]},
        {"lines": [{"kind": "fee", "gross_minor": 1, "note": "\x00"}]},
        {"lines_expected": -1},
        {"lines_expected": True},
        {"paid_on": "soon"},
        {"paid_on": "0001-01-01"},
        {"deposit_minor": "10"},
        {"currency": "Dollar"},
        {"payout": "x" * 501},
    ],
)
def test_a_payout_that_cannot_be_read_is_parked_and_stops_nobody(change: dict[str, object]) -> None:
    body = {"payout": "po_1", "currency": "USD", "deposit_minor": 0, "paid_on": "2026-01-07", "lines": []}
    bad = inbox.store("pay", [inbox.Message("payout", "bad", json.dumps(body | change))])[0].id
    fine = pay_out("po_2", 0)
    assert (became(bad), became(fine), open_cases()) == (("parked", None), ("done", "applied"), ["SETTLE-01"])


@pytest.mark.parametrize("seed", range(3))
def test_any_day_of_captures_and_refunds_settles_to_the_cent(seed: int) -> None:
    """Random money, cut into random payouts: the bank has what was deposited, and nothing is left with the gateway."""
    rng = random.Random(seed)
    lines = []
    for n in range(20):
        amount = rng.randint(1, 50_000)
        order = captured(amount, f"c{n}")
        lines.append(line("charge", amount, f"c{n}", fee=rng.randint(0, amount // 20)))
        if rng.random() < 0.4:
            back = rng.randint(1, amount)
            say("refunded", f"order:{order.id}", back, f"r{n}")
            lines.append(line("refund", -back, f"r{n}"))
    run_stage("settle")
    rng.shuffle(lines)
    for n, size in enumerate(split_evenly(len(lines), 5)):
        part, lines = lines[:size], lines[size:]
        pay_out(f"po_{n}", sum(x["gross_minor"] - x["fee_minor"] for x in part), *part, expected=len(part))
    assert run_stage("match_payouts").moved == 5
    assert (open_cases(), balances().get("clearing:pay", 0)) == ([], 0)


def test_an_older_version_of_a_payout_that_is_taken_again_does_not_replace_the_newer() -> None:
    captured(10_000, "c1")
    for deposit in (9_000, 9_900):
        body = {"payout": "po_1", "currency": "USD", "deposit_minor": deposit, "paid_on": "2026-01-07", "lines": [line("charge", 10_000, "c1")]}
        inbox.store("pay", [inbox.Message("payout", "po_1", json.dumps(body))])
    run_stage("receive_payouts")
    older = run("select id from engine_inbox where kind = 'payout' and outcome = 'superseded'").scalar
    number = int(replaying.start_replay(actor="cli:ann", document="inbox", ids=[older]))
    replaying.go_on(number)
    run_stage("receive_payouts")
    assert payout("po_1").deposit_minor == 9_900
    assert run("select state from engine_replay_row").scalar == "refused"
