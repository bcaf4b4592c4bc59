"""The database itself keeps the books: entries balance per currency, and nothing that was posted changes."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from headrace.engine.queries import run
from headrace.ledger.tests.building import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books() -> None:
    make_shop()
    run("insert into ledger_account (code, root, kind) values ('bank:pay', 'bank', 'asset'), ('sales:shop:general', 'sales', 'income')")


ENTRY = """with e as (insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on) select id, 'X-01', 'test', %(n)s, '2026-01-06' from catalog_entity where code = 'HR-US' returning id)
    insert into ledger_leg (entry_id, account_id, amount_minor, currency) select e.id, a.id, l.amount, l.currency from e,
    (values {legs}) l(code, amount, currency) join ledger_account a on a.code = l.code"""


def write(n: int, *legs: tuple[str, int, str]) -> None:
    run(ENTRY.format(legs=", ".join(f"('{code}', {amount}, '{currency}')" for code, amount, currency in legs)), {"n": n})


def refused(statement: str, says: str) -> None:
    with pytest.raises(psycopg.Error, match=says), transaction.atomic():
        run(statement)


def test_an_entry_of_two_currencies_balances_in_each() -> None:
    write(1, ("bank:pay", 5, "USD"), ("sales:shop:general", -5, "USD"), ("bank:pay", 7, "JPY"), ("sales:shop:general", -7, "JPY"))
    assert run("select count(*) as n from ledger_leg").scalar == 4


@pytest.mark.parametrize(
    "legs",
    [
        [("bank:pay", 5, "USD"), ("sales:shop:general", -4, "USD")],
        [("bank:pay", 5, "USD"), ("sales:shop:general", -5, "EUR")],
        [("bank:pay", 5, "USD")],
    ],
)
def test_what_does_not_balance_per_currency_is_refused(legs: list[tuple[str, int, str]]) -> None:
    with pytest.raises(psycopg.Error, match="does not balance"), transaction.atomic():
        write(1, *legs)


def test_a_balanced_pair_of_legs_cannot_come_after_its_entry() -> None:
    run("insert into ledger_account (code, root, kind) values ('cash:a', 'bank', 'asset'), ('cash:b', 'bank', 'asset')")
    write(1, ("bank:pay", 5, "USD"), ("sales:shop:general", -5, "USD"))
    refused(
        "insert into ledger_leg (entry_id, account_id, amount_minor, currency) select e.id, a.id, x, 'USD' from ledger_entry e, (values ('cash:a', 1), ('cash:b', -1)) v(code, x) "
        "join ledger_account a using (code)",
        "was posted before",
    )


@pytest.mark.parametrize(("table", "column"), [("ledger_entry", "id"), ("ledger_leg", "entry_id"), ("ledger_application", "id")])
def test_nothing_posted_is_changed_removed_or_emptied(table: str, column: str) -> None:
    write(1, ("bank:pay", 5, "USD"), ("sales:shop:general", -5, "USD"))
    run("insert into ledger_application (order_id, invoice_id, amount_minor, at) values (1, 1, 1, now())")
    for statement in (f"update {table} set {column} = {column}", f"delete from {table}", f"truncate {table} cascade"):
        refused(statement, "append-only")


def test_a_number_of_a_series_is_given_once_per_entity() -> None:
    invoice = """insert into ledger_invoice (entity_id, series, number, channel_code, currency, goods_minor, shipping_minor, tax_minor, total_minor, issued_on, issued_at)
        select id, %(series)s, 1, 'shop', 'USD', 0, 0, 0, 0, '2026-01-06', now() from catalog_entity where code = %(entity)s"""
    for entity, series in (("HR-US", "INV"), ("HR-UK", "INV"), ("HR-US", "CRN")):
        run(invoice, {"entity": entity, "series": series})
    with pytest.raises(psycopg.Error, match="invoice_number_once"), transaction.atomic():
        run(invoice, {"entity": "HR-US", "series": "INV"})


def test_an_invoice_foots() -> None:
    refused(
        """insert into ledger_invoice (entity_id, series, number, channel_code, currency, goods_minor, discount_minor, shipping_minor, tax_minor, total_minor, issued_on, issued_at)
        select id, 'INV', 1, 'shop', 'USD', 100, 10, 5, 8, 104, '2026-01-06', now() from catalog_entity limit 1""",
        "invoice_foots",
    )
