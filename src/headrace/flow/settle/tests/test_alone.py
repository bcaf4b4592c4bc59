"""What one person may explain alone: not more by many small deeds than by a large one, of one payout and in a day, at one desk or at two."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from headrace.engine.action import WaitsForApproval
from headrace.engine.queries import run
from headrace.flow.settle.matching import match_payout_line, take_back_payout_lines, write_off_payout_difference, write_off_payout_lines
from headrace.flow.settle.tests.sending import line, pay_out
from headrace.flow.settle.tests.test_matching import captured, held
from headrace.governance.approvals import approve
from headrace.governance.policies import draft_policy, publish_policy
from headrace.ledger.tests import building
from headrace.ledger.tests.building import balances

ANN, BOB = "cli:ann", "cli:bob"
BORNE: dict[str, Any] = {"account": "bad_debt", "why": "nobody knows it"}


def write_off(number: int, *lines: int, actor: str = ANN) -> bool:
    """False where it waits for a second person."""
    try:
        (*_, last) = write_off_payout_lines(actor=actor, lines=[f"{number}.{n}" for n in lines], **BORNE)
    except WaitsForApproval:
        return False
    assert last.done, last.why
    return True


def waiting() -> int:
    return int(run("select max(id) from governance_approval where state = 'asked'").scalar)


@pytest.mark.usefixtures("shop")
class TestOfOnePayout:
    def test_many_small_write_offs_are_one_large_one(self) -> None:
        number = held("po_1", 12_000, *(line("charge", 2_000, f"x{n}") for n in range(6)))
        assert [write_off(number, 1), write_off(number, 2), write_off(number, 3)] == [True, True, False]
        get_user_model().objects.create_superuser(username="ann")
        assert write_off(number, 3, actor="user:ann") is False, "the same person at another desk"
        assert write_off(number, 3, actor=BOB), "what somebody else wrote off is not his"
        assert balances() == {"bad_debt:pay": -6_000, "payout_suspense:pay": 6_000}

    def test_another_payout_has_its_own_sum(self) -> None:
        first, second = held("po_1", 4_000, line("charge", 4_000, "x")), held("po_2", 4_000, line("charge", 4_000, "y"))
        assert [write_off(first, 1), write_off(second, 1)] == [True, True]

    def test_what_is_taken_back_or_seen_by_two_counts_no_more(self) -> None:
        number = held("po_1", 12_000, *(line("charge", 3_000, f"x{n}") for n in range(4)))
        assert [write_off(number, 1), write_off(number, 2)] == [True, False]
        approve(actor=BOB, approval_id=waiting())
        assert write_off(number, 3) is False, "her own three thousand still count"
        take_back_payout_lines(actor=ANN, lines=[f"{number}.1"], why="it was known after all")
        assert write_off(number, 3)

    def test_both_directions_and_the_differences_of_matches_and_deposits_count(self) -> None:
        captured(10_000, "c1")
        number = held("po_1", 10_000, line("charge", 8_000, "c1"), line("charge", 3_000, "x"), line("refund", -2_500, "y"))
        match_payout_line(actor=ANN, line=f"{number}.1", document="c1", account="payment_fees", why="a fee inside the gross")
        assert [write_off(number, 2), write_off(number, 3)] == [True, False]
        with pytest.raises(WaitsForApproval):
            write_off_payout_difference(actor=ANN, payout_id=number, **BORNE)

    def test_chargebacks_recorded_from_lines_count(self) -> None:
        order = captured(10_000, "c1")
        number = held("po_1", -6_000, line("chargeback", -3_000, "cb1"), line("chargeback", -3_000, "cb2"))
        name = f"SO-{order.id}"  # type: ignore[attr-defined]
        assert match_payout_line(actor=ANN, line=f"{number}.1", document=name, records_payment=True).recorded
        with pytest.raises(WaitsForApproval):
            match_payout_line(actor=ANN, line=f"{number}.2", document=name, records_payment=True)
        assert run("select count(*) from ledger_payment where kind = 'chargeback'").scalar == 1


@pytest.mark.usefixtures("shop")
class TestInADay:
    def payouts(self, n: int, currency: str = "USD") -> list[int]:
        return [held(f"po_{currency}_{i}", 5_000, line("charge", 5_000, f"{currency}{i}"), currency=currency) for i in range(n)]

    def test_across_payouts_the_day_has_a_limit_in_each_currency(self) -> None:
        dollars, euros = self.payouts(5), self.payouts(1, "EUR")
        assert [write_off(number, 1) for number in dollars] == [True, True, True, True, False]
        assert write_off(euros[0], 1)

    def test_a_day_later_it_begins_again(self) -> None:
        dollars = self.payouts(5)
        assert all(write_off(number, 1) for number in dollars[:4])
        run("update ledger_payout_explanation set at = at - %(day)s", {"day": timedelta(hours=23)})
        assert write_off(dollars[4], 1) is False
        run("update ledger_payout_explanation set at = at - %(day)s", {"day": timedelta(hours=2)})
        assert write_off(dollars[4], 1)

    def test_policy_says_how_much(self) -> None:
        version = draft_policy(actor=BOB, name="payouts", body={"write_off_day_minor_max": 9_999}, note="for the test")
        publish_policy(actor=BOB, name="payouts", version=version)
        run("update governance_policy set valid_from = valid_from - interval '1 day' where name = 'payouts'")
        assert [write_off(number, 1) for number in self.payouts(2)] == [True, False]


def test_two_at_once_by_one_person_do_not_both_pass(fresh_database: str) -> None:
    building.make_shop()
    get_user_model().objects.create_superuser(username="ann")
    pay_out("po_1", 10_000, line("charge", 3_000, "x1"))
    pay_out("po_2", 10_000, line("charge", 3_000, "x2"))
    pay_out("po_3", 10_000, line("charge", 1, "x3"))
    building.run_stage("match_payouts")
    *numbers, third = run("select id from ledger_payout order by id").column("id")
    assert write_off(third, 1, actor=BOB), "opens the accounts, for which the second would wait as well"
    version = draft_policy(actor=BOB, name="payouts", body={"write_off_day_minor_max": 5_000}, note="for the test")
    publish_policy(actor=BOB, name="payouts", version=version)
    written, may_commit = threading.Event(), threading.Event()
    passed: list[bool] = []

    def first() -> None:
        try:
            with transaction.atomic():
                passed.append(write_off(numbers[0], 1))
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    def second() -> None:
        try:
            passed.append(write_off(numbers[1], 1, actor="user:ann"))
        finally:
            connection.close()

    earlier, later = threading.Thread(target=first), threading.Thread(target=second)
    earlier.start()
    assert written.wait(10)
    later.start()
    later.join(0.5)
    assert passed == [True], "the second did not wait for the first"
    may_commit.set()
    earlier.join(10), later.join(10)
    assert passed == [True, False]
    assert run("select sum(alone_minor)::bigint from ledger_payout_explanation").scalar == 3_001
