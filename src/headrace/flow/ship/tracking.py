"""Tracking: carriers' scans are all kept, and can only move a parcel forward.

Takes  inbox messages of kind `tracking`.   Gives  messages finished; parcels at their best state so far.
"""

from __future__ import annotations

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park
from headrace.flow.ship.port import Scan, Unreadable, read_scan
from headrace.flow.ship.reasons import TRACKING_UNKNOWN, UNREADABLE
from headrace.orders import shipping
from headrace.orders.states import TRACKING_RANK


@stage(of="inbox", takes="tracking", gives="done", after=55)
def track(batch: Batch) -> None:
    scans: list[tuple[int, Scan]] = []
    unreadable, unknown = [], []
    for m in inbox.read(batch):
        try:
            scans.append((m.id, read_scan(m.body, TRACKING_RANK)))
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": str(error.value)[:200], "fix": error.fix})
    parcels = {p.tracking: p for p in shipping.sql.parcels_by_tracking(trackings=[s.tracking for _, s in scans])}
    outcomes: dict[int, tuple[str, int | None]] = {}
    found: list[tuple[int, Scan, int]] = []
    for message_id, scan in scans:
        parcel = parcels.get(scan.tracking)
        if parcel is None:
            unknown.append({"id": message_id, "field": "tracking", "value": scan.tracking})
            continue
        found.append((message_id, scan, parcel.id))
        outcomes[message_id] = ("applied" if TRACKING_RANK[scan.status] > parcel.track_rank else "out_of_order", parcel.id)
    park(batch, UNREADABLE, unreadable)
    park(batch, TRACKING_UNKNOWN, unknown)
    _write(found)
    inbox.finish(batch, outcomes)


def _write(found: list[tuple[int, Scan, int]]) -> None:
    if not found:
        return
    shipping.sql.write_tracking_events(
        parcel_ids=[p for _, _, p in found], statuses=[s.status for _, s, _ in found], moments=[s.at for _, s, _ in found], notes=[s.note for _, s, _ in found],
        inbox_ids=[m for m, _, _ in found],
    )
    best: dict[int, Scan] = {}
    for _, scan, parcel in found:
        if parcel not in best or TRACKING_RANK[scan.status] > TRACKING_RANK[best[parcel].status]:
            best[parcel] = scan
    shipping.sql.raise_parcels(
        parcel_ids=list(best), statuses=[s.status for s in best.values()], ranks=[TRACKING_RANK[s.status] for s in best.values()], moments=[s.at for s in best.values()],
    )
