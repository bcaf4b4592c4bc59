"""What waits for people, as the navigation tells it on every page."""

from __future__ import annotations

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
WAITING_MAX = 1_000  # counted no further: "1,000+" says enough


def waiting() -> dict[str, int]:
    """Open exceptions, those of them past their time, approvals that are asked for, dead letters; each counted up to `WAITING_MAX`."""
    return dict(sql.waiting(limit=WAITING_MAX).one._asdict())
