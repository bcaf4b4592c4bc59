"""The books over the API: the trial balance, and an account page by page down to its documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from headrace.ledger.tests import building

pytestmark = pytest.mark.django_db


def test_the_trial_balance_and_an_account_open_to_their_documents(as_program: Callable[..., Client]) -> None:
    building.make_shop()
    orders = [building.place(building.OrderLine(1, n * 100)) for n in (1, 2, 3)]
    for order in orders:
        building.ship(order)
    building.run_stage("invoice")
    client = as_program("ledger.read")
    rows = client.get("/api/v1/ledger/trial-balance?entity=HR-US&from=2026-01-01&to=2026-01-31").json()["rows"]
    assert {r["account"]: r["closing_minor"] for r in rows} == {"receivable:shop": 600, "sales:shop:general": -600}
    page = client.get("/api/v1/ledger/accounts/receivable:shop?limit=2").json()
    rest = client.get(f"/api/v1/ledger/accounts/receivable:shop?limit=2&before={page['next']}").json()
    assert sorted((r["amount_minor"], r["document"], r["order_id"]) for r in page["rows"] + rest["rows"]) == [
        (n * 100, f"invoice INV-{n}", order.id) for n, order in enumerate(orders, 1)
    ]
    assert (len(page["rows"]), rest["next"]) == (2, None)
    assert client.get("/api/v1/ledger/accounts/moon").status_code == 404
    assert client.get("/api/v1/ledger/trial-balance?entity=NOBODY").status_code == 422
