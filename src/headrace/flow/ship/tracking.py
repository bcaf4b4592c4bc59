"""Tracking: carriers' scans are all kept, and can only move a parcel forward.

Takes  inbox messages of kind `tracking`.   Gives  messages finished; parcels at their best state so far.
Reads  orders (parcels).                    Writes (through the book) scans, parcels, the order's history when a parcel arrives or is lost.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from headrace.engine import inbox
from headrace.engine.action import Deed, action
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, park_document, settle_cases
from headrace.flow.ship.port import Scan, Unreadable, read_scans
from headrace.flow.ship.reasons import PARCEL_FAILED, SCAN_MISSED, SCAN_UNREADABLE, TRACKING_UNKNOWN
from headrace.governance import policies
from headrace.orders import documents
from headrace.orders import tracking as book
from headrace.orders.states import TRACKING_RANK

sql = load_queries(__package__)
FAILED = ("lost", "returned_to_sender")
RANK_ENDED = min(TRACKING_RANK[state] for state in (*FAILED, "delivered"))
ALARMS_MAX = 1_000


@stage(of="inbox", takes="tracking", gives="done", after=55)
def track(batch: Batch) -> None:
    read = _read(batch)
    parcels = _parcels(batch, read)
    rows, outcomes, unknown = [], {}, []
    for message_id, scans in read:
        found = parcels.get((scans[0].tracking, scans[0].carrier)) or []
        if not found:
            unknown.append({"id": message_id, "field": "tracking", "value": scans[0].tracking})
            continue
        rows += [(message_id, p.id, s.status, TRACKING_RANK[s.status], s.at, s.note) for p in found for s in scans]
        outcomes[message_id] = (_outcome(scans, found), found[-1].id)
    park(batch, TRACKING_UNKNOWN, unknown)
    if rows:
        _tell(batch, book.write_scans(rows))
    inbox.finish(batch, outcomes)
    settle_cases(batch, "inbox", list(outcomes), "track")


def _read(batch: Batch) -> list[tuple[int, list[Scan]]]:
    read, unreadable = [], []
    for m in sql.read_confirmations(batch):
        try:
            read.append((m.id, read_scans(m.body, TRACKING_RANK)))
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": error.shown, "fix": error.fix})
    park(batch, SCAN_UNREADABLE, unreadable)
    return read


def _parcels(batch: Batch, read: list[tuple[int, list[Scan]]]) -> dict[tuple[str, str | None], list[Any]]:
    """Parcels by (tracking, carrier as the message names it); a carrier that either side leaves open fits any."""
    days_max = batch.policy("shipping")["tracking_days_max"]
    asked = {(scans[0].tracking, scans[0].carrier) for _, scans in read}
    by_number: dict[str, list[Any]] = defaultdict(list)
    for p in sql.parcels_scanned(batch, trackings=sorted({tracking for tracking, _ in asked}), days_max=days_max) if asked else ():
        by_number[p.tracking].append(p)
    return {(t, c): [p for p in by_number[t] if c is None or p.carrier in (None, c)] for t, c in asked}


def _outcome(scans: list[Scan], found: list[Any]) -> str:
    best = max(TRACKING_RANK[s.status] for s in scans)
    return "applied" if any(best > p.track_rank for p in found) else "out_of_order"


def _tell(batch: Batch, moved: Any) -> None:
    """The order's timeline keeps arrivals and losses; a loss makes somebody look."""
    arrived = {p.order_id: {"tracking": p.tracking} for p in moved if p.track_state == "delivered"}
    failed = [p for p in moved if p.track_state in FAILED]
    documents.tell(batch, "delivered", arrived)
    documents.tell(batch, "delivery_failed", {p.order_id: {"tracking": p.tracking, "state": p.track_state} for p in failed})
    park_document(batch, "shipment", PARCEL_FAILED, [{"id": p.shipment_id, "field": "tracking", "value": p.tracking, "state": p.track_state} for p in failed])


@action(permission="exceptions.work", says="Look for parcels without a scan")
def find_missed_scans(deed: Deed) -> int:
    """Open a case for every parcel that has been silent for too long; run every hour by the engine. Gives their number."""
    deed.subject = "parcels"
    _, policy = policies.in_force("shipping", deed.at)
    silent = sql.parcels_without_scan(
        deed,
        rank_ended=RANK_ENDED,
        days_max=policy["tracking_days_max"],
        hours_max=policy["missed_scan_hours"],
        limit=ALARMS_MAX,
    )
    park_document(
        deed,
        "shipment",
        SCAN_MISSED,
        [{"id": p.id, "field": "tracking", "value": p.value, "state": p.state, "hours": p.hours, "carrier": p.carrier} for p in silent],
    )
    return len(silent)
