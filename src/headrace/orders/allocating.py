"""Writing allocations: fulfilments, what lines and orders hold, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import copy_rows, load_queries

sql = load_queries(__package__)


def take_fulfilment_ids(n: int) -> list[int]:
    return sql.take_fulfilment_ids(n=n).column("id") if n else []


def write_fulfilments(headers: Sequence[tuple[Any, ...]], lines: Sequence[tuple[Any, ...]]) -> None:
    """Headers and lines, columns as in `copy_fulfilments` and `copy_fulfilment_lines`."""
    if headers:
        copy_rows(sql.copy_fulfilments.text, list(headers))
        copy_rows(sql.copy_fulfilment_lines.text, list(lines))


def write_decisions(rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        copy_rows(sql.copy_decisions.text, list(rows))


def raise_lines(allocated: dict[int, int]) -> None:
    """Lines hold more: line id to pieces."""
    if allocated:
        raised = sql.raise_lines(line_ids=list(allocated), qtys=list(allocated.values()))
        assert raised.count == len(allocated), f"raised {raised.count} of {len(allocated)} lines"


def settle_orders(batch: Batch, rows: Sequence[tuple[int, int, str, datetime | None, date | None]]) -> None:
    """Move orders on in one rewrite each: (order, pieces allocated now, state, wake_at, expected_on). They count as moved."""
    if not rows:
        return
    ids, qtys, states, wakes, expected = (list(column) for column in zip(*rows, strict=True))
    moved = sql.settle_orders(batch, order_ids=ids, qtys=qtys, states=states, wakes=wakes, expected=expected)
    assert moved.count == len(rows), f"settled {moved.count} of {len(rows)} orders"
    batch.mark_moved(moved.column("id"))


def give_back(giver: Batch | Deed, lines: dict[int, int], orders: dict[int, tuple[int, int]]) -> None:
    """Pieces return to the line's want: line id to pieces; order id to (pieces, of these released to a node). The orders are allocated anew."""
    if lines:
        sql.give_back_lines(line_ids=list(lines), qtys=list(lines.values()))
        sql.give_back_orders(
            giver,
            order_ids=list(orders),
            qtys=[q for q, _ in orders.values()],
            released=[r for _, r in orders.values()],
            actor=getattr(giver, "actor", None),
        )


def wake_orders_for_items(giver: Batch | Deed, item_ids: Sequence[int]) -> int:
    """Backordered orders that wait for these items look again at once. Gives their number."""
    return sql.wake_orders_for_items(giver, item_ids=sorted(set(item_ids))).count if item_ids else 0


def look_now(deed: Deed, order_id: int) -> bool:
    """An order that waits for stock looks again at once. False where it does not wait."""
    return bool(sql.look_now(deed, order_id=order_id).count)


def pin_node(order_id: int, node: str | None) -> None:
    """Let routing choose this node and no other for what the order still wants (None: freely again)."""
    sql.pin_node(order_id=order_id, node=node)
