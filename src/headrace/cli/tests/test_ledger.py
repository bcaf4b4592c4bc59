"""`headrace ledger` and `headrace approval` as finance uses them: the same deeds as the API, tables for people, JSON for scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from headrace.cli import output
from headrace.cli.app import app
from headrace.ledger.tests import building

pytestmark = pytest.mark.django_db
POST = ("ledger", "post", "USD", "--entity", "HR-US", "--note", "rent", "--on", "2026-01-20", "--new-accounts")


@pytest.fixture(autouse=True)
def _sold() -> building.Order:
    building.make_shop()
    order = building.place(building.OrderLine(1, 10_000, tax=840))
    building.ship(order)
    building.run_stage("invoice")
    return order


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def answer(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json").strip().splitlines()[-1])
    return found


def test_the_trial_balance_and_an_account_down_to_its_invoice(_sold: building.Order) -> None:
    rows = answer("ledger", "trial-balance", "--entity", "HR-US")["rows"]
    assert {r["account"]: r["closing_minor"] for r in rows} == {"receivable:shop": 10_840, "sales:shop:general": -10_000, "tax_payable:US-NY": -840}
    (leg,) = answer("ledger", "account", "receivable:shop")["rows"]
    assert (leg["amount_minor"], leg["document"], leg["order_id"]) == (10_840, "invoice INV-1", _sold.id)
    assert [x["amount_minor"] for x in answer("ledger", "entry", str(leg["entry_id"]))["legs"]] == [10_840, -840, -10_000]
    shown = run("ledger", "trial-balance")
    assert "108.40" in shown and "HR-US in USD" in shown
    assert "invoice INV-1" in run("ledger", "account", "receivable")


def test_periods_close_refuse_and_reopen() -> None:
    assert answer("ledger", "period", "close", "HR-US", "2026-01")["posted"][0]["debit_minor"] == 10_840
    assert [p["state"] for p in answer("ledger", "period", "list")["rows"]] == ["closed"]
    run(*POST, "--leg", "bad_debt:shop=1", "--leg", "other_income:shop=-1", code=output.NO)
    run("ledger", "period", "close", "HR-US", "2026-01", code=output.NO)
    assert answer("ledger", "period", "reopen", "HR-US", "2026-01", "--why", "late fees")["state"] == "open"


def test_a_manual_entry_is_posted_and_undone() -> None:
    entry = answer(*POST, "--leg", "bad_debt:shop=12.50", "--leg", "other_income:shop=-12.50")["entry_id"]
    answer("ledger", "undo", str(entry), "--note", "typed twice")
    assert {r["account"] for r in answer("ledger", "trial-balance")["rows"] if r["closing_minor"]} == {
        "receivable:shop",
        "sales:shop:general",
        "tax_payable:US-NY",
    }
    run(*POST, "--leg", "bad_debt:shop=0.001", "--leg", "other_income:shop=-0.001", code=output.NO)
    run("ledger", "entry", "999999", code=output.WRONG)


def test_a_large_entry_waits_until_somebody_else_approves(monkeypatch: pytest.MonkeyPatch) -> None:
    run(*POST, "--leg", "bad_debt:shop=5000", "--leg", "other_income:shop=-5000", code=output.NO)
    (asked,) = answer("approval", "list")["approvals"]
    assert asked["deed"] == "post_manual_entry"
    run("approval", "approve", str(asked["id"]), code=output.NO)
    monkeypatch.setattr("headrace.cli.approving.actor", lambda: "cli:somebody-else")
    assert answer("approval", "approve", str(asked["id"]))["result"]["legs"] == 2
    assert answer("approval", "list")["approvals"] == []


def test_rates_report_other_currencies_in_the_entitys_own() -> None:
    order = building.place(building.OrderLine(1, 1_000), channel="jp")
    building.ship(order)
    building.run_stage("invoice")
    answer("ledger", "rate", "JPY", "USD", "2026-01-05", "0.0067", "--source", "the central bank")
    rows = answer("ledger", "trial-balance", "--to", "2026-01-31", "--reported")["rows"]
    assert {r["account"]: r["reported_minor"] for r in rows if r["currency"] == "JPY"} == {"receivable:jp": 670, "sales:jp:general": -670}
