"""A database of very many orders, from the few that the line has run: `python tests/speed/multiply.py 1000000`.

Start from a home of its own that holds a demo shop, for example

    export HEADRACE_HOME=~/million
    headrace demo --orders 20000 --no-serve    # then `headrace db start`, if it does not run
    python tests/speed/multiply.py 1000000       # at least so many orders; --days 90 is the time that they spread over
    python tests/speed/page_times.py

Every document is copied with all its children and books by one statement per table and copy: numbers are moved by the same stride everywhere, so that links stay
links; unique keys get the copy's number; positions, invoice series and counters follow, so that the invariants hold as they held before (all but the
audit chain, which notices that batches were copied behind its back). The originals
move to the beginning of the days, each copy comes a little later, the last one is as new as the demo was. Nothing is random: the same database gives the
same copies. Triggers rest meanwhile, which takes a superuser of the database; the embedded one has it. It refuses a database that is not a demo's.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import sql

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parents[2])]

TABLES = [
    "engine_batch", "engine_inbox", "engine_inbox_body", "engine_outbox", "orders_order", "orders_address", "orders_basket",
    "orders_decision", "orders_discount", "orders_line", "orders_fulfilment", "orders_fulfilment_line", "orders_shipment",
    "orders_shipment_line", "orders_parcel", "orders_tracking_event", "orders_return", "orders_return_line", "orders_waiver",
    "orders_history", "exception_queue_case", "exception_queue_case_event", "stock_adjustment", "stock_move", "stock_reservation",
    "ledger_invoice", "ledger_invoice_line", "ledger_application", "ledger_correction", "ledger_payout", "ledger_payment",
    "ledger_payout_line", "ledger_entry", "ledger_leg", "ledger_import_row",
]  # fmt: skip
LINKS = [
    "id", "order_id", "line_id", "fulfilment_id", "shipment_id", "parcel_id", "return_doc_id", "inbox_id", "batch_id",
    "document_id", "origin_id", "case_id", "invoice_id", "payment_id", "payout_id", "entry_id", "undoes",
]  # fmt: skip
KEYS = ["external_ref", "external_number", "message_key", "idempotency_key", "record_key", "tracking"]
DAYS = 90


def columns(cursor: Any, table: str) -> list[tuple[str, str]]:
    """Columns that are written, with their types."""
    cursor.execute(
        """select attname, format_type(atttypid, null) from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum""",
        [table],
    )
    return list(cursor.fetchall())


def copied(table: str, name: str, kind: str) -> sql.Composable:
    """What a column holds in copy number k."""
    column = sql.Identifier("t", name)
    if kind == "timestamp with time zone":
        return sql.SQL("{} + k * %(step)s").format(column)
    if kind == "date":
        return sql.SQL("({} + k * %(step)s)::date").format(column)
    if name in LINKS:
        return sql.SQL("{} + k * %(stride)s").format(column)
    if name in KEYS or (table, name) == ("ledger_import_row", "document"):
        return sql.SQL("{} || '~' || k * %(stride)s").format(column)
    if name == "email":
        return sql.SQL("replace({}, '@', '+' || k || '@')").format(column)
    if name == "basket_key":
        return sql.SQL("{} + k").format(column)
    if (table, name) == ("ledger_invoice", "number"):
        return sql.SQL("{} + k * (select last from ledger_number_series s where s.entity_id = t.entity_id and s.series = t.series)").format(column)
    return column


def copy_table(cursor: Any, table: str, numbers: dict[str, Any]) -> None:
    """All copies of a table's rows, copy after copy."""
    named = columns(cursor, table)
    cursor.execute(sql.SQL("create temporary table originals on commit drop as select * from {}").format(sql.Identifier(table)))
    statement = sql.SQL("insert into {table} ({names}) overriding system value select {values} from originals t, (select %(k)s::bigint as k) copy").format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(sql.Identifier(name) for name, _ in named),
        values=sql.SQL(", ").join(copied(table, name, kind) for name, kind in named),
    )
    for k in range(1, numbers["copies"] + 1):
        cursor.execute(statement, {**numbers, "k": k})
    cursor.execute("drop table originals")


def move_back(cursor: Any, table: str, numbers: dict[str, Any]) -> None:
    """The originals go to the beginning of the days."""
    moments = [name for name, kind in columns(cursor, table) if kind in ("timestamp with time zone", "date")]
    if not moments:
        return
    sets = sql.SQL(", ").join(sql.SQL("{0} = {0} - %(days)s").format(sql.Identifier(name)) for name in moments)
    cursor.execute(sql.SQL("update {} set {}").format(sql.Identifier(table), sets), numbers)


def follow(cursor: Any, numbers: dict[str, Any]) -> None:
    """What counts the documents follows them: positions, invoice series, the numbers given next."""
    cursor.execute(
        """update stock_position set on_hand_each = on_hand_each * (%(copies)s + 1), reserved_each = reserved_each * (%(copies)s + 1),
        damaged_each = damaged_each * (%(copies)s + 1), quarantine_each = quarantine_each * (%(copies)s + 1), in_transit_each = in_transit_each * (%(copies)s + 1)""",
        numbers,
    )
    cursor.execute("update ledger_number_series set last = last * (%(copies)s + 1)", numbers)
    cursor.execute("select ledger_rebuild_slices()")
    for table in TABLES:
        if ("id", "bigint") in columns(cursor, table):
            cursor.execute(
                sql.SQL("select setval(pg_get_serial_sequence(%s, 'id'), greatest((select max(id) from {}), 1))").format(sql.Identifier(table)), [table]
            )


def stride_of(cursor: Any) -> int:
    """So far apart are a document and its next copy: more than any number in use."""
    most = 0
    for table in TABLES:
        if ("id", "bigint") in columns(cursor, table):
            cursor.execute(sql.SQL("select coalesce(max(id), 0) from {}").format(sql.Identifier(table)))
            most = max(most, cursor.fetchone()[0])
    return most + 1


def multiply(orders: int, days: int) -> None:
    """Copy the demo's documents until there are at least so many orders."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*), exists (select 1 from catalog_item where sku = 'MB-00001') from orders_order")
        there, is_a_demo = cursor.fetchone()
        if not there or not is_a_demo:
            sys.exit("no demo's orders to copy: run `headrace demo` first")
        copies = -(-orders // there) - 1
        if copies < 1:
            sys.exit(f"{there:,} orders are there already")
        numbers = {"copies": copies, "stride": stride_of(cursor), "step": timedelta(days=days) / copies, "days": timedelta(days=days)}
        cursor.execute("set local session_replication_role = replica")
        for table in TABLES:
            began = time.perf_counter()
            move_back(cursor, table, numbers)
            copy_table(cursor, table, numbers)
            print(f"{table:<28} {time.perf_counter() - began:8.1f} s", flush=True)
        follow(cursor, numbers)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    print(f"{there * (copies + 1):,} orders over {days} days, {copies} copies")


def main() -> None:
    """Read the command line."""
    import django

    django.setup()
    asked = argparse.ArgumentParser(description="Copy a demo's orders until there are very many.")
    asked.add_argument("orders", type=int)
    asked.add_argument("--days", type=int, default=DAYS)
    told = asked.parse_args()
    multiply(told.orders, told.days)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    main()
