"""Writing cancels: pieces that the customer will not get, and nodes that are asked for less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


def find(deed: Deed, order_id: int) -> Any | None:
    """The order, locked: id, number, state, commercial, hold, invoiced_minor, has_shipped; None if there is no such order."""
    found = sql.lock_order(deed, order_id=order_id)
    return found.one if found else None


def open_lines(order_id: int) -> Answer:
    """Lines of which something can still be cancelled: id, line_no, sku, item_id, kind, unfilled_each (nobody holds them), held_each (reserved)."""
    return sql.lines_of_order(order_id=order_id)


def ask_for_less(lines: Mapping[int, int], fulfilments: Mapping[int, int]) -> list[int]:
    """Fulfilment line to pieces less, fulfilment to order pieces less. Gives the fulfilments that are cancelled by it; one that is packed fails the deed."""
    if not fulfilments:
        return []
    sql.shrink_lines(line_ids=list(lines), qtys=list(lines.values()))
    shrunk = sql.shrink_fulfilments(fulfilment_ids=list(fulfilments), qtys=list(fulfilments.values()))
    assert shrunk.count == len(fulfilments), f"asked for less of {shrunk.count} of {len(fulfilments)} fulfilments: one is packed or gone"
    return [f.id for f in shrunk if f.state == "cancelled"]


def cancel(deed: Deed, order_id: int, pieces: Mapping[int, tuple[int, int]], released: int) -> Any:
    """Count pieces as cancelled: line to (pieces, of these reserved before); `released` of them were at a node.

    Gives `lives` (is anything of the order left, shipped or to come) and `unfilled` (pieces that still wait for stock).
    """
    qtys, givens = zip(*pieces.values(), strict=True)
    done = sql.cancel_lines(deed, order_id=order_id, line_ids=list(pieces), qtys=list(qtys), givens=list(givens))
    assert done.count == len(pieces), f"cancelled {done.count} of {len(pieces)} lines"
    return sql.count_cancelled(deed, order_id=order_id, released=released).one


def let_go_for_good(order_id: int) -> None:
    """Nothing holds an order of which nothing is left."""
    sql.let_go_for_good(order_id=order_id)
