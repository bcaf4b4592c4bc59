"""Money is counted by keys, also while another transaction fills the tables and their statistics say that they are empty."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from headrace.engine.queries import run
from headrace.ledger.tests import building
from headrace.orders import capturing, settling

ORDERS, BATCH = 12_000, 500


def fill() -> list[int]:
    """Orders with an authorisation and a capture each, in bulk, as an import writes them."""
    building.make_shop()
    run(
        """insert into orders_order (channel_id, entity_id, external_ref, source_version, currency, goods_minor, total_minor, qty_ordered_each, placed_at, captured_at)
        select c.id, c.entity_id, 'S' || g, 1, 'USD', 100, 100, 1, now(), now() from catalog_channel c, generate_series(1, %(n)s::int) g where c.code = 'shop'""",
        {"n": ORDERS},
    )
    run("""insert into ledger_payment (order_id, kind, gateway, external_ref, amount_minor, currency, at)
        select id, k, 'pay', id::text, 100, 'USD', now() from orders_order, (values ('authorised'), ('captured')) v(k)""")
    return list(run("select id from orders_order order by id limit %(n)s", {"n": BATCH}).column("id"))


def see_nothing() -> None:
    """Another connection gathers statistics: of what is not committed it sees pages, but no rows."""
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True, "cursor_factory": psycopg.Cursor}) as other:
        other.execute("analyze orders_order")
        other.execute("analyze ledger_payment")


def rows_touched(plan: dict[str, Any]) -> float:
    own = (plan.get("Actual Rows", 0) + plan.get("Rows Removed by Join Filter", 0) + plan.get("Rows Removed by Filter", 0)) * plan.get("Actual Loops", 1)
    return own + sum(rows_touched(p) for p in plan.get("Plans", []))


QUERIES = {
    "note_money": (capturing.sql.note_money, {"expires": [None] * BATCH, "fraud": ["accept"] * BATCH, "older": [False] * BATCH}),
    "count_own_money": (capturing.sql.count_own_money, {}),
    "count_money": (settling.sql.count_money, {"captured": [1] * BATCH, "refunded": [0] * BATCH, "as_of": building.AS_OF, "batch_id": None}),
}


@pytest.mark.parametrize("name", QUERIES)
def test_money_is_counted_by_keys_while_the_statistics_are_wrong(name: str, fresh_database: str) -> None:
    query, parameters = QUERIES[name]
    with transaction.atomic():
        ids = fill()
        see_nothing()
        (plan,) = run(f"explain (analyze, format json) {query.text}", {"order_ids": ids, **parameters}).scalar
        transaction.set_rollback(True)
    assert rows_touched(plan["Plan"]) < 3 * ORDERS + 20 * BATCH
