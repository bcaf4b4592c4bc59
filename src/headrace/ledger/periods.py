"""Periods: months of an entity's books. A day in no period, or in an open one, can be posted to; a closed one refuses, whoever writes."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class PeriodState:
    """A period as it stands after a deed; `posted` has entries, debit and credit by currency, minor units."""

    entity: str
    starts_on: date
    ends_on: date
    state: str
    posted: list[dict[str, Any]]


def month_of(text: str) -> tuple[date, date]:
    """First and last day of a month written as 2026-01."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except (ValueError, TypeError):
        raise Refused(f"month: {text!r} is no month; write it as in 2026-01") from None
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def entity_named(code: str, as_of: datetime) -> Any:
    """id, code, currency, zone and the business date of a moment."""
    found = sql.entity_named(code=code, as_of=as_of)
    if not found:
        raise Refused(f"entity: there is no legal entity {code!r}; known are {', '.join(sql.entity_codes().column('code'))}")
    return found.one


def write_open(deed: Deed, entity: str, month: str) -> PeriodState:
    """A period that is known and open; one that is closed is reopened by its own deed."""
    owner, (first, last) = entity_named(entity, deed.at), month_of(month)
    if sql.period_of(entity_id=owner.id, starts_on=first):
        raise Refused(f"month: {month} of {entity} is known already; a closed period is reopened")
    return _write(deed, owner, first, last, "open")


def write_closed(deed: Deed, entity: str, month: str) -> PeriodState:
    """Close a month that is over, after those before it. Waits for postings that are under way, and none can follow them."""
    owner, (first, last) = entity_named(entity, deed.at), month_of(month)
    if last >= owner.today:
        raise Refused(f"month: {month} is not over before {last}, and in {owner.zone} it is {owner.today}; close it later")
    sql.lock_periods()
    known = sql.period_of(entity_id=owner.id, starts_on=first)
    if known and known.one.state == "closed":
        raise Refused(f"month: {month} of {entity} is closed already, since {known.one.closed_at:%Y-%m-%d} by {known.one.closed_by}")
    earlier = sql.open_before(entity_id=owner.id, starts_on=first).scalar
    if earlier:
        raise Refused(f"month: entries of {earlier} are in a period that is still open; close {earlier:%Y-%m} first")
    return _write(deed, owner, first, last, "closed")


def write_reopened(deed: Deed, entity: str, month: str) -> PeriodState:
    """Open a closed month again; the last closed one first, so that closed months stay without a hole."""
    owner, (first, last) = entity_named(entity, deed.at), month_of(month)
    sql.lock_periods()
    known = sql.period_of(entity_id=owner.id, starts_on=first)
    if not known or known.one.state != "closed":
        raise Refused(f"month: {month} of {entity} is not closed")
    later = sql.closed_after(entity_id=owner.id, starts_on=first).scalar
    if later:
        raise Refused(f"month: {later:%Y-%m} is closed and comes after it; reopen {later:%Y-%m} first")
    return _write(deed, owner, first, last, "open")


def _write(deed: Deed, owner: Any, first: date, last: date, state: str) -> PeriodState:
    others = sql.overlapping(entity_id=owner.id, starts_on=first, ends_on=last)
    if others:
        raise Refused(f"month: a period of {owner.code} from {others[0].starts_on} to {others[0].ends_on} lies across it")
    row = sql.write_period(deed, entity_id=owner.id, starts_on=first, ends_on=last, state=state).one
    posted = [r._asdict() for r in sql.posted_in(entity_id=owner.id, first=first, last=last)]
    return PeriodState(owner.code, row.starts_on, row.ends_on, row.state, posted)


def periods(entity: str | None = None) -> list[dict[str, Any]]:
    """Every period that was opened or closed by name: entity, starts_on, ends_on, state, closed_at, closed_by."""
    return [row._asdict() for row in sql.list_periods(entity=entity)]
