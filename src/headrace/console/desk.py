"""The exceptions desk: how the queue is narrowed, its list, and the open case beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from headrace.console import case_card, desk_filters, views
from headrace.console.access import page, visitor_of
from headrace.engine.queries import run
from headrace.exception_queue import desk, talking
from headrace.exception_queue.reasons import Team
from headrace.insight import caseload
from headrace.insight.personal import masked_case

ROWS = 50
ROWS_MAX = 500  # that one page of the desk holds, before the next begins
RESOLVED_COUNTED_MAX = 10_000
LISTING = {"name": "exceptions", "address": "/exceptions"}


@require_safe
@page("exceptions.read")
def show(request: HttpRequest) -> HttpResponse:
    """The desk. The most urgent case stands open beside the list where none is named; `part=queue` is the list with its figures alone."""
    now: datetime = run("select clock_timestamp()").scalar
    queue = _queue(request, now)
    if request.GET.get("part") == "queue":
        return render(request, "console/_desk_queue.html", queue)
    visitor = visitor_of(request)
    named = _number(request.GET.get("case", ""))
    opened = named or (queue["rows"][0]["id"] if queue["rows"] else None)
    context = {
        **queue,
        "case": case_card.of(request, opened) if opened else None,
        "opened": opened,
        "is_reading": named is not None,
        "views": views.of(visitor.name, LISTING["name"]),
        "handovers": talking.handovers(queue["chosen"]["team"] or None),
        "teams": [(str(team), desk_filters.team_title(team)) for team in Team],
        "may_work": visitor.may("exceptions.work"),
    }
    return render(request, "console/exceptions.html", context)


@require_safe
@page("exceptions.read")
def one(request: HttpRequest, number: int) -> HttpResponseBase:
    """One case, for the place beside the list."""
    found = case_card.of(request, number)
    if found is None:
        raise Http404(f"there is no case {number}")
    chosen = desk_filters.chosen_of(request.GET)
    return render(request, "console/_case.html", {"case": found, "chosen": chosen, "query": desk_filters.query_of(chosen)})


def _queue(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the list and its figures need."""
    visitor = visitor_of(request)
    chosen = desk_filters.chosen_of(request.GET)
    wanted = desk_filters.wanted_of(chosen, visitor, now)
    shown = min(_number(request.GET.get("rows", "")) or ROWS, ROWS_MAX)
    placed = desk.placed(now, wanted, by=chosen["by"], after=_after(request), limit=shown + 1)
    rows = _rows(request, now, [row.id for row in placed[:shown]])
    figures = desk_filters.Figures(desk.tally(now, wanted, username=visitor.name, values=desk_filters.VALUE_BOUNDS), chosen, visitor.actor)
    is_resolved = wanted.state == "resolved"
    total = len(desk.matching(now, wanted, limit=RESOLVED_COUNTED_MAX)) if is_resolved else figures.total()
    query = desk_filters.query_of(chosen)
    return {
        "rows": rows,
        "total": total,
        "is_more_than_counted": is_resolved and total == RESOLVED_COUNTED_MAX,
        "worth": [] if is_resolved else figures.worth(),
        "shown": shown,
        "more": min(shown + ROWS, ROWS_MAX) if len(placed) > shown and shown < ROWS_MAX else None,
        "next": f"{placed[shown - 1].key}~{placed[shown - 1].id}" if len(placed) > shown and shown >= ROWS_MAX else "",
        "after": request.GET.get("after", ""),
        "chosen": chosen,
        "query": query,
        "said": desk_filters.said(chosen),
        "strip": desk_filters.strip(figures, visitor, now),
        "facets": desk_filters.facets(figures),
        "states": desk_filters.states(figures),
        "ages": desk_filters.ages(figures),
        "orders": desk_filters.orders(chosen),
        "listing": LISTING,
        "deeds": _deeds_on_many(request),
        "now": now,
    }


def _rows(request: HttpRequest, now: datetime, case_ids: list[int]) -> list[dict[str, Any]]:
    """The rows with the customers of their orders; both masked for people who may not see personal data."""
    rows = desk.listed(now, case_ids)
    if not visitor_of(request).may("orders.personal"):
        return [masked_case(row) for row in rows]
    customers = caseload.customers([row["order_id"] for row in rows if row["order_id"]])
    return [{**row, "customer": customers.get(row["order_id"], "")} for row in rows]


def _deeds_on_many(request: HttpRequest) -> list[tuple[str, str]]:
    """What may be done with many cases at once, as far as this person may."""
    return [(name, _(case_card.says(name))) for name, permission in case_card.ON_MANY if visitor_of(request).may(permission)]


def _after(request: HttpRequest) -> tuple[int, int] | None:
    """The place of the last row of the page before; a broken one starts at the first page."""
    key, _sign, number = request.GET.get("after", "").partition("~")
    try:
        return int(key[:20]), int(number[:18])
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
