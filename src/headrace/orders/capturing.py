"""Writing captured orders: new ones, revised ones, cancelled ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries

sql = load_queries(__package__)
Row = tuple[Any, ...]


def take_ids(n: int) -> list[int]:
    """Numbers for new orders, so that their lines can be written without asking back."""
    return sql.take_order_ids(n=n).column("id") if n else []


def write_orders(batch: Batch, rows: Sequence[Row]) -> set[int]:
    """Insert orders (columns as in `copy_orders`). Gives the ids written: one that is missing exists already, from another worker."""
    if not rows:
        return set()
    sql.make_order_tray()
    copy_rows(sql.copy_orders.text, list(rows))
    return set(sql.write_orders(batch).column("id"))


def write_children(lines: Iterable[Row], addresses: Iterable[Row], discounts: Iterable[Row]) -> None:
    """Insert lines, addresses and discounts of orders just written."""
    for query, rows in ((sql.copy_lines, list(lines)), (sql.copy_addresses, list(addresses)), (sql.copy_discounts, list(discounts))):
        if rows:
            copy_rows(query.text, rows)


def find(channel_ids: Sequence[int], refs: Sequence[str]) -> Answer:
    """Orders known under these (channel, external_ref), locked by id."""
    return sql.find_orders(channel_ids=list(channel_ids), refs=list(refs))


def refs_of(order_ids: Sequence[int]) -> list[tuple[str, str]]:
    """(channel, the channel's reference) of orders: the key under which their messages came."""
    return [(row.channel, row.external_ref) for row in sql.refs_of_orders(order_ids=list(order_ids))] if order_ids else []


def note_versions(rows: Sequence[Row]) -> None:
    """Newer messages that change no goods: (order id, version, message, external number, priority, extra as JSON text)."""
    if rows:
        ids, versions, messages, numbers, priorities, extras = (list(column) for column in zip(*rows, strict=True))
        sql.note_version(order_ids=ids, versions=versions, inbox_ids=messages, numbers=numbers, priorities=priorities, extras=extras)


def note_money(rows: Sequence[Row]) -> None:
    """Bring orders up to their payments: (order id, expires_at, fraud verdict, is older than what we know)."""
    if rows:
        ids, expires, fraud, older = (list(column) for column in zip(*rows, strict=True))
        sql.note_money(order_ids=ids, expires=expires, fraud=fraud, older=older)


def count_own_money(order_ids: Sequence[int]) -> None:
    """Set what orders were paid to what the payments that are theirs sum to."""
    if order_ids:
        sql.count_own_money(order_ids=list(order_ids))


def rewrite(batch: Batch, rows: Sequence[Row], readdressed: Collection[int]) -> None:
    """Make unreleased orders what their channel now says (columns as in `copy_orders`): header here, children by `write_children` after.

    Addresses of orders that are not `readdressed` stay.
    """
    ids = [row[0] for row in rows]
    sql.cancel_planned_fulfilments(order_ids=ids)
    sql.make_order_tray()
    copy_rows(sql.copy_orders.text, list(rows))
    # Headers after lines: a line that a plan had named stays as a cancelled one and is counted in.
    sql.drop_old_children(order_ids=ids, readdressed=sorted(readdressed))
    sql.retire_old_lines(batch, order_ids=ids)
    rewritten = sql.rewrite_headers()
    assert rewritten.count == len(ids), f"rewrote {rewritten.count} of {len(ids)} orders: one was released meanwhile"
    sql.count_retired(order_ids=ids)


def cancel_units(order_ids: Sequence[int]) -> None:
    """Cancel everything that has not shipped, and what was planned for it."""
    if order_ids:
        sql.cancel_planned_fulfilments(order_ids=list(order_ids))
        sql.cancel_units(order_ids=list(order_ids))


def map_waiting_lines(channel_id: int, channel_sku: str, item_id: int, pack_each: int) -> list[int]:
    """Give the item to lines that wait for this SKU. Gives the orders concerned."""
    waiting = sql.lock_waiting_orders(channel_id=channel_id, channel_sku=channel_sku).column("id")
    orders = sql.map_waiting_lines(order_ids=waiting, channel_sku=channel_sku, item_id=item_id, pack_each=pack_each).column("order_id") if waiting else []
    if orders:
        sql.recount_orders(order_ids=orders)
    return orders
