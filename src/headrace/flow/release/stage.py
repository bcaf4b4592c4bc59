"""Release: hand planned fulfilments to their nodes, when and as many as policy allows.

Takes  fulfilments at `planned` of orders that nobody holds.   Gives  fulfilments at `released`, or still planned with a moment to look again.
Reads  catalog (nodes, cut-offs, calendars), policy.           Writes (through the books) fulfilments, order counts; outside warehouses by outbox.
"""

from __future__ import annotations

from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.release import rules
from headrace.flow.release.reasons import NODE_CLOSED
from headrace.orders import releasing
from headrace.values.clock import CUT_OFF_LOOK_AHEAD_DAYS

sql = load_queries(__package__)


@stage(of="fulfilment", takes="planned", gives=("released", "planned"), after=40)
def release(batch: Batch) -> None:
    policy = batch.policy("release")
    nodes = sql.nodes_asked(batch, days_max=CUT_OFF_LOOK_AHEAD_DAYS)
    _park_closed(batch, nodes)
    waiting = _waiting(batch, nodes, policy)
    releasing.postpone(batch, waiting)
    going = [i for i in batch.unparked() if i not in waiting]
    releasing.release(batch, going, {n.node_id: n.cut_off_at for n in nodes}, ask_outside=any(n.partner for n in nodes))
    settle_cases(batch, "fulfilment", going, "release")


def _park_closed(batch: Batch, nodes: list[Any]) -> None:
    closed = {n.node_id: "not active" if not n.is_active else "closed on every day to come" for n in nodes if not n.is_active or n.cut_off_at is None}
    if closed:
        words = {n.node: closed[n.node_id] for n in nodes if n.node_id in closed}
        rows = sql.planned_at_nodes(batch, node_ids=list(closed))
        park(batch, NODE_CLOSED, [{**r._asdict(), "field": "node", "state": words[r.node]} for r in rows])


def _waiting(batch: Batch, nodes: list[Any], policy: dict[str, Any]) -> dict[int, Any]:
    """Fulfilments that must wait, and until when. Nothing is asked where policy sets no limit."""
    if not (policy["hold_minutes"] or rules.is_limited(policy)):
        return {}
    ids = [n.node_id for n in nodes]
    busy: dict[int, Any] = {}
    if rules.is_limited(policy):
        sql.lock_nodes(node_ids=ids)
        busy = {row.node_id: row for row in sql.in_progress(node_ids=ids, wave_start=rules.wave_start(policy, batch.as_of))}
    at_work = {n.node_id: (busy[n.node_id].fulfilments, busy[n.node_id].of_wave) if n.node_id in busy else (0, 0) for n in nodes}
    rows = sql.must_wait(
        batch,
        hold_minutes=policy["hold_minutes"],
        node_ids=ids,
        rooms=[rules.room(policy, n.node, *at_work[n.node_id]) for n in nodes],
        look_again=[rules.look_again_at(policy, batch.as_of, n.node, at_work[n.node_id][0]) for n in nodes],
    )
    return {row.id: row.release_at for row in rows}
