"""Verify sees a deposit that the ledger and the payments tell differently."""

from __future__ import annotations

import pytest

from headrace.engine.queries import run
from headrace.flow.settle.tests.sending import say
from headrace.insight.verify import sql
from headrace.ledger.tests import building

pytestmark = pytest.mark.django_db


def off() -> int:
    return int(sql.deposits_tie_to_payments().scalar)


def test_deposits_tie_until_somebody_changes_what_was_given_back_or_used() -> None:
    building.make_shop()
    order = building.place(building.OrderLine(4, 10_000), channel="till")
    say("captured", f"order:{order.id}", 10_000)
    building.run_stage("settle")
    building.ship(order, 1)
    building.run_stage("invoice")
    say("refunded", f"order:{order.id}", 2_000)
    building.run_stage("settle")
    assert (building.balances()["deposits:till"], off()) == (-5_500, 0)
    run("update ledger_payment set deposit_minor = 0 where kind = 'refunded'")
    assert off() == 1
    run("update ledger_payment set deposit_minor = amount_minor where kind = 'refunded'")
    assert off() == 0
    run("insert into ledger_application (order_id, invoice_id, amount_minor, at) select order_id, invoice_id, 1, at from ledger_application")
    assert off() == 1
