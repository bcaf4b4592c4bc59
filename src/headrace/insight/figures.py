"""Figures and explanations: reads everything, decides nothing."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight.availability import availability as availability

sql = load_queries(__package__)


def find_order(text: str, channel: str | None = None) -> list[int]:
    """Orders by our number (SO-17), id, or the channel's reference or number; of one channel alone where it is named."""
    digits = text.upper().removeprefix("SO-")
    return sql.order_by_number(id=int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None, text=text, channel=channel).column("id")


def order(order_id: int) -> dict[str, Any]:
    """One order whole: header with axes, lines, addresses, timeline."""
    return {
        **sql.order_card(order_id=order_id).one._asdict(),
        "lines": [r._asdict() for r in sql.order_lines(order_id=order_id)],
        "addresses": [r._asdict() for r in sql.order_addresses(order_id=order_id)],
        "timeline": [r._asdict() for r in sql.order_timeline(order_id=order_id)],
    }


def allocation(order_id: int) -> list[dict[str, Any]]:
    """Every allocation decision of an order: attempt, policy version and its sorts, what was chosen (by code and SKU), and which filter removed each other node."""
    from headrace.governance import policies
    from headrace.orders.allocating import sql as allocating

    names = sql.names_in_decisions(order_id=order_id).one
    told = []
    for row in allocating.decisions_of_order(order_id=order_id):
        policy = policies.sql.policy_version(name="routing", version=row.policy_version)
        detail = row.detail
        chosen = [{"node": names.nodes.get(str(node), node), **_line(names.lines, line), "qty_each": qty} for node, line, qty in detail["chosen"]]
        short = [{**_line(names.lines, line), "qty_each": qty} for line, qty in detail["short"].items()]
        told.append({**row._asdict(), "sorts": policy.one.body.get("sorts", []) if policy else [], "chosen": chosen, "short": short})
    return told


def _line(lines: dict[str, Any], line_id: int | str) -> dict[str, Any]:
    return (lines or {}).get(str(line_id), {"line_no": None, "sku": f"line {line_id}"})


def item(sku: str) -> dict[str, Any] | None:
    """The item of a SKU, or None."""
    found = sql.item_by_sku(sku=sku)
    return found.one._asdict() if found else None


def run_report(after_batch: int = 0) -> dict[str, Any]:
    """What an operations manager asks after a run: orders, straight through, parked, speed, money."""
    return {
        "orders": sql.order_figures().one._asdict(),
        "status": [r._asdict() for r in sql.by_status()],
        "messages": [r._asdict() for r in sql.messages()],
        "stages": [r._asdict() for r in sql.stage_speed(after=after_batch)],
        "trial_balance": [r._asdict() for r in sql.trial_balance()],
    }
