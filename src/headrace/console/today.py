"""Today: the operation at a glance. Each part of the page is looked up alone: one that fails says so in its place, the others stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import psycopg
import structlog
from django.contrib import messages
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from headrace.console import channel_picture, day
from headrace.console.access import Visitor, page, visitor_of
from headrace.exception_queue import desk
from headrace.insight import operation, trends
from headrace.insight.personal import masked_case
from headrace.insight.tasks import verify_books
from headrace.insight.verify import INVARIANTS

log = structlog.get_logger(__name__)
URGENT_SHOWN = 8
PART_SECONDS_MAX = 5  # that one part may take; then its place says so
LAST_LOOK = "today_seen_at"
LOOK_AGAIN_S = 300  # a page loaded again within this time is the same look
STAGE_ROWS = {
    "capture": "/system/inbox?kind=order&state=received",
    "validate": "/orders?status=captured",
    "allocate": "/orders?status=validated",
    "release": "/orders?status=allocated",
    "ship": "/fulfilment",
    "invoice": "/orders?status=shipped",
    "settle": "/system/inbox?kind=payment&state=received",
}


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """The whole page, or its inside for the look after something has changed."""
    visitor = visitor_of(request)
    as_of = operation.moment()
    context = {**_parts(visitor, as_of), "as_of": as_of, "ranges": _ranges(), "may": _may(visitor)}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "console/_today.html", {**context, "since_then": _since_then(request, as_of, keeps=False)})
    return render(request, "console/today.html", {**context, "since_then": _since_then(request, as_of, keeps=True)})


def _parts(visitor: Visitor, as_of: datetime) -> dict[str, Any]:
    """Every part by its name; None where it failed."""
    midnight, until = day.midnight_of(as_of), day.end_of(as_of)
    parts: dict[str, Callable[[], Any]] = {
        "day": lambda: _day(midnight, as_of),
        "stages": lambda: _stages(as_of),
        "risk": lambda: operation.at_risk(as_of, until),
        "urgent": lambda: _urgent(visitor, as_of),
        "promises": lambda: operation.promises(as_of, until),
        "sleeping": operation.sleeping,
        "oversold": lambda: {"positions": operation.oversold()},
        "books": _books,
        "channels": lambda: operation.channels(midnight, as_of),
        "partners": operation.partners,
        "workers": operation.workers,
        "steps": lambda: _steps(operation.first_steps()),
    }
    return {name: _alone(name, look) for name, look in parts.items()}


def _alone(name: str, look: Callable[[], Any]) -> Any:
    """A part by itself, within its time."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', %s, true)", [f"{PART_SECONDS_MAX}s"])
            return look()
    except (DatabaseError, psycopg.Error) as error:
        log.warning("today.part_failed", part=name, error=str(error).splitlines()[0])
        return None


def _day(midnight: datetime, as_of: datetime) -> dict[str, Any]:
    told = operation.day(midnight, as_of)
    return {**told, "window": day.query_of(midnight, as_of), "yesterday_window": day.query_of(told["since"], told["until"])}


def _stages(as_of: datetime) -> list[dict[str, Any]]:
    worked = {stage for worker in operation.workers() if worker["is_alive"] for stage in worker["stages"].split(",")}
    rows = [{**row, "rows": STAGE_ROWS.get(row["stage"], ""), "is_worked": row["stage"] in worked} for row in operation.flow(as_of)]
    return channel_picture.drawn(rows)


def _urgent(visitor: Visitor, as_of: datetime) -> list[dict[str, Any]]:
    if not visitor.may("exceptions.read"):
        return []
    rows = desk.cases(as_of, limit=URGENT_SHOWN)
    return rows if visitor.may("orders.personal") else [masked_case(row) for row in rows]


def _books() -> dict[str, Any]:
    """The last verification; its violations with what each invariant says."""
    last = operation.last_verification()
    wrong = [{"says": _(INVARIANTS.get(name, name)), "times": times} for name, times in (last["violations"] or {}).items()] if last else []
    return {"last": last, "wrong": wrong, "invariants": len(INVARIANTS)}


def _steps(done: dict[str, Any]) -> dict[str, Any]:
    """What a new system needs, with ticks from its real state; nothing once orders have come in."""
    return {**done, "is_new": not done["has_orders"]}


def _may(visitor: Visitor) -> dict[str, bool]:
    asked = {
        "exceptions": "exceptions.read",
        "partners": "partners.operate",
        "stock": "stock.read",
        "verify": "audit.read",
        "ledger": "ledger.read",
        "warehouse": "warehouse.work",
    }
    return {name: visitor.may(permission) for name, permission in asked.items()}


def _since_then(request: HttpRequest, as_of: datetime, *, keeps: bool) -> dict[str, Any] | None:
    """What came in since this person's last look at the page: the one before this sitting."""
    known = request.session.get(LAST_LOOK, {})
    before, latest = parse_datetime(known.get("before", "")), parse_datetime(known.get("latest", ""))
    if keeps:
        if latest and (as_of - latest).total_seconds() > LOOK_AGAIN_S:
            before = latest
        request.session[LAST_LOOK] = {"before": before.isoformat() if before else "", "latest": as_of.isoformat()}
    if before is None:
        return None
    told = _alone("since_then", lambda: operation.since_then(before, as_of))
    return {**told, "at": before, "window": day.query_of(before, as_of)} if told else None


def _ranges() -> Sequence[tuple[str, str]]:
    return (("1h", _("1 hour")), ("24h", _("24 hours")), ("14d", _("14 days")), ("90d", _("90 days")))


@require_safe
@page("orders.read")
def trend(request: HttpRequest) -> HttpResponse:
    """The figures of a chart's range, as columns."""
    name = request.GET.get("range", "24h")
    if name not in trends.RANGES:
        raise Http404(f"there is no range {name}")
    answer = JsonResponse(trends.trend(name, operation.moment()))
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@page("audit.read")
def verify_now(request: HttpRequest) -> HttpResponse:
    """Have every invariant counted in the background; the page tells when it is done."""
    try:
        with transaction.atomic():
            verify_books.configure(queueing_lock="verify_books").defer(actor=visitor_of(request).actor)
    except AlreadyEnqueued:
        messages.info(request, _("The books are being verified already."))
    else:
        messages.info(request, _("The books are being verified in the background; the result shows here within a minute or two."))
    return redirect("today")
