"""Scans at the bench, kept under the ids that clients gave them, so that a request that comes twice counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
SCANS_KEPT = timedelta(days=30)  # a scan that comes again after this would count anew; by then the fulfilment has left
SCANS_FORGOTTEN_MAX = 50  # old ones, with each new one


def known(fulfilment_id: int, scan_id: str | None) -> Any | None:
    """The scan of this id: code, line_id, sku, qty_each (below zero where it took back), takes_back, and its answer picked_each, asked_each."""
    return _one(sql.scan_known(fulfilment_id=fulfilment_id, scan_id=scan_id)) if scan_id else None


def taken_back(fulfilment_id: int, scan_id: str | None) -> Any | None:
    """What took this scan back, if anything did."""
    return _one(sql.scan_taken_back(fulfilment_id=fulfilment_id, scan_id=scan_id)) if scan_id else None


def keep(deed: Deed, **scan: Any) -> None:
    """Keep a scan with its answer, and forget some of those that nobody will ask for again."""
    sql.forget_scans(before=deed.at - SCANS_KEPT, limit=SCANS_FORGOTTEN_MAX)
    sql.keep_scan(deed, **scan)


def _one(found: Any) -> Any | None:
    return found.one if found else None
