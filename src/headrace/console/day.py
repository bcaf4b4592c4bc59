"""The day of whoever looks, and stretches of time that an address names."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext_lazy

PROMISES = (("broken", gettext_lazy("broken already")), ("today", gettext_lazy("today, and not gone")))


def midnight_of(at: datetime) -> datetime:
    """When the day of that moment began, where the person is."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def end_of(at: datetime) -> datetime:
    """When it ends: the next midnight there, also where the clocks change meanwhile."""
    return midnight_of(midnight_of(at) + timedelta(hours=36))


def window_of(since: str | None, until: str | None) -> tuple[datetime, datetime] | None:
    """From one moment to another as an address has them; None where either is missing or is no moment with a zone."""
    try:
        begins, ends = datetime.fromisoformat(since or ""), datetime.fromisoformat(until or "")
    except ValueError:
        return None
    return (begins, ends) if begins.tzinfo and ends.tzinfo else None


def query_of(since: datetime, until: datetime) -> str:
    """The same as a query of an address."""
    return urlencode({"from": since.isoformat(), "to": until.isoformat()})


def promised_by(choice: str | None) -> tuple[datetime | None, datetime] | None:
    """The time in which orders of that choice were promised."""
    now = timezone.now()
    return {"broken": (None, now), "today": (now, end_of(now))}.get(choice or "")
