"""The desk: open cases as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headrace.engine.queries import load_queries
from headrace.exception_queue.reasons import reasons

sql = load_queries(__package__)
PAGE_MAX = 500


def cases(
    as_of: datetime,
    *,
    state: str | None = "open",
    team: str | None = None,
    reason: str | None = None,
    order_id: int | None = None,
    late: bool | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Open cases, the most urgent first, each with its sentence. `after` is the (due_at, id) of the last row of the page before.

    `is_late` is what the clock says now, `late_at` when the sweep found it so; `let_go_at` while its document is being looked at again.
    """
    rows = sql.list_cases(
        as_of=as_of,
        state=state,
        team=team,
        reason=reason,
        order_id=order_id,
        late=late,
        after_due=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=min(limit, PAGE_MAX),
    )
    return [_told(row._asdict()) for row in rows]


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
