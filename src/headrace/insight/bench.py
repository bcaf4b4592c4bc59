"""What the bench looks at: one fulfilment with its lines as they are picked, the last scan, and what stops it."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk
from headrace.insight import warehouse

sql = load_queries(__package__)
CASES_MAX = 5


def at_bench(number: str, actor: str) -> dict[str, Any] | None:
    """A fulfilment (FO-17) as `warehouse.fulfilment` gives it, with `picked` of each line, the line that comes next, and the last scan of this person."""
    f = warehouse.fulfilment(number)
    if f is None:
        return None
    lines = [{**line, "picked": min(max(0, line["qty_picked_each"] - line["qty_shipped_each"]), line["left_each"])} for line in f["lines"]]
    scan = sql.last_scan(fulfilment_id=f["id"], actor=actor)
    picked = sum(line["picked"] for line in lines)
    return {
        **f,
        **sql.bench_stands(fulfilment_id=f["id"]).one._asdict(),
        "lines": lines,
        "picked_each": picked,
        "is_picked": picked >= f["left_each"] > 0,
        "next_line": next((line for line in lines if line["picked"] < line["left_each"]), None),
        "last_scan": scan.one._asdict() if scan else None,
    }


def open_cases(order_id: int) -> list[dict[str, Any]]:
    """The open cases of its order, which say why it is held."""
    found = desk.cases(run("select clock_timestamp()").scalar, state=None, order_id=order_id, limit=CASES_MAX)
    return [case for case in found if case["state"] != "resolved"]
