"""The desk: cases as people read them, in the order that they choose, and counted by everything they can be narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from headrace.engine.queries import load_queries
from headrace.exception_queue.reasons import reasons

sql = load_queries(__package__)
PAGE_MAX = 500
MENTIONS_MAX = 1_000  # unseen mentions of one person that are counted
MEDIAN_OF_MAX = 10_000  # cases resolved last, of which the time to resolve is told
MEDIAN_OVER = timedelta(days=7)
ORDERS = ("due", "value", "age", "promise")
AGES = ("0-4", "4-24", "24-72", "72-")  # hours since a case was opened; the last has no end
PROMISES = ("0", "24", "72")  # broken already; hours within which it will be
Place = tuple[datetime | int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: every field that is given narrows the queue."""

    state: str | None = "open"
    team: str | None = None
    reason: str | None = None
    stage: str | None = None
    channel: str | None = None
    assigned_to: str | None = None  # of resolved cases: who had it or resolved it
    is_free: bool | None = None  # nobody has taken it
    mentioned: str | None = None  # name of a user whom a comment names, and who has not seen it
    order_id: int | None = None
    late: bool | None = None
    due_by: datetime | None = None  # due from now until then
    opened_before: datetime | None = None
    opened_from: datetime | None = None
    value_from_minor: int | None = None
    promised_by: datetime | None = None  # promised before then, and not left yet
    seen_from: int | None = None  # came back at least so often
    like: int | None = None  # the same reason for the same SKU or value as this case
    resolved_from: datetime | None = None
    case_ids: tuple[int, ...] | None = None


def matching(as_of: datetime, wanted: Wanted, *, by: str = "due", after: Place | None = None, limit: int) -> list[int]:
    """Ids of the cases that are wanted, the most urgent first (`by` is one of `ORDERS`); resolved ones the last first."""
    return [row.id for row in placed(as_of, wanted, by=by, after=after, limit=limit)]


def placed(as_of: datetime, wanted: Wanted, *, by: str = "due", after: Place | None = None, limit: int) -> list[Any]:
    """The same as rows of id and key; the (key, id) of a page's last row is the `after` of the next. A moment is a key of the order by `due`."""
    terms = {**asdict(wanted), "case_ids": None if wanted.case_ids is None else list(wanted.case_ids)}
    if wanted.state is None and wanted.order_id is not None:
        return list(sql.cases_of_order(order_id=wanted.order_id, limit=limit))
    key, last = after or (None, None)
    place: dict[str, Any] = {"after_key": round(key.timestamp() * 1_000_000) if isinstance(key, datetime) else key, "after_id": last}
    if wanted.state == "resolved":
        return list(sql.resolved_cases(as_of=as_of, limit=limit, **place, **terms))
    return list(sql.matching_cases(as_of=as_of, by=by if by in ORDERS else "due", limit=limit, **place, **terms))


def listed(as_of: datetime, case_ids: Sequence[int]) -> list[dict[str, Any]]:
    """These cases as rows in this order, each with its sentence.

    `is_late` is what the clock says now, `late_at` when the sweep found it so; `let_go_at` while its document is being looked at again.
    """
    return [_told(row._asdict()) for row in sql.list_cases(as_of=as_of, case_ids=list(case_ids))] if case_ids else []


def cases(as_of: datetime, *, after: Place | None = None, limit: int = 50, **wanted: Any) -> list[dict[str, Any]]:
    """The rows of a page of the queue; `wanted` are fields of `Wanted`."""
    return listed(as_of, matching(as_of, Wanted(**wanted), after=after, limit=min(limit, PAGE_MAX)))


def case(case_id: int) -> dict[str, Any] | None:
    """One case whole: sentence, evidence, procedure, offers, timeline."""
    found = sql.show_case(case_id=case_id)
    if not found:
        return None
    told = _told(found.one._asdict())
    told["events"] = [row._asdict() for row in sql.case_events(case_id=case_id)]
    return told


def counts(as_of: datetime) -> list[dict[str, Any]]:
    """Open cases by reason and currency, with value at risk."""
    return [row._asdict() for row in sql.count_by_reason(as_of=as_of)]


# What the rows of a set are counted by, by the number that PostgreSQL gives the set.
_SETS = {
    0b011: ("state", "clock", "age", "value", "promise", "mentions", "currency"),
    0b101: ("team", "reason", "channel"),
    0b110: ("whose",),
}
BITS = {name: 1 << n for n, name in enumerate(("state", "team", "reason", "channel", "whose", "clock", "age", "value", "promise"))}


def tally(as_of: datetime, wanted: Wanted, *, username: str, values: Sequence[int]) -> dict[str, list[Any]]:
    """Cases that nobody has resolved, counted by each thing that narrows the desk: its name to rows whose sums are its figures.

    A row's `fails` is 0 where the cases pass all that is wanted, else the bit (`BITS`) of the only filter that they do not pass. `values` are the bounds of value,
    in minor units.
    """
    mentions = sql.mentions_of(username=username, limit=MENTIONS_MAX).column("case_id")
    terms = {k: v for k, v in asdict(wanted).items() if k not in ("case_ids", "resolved_from")}
    sets: dict[int, list[Any]] = {number: [] for number in _SETS}
    for row in sql.count_desk(as_of=as_of, mentions=mentions, values=list(values), **terms):
        sets[row.of].append(row)
    return {name: rows for number, rows in sets.items() for name in _SETS[number]}


def strip(as_of: datetime, team: str | None) -> dict[str, int]:
    """Open cases of a team or of all: open, late, due within the hour, nobody's."""
    return dict(sql.count_strip(as_of=as_of, team=team).one._asdict())


def resolved_since(since: datetime, actor: str, team: str | None) -> tuple[int, int]:
    """How many cases were resolved since then: by anybody, by this person."""
    found = sql.resolved_since(since=since, actor=actor, team=team).one
    return found.cases, found.own


def median_to_resolve(as_of: datetime, team: str | None) -> tuple[int | None, int]:
    """Seconds within which half of the cases of the last week were resolved, and how many they are."""
    found = sql.median_to_resolve(since=as_of - MEDIAN_OVER, team=team, limit=MEDIAN_OF_MAX).one
    return found.seconds, found.cases


def cause_of(case: dict[str, Any]) -> str | None:
    """The SKU or value for which it fails; cases of one reason that share it are mended together."""
    detail = case["detail"]
    cause = detail.get("sku") if detail.get("sku") is not None else detail.get("value")
    return str(cause) if cause not in (None, "") and not isinstance(cause, (dict, list)) else None


def neighbours(case: dict[str, Any]) -> dict[str, Any] | None:
    """Other open cases with the same cause: cases, orders, value_minor in the case's own currency; None where there are none."""
    cause = cause_of(case)
    if cause is None:
        return None
    found = sql.same_cause(reason=case["reason_code"], cause=cause, case_id=case["id"], currency=case["currency"]).one
    return {**found._asdict(), "cause": cause} if found.cases else None


def _told(row: dict[str, Any]) -> dict[str, Any]:
    declared = reasons().get(row["reason_code"])
    row["sentence"] = declared.sentence(row["detail"]) if declared else row["says"]
    return row
