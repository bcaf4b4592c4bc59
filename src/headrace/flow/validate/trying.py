"""Trying a draft of validation on orders of the past: which would be parked that passed, and which would pass? Nothing that it writes stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from headrace.engine.batch import Batch
from headrace.flow.validate.checks import checks, severity_for
from headrace.flow.validate.facts import gather, lay_out_trays
from headrace.flow.validate.failing import find_failures
from headrace.flow.validate.repairing import repair_addresses
from headrace.flow.validate.stage import tell_failures

Rules = tuple[Mapping[str, Any], Mapping[str, Any]]  # validation, tolerances


def try_validation(order_ids: Sequence[int], before: Rules, draft: Rules, as_of: datetime) -> dict[int, tuple[str, str]]:
    """Order id to what becomes of it by the rules in force and by the draft: `passes`, `passes; warns of ...` or `parked: ...`."""
    first, second = _run(order_ids, before, as_of), _run(order_ids, draft, as_of)
    return {order_id: (first[order_id], second[order_id]) for order_id in order_ids}


def _run(order_ids: Sequence[int], rules: Rules, as_of: datetime) -> dict[int, str]:
    """Run every check over the orders as they are now, and roll back: the repairs of addresses as well."""
    batch = Batch(0, "validate", "order", list(order_ids), as_of)
    policy, tolerances = rules
    with transaction.atomic():
        lay_out_trays()
        failures = repair_addresses(batch, policy)
        kinds = gather(batch, policy)
        failures += find_failures(batch, policy, tolerances, kinds)
        told = tell_failures(batch, failures, policy) if failures else []
        transaction.set_rollback(True)
    stops: dict[int, set[str]] = {i: set() for i in order_ids}
    warns: dict[int, set[str]] = {i: set() for i in order_ids}
    for row in told:
        severity = severity_for(checks()[row["check"]], row["policy"])
        (stops if severity.value != "warns" else warns)[row["id"]].add(row["check"])
    return {i: _said(sorted(stops[i]), sorted(warns[i])) for i in order_ids}


def _said(stops: list[str], warns: list[str]) -> str:
    if stops:
        return f"parked: {', '.join(stops)}"
    return f"passes; warns of {', '.join(warns)}" if warns else "passes"
