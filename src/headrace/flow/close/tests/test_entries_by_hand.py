"""Manual entries and reversals, the trial balance, accounts down to their documents, and exchange rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import run
from headrace.flow.close.actions import close_period, post_manual_entry, set_exchange_rate, undo_entry
from headrace.flow.close.tests.conftest import FEBRUARY, JANUARY, sell
from headrace.governance.approvals import approve, refuse
from headrace.ledger import reading
from headrace.ledger.tests.building import OrderLine, balances, place, run_stage, ship

pytestmark = pytest.mark.usefixtures("shop")
ANN, BOB = "cli:ann", "cli:bob"
WRITE_OFF = [["bad_debt:shop", 1_200], ["other_income:shop", -1_200]]


def post(legs: Any = WRITE_OFF, **more: Any) -> Any:
    return post_manual_entry(
        actor=ANN,
        **{"entity": "HR-US", "currency": "USD", "legs": legs, "note": "rent of the shelf", "posted_on": "2026-01-20", "opens_accounts": True, **more},
    )


def test_a_manual_entry_posts_its_legs_and_says_who_and_why() -> None:
    done = post()
    assert (done.legs, done.posted_on) == (2, date(2026, 1, 20))
    assert balances() == {"bad_debt:shop": 1_200, "other_income:shop": -1_200}
    found = reading.entry(done.entry_id)
    assert (found["rule"], found["note"], found["actor"], found["entity"]) == ("MANUAL-01", "rent of the shelf", ANN, "HR-US")
    assert reading.account_rows("bad_debt")[0]["document"] == "manual by cli:ann: rent of the shelf"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"legs": [["bad_debt:shop", 5], ["other_income:shop", -4]]}, "leave 1 minor units of USD over"),
        ({"legs": [["bad_debt:shop", 5]]}, "at least 2"),
        ({"legs": [["moon:shop", 5], ["bad_debt:shop", -5]]}, "in no chart"),
        ({"legs": [["bad_debt:shop", 0.5], ["other_income:shop", -0.5]]}, "whole number"),
        ({"legs": [["bad_debt:shop", 0], ["other_income:shop", 0]]}, "not nothing"),
        ({"legs": ["bad_debt:shop", "other_income:shop"]}, "write an account and its amount"),
        ({"legs": [["receivable:shop", 5], ["other_income:shop", -5]]}, "receivable:shop follows invoices, credit memos and payments"),
        ({"legs": [["inventory:EAST", 5], ["other_income:shop", -5]]}, "follows stock moves"),
        ({"opens_accounts": False}, "nobody has posted to bad_debt:shop, other_income:shop yet"),
        ({"currency": "dollar"}, "ISO 4217"),
        ({"entity": "NOBODY"}, "no legal entity"),
        ({"note": " "}, "reason in words"),
        ({"posted_on": "soon"}, "no date"),
    ],
)
def test_what_is_no_entry_is_refused_with_the_reason(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        post(**change)
    assert balances() == {}


def test_a_closed_day_refuses_a_manual_entry_instead_of_moving_it() -> None:
    close_period(actor=ANN, entity="HR-US", month="2026-01")
    with pytest.raises(Refused, match="closed period from 2026-01-01 to 2026-01-31"):
        post()
    post(posted_on="2026-02-01")


def test_a_large_entry_waits_for_a_second_person() -> None:
    legs = [["bad_debt:shop", 100_001], ["other_income:shop", -100_001]]
    with pytest.raises(WaitsForApproval) as waits:
        post(legs, posted_on=date(2026, 1, 20))
    assert balances() == {}
    assert approve(actor=BOB, approval_id=waits.value.approval_id).posted_on == date(2026, 1, 20)
    assert balances()["bad_debt:shop"] == 100_001


def test_a_refused_entry_is_never_posted() -> None:
    with pytest.raises(WaitsForApproval) as waits:
        post([["bad_debt:shop", 999_999], ["other_income:shop", -999_999]])
    refuse(actor=BOB, approval_id=waits.value.approval_id, note="no")
    assert balances() == {}


def test_undoing_posts_the_contrary_and_keeps_both() -> None:
    done = post()
    back = undo_entry(actor=ANN, entry_id=done.entry_id, note="typed twice", posted_on="2026-01-21")
    assert balances() == {}
    assert run("select count(*) as n from ledger_entry").scalar == 2
    assert (reading.entry(back.entry_id)["undoes"], reading.entry(done.entry_id)["undone_by"]) == (done.entry_id, back.entry_id)
    with pytest.raises(Refused, match="undone already, by cli:ann"):
        undo_entry(actor=BOB, entry_id=done.entry_id, note="again")
    again = undo_entry(actor=BOB, entry_id=back.entry_id, note="it was right after all")
    assert (balances()["bad_debt:shop"], again.legs) == (1_200, 2)


def test_a_tax_variance_can_be_undone_but_not_what_documents_keep() -> None:
    order = place(OrderLine(1, 10_000, tax=840), recomputed=838)
    ship(order)
    run_stage("invoice", as_of=JANUARY)
    by_rule = {row.rule: row.id for row in run("select id, rule from ledger_entry")}
    undo_entry(actor=ANN, entry_id=by_rule["TAXVAR-01"], note="the state wants it all")
    assert balances()["tax_payable:US-NY"] == -840
    with pytest.raises(Refused, match="undone by its own document: CREDIT-01"):
        undo_entry(actor=ANN, entry_id=by_rule["INV-01"], note="wrong")
    with pytest.raises(Refused, match="no entry 999"):
        undo_entry(actor=ANN, entry_id=999, note="wrong")


def test_who_lacks_the_permission_posts_nothing() -> None:
    with pytest.raises(NotAllowed, match="ledger.post"):
        undo_entry(actor="user:nobody", entry_id=1, note="x")


def test_the_trial_balance_opens_moves_and_closes_and_sums_to_zero() -> None:
    sell(1_000, JANUARY), sell(2_500, FEBRUARY), sell(700, FEBRUARY, channel="uk"), sell(9, FEBRUARY, channel="jp")
    rows = reading.trial_balance(first=date(2026, 2, 1), last=date(2026, 2, 28))
    shown = {(r["entity"], r["currency"], r["account"]): (r["opening_minor"], r["debit_minor"], r["credit_minor"], r["closing_minor"]) for r in rows}
    assert shown == {
        ("HR-UK", "GBP", "receivable:uk"): (0, 700, 0, 700),
        ("HR-UK", "GBP", "sales:uk:general"): (0, 0, 700, -700),
        ("HR-US", "JPY", "receivable:jp"): (0, 9, 0, 9),
        ("HR-US", "JPY", "sales:jp:general"): (0, 0, 9, -9),
        ("HR-US", "USD", "receivable:shop"): (1_000, 2_500, 0, 3_500),
        ("HR-US", "USD", "sales:shop:general"): (-1_000, 0, 2_500, -3_500),
    }
    by_root = reading.trial_balance("HR-US", last=date(2026, 1, 31), by="root")
    assert [(r["account"], r["opening_minor"], r["closing_minor"]) for r in by_root] == [("receivable", 0, 1_000), ("sales", 0, -1_000)]


@pytest.mark.parametrize(
    ("channel", "currency", "rate", "amount", "reported"), [("jp", "JPY", "0.0067", 12_345, 8_271), ("kw", "KWD", "3.2515", 12_345, 4_014)]
)
def test_other_currencies_are_reported_in_the_entitys_own_rounded_once(channel: str, currency: str, rate: str, amount: int, reported: int) -> None:
    sell(amount, channel=channel)
    with pytest.raises(LookupError, match=f"no rate from {currency} to USD"):
        reading.trial_balance("HR-US", last=date(2026, 1, 31), in_entity_currency=True)
    set_exchange_rate(actor=ANN, from_currency=currency, to_currency="USD", on_day="2026-01-05", rate=rate, source="the central bank")
    set_exchange_rate(actor=ANN, from_currency=currency, to_currency="USD", on_day="2026-02-05", rate="99", source="later than asked")
    rows = reading.trial_balance("HR-US", last=date(2026, 1, 31), in_entity_currency=True)
    assert [r["reported_minor"] for r in rows] == [reported, -reported]


def test_a_rate_the_other_way_round_serves_as_well() -> None:
    sell(1_000, channel="jp")
    set_exchange_rate(actor=ANN, from_currency="USD", to_currency="JPY", on_day=date(2026, 1, 5), rate=Decimal("160"), source="bank")
    assert reading.trial_balance("HR-US", last=date(2026, 1, 31), in_entity_currency=True)[0]["reported_minor"] == 625


@pytest.mark.parametrize("change", [{"rate": "0"}, {"rate": "-1"}, {"from_currency": "USD"}, {"to_currency": "moon"}])
def test_a_rate_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Refused):
        set_exchange_rate(actor=ANN, **{"from_currency": "EUR", "to_currency": "USD", "on_day": "2026-01-05", "rate": "1.1", "source": "bank", **change})


def test_an_account_opens_to_its_documents_page_by_page() -> None:
    orders = [sell(n * 100) for n in (1, 2, 3)]
    rows = reading.account_rows("receivable:shop", limit=2)
    assert [(r["amount_minor"], r["document"], r["order_id"]) for r in rows] == [(300, "invoice INV-3", orders[2].id), (200, "invoice INV-2", orders[1].id)]
    rest = reading.account_rows("receivable:shop", limit=2, before=rows[-1]["id"])
    assert [r["document"] for r in rest] == ["invoice INV-1"]
    assert len(reading.account_rows("receivable", "HR-US", date(2026, 1, 1), date(2026, 1, 31))) == 3
    with pytest.raises(LookupError, match="nobody has posted"):
        reading.account_rows("bank:moon")
