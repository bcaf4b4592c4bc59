"""Slices: balances read from them are those of the legs, whoever posts, however often they are folded; and tampering is found."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta

import pytest

from headrace.engine.queries import run
from headrace.insight import verify
from headrace.ledger import reading, slicing
from headrace.ledger.tests.building import make_shop

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 1)
ACCOUNTS = ("bank:pay", "clearing:pay", "sales:shop:general", "tax_payable:US-NY")


@pytest.fixture
def posted() -> random.Random:
    """Random entries of two legs on random days, in two currencies, posted by several statements."""
    make_shop()
    run("insert into ledger_account (code, root, kind) select c, split_part(c, ':', 1), 'asset' from unnest(%(c)s::text[]) c", {"c": list(ACCOUNTS)})
    dice = random.Random(7)
    for statement in range(6):
        post(dice, statement)
    return dice


def post(dice: random.Random, statement: int) -> None:
    count = dice.randint(1, 40)
    pairs = [dice.sample(ACCOUNTS, 2) for _ in range(count)]
    run(
        """with given as (select * from unnest(%(n)s::bigint[], %(days)s::date[], %(debits)s::text[], %(credits)s::text[], %(amounts)s::bigint[], %(currencies)s::text[])
            g(n, posted_on, debit, credit, amount, currency)),
        e as (insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on)
            select x.id, 'X-01', 'test', g.n, g.posted_on from given g, catalog_entity x where x.code = 'HR-US' returning id, origin_id)
        insert into ledger_leg (entry_id, account_id, amount_minor, currency)
        select e.id, a.id, case when a.code = g.debit then g.amount else -g.amount end, g.currency
        from given g join e on e.origin_id = g.n join ledger_account a on a.code in (g.debit, g.credit)""",
        {
            "n": [statement * 1_000 + k for k in range(count)],
            "days": [FIRST + timedelta(days=dice.randint(0, 50)) for _ in range(count)],
            "debits": [a for a, _ in pairs],
            "credits": [b for _, b in pairs],
            "amounts": [dice.randint(1, 10**9) for _ in range(count)],
            "currencies": [dice.choice(("USD", "JPY")) for _ in range(count)],
        },
    )


def balance_by_hand(first: date, last: date) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """Opening, debit, credit, closing by account and currency, leg by leg."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for leg in run(
        "select a.code, l.currency, l.amount_minor, e.posted_on from ledger_leg l join ledger_entry e on e.id = l.entry_id join ledger_account a on a.id = l.account_id"
    ):
        if leg.posted_on > last:
            continue
        sum_ = sums[leg.code, leg.currency]
        sum_[0 if leg.posted_on < first else 1 if leg.amount_minor > 0 else 2] += abs(leg.amount_minor) if leg.posted_on >= first else leg.amount_minor
        sum_[3] += leg.amount_minor
    return {key: (a, b, c, d) for key, (a, b, c, d) in sums.items()}


def balance_read(first: date, last: date) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    rows = reading.trial_balance("HR-US", first, last)
    return {(r["account"], r["currency"]): (r["opening_minor"], r["debit_minor"], r["credit_minor"], r["closing_minor"]) for r in rows}


def violations() -> int:
    return int(verify.sql.slices_tie_to_legs().scalar)


def test_balances_are_those_of_the_legs_before_and_after_folding(posted: random.Random) -> None:
    for again in range(3):
        for _ in range(5):
            first = FIRST + timedelta(days=posted.randint(0, 50))
            last = first + timedelta(days=posted.randint(0, 30))
            assert balance_read(first, last) == balance_by_hand(first, last)
        assert violations() == 0
        assert slicing.fold() > 0 and slicing.fold() == 0
        assert balance_read(FIRST, FIRST + timedelta(days=60)) == balance_by_hand(FIRST, FIRST + timedelta(days=60)) and violations() == 0
        post(posted, 100 + again)
    assert not run("select 1 from ledger_slice where folded group by entity_id, account_id, currency, posted_on having count(*) > 1")


def test_a_database_older_than_its_slices_gets_them(posted: random.Random) -> None:
    told = balance_read(FIRST, FIRST + timedelta(days=60))
    run("delete from ledger_slice")
    assert balance_read(FIRST, FIRST + timedelta(days=60)) == {} and violations() > 0
    run("select ledger_rebuild_slices()")
    run("select ledger_rebuild_slices()")
    assert balance_read(FIRST, FIRST + timedelta(days=60)) == told and violations() == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "update ledger_slice set debit_minor = debit_minor + 1 where id = (select min(id) from ledger_slice)",
        "update ledger_slice set posted_on = posted_on + 1 where id = (select min(id) from ledger_slice)",
        "update ledger_slice set last_entry_id = last_entry_id + 1000000 where id = (select min(id) from ledger_slice)",
        "delete from ledger_slice where id = (select max(id) from ledger_slice)",
        "insert into ledger_slice (entity_id, account_id, currency, posted_on, debit_minor, credit_minor, legs, first_entry_id, last_entry_id) "
        "select entity_id, account_id, currency, '2031-01-01', 5, 5, 2, 1, 1 from ledger_slice limit 1",
    ],
)
def test_tampering_with_a_slice_is_found(posted: random.Random, tampering: str) -> None:
    assert violations() == 0
    run(tampering)
    assert violations() > 0


def test_tampering_with_the_sums_of_documents_is_found() -> None:
    make_shop()
    run(
        """insert into ledger_invoice (entity_id, number, channel_code, currency, goods_minor, tax_minor, total_minor, tax_jurisdiction, issued_on, issued_at)
        select id, n, 'shop', 'USD', 100, n, 100 + n, 'US-NY', '2026-01-05', now() from catalog_entity, generate_series(0, 5) n where code = 'HR-US'"""
    )
    told = run("select sum(documents) as n, sum(taxable_minor) as taxable, sum(exempt_minor) as exempt, sum(tax_minor) as tax from ledger_document_slice").one
    assert tuple(told) == (6, 500, 100, 15)
    slicing.fold()
    assert verify.sql.document_slices_tie_to_invoices().scalar == 0
    run("update ledger_document_slice set tax_minor = tax_minor + 1")
    assert verify.sql.document_slices_tie_to_invoices().scalar == 1
