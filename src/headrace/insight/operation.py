"""The operation at a glance: what flows, what waits, what is at risk, who outside does not answer."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
BATCHES_LOOKED_AT_MAX = 5_000  # of a stage, for its rate of the last hour


def today() -> dict[str, Any]:
    """Everything that the first page shows, as of one moment.

    day      orders of the last 24 hours, straight_through among them, held
    hours    orders and parked documents by hour, 24 rows
    flow     per stage: waiting, oldest_at, through and parked in the last hour, open cases, trouble
    at_risk  open cases by currency: value_at_risk_minor, late, soon (within the hour)
    """
    as_of = sql.moment().scalar
    return {
        "as_of": as_of,
        "day": sql.day(as_of=as_of).one._asdict(),
        "hours": [r._asdict() for r in sql.hours(as_of=as_of)],
        "flow": [r._asdict() for r in sql.flow(as_of=as_of, batches_max=BATCHES_LOOKED_AT_MAX)],
        "sleeping": sql.sleeping().one._asdict(),
        "at_risk": [r._asdict() for r in sql.at_risk(as_of=as_of)],
        "oversold": sql.oversold().scalar,
        "partners": [r._asdict() for r in sql.partners()],
        "channels": [r._asdict() for r in sql.channels(as_of=as_of)],
        "workers": [r._asdict() for r in sql.workers()],
        "verification": last_verification(),
    }


def last_verification() -> dict[str, Any] | None:
    """When the books were last verified, by whom, and what was wrong; None where nobody has."""
    found = sql.last_verification()
    return found.one._asdict() if found else None
