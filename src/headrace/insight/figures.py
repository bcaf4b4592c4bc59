"""Figures and explanations: reads everything, decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries, run

sql = load_queries(__package__)
ROWS_SHOWN_MAX = 50


def find_order(text: str) -> list[int]:
    """Orders by our number (SO-17), id, or the channel's reference or number."""
    digits = text.upper().removeprefix("SO-")
    return sql.order_by_number(id=int(digits) if digits.isdigit() and len(digits) < 19 else None, text=text).column("id")


def order(order_id: int) -> dict[str, Any]:
    """One order whole: header with axes, lines, addresses, timeline."""
    return {
        **sql.order_card(order_id=order_id).one._asdict(),
        "lines": [r._asdict() for r in sql.order_lines(order_id=order_id)],
        "addresses": [r._asdict() for r in sql.order_addresses(order_id=order_id)],
        "timeline": [r._asdict() for r in sql.order_timeline(order_id=order_id)],
    }


def availability(sku: str, moment: datetime | None = None) -> dict[str, Any]:
    """What may be promised of a SKU, and the ledger rows, buffers and reservations that give the figure; as it is, or as it was."""
    now: datetime = run("select clock_timestamp()").scalar
    rows = sql.availability(sku=sku) if moment is None else sql.availability_as_of(sku=sku, moment=moment)
    return {
        "sku": sku,
        "as_of": moment or now,
        "nodes": [r._asdict() for r in rows],
        "moves": [r._asdict() for r in sql.ledger_rows_of_item(sku=sku, moment=moment or now, limit=ROWS_SHOWN_MAX)],
        "reservations": [r._asdict() for r in sql.live_reservations_of_item(sku=sku, limit=ROWS_SHOWN_MAX)] if moment is None else [],
    }


def allocation(order_id: int) -> list[dict[str, Any]]:
    """Every allocation decision of an order: attempt, policy version, what was chosen, and which filter removed each other node."""
    from headrace.orders.allocating import sql as allocating

    return [r._asdict() for r in allocating.decisions_of_order(order_id=order_id)]


def run_report(after_batch: int = 0) -> dict[str, Any]:
    """What an operations manager asks after a run: orders, straight through, parked, speed, money."""
    return {
        "orders": sql.order_figures().one._asdict(),
        "status": [r._asdict() for r in sql.by_status()],
        "messages": [r._asdict() for r in sql.messages()],
        "stages": [r._asdict() for r in sql.stage_speed(after=after_batch)],
        "trial_balance": [r._asdict() for r in sql.trial_balance()],
    }
