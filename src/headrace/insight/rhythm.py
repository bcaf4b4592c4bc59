"""Whether a channel is silent for longer than usual, by its own rhythm: what it would have sent in the meantime, had it gone on as in the last fourteen days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAYS_KNOWN_MIN = 3  # before that nobody knows what is usual
EXPECTED_MIN = 5.0  # so many orders missing are no chance any more: one time in 150, were they to come independently
SILENCE_MAX = timedelta(days=14)  # looked back no further


def expected(by_hour: dict[int, float], since: datetime, until: datetime) -> float:
    """Orders that a channel would have sent from since to until, where by_hour is what it sends in each hour of the day (UTC)."""
    at, until = max(since.astimezone(UTC), until.astimezone(UTC) - SILENCE_MAX), until.astimezone(UTC)
    orders = 0.0
    while at < until:
        ends = min(until, at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        orders += by_hour.get(at.hour, 0.0) * (ends - at).total_seconds() / 3_600
        at = ends
    return orders


def is_silent(by_hour: dict[int, float], days: int, last_at: datetime | None, now: datetime) -> bool:
    """Whether so many orders are missing that it is no chance."""
    return last_at is not None and days >= DAYS_KNOWN_MIN and expected(by_hour, last_at, now) >= EXPECTED_MIN
