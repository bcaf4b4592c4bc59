"""Finance: every page opens, sums tie, amounts lead to the rows behind them, and deeds are posted through their forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.insight import finance
from headrace.ledger import reading
from tests.scenarios.shop import MUG, Shop

Seat = Callable[..., Client]
PAGES = ("", "/invoices", "/payments", "/payouts", "/unmatched", "/journal", "/trial-balance", "/tax", "/periods")


@pytest.fixture
def sold(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Two orders, shipped, invoiced, paid and paid out."""
    monkeypatch.setenv("HEADRACE_DEMO", "1")
    shop = Shop()
    shop.fill(MUG, EAST=9)
    shop.place({MUG: 2})
    shop.place({MUG: 1})
    shop.work()
    shop.ship()
    shop.work()
    shop.pay_out()
    shop.work()
    return shop


@pytest.fixture
def controller(sold: Shop) -> Client:
    from django.contrib.auth import get_user_model

    from headrace.governance.models import Role, RoleGrant

    user = get_user_model().objects.create_user(username="finance")
    RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code="finance"))
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_books_can_be_walked_from_a_total_to_its_document(controller: Client) -> None:
    for address in PAGES:
        assert controller.get(f"/finance{address}").status_code == 200, address
    number = run("select series || '-' || number as n from ledger_invoice order by id limit 1").scalar
    page = controller.get(f"/finance/invoices/{number}").content.decode()
    assert "The lines sum to the total." in page and "receivable:shop-us" in page and "captured" in page
    entry = run("select id from ledger_entry where origin = 'invoice' order by id limit 1").scalar
    assert "The goods left the node" in controller.get(f"/finance/entries/{entry}").content.decode()
    assert f"/finance/entries/{entry}" in controller.get("/finance/accounts/receivable:shop-us").content.decode()
    assert "balances to the cent" in controller.get("/finance/trial-balance").content.decode()
    for gone in ("invoices/INV-999", "invoices/elephant", "payouts/999", "entries/999", "accounts/nobody", "entries/99999999999999999999"):
        assert controller.get(f"/finance/{gone}").status_code == 404, gone


def test_a_payout_is_explained_to_the_cent(controller: Client) -> None:
    payout = run("select id, external_ref from ledger_payout order by id limit 1").one
    page = controller.get(f"/finance/payouts/{payout.id}").content.decode()
    assert "The lines sum to the deposit, to the cent." in page and "Every line has its payment." in page and "/orders/SO-" in page
    found = finance.payout(payout.id)
    assert found and sum(s["net_minor"] for s in found["sums"]) == found["deposit_minor"]
    assert "Nothing matches" in controller.get(f"/finance/payouts/{payout.id}?match=unmatched").content.decode()


def test_tax_of_the_documents_ties_to_the_books(controller: Client) -> None:
    days = run("select min(issued_on) as first, max(issued_on) as last from ledger_invoice").one
    rows = finance.tax(None, days.first, days.last)
    assert rows and all(r["difference_minor"] == 0 and r["owed_minor"] > 0 for r in rows)
    balance = {r["account"]: -r["closing_minor"] for r in reading.trial_balance(None, None, None) if r["account"].startswith("tax_payable")}
    assert {r["account"]: r["booked_minor"] for r in rows} == balance


def test_lists_are_narrowed(controller: Client) -> None:
    def count(query: str) -> int:
        return controller.get(f"/finance/{query}").content.decode().count("<tr data-open>")

    assert count("invoices") == 2 and count("invoices?kind=credit_memo") == 0 and count("invoices?q=INV-1") == 1 and count("invoices?q=nonsense") == 0
    assert count("payments?kind=captured") == 2 and count("payments?kind=captured&paid_out=no") == 0
    assert count("payments?q=no-such-key") == 0 and count("payouts?match=unmatched") == 0 and count("journal?rule=INV-01") == 2


def test_deeds_are_posted_through_their_forms(controller: Client) -> None:
    told = {"entity": "MILL-US", "currency": "USD", "note": "rounding of March", "next": "/finance/periods"}
    page = controller.post("/do/post_manual_entry", {**told, "legs": "cogs:shop-us 1.00\nreceivable:shop-us -2.00"}, follow=True).content.decode()
    assert "legs" in page and run("select count(*) from ledger_entry where origin = 'correction'").scalar == 0
    assert "legs" in controller.post("/do/post_manual_entry", {**told, "legs": "[broken"}, follow=True).content.decode()
    assert run("select count(*) from ledger_entry where origin = 'correction'").scalar == 0
    page = controller.post(
        "/do/post_manual_entry", {**told, "legs": "cogs:shop-us 1.00\nshrinkage:books -1.00", "opens_accounts": "true"}, follow=True
    ).content.decode()
    made = run("select count(*) as n from ledger_entry where origin = 'correction'").scalar + run("select count(*) as n from governance_approval").scalar
    assert made == 1, page
