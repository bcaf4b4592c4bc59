"""Payout lines by hand: matched, written off, taken back; the books tie after every deed, and the payout goes on when nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine import sockets
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import run
from headrace.flow.close import checking
from headrace.flow.close.actions import close_period, undo_entry
from headrace.flow.settle import matching
from headrace.flow.settle.matching import (
    match_payout_line,
    match_payout_lines_by_amount,
    take_back_payout_lines,
    write_off_payout_difference,
    write_off_payout_lines,
)
from headrace.flow.settle.tests.sending import invoiced, line, pay_out, payout, say
from headrace.flow.settle.tests.test_payouts import captured
from headrace.governance.approvals import approve
from headrace.ledger.tests.building import balances, invoices, open_cases, run_stage

pytestmark = pytest.mark.usefixtures("shop")
ANN, BOB = "cli:ann", "cli:bob"


def held(key: str, deposit: int, *lines: dict[str, Any], **more: Any) -> int:
    """A payout that came and was parked; gives its number."""
    pay_out(key, deposit, *lines, **more)
    assert run_stage("match_payouts").parked == 1
    return int(payout(key).id)


def payment(key: str) -> Any:
    return run("select * from ledger_payment where external_ref = %(k)s", {"k": key}).one


def explained(payout_id: int) -> list[tuple[str, int, str | None, bool]]:
    """(kind, difference, account, in force) of every explanation ever given."""
    rows = run(
        "select kind, difference_minor, account, taken_back_at is null as stands from ledger_payout_explanation where payout_id = %(p)s order by id",
        {"p": payout_id},
    )
    return [tuple(row) for row in rows]


def test_a_line_under_another_key_is_matched_by_hand_and_the_payout_is_posted() -> None:
    order, other = captured(10_000, "c1"), captured(5_000, "c2")
    number = held("po_1", 15_000, line("charge", 10_000, "ch-other"), line("charge", 5_000, "c2"))
    done = match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
    assert (done.difference_minor, done.went_on, payment("c1").payout_id) == (0, True, number)
    assert open_cases() == []
    assert run_stage("match_payouts").moved == 1
    found = balances()
    assert (payout("po_1").state, found["bank:pay"], found.get("clearing:pay", 0), found.get("payout_suspense:pay", 0)) == ("posted", 15_000, 0, 0)
    assert [invoices(o)[0].state for o in (order, other)] == ["settled", "settled"]


def test_a_difference_needs_an_account_and_a_reason_and_is_borne_by_it() -> None:
    captured(10_000, "c1")
    number = held("po_1", 9_970, line("charge", 9_970, "c1"))
    with pytest.raises(Refused, match="account: '' .the line is 9970, our payment 10000"):
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
    with pytest.raises(Refused, match="why: ''"):
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1", account="payment_fees")
    with pytest.raises(Refused, match="account: 'sales'"):
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1", account="sales", why="x")
    assert match_payout_line(actor=ANN, line=f"{number}.1", document="c1", account="payment_fees", why="fee taken out of the gross").difference_minor == -30
    run_stage("match_payouts")
    found = balances()
    assert (found["bank:pay"], found["payment_fees:pay"], found.get("clearing:pay", 0), found.get("payout_suspense:pay", 0)) == (9_970, 30, 0, 0)


def test_what_is_named_must_be_one_payment_that_no_payout_has() -> None:
    order = captured(10_000, "c1")
    number = held("po_1", 20_000, line("charge", 10_000, "c1"), line("charge", 10_000, "twice"))
    with pytest.raises(Refused, match="names no payment of pay that was captured"):
        match_payout_line(actor=ANN, line=f"{number}.2", document="nothing")
    with pytest.raises(Refused, match="is explained already"):
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
    first = held("po_2", 10_000, line("charge", 10_000, "again"))
    match_payout_line(actor=ANN, line=f"{first}.1", document=f"SO-{order.id}")  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="was explained by payout po_2 already"):
        match_payout_line(actor=ANN, line=f"{number}.2", document="c1")
    with pytest.raises(Refused, match="is no line"):
        match_payout_line(actor=ANN, line="x", document="c1")
    with pytest.raises(NotAllowed):
        match_payout_line(actor="user:nobody", line=f"{number}.2", document="c1")


def test_money_whose_message_is_lost_is_recorded_from_the_line() -> None:
    order, (invoice,) = invoiced(10_000)
    number = held("po_1", 4_000, line("charge", 4_000, "lost"))
    name = f"{invoice.series}-{invoice.number}"
    with pytest.raises(Refused, match="let it be recorded"):
        match_payout_line(actor=ANN, line=f"{number}.1", document=name)
    assert match_payout_line(actor=ANN, line=f"{number}.1", document=name, records_payment=True).recorded
    run_stage("match_payouts")
    assert (payment("lost").amount_minor, invoices(order)[0].paid_minor, payout("po_1").state) == (4_000, 4_000, "posted")
    more = held("po_2", 7_000, line("charge", 7_000, "lost-2"))
    with pytest.raises(Refused, match="has 6000 minor units left to be captured, the line is 7000"):
        match_payout_line(actor=ANN, line=f"{more}.1", document=name, records_payment=True)
    assert run("select count(*) as n from ledger_payment where external_ref = 'lost-2'").scalar == 0


def test_lines_that_are_nobodys_are_written_off_together() -> None:
    number = held("po_1", 1_500, line("charge", 2_000, "x1"), line("refund", -500, "x2"))
    done = write_off_payout_lines(
        actor=ANN, lines=[f"{number}.1", f"{number}.2", f"{number}.9"], account="other_income", why="taken at a fair, outside the shop"
    )
    assert [(r.done, r.why) for r in done] == [(True, ""), (True, ""), (False, "there is no such line")]
    run_stage("match_payouts")
    assert balances() == {"bank:pay": 1_500, "other_income:pay": -1_500}
    assert (payout("po_1").state, open_cases()) == ("posted", [])


def test_what_the_deposit_has_more_is_written_off_as_a_line_of_its_own() -> None:
    captured(10_000, "c1")
    number = held("po_1", 9_705, line("charge", 10_000, "c1", fee=290))
    write_off_payout_difference(actor=ANN, payout_id=number, account="payout_adjustments", why="the bank took 5 cents")
    run_stage("match_payouts")
    assert (balances()["bank:pay"], balances()["payout_adjustments:pay"], payout("po_1").state) == (9_705, 5, "posted")
    assert (
        run("select count(*) as n from ledger_payout o where deposit_minor <> (select sum(net_minor) from ledger_payout_line where payout_id = o.id)").scalar
        == 0
    )
    with pytest.raises(Refused, match="there is no difference"):
        write_off_payout_difference(actor=ANN, payout_id=number, account="payout_adjustments", why="again")


def test_a_difference_is_not_written_off_while_pages_are_missing() -> None:
    number = held("po_1", 100, line("charge", 0, "x"), expected=2)
    with pytest.raises(Refused, match="1 of 2 lines"):
        write_off_payout_difference(actor=ANN, payout_id=number, account="rounding", why="x")


def test_above_the_limit_a_second_person_decides() -> None:
    number = held("po_1", 5_001, line("charge", 5_001, "x1"))
    with pytest.raises(WaitsForApproval) as waits:
        write_off_payout_lines(actor=ANN, lines=[f"{number}.1"], account="bad_debt", why="unknown")
    assert (balances(), explained(number)) == ({}, [])
    approve(actor=BOB, approval_id=waits.value.approval_id)
    run_stage("match_payouts")
    assert balances() == {"bank:pay": 5_001, "bad_debt:pay": -5_001}


def test_a_chargeback_above_the_limit_is_recorded_by_two() -> None:
    order = captured(10_000, "c1")
    number = held("po_1", -5_001, line("chargeback", -5_001, "cb-lost"))
    name = f"SO-{order.id}"  # type: ignore[attr-defined]
    with pytest.raises(WaitsForApproval) as waits:
        match_payout_line(actor=ANN, line=f"{number}.1", document=name, records_payment=True)
    assert run("select count(*) as n from ledger_payment where external_ref = 'cb-lost'").scalar == 0
    approve(actor=BOB, approval_id=waits.value.approval_id)
    assert (payment("cb-lost").kind, payment("cb-lost").amount_minor) == ("chargeback", 5_001)
    small = held("po_2", -100, line("chargeback", -100, "cb-small"))
    assert match_payout_line(actor=ANN, line=f"{small}.1", document=name, records_payment=True).recorded


def test_a_match_is_taken_back_before_and_after_the_payout_is_posted() -> None:
    order, other = captured(10_000, "c1"), captured(10_000, "c2")
    number = held("po_1", 20_000, line("charge", 10_000, "a"), line("charge", 10_000, "b"))
    match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
    done = take_back_payout_lines(actor=BOB, lines=[f"{number}.1", f"{number}.2"], why="it was the other one")
    assert [(r.done, r.why) for r in done] == [(True, ""), (False, "nobody has explained it")]
    assert (payment("c1").payout_id, invoices(order)[0].state) == (None, "captured")  # type: ignore[arg-type]
    match_payout_line(actor=ANN, line=f"{number}.1", document="c2")
    match_payout_line(actor=ANN, line=f"{number}.2", document="c1")
    assert run_stage("match_payouts").moved == 1
    take_back_payout_lines(actor=BOB, lines=[f"{number}.1"], why="a third one")
    found = balances()
    assert (found["clearing:pay"], found["payout_suspense:pay"], found["bank:pay"], invoices(other)[0].state) == (10_000, -10_000, 20_000, "captured")  # type: ignore[arg-type]
    match_payout_line(actor=ANN, line=f"{number}.1", document="c2")
    assert (balances().get("clearing:pay", 0), balances().get("payout_suspense:pay", 0)) == (0, 0)
    assert explained(number) == [("matched", 0, None, False), ("matched", 0, None, False), ("matched", 0, None, True), ("matched", 0, None, True)]


def test_a_month_with_money_in_suspense_is_closed_only_for_a_reason() -> None:
    captured(10_000, "c1"), captured(10_000, "c2")
    number = held("po_1", 20_000, line("charge", 10_000, "a"), line("charge", 10_000, "b"))
    for n, key in ((1, "c1"), (2, "c2")):
        match_payout_line(actor=ANN, line=f"{number}.{n}", document=key)
    run_stage("match_payouts")
    for _again in range(2):  # a line that was taken back twice is one line
        take_back_payout_lines(actor=BOB, lines=[f"{number}.1"], why="it was another one")
        assert (checking.blocking("HR-US", "2026-01", moment()), checking.blocking("HR-US", "2025-12", moment())) == ([IN_SUSPENSE], [])
        with pytest.raises(Refused, match="month: 2026-01 of HR-US has 1 lines of posted payouts that nobody explains any more"):
            close_period(actor=ANN, entity="HR-US", month="2026-01")
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
        assert checking.blocking("HR-US", "2026-01", moment()) == []
    take_back_payout_lines(actor=BOB, lines=[f"{number}.1"], why="it was another one")
    assert close_period(actor=ANN, entity="HR-US", month="2026-01", despite="the gateway looks for it").state == "closed"
    assert checking.blocking("HR-US", "2026-02", moment()) == [IN_SUSPENSE], "it stays on the list until somebody has explained it"


def moment() -> Any:
    return run("select now() as at").scalar


IN_SUSPENSE = "1 lines of posted payouts that nobody explains any more: their money is in suspense"


def test_what_the_partners_key_matched_is_no_persons_to_take_back() -> None:
    captured(10_000, "c1")
    number = held("po_1", 9_000, line("charge", 10_000, "c1"))
    (result,) = take_back_payout_lines(actor=ANN, lines=[f"{number}.1"], why="x")
    assert (result.done, result.why) == (False, "the partner's key matched it; have the partner send the payout again with the right key")


def test_lines_are_matched_by_amount_where_there_is_no_doubt() -> None:
    captured(1_000, "c1"), captured(2_000, "c2"), captured(2_000, "c3"), captured(3_000, "c4")
    number = held("po_1", 9_000, line("charge", 1_000, "a"), line("charge", 2_000, "b"), line("charge", 3_000, "d"), line("charge", 3_000, "e"))
    done = match_payout_lines_by_amount(actor=ANN, lines=[f"{number}.{n}" for n in (1, 2, 3, 4)])
    assert [r.done for r in done] == [True, False, False, False]
    assert [r.why[:1] for r in done[1:]] == ["2", "2", "2"]
    assert payment("c1").payout_id == number


def test_a_payout_that_comes_again_keeps_what_still_holds() -> None:
    captured(10_000, "c1")
    number = held("po_1", 10_500, line("charge", 10_000, "a"), line("charge", 400, "b"))
    match_payout_line(actor=ANN, line=f"{number}.1", document="c1")
    write_off_payout_lines(actor=ANN, lines=[f"{number}.2"], account="other_income", why="a fair")
    pay_out("po_1", 10_500, line("charge", 10_000, "a"), line("charge", 500, "b"))
    assert explained(number) == [("matched", 0, None, True), ("written_off", 400, "other_income", False)]
    assert (payment("c1").payout_id, balances().get("other_income:pay", 0)) == (number, 0)
    run_stage("match_payouts")
    write_off_payout_lines(actor=ANN, lines=[f"{number}.2"], account="other_income", why="a fair, with the right amount")
    assert run_stage("match_payouts").moved == 1
    assert (balances()["bank:pay"], balances()["other_income:pay"]) == (10_500, -500)


def test_into_a_closed_month_nothing_is_posted() -> None:
    number = held("po_1", 700, line("charge", 700, "x"))
    close_period(actor=ANN, entity="HR-US", month="2026-01", despite="the payout comes later")
    write_off_payout_lines(actor=ANN, lines=[f"{number}.1"], account="other_income", why="a fair")
    run_stage("match_payouts")
    rows = run("select rule, posted_on::text as day, late_for_on::text as late from ledger_entry where origin in ('payout', 'payout_line') order by id")
    assert [tuple(r) for r in rows] == [("PAYOUT-02", "2026-02-01", "2026-01-07"), ("PAYOUT-01", "2026-02-01", "2026-01-07")]
    with pytest.raises(Refused, match="PAYOUT-03"):
        undo_entry(actor=ANN, entry_id=run("select id from ledger_entry where rule = 'PAYOUT-02'").scalar, note="x")


def test_a_payout_that_is_just_being_matched_is_left_alone() -> None:
    pay_out("po_1", 700, line("charge", 700, "x"))
    with pytest.raises(Refused, match="about to be matched by itself"):
        match_payout_line(actor=ANN, line=f"{payout('po_1').id}.1", document="x")
    assert sockets.policy_in_force("payouts", run("select now() as at").scalar)[1]["difference_alone_minor_max"] == 5_000
    say("captured", "order:1", 1)


def test_a_payment_that_somebody_else_took_meanwhile_is_refused_and_nothing_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    captured(10_000, "c1")
    first, second = held("po_1", 10_000, line("charge", 10_000, "x")), held("po_2", 10_000, line("charge", 10_000, "y"))
    as_chosen = matching._payment_meant
    chosen: list[Any] = []

    def choose(payout: Any, asked: Any, document: str) -> Any:
        """Both have chosen before either has written."""
        chosen.append(chosen[0] if chosen else as_chosen(payout, asked, document))
        return chosen[-1]

    monkeypatch.setattr(matching, "_payment_meant", choose)
    match_payout_line(actor=ANN, line=f"{first}.1", document="c1")
    with pytest.raises(Refused, match="look at the line again"):
        match_payout_line(actor=BOB, line=f"{second}.1", document="c1")
    assert explained(second) == [] and payment("c1").payout_id == first
