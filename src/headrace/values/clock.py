"""Time: moments are UTC, business dates are in the zone of a legal entity, and only the engine reads the clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CUT_OFF_LOOK_AHEAD_DAYS = 60  # a node closed for longer than that has no next cut-off


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class SteppingClock:
    """A clock for tests: stands still until stepped."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def step(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def days(n: float) -> timedelta:
    return timedelta(days=n)


def business_date(at: datetime, zone: str) -> date:
    """The date that a moment falls on in a zone. A moment without zone is an error."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; moments are UTC")
    return at.astimezone(ZoneInfo(zone)).date()


def next_cut_off(at: datetime, zone: str, cut_off: time, open_days: str, closures: Collection[date] = ()) -> datetime | None:
    """First cut-off of a node after a moment: local time on an open weekday (ISO numbers as in "12345") that is no closure; None if none is near."""
    local = at.astimezone(ZoneInfo(zone))
    for ahead in range(CUT_OFF_LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=ahead)
        moment = datetime.combine(day, cut_off, ZoneInfo(zone))
        if moment > local and str(day.isoweekday()) in open_days and day not in closures:
            return moment.astimezone(UTC)
    return None
