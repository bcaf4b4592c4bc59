"""Months are closed in their order, refuse postings, and let what comes late into the next open day."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pytest
from django.db import connection, transaction

from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import run
from headrace.flow.close.actions import close_period, open_period, reopen_period
from headrace.flow.close.tests.conftest import FEBRUARY, JANUARY, MARCH, entries, sell
from headrace.governance.approvals import approve
from headrace.governance.policies import draft_policy, publish_policy
from headrace.ledger.periods import periods
from headrace.ledger.tests import building

ANN = "cli:ann"
AUDIT = "select deed, subject, actor, detail from governance_audit where batch_id is null order by seq"


@pytest.mark.usefixtures("shop")
class TestPeriods:
    def test_a_closed_month_says_what_was_posted_in_it_and_the_audit_says_who(self) -> None:
        sell(1_000), sell(2_500)
        done = close_period(actor=ANN, entity="HR-US", month="2026-01")
        assert (done.state, done.starts_on, done.ends_on) == ("closed", date(2026, 1, 1), date(2026, 1, 31))
        assert done.posted == [{"currency": "USD", "entries": 2, "debit_minor": 3_500, "credit_minor": 3_500}]
        assert [(p["entity"], p["state"], p["closed_by"]) for p in periods()] == [("HR-US", "closed", ANN)]
        link = run(AUDIT)[-1]
        assert (link.deed, link.subject, link.actor, link.detail["change"]) == ("close_period", "period:HR-US:2026-01", ANN, {"state": ["open", "closed"]})

    def test_a_month_with_something_waiting_is_closed_only_for_a_reason(self) -> None:
        sell(1_000)
        run("insert into ledger_payout (partner, external_ref, currency, deposit_minor, paid_on) values ('pay', 'po-1', 'USD', 5, '2026-01-20')")
        with pytest.raises(Refused, match="1 payouts that are not posted"):
            close_period(actor=ANN, entity="HR-US", month="2026-01")
        done = close_period(actor=ANN, entity="HR-US", month="2026-01", despite="the bank confirms it next week")
        assert done.state == "closed"
        assert run(AUDIT)[-1].detail["change"]["closed_despite"] == [None, ["1 payouts that are not posted"]]

    def test_the_database_refuses_a_closed_day_whoever_writes(self) -> None:
        close_period(actor=ANN, entity="HR-US", month="2026-01")
        with pytest.raises(psycopg.Error, match="closed for entity"), transaction.atomic():
            run(
                "insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on) select id, 'X', 'x', 1, '2026-01-31' from catalog_entity where code = 'HR-US'"
            )

    def test_a_late_document_posts_into_the_next_open_day_and_keeps_its_own(self) -> None:
        for month in ("2026-01", "2026-02"):
            close_period(actor=ANN, entity="HR-US", month=month)
        order = sell(1_000, JANUARY)
        assert entries() == [("INV-01", "2026-03-01", "2026-01-10")]
        assert str(building.invoices(order)[0].issued_on) == "2026-01-10"

    def test_another_entity_is_not_concerned(self) -> None:
        close_period(actor=ANN, entity="HR-US", month="2026-01")
        sell(1_000, JANUARY, channel="uk")
        assert entries() == [("INV-01", "2026-01-10", None)]

    def test_after_reopening_the_day_takes_postings_again(self) -> None:
        close_period(actor=ANN, entity="HR-US", month="2026-01")
        assert reopen_period(actor=ANN, entity="HR-US", month="2026-01", why="the bank's fees came late").state == "open"
        sell(1_000, JANUARY)
        assert entries() == [("INV-01", "2026-01-10", None)]
        assert periods()[0]["closed_by"] is None

    def test_months_close_from_the_first_and_reopen_from_the_last(self) -> None:
        sell(1_000, JANUARY), sell(1_000, FEBRUARY)
        with pytest.raises(Refused, match="close 2026-01 first"):
            close_period(actor=ANN, entity="HR-US", month="2026-02")
        for month in ("2026-01", "2026-02"):
            close_period(actor=ANN, entity="HR-US", month=month)
        with pytest.raises(Refused, match="reopen 2026-02 first"):
            reopen_period(actor=ANN, entity="HR-US", month="2026-01", why="late")

    @pytest.mark.parametrize(
        ("entity", "month", "says"),
        [
            ("HR-US", "January", "no month"),
            ("HR-US", "2026-13", "no month"),
            ("HR-US", "2099-01", "not over before"),
            ("NOBODY", "2026-01", "no legal entity 'NOBODY'; known are HR-UK, HR-US"),
        ],
    )
    def test_what_cannot_be_closed_is_refused_with_the_reason(self, entity: str, month: str, says: str) -> None:
        with pytest.raises(Refused, match=says):
            close_period(actor=ANN, entity=entity, month=month)

    def test_a_month_is_opened_closed_and_reopened_once(self) -> None:
        assert open_period(actor=ANN, entity="HR-US", month="2026-01").state == "open"
        with pytest.raises(Refused, match="known already"):
            open_period(actor=ANN, entity="HR-US", month="2026-01")
        close_period(actor=ANN, entity="HR-US", month="2026-01")
        with pytest.raises(Refused, match="closed already"):
            close_period(actor=ANN, entity="HR-US", month="2026-01")
        with pytest.raises(Refused, match="reason in words"):
            reopen_period(actor=ANN, entity="HR-US", month="2026-01", why=" ")
        reopen_period(actor=ANN, entity="HR-US", month="2026-01", why="late")
        with pytest.raises(Refused, match="not closed"):
            reopen_period(actor=ANN, entity="HR-US", month="2026-01", why="late")

    def test_who_lacks_the_permission_closes_nothing(self) -> None:
        with pytest.raises(NotAllowed, match="period.close"):
            close_period(actor="user:nobody", entity="HR-US", month="2026-01")

    def test_reopening_waits_for_a_second_person_where_policy_says_so(self) -> None:
        version = draft_policy(actor=ANN, name="closing", body={"entry_alone_minor_max": 100_000, "reopening_alone": False}, note="four eyes")
        publish_policy(actor=ANN, name="closing", version=version)
        close_period(actor=ANN, entity="HR-US", month="2026-01")
        with pytest.raises(WaitsForApproval) as waits:
            reopen_period(actor=ANN, entity="HR-US", month="2026-01", why="late")
        assert periods()[0]["state"] == "closed"
        with pytest.raises(Refused, match="second person"):
            approve(actor=ANN, approval_id=waits.value.approval_id)
        approve(actor="cli:bob", approval_id=waits.value.approval_id)
        assert periods()[0]["state"] == "open"


def test_a_close_waits_for_postings_under_way_and_none_slips_in_behind_it(fresh_database: str) -> None:
    building.make_shop()
    posted, may_commit = threading.Event(), threading.Event()

    def post() -> None:
        try:
            with transaction.atomic():
                sell(1_000, JANUARY)
                posted.set()
                may_commit.wait(10)
        finally:
            connection.close()

    closed: list[object] = []

    def close() -> None:
        try:
            closed.append(close_period(actor=ANN, entity="HR-US", month="2026-01"))
        finally:
            connection.close()

    poster, closer = threading.Thread(target=post), threading.Thread(target=close)
    poster.start()
    assert posted.wait(10)
    closer.start()
    closer.join(0.5)
    assert closed == [], "the close did not wait"
    may_commit.set()
    poster.join(), closer.join()
    assert closed[0].posted[0]["entries"] == 1  # type: ignore[attr-defined]
    sell(500, JANUARY), sell(700, MARCH)
    assert [(day, late) for _, day, late in entries()] == [("2026-01-10", None), ("2026-02-01", "2026-01-10"), ("2026-03-10", None)]
