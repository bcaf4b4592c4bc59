"""Exceptions: the desk, for programs. Every deed answers for each case."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Schema
from pydantic import BeforeValidator

from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, ID_MAX, Cursor, Limit, Page, Word, holder_with, refuse_key_of_one_channel, router
from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk, resolving, talking
from headrace.insight.personal import masked_case

sql = load_queries(__package__)
CASES_MAX = 1_000


def _text_only(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("write a moment as text, as in 2026-01-05T10:00:00Z")
    return value


Moment = Annotated[datetime, BeforeValidator(_text_only)]


Late = Annotated[bool | None, Query(None, description="true: only what is past its time; false: only what is not")]


class Deed(Schema):
    """Cases to act on, and why."""

    cases: list[Annotated[int, Field(ge=1, le=ID_MAX)]] = Field(..., min_length=1, max_length=CASES_MAX)
    note: str | None = Field(None, max_length=2_000, pattern=r"^[^\x00]*$")
    to: str | None = Field(None, max_length=200, pattern=r"^[^\x00]*$")
    until: Moment | None = None


class DeedAnswer(Schema):
    done: int
    refused: int
    rows: list[dict[str, Any]]


@router.get("/exceptions", response={200: Page, **ERRORS}, tags=["exceptions"], summary="Open cases, the most urgent first")
def list_exceptions(request: HttpRequest, after: Cursor, team: Word, reason: Word, late: Late, limit: Limit) -> Any:
    """By when they are due; a case that opens meanwhile takes its place among those still to come."""
    holder = holder_with(request, "exceptions.read")
    place = None
    if after is not None:
        found = sql.case_place(case_id=after)
        if not found:
            raise Stop(404, Problem(error=f"after: there is no case {after}; pass `next` of the page before", field="after", value=str(after)))
        place = (found.one.due_at, found.one.id)
    rows = desk.cases(run("select clock_timestamp()").scalar, team=team, reason=reason, late=late, after=place, limit=limit)
    shown = rows if holder.may("orders.personal") else [masked_case(row) for row in rows]
    return {"rows": shown, "next": rows[-1]["id"] if len(rows) == limit else None}


@router.get("/exceptions/counts", response={200: Page, **ERRORS}, tags=["exceptions"], summary="Open cases by reason, with value at risk")
def count_exceptions(request: HttpRequest) -> Any:
    holder_with(request, "exceptions.read")
    return {"rows": desk.counts(run("select clock_timestamp()").scalar), "next": None}


@router.get("/exceptions/{case}", response={200: dict[str, Any], **ERRORS}, tags=["exceptions"], summary="One case, with evidence, procedure and offers")
def show_exception(request: HttpRequest, case: Annotated[int, Path(..., ge=1, le=ID_MAX)]) -> Any:
    holder = holder_with(request, "exceptions.read")
    found = desk.case(case)
    if found is None:
        raise Stop(404, Problem(error=f"there is no case {case}", field="case", value=str(case)))
    return found if holder.may("orders.personal") else masked_case(found)


DEEDS = {
    "retry": resolving.retry,
    "accept": resolving.accept,
    "close": resolving.close,
    "assign": resolving.assign,
    "claim": resolving.claim,
    "snooze": resolving.snooze,
    "comment": talking.comment,
}
WANTS = {"retry": ("note",), "accept": ("note",), "close": ("note",), "assign": ("to",), "claim": (), "snooze": ("until",), "comment": ("note",)}


@router.post("/exceptions/actions/{deed}", response={200: DeedAnswer, **ERRORS}, tags=["exceptions"], summary="Act on cases")
def act_on_exceptions(request: HttpRequest, deed: Annotated[str, Path(..., pattern="^(retry|accept|close|assign|claim|snooze|comment)$")], body: Deed) -> Any:
    """Retry, accept (with a reason), close, assign, claim, snooze or comment; every case gets its own answer."""
    holder = holder_with(request, DEEDS[deed].permission)
    refuse_key_of_one_channel(holder)
    given = {name: getattr(body, name) for name in WANTS[deed]}
    missing = [n for n, v in given.items() if v is None and deed not in ("retry",)]
    if missing:
        raise Stop(422, Problem(error=f"{missing[0]}: {deed} needs it", field=missing[0]))
    if body.until is not None and body.until.tzinfo is None:
        raise Stop(422, Problem(error="until: the moment needs its zone", field="until"))
    results = DEEDS[deed](actor=holder.actor, case_ids=body.cases, **given)
    done = sum(r.done for r in results)
    return {"done": done, "refused": len(results) - done, "rows": [{"case": r.case_id, "done": r.done, "why": r.why} for r in results]}
