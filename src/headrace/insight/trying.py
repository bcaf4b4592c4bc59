"""What a draft of a policy would have decided otherwise: tried on recent orders and deeds, without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from headrace.engine.queries import load_queries
from headrace.flow.allocate.trying import try_routing
from headrace.flow.validate.trying import try_validation
from headrace.governance import policies
from headrace.insight import operation

sql = load_queries(__package__)

ORDERS_TRIED_MAX = 200  # the newest orders that a draft is tried on
DEEDS_TRIED_MAX = 200  # the newest deeds that a draft of `approvals` is tried on
Outcomes = dict[int, tuple[str, str]]


def can_be_tried(name: str) -> bool:
    """Is there a past that drafts of this policy can be compared with?"""
    return name in _ORDERS or name == "approvals"


def try_draft(name: str, draft: Any) -> dict[str, Any]:
    """tried: how many; of: orders or deeds; rows: those that differ, with number, href, before and after. Rolled back in any case."""
    as_of = operation.sql.moment().scalar
    body = policies.in_force(name, as_of)[1]
    whole = {**body, **draft} if isinstance(body, dict) and name not in ("approvals",) else draft
    if name == "approvals":
        return _try_approvals(body, whole)
    orders = {r.id: r.number for r in sql.recent_orders(limit=ORDERS_TRIED_MAX)}
    with transaction.atomic():
        outcomes = _ORDERS[name](list(orders), body, whole, as_of) if orders else {}
        transaction.set_rollback(True)
    rows = [{"number": orders[i], "href": f"/orders/{orders[i]}", "before": was, "after": now} for i, (was, now) in outcomes.items() if was != now]
    return {"of": "orders", "tried": len(outcomes), "rows": rows}


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
