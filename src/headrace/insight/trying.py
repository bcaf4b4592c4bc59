"""What a draft of a policy would have decided otherwise: tried on recent orders and deeds, without changing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from headrace.engine.queries import load_queries
from headrace.flow.allocate.trying import Placed, try_routing
from headrace.flow.validate.trying import try_validation
from headrace.governance import policies
from headrace.insight import operation

sql = load_queries(__package__)

ORDERS_TRIED, ORDERS_TRIED_MAX = 200, 2_000  # the newest orders that a draft is tried on: usually, and at most
DAYS_TRIED_MAX = 90
DEEDS_TRIED_MAX = 200  # the newest deeds that a draft of `approvals` is tried on
PARKED, PASSES = "parked", "passes"
Outcomes = dict[int, tuple[Any, Any]]


def can_be_tried(name: str) -> bool:
    """Is there a past that drafts of this policy can be compared with?"""
    return name in _ORDERS or name == "approvals"


def try_draft(name: str, draft: Any, *, orders_max: int = ORDERS_TRIED, days: int | None = None, against: Any = None) -> dict[str, Any]:
    """tried: how many; of: orders or deeds; rows: those that differ, with number, href, before and after. Rolled back in any case.

    Of orders also `asked`: how many were looked at, of which those that cannot be decided anew (cancelled, SKUs that nobody knows) are not tried;
    `now_park` and `now_pass`: how many would be parked that were not, and the contrary; of routing `nodes`, `splits`, `waits` and `costs`, each before and after.
    The draft is compared with the body in force, or with `against`.
    """
    as_of = operation.sql.moment().scalar
    body = policies.in_force(name, as_of)[1] if against is None else against
    whole = {**body, **draft} if isinstance(body, dict) and name not in ("approvals",) else draft
    if name == "approvals":
        return _try_approvals(body, whole)
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            sql.pin_snapshot()
        since = as_of - timedelta(days=min(days, DAYS_TRIED_MAX)) if days else None
        orders = {r.id: r.number for r in sql.recent_orders(limit=max(1, min(orders_max, ORDERS_TRIED_MAX)), since=since)}
        outcomes = _ORDERS[name](list(orders), body, whole, as_of) if orders else {}
        transaction.set_rollback(True)
    return {"of": "orders", "as_of": as_of, "asked": len(orders), "tried": len(outcomes), "rows": _rows(orders, outcomes), **_sums(outcomes)}


def _rows(orders: dict[int, str], outcomes: Outcomes) -> list[dict[str, Any]]:
    return [
        {"number": orders[i], "href": f"/orders/{orders[i]}", "before": str(was), "after": str(now), "kind": _kind(str(was), str(now))}
        for i, (was, now) in outcomes.items()
        if str(was) != str(now)
    ]


def _kind(was: str, now: str) -> str:
    stops, stopped = now.startswith(PARKED), was.startswith(PARKED)
    return "now_park" if stops and not stopped else "now_pass" if stopped and not stops else "moves"


def _sums(outcomes: Outcomes) -> dict[str, Any]:
    """How the whole shifts: what parks and passes; of routing pieces and orders by node, splits, pieces that wait, usual cost of parcels."""
    kinds = Counter(_kind(str(was), str(now)) for was, now in outcomes.values() if str(was) != str(now))
    told: dict[str, Any] = {"now_park": kinds["now_park"], "now_pass": kinds["now_pass"], "moves": kinds["moves"]}
    pairs = [pair for pair in outcomes.values() if isinstance(pair[0], Placed)]
    if not pairs:
        return told
    sides = [[pair[side] for pair in pairs] for side in (0, 1)]
    orders = [Counter(node for placed in side for node in placed.nodes) for side in sides]
    costs = [_cost(side) for side in sides]
    return told | {
        "nodes": [{"node": n, "before": orders[0][n], "after": orders[1][n], "shift": orders[1][n] - orders[0][n]} for n in sorted({*orders[0], *orders[1]})],
        "splits": [sum(len(placed.nodes) > 1 for placed in side) for side in sides],
        "waits": [sum(placed.waits_each for placed in side) for side in sides],
        "costs": [{"currency": c, "before": costs[0][c], "after": costs[1][c]} for c in sorted({*costs[0], *costs[1]}) if c],
    }


def _cost(side: list[Any]) -> Counter[str]:
    cost: Counter[str] = Counter()
    for placed in side:
        cost.update(placed.cost_minor)
    return cost


def _validation(ids: Sequence[int], before: Any, draft: Any, as_of: datetime) -> Outcomes:
    tolerances = policies.in_force("tolerances", as_of)[1]
    return try_validation(ids, (before, tolerances), (draft, tolerances), as_of)


def _tolerances(ids: Sequence[int], before: Any, draft: Any, as_of: datetime) -> Outcomes:
    validation = policies.in_force("validation", as_of)[1]
    return try_validation(ids, (validation, before), (validation, draft), as_of)


_ORDERS: dict[str, Callable[[Sequence[int], Any, Any, datetime], Outcomes]] = {"routing": try_routing, "validation": _validation, "tolerances": _tolerances}


def _try_approvals(before: Any, draft: Any) -> dict[str, Any]:
    """Deeds of late that would have waited for a second person, or would not have waited."""
    was, now = set(before["deeds"]), set(draft["deeds"])
    done = sql.deeds_done(deeds=sorted(was | now), limit=DEEDS_TRIED_MAX)
    said = {True: "waits for a second person", False: "is done at once"}
    rows = [
        {"number": f"{d.deed}, {d.actor}", "href": f"/system/audit?deed={d.deed}", "before": said[d.deed in was], "after": said[d.deed in now]}
        for d in done
        if (d.deed in was) != (d.deed in now)
    ]
    return {"of": "deeds", "tried": len(done), "rows": rows}
