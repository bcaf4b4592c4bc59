"""One partner: how it stands, how the last day went, and what happened to its breaker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from headrace.engine.causes import cause_of
from headrace.engine.queries import load_queries, run

sql = load_queries(__package__)
EVENTS_MAX = 30


def one(code: str, *, may_see: bool = False) -> dict[str, Any] | None:
    """The partner, `day` (decided, delivered, waiting, dead, dropped, again, median_s of the last 24 hours), and `events` of its breaker, the newest first."""
    found = sql.one_partner(partner=code)
    if not found:
        return None
    told = found.one._asdict()
    if told["last_error"] and not may_see:
        told["last_error"] = cause_of(told["last_error"])
    now: datetime = run("select clock_timestamp()").scalar
    events = [row._asdict() for row in sql.partner_events(partner=code, limit=EVENTS_MAX)]
    return {**told, "day": sql.partner_day(partner=code, since=now - timedelta(days=1)).one._asdict(), "events": events}
