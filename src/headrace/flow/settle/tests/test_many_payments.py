"""Complaint 17 (frappe/erpnext PR #36650, PR #38148): payment matching times out with tens of thousands of invoices and locks under two users."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from structlog.testing import capture_logs

from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.flow.settle.tests.conftest import assert_money_ties
from headrace.flow.settle.tests.sending import line
from headrace.ledger.tests import building

AMOUNT, FEE = 1_000, 30
LINES = 500  # of one payout


def invoices_of_a_season(n: int) -> None:
    """So many orders of 10.00, shipped and invoiced: rows as the stages leave them, written in bulk."""
    building.make_shop()
    run(
        """insert into orders_order (channel_id, entity_id, external_ref, source_version, state, currency, goods_minor, total_minor, authorised_minor, invoiced_minor, qty_ordered_each,
        qty_allocated_each, qty_shipped_each, qty_invoiced_each, placed_at, captured_at) select c.id, c.entity_id, 'S' || g, 1, 'allocated', 'USD', 1000, 1000, 1000, 1000, 1, 1, 1, 1, now(), now()
        from catalog_channel c, generate_series(1, %(n)s::int) g where c.code = 'shop'""",
        {"n": n},
    )
    run("""insert into ledger_invoice (entity_id, series, number, order_id, channel_code, currency, goods_minor, shipping_minor, tax_minor, total_minor, issued_on, issued_at)
        select entity_id, 'INV', row_number() over (order by id), id, 'shop', 'USD', 1000, 0, 0, 1000, '2026-01-06', now() from orders_order""")
    run("""with account as (insert into ledger_account (code, root, kind) values ('receivable:shop', 'receivable', 'asset'), ('sales:shop:general', 'sales', 'income') returning id, root),
        entry as (insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on) select entity_id, 'INV-01', 'invoice', id, issued_on from ledger_invoice returning id)
        insert into ledger_leg (entry_id, account_id, amount_minor, currency) select e.id, a.id, case a.root when 'receivable' then 1000 else -1000 end, 'USD' from entry e, account a""")


def messages(n: int) -> tuple[list[inbox.Message], list[inbox.Message]]:
    ids = run("select id from ledger_invoice order by id").column("id")
    captures = [
        inbox.Message(
            "payment",
            f"c{i}",
            json.dumps(
                {"kind": "captured", "reference": f"invoice:{i}", "amount_minor": AMOUNT, "currency": "USD", "at": "2026-01-06T10:00:00Z", "payment": f"c{i}"}
            ),
        )
        for i in ids
    ]
    payouts = [
        inbox.Message(
            "payout",
            f"po_{at}",
            json.dumps(
                {
                    "payout": f"po_{at}",
                    "currency": "USD",
                    "deposit_minor": (AMOUNT - FEE) * len(part),
                    "paid_on": "2026-01-07",
                    "lines": [line("charge", AMOUNT, f"c{i}", FEE) for i in part],
                }
            ),
        )
        for at in range(0, n, LINES)
        if (part := ids[at : at + LINES])
    ]
    return captures, payouts


def work(stages: tuple[str, ...]) -> None:
    """A worker: every stage in its turn until nothing is left."""
    try:
        idle = 0
        while idle < 3:
            taken = sum(stage_named(name).run(limit=2_000 if name != "match_payouts" else 5).taken for name in stages)
            idle = idle + 1 if not taken else 0
            if not taken:
                time.sleep(0.02)
    finally:
        connection.close()


def two_workers(*stages: str) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, stages) for _ in range(2)]:
            done.result()
    return time.perf_counter() - began


def season(n: int) -> tuple[float, list[str]]:
    """Captures settle and payouts match in two workers' hands; gives the seconds of the matching, and what the workers complained of."""
    invoices_of_a_season(n)
    run("analyze")
    captures, payouts = messages(n)
    for at in range(0, n, 5_000):
        inbox.store("pay", captures[at : at + 5_000])
    with capture_logs() as logs:
        two_workers("settle")
        inbox.store("pay", payouts)
        run("analyze")  # what autovacuum does within minutes in a shop that is open
        seconds = two_workers("receive_payouts", "match_payouts")
    assert_money_ties()
    assert run("select state, count(*) as n from ledger_invoice group by 1") == [("settled", n)]
    assert run("select distinct commercial from orders_order").column("commercial") == ["closed"]
    assert run("select count(*) as n from exception_queue_case").scalar == 0
    assert building.balances() == {"bank:pay": n * (AMOUNT - FEE), "payment_fees:pay": n * FEE, "sales:shop:general": -n * AMOUNT}
    return seconds, [log["event"] for log in logs if log["event"] in ("stage.contention", "stage.halved")]


def test_complaint_17_two_workers_match_thousands_of_payments_without_a_lock_error(fresh_database: str) -> None:
    seconds, complaints = season(2_500)
    assert complaints == []
    assert seconds < 10


@pytest.mark.slow
def test_complaint_17_fifty_thousand_payments_match_in_seconds(fresh_database: str) -> None:
    seconds, complaints = season(50_000)
    assert complaints == []
    assert seconds < 60
    print(f"50,000 payments matched to 100 payouts in {seconds:.1f} s by two workers")  # noqa: T201 - shown by -s
