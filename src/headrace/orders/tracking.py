"""Writing how far parcels have come: every scan is kept, and can only move a parcel forward."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from headrace.engine.queries import Answer, copy_rows, load_queries

sql = load_queries(__package__)


def write_scans(rows: Iterable[tuple[int, int, str, int, datetime, str | None]]) -> Answer:
    """Keep scans (message, parcel, status, rank, moment, note) and move their parcels forward.

    Gives the parcels that moved: parcel_id, tracking, track_state, shipment_id, order_id. Their rows must be locked.
    """
    sql.make_scan_tray()
    copy_rows(sql.copy_scans.text, list(rows))
    sql.write_tracking_events()
    return sql.raise_parcels()
