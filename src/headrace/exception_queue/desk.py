"""The desk: open cases as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries
from headrace.exception_queue.reasons import reasons

sql = load_queries(__package__)
PAGE_MAX = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: every field that is given narrows the queue."""

    state: str | None = "open"
    team: str | None = None
    reason: str | None = None
    stage: str | None = None
    assigned_to: str | None = None
    is_free: bool | None = None  # nobody has taken it
    order_id: int | None = None
    late: bool | None = None
    opened_before: datetime | None = None
    value_from_minor: int | None = None
    promised_by: datetime | None = None  # orders promised before then that have not left


def matching(as_of: datetime, wanted: Wanted, *, after: tuple[datetime, int] | None = None, limit: int) -> list[int]:
    """Ids of the cases that are wanted, the most urgent first. `after` is the (due_at, id) of the last row of the page before."""
    due, last = after or (None, None)
    return sql.matching_cases(as_of=as_of, after_due=due, after_id=last, limit=limit, **asdict(wanted)).column("id")


def listed(as_of: datetime, case_ids: Sequence[int]) -> list[dict[str, Any]]:
    """These cases as rows, the most urgent first, each with its sentence.

    `is_late` is what the clock says now, `late_at` when the sweep found it so; `let_go_at` while its document is being looked at again.
    """
    return [_told(row._asdict()) for row in sql.list_cases(as_of=as_of, case_ids=list(case_ids))] if case_ids else []


def cases(as_of: datetime, *, after: tuple[datetime, int] | None = None, limit: int = 50, **wanted: Any) -> list[dict[str, Any]]:
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


def _told(row: dict[str, Any]) -> dict[str, Any]:
    declared = reasons().get(row["reason_code"])
    row["sentence"] = declared.sentence(row["detail"]) if declared else row["says"]
    return row
