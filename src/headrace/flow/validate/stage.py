"""Validate: let orders through that are sound in every respect, or say everything that is not.

Takes  orders at `captured`.           Gives  orders at `validated`; test orders at `cancelled`; the rest is parked, each failure as a case.
Reads  catalog, orders, ledger, policy.  Writes (through the books) tax jurisdiction, recomputed tax, shipping service, repaired addresses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_gone
from headrace.exception_queue.reasons import Severity
from headrace.flow.validate.checks import checks, severity_for
from headrace.flow.validate.facts import gather, lay_out_trays
from headrace.flow.validate.failing import Failure, find_failures, unwaived
from headrace.flow.validate.policy import severity_of
from headrace.flow.validate.repairing import repair_addresses
from headrace.orders import documents, validating

sql = load_queries(__package__)


@stage(of="order", takes="captured", gives=("validated", "cancelled"), after=20)
def validate(batch: Batch) -> None:
    policy = batch.policy("validation")
    lay_out_trays()
    failures = repair_addresses(batch, policy)
    kinds = gather(batch, policy)
    failures += find_failures(batch, policy, batch.policy("tolerances"), kinds)

    tests = set(kinds.tests)
    told = tell_failures(batch, failures, policy) if failures else []
    _park(batch, [row for row in told if row["id"] not in tests], policy)
    settle_gone(batch, "order", batch.ids, "validate", "engine")

    _settle(batch, tests, kinds.has_variances)
    if tests:
        _close_tests(batch, kinds.tests, told)


def tell_failures(batch: Batch, failures: Sequence[Failure], policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Failures as rows for parking, each with the word of policy for its channel; what policy has off or a person has accepted is left out."""
    settings = {row.order_id: row for row in sql.settings_of_orders(batch, order_ids=sorted({f.order_id for f in failures}))}
    rows = []
    for failure in failures:
        order = settings[failure.order_id]
        word = severity_of(failure.word, policy, order.channel, order.kind)
        if word != "off":
            rows.append({**failure.told(order.currency), "policy": word})
    return unwaived(batch, rows)


def _park(batch: Batch, rows: Sequence[dict[str, Any]], policy: Mapping[str, Any]) -> None:
    """All failures of an order at once: one call per check and severity."""
    groups: dict[tuple[str, Severity], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["check"], severity_for(checks()[row["check"]], row.pop("policy"))].append(row)
    for (word, severity), same in sorted(groups.items()):
        park(batch, checks()[word].reason, same, severity=severity)


def _settle(batch: Batch, tests: set[int], has_variances: bool) -> None:
    """Let the sound ones through: jurisdiction, recomputed tax and service are written by the statement that moves them."""
    sound = [i for i in batch.unparked() if i not in tests] if tests else batch.unparked()
    if not sound:
        return
    validating.make_tray()
    sql.fill_validated_tray(batch)
    varying = sql.varying_lines(batch) if has_variances else None
    if varying:
        validating.keep_line_taxes(varying.column("line_id"), varying.column("recomputed_minor"))
    validating.settle_validated(batch, sound)


def _close_tests(batch: Batch, tests: Sequence[int], told: Sequence[Mapping[str, Any]]) -> None:
    """A test order goes no further: its history says what a real one would have been parked for."""
    would_fail: dict[int, list[str]] = {order_id: [] for order_id in tests}
    for row in told:
        if row["id"] in would_fail:
            would_fail[row["id"]].append(row["check"])
    documents.tell(batch, "test_order", {order_id: {"would_fail": sorted(words)} for order_id, words in would_fail.items()})
    documents.move(batch, list(tests), to="cancelled")
