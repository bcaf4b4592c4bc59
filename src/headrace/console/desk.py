"""The exceptions desk: the queue on the left, the open case on the right, deeds under it; and the same deed for all that match."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.console import case_card, views
from headrace.console.access import page, visitor_of
from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.exception_queue import bulk, desk
from headrace.exception_queue.desk import Wanted
from headrace.exception_queue.reasons import Team, plain
from headrace.insight.personal import masked_case
from headrace.values.money import minor_from

ROWS = 50
COUNTED_MAX = 10_000
STATES = ("open", "snoozed", "resolved")
AGES = (
    ("1", gettext_lazy("over an hour")),
    ("8", gettext_lazy("over a shift (8 h)")),
    ("24", gettext_lazy("over a day")),
    ("168", gettext_lazy("over a week")),
)
VALUES = ("100", "500", "1000", "5000")
PROMISES = (("0", gettext_lazy("broken already")), ("24", gettext_lazy("within a day")), ("72", gettext_lazy("within three days")))
FILTERS = ("team", "reason", "stage", "late", "state", "age", "value", "promise", "whose")
LISTING = {"name": "exceptions", "address": "/exceptions"}


@require_safe
@page("exceptions.read")
def show(request: HttpRequest) -> HttpResponse:
    """The queue, and the case that `case` names beside it; only the case where htmx asks for it alone."""
    chosen = chosen_of(request.GET)
    query = _query(chosen)
    opened = case_card.of(request, query)
    if request.htmx and request.htmx.target == "case":  # type: ignore[attr-defined]
        return render(request, "console/_case.html", {"case": opened, "query": query})
    now = run("select clock_timestamp()").scalar
    wanted = wanted_of(chosen, visitor_of(request).actor, now)
    ids = desk.matching(now, wanted, after=_after(request), limit=COUNTED_MAX + 1)
    rows = desk.listed(now, ids[:ROWS])
    if not visitor_of(request).may("orders.personal"):
        rows = [masked_case(row) for row in rows]
    context = {
        "rows": rows,
        "matching": min(len(ids), COUNTED_MAX),
        "is_more_than_counted": len(ids) > COUNTED_MAX,
        "next": f"{rows[-1]['due_at'].isoformat()}~{rows[-1]['id']}" if len(ids) > ROWS else "",
        "counts": _counts(now),
        "chosen": chosen,
        "query": query,
        "case": opened,
        "teams": list(Team),
        "states": STATES,
        "ages": AGES,
        "values": VALUES,
        "promises": PROMISES,
        "listing": LISTING,
        "views": views.of(visitor_of(request).name, LISTING["name"]),
        "is_narrowed": bool(query),
        "wakings": case_card.wakings(),
    }
    return render(request, "console/exceptions.html", context)


def _counts(now: datetime) -> list[dict[str, Any]]:
    """Open cases by reason, over all currencies."""
    by_reason: dict[str, dict[str, Any]] = {}
    for c in desk.counts(now):
        known = by_reason.setdefault(c["reason_code"], {"reason_code": c["reason_code"], "told": plain(c["says"]), "cases": 0, "late": 0})
        known["cases"] += c["cases"]
        known["late"] += c["late"]
    return list(by_reason.values())


def chosen_of(given: Any) -> dict[str, str]:
    """The filters as the address has them, cleaned."""
    return {name: str(given.get(name, "")).replace("\x00", "").strip()[:60] for name in FILTERS}


def wanted_of(chosen: dict[str, str], actor: str, now: datetime) -> Wanted:
    """The filters as the queue understands them; what is none of the choices narrows nothing."""
    hours = {
        name: timedelta(hours=int(chosen[name])) for name in ("age", "promise") if chosen[name].isascii() and chosen[name].isdigit() and len(chosen[name]) < 6
    }
    return Wanted(
        state=chosen["state"] if chosen["state"] in STATES else "open",
        team=chosen["team"] or None,
        reason=chosen["reason"] or None,
        stage=chosen["stage"] or None,
        late=True if chosen["late"] == "true" else None,
        assigned_to=actor if chosen["whose"] == "mine" else None,
        is_free=True if chosen["whose"] == "nobody" else None,
        opened_before=now - hours["age"] if "age" in hours else None,
        value_from_minor=minor_from(chosen["value"], "USD") if chosen["value"] in VALUES else None,
        promised_by=now + hours["promise"] if "promise" in hours else None,
    )


def _query(chosen: dict[str, str]) -> str:
    return urlencode({name: value for name, value in chosen.items() if value})


def _after(request: HttpRequest) -> tuple[datetime, int] | None:
    """The place of the last row of the page before; a broken one starts at the first page."""
    due, _sign, number = request.GET.get("after", "").partition("~")
    try:
        return datetime.fromisoformat(due), int(number[:18])
    except ValueError:
        return None


@require_POST
@page("exceptions.read")
def start(request: HttpRequest) -> HttpResponse:
    """The deed for all that match, in the background."""
    chosen = chosen_of(request.POST)
    now = run("select clock_timestamp()").scalar
    given = {name: request.POST[name] for name in ("note", "to", "until", "team_to") if request.POST.get(name)}
    if "team_to" in given:
        given["team"] = given.pop("team_to")
    takes = {
        "retry": ("note",),
        "accept": ("note",),
        "close": ("note",),
        "comment": ("note",),
        "assign": ("to",),
        "snooze": ("until",),
        "escalate": ("team", "note"),
    }
    name = request.POST.get("deed", "")
    try:
        actor = visitor_of(request).actor
        parameters = {k: v for k, v in given.items() if k in takes.get(name, ())}
        number = bulk.start_bulk(actor=actor, name=name, wanted=wanted_of(chosen, actor, now), parameters=parameters)
        case_card.begin(number)
    except (Refused, NotAllowed) as error:
        messages.error(request, str(error), extra_tags="bad")
        return redirect(f"/exceptions?{_query(chosen)}")
    return redirect("bulk", number=number)


@require_safe
@page("exceptions.read")
def many(request: HttpRequest, number: int) -> HttpResponseBase:
    """How far a deed on many has come, and what became of each case."""
    found = bulk.show(number)
    if found is None:
        raise Http404(f"there is no bulk deed {number}")
    state = request.GET.get("state", "")
    after = request.GET.get("after", "0")
    rows = bulk.rows(
        number,
        state=state if state in ("todo", "done", "refused") else None,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
        limit=ROWS,
    )
    context = {
        "bulk": found,
        "says": _(case_card.says(found["action"])),
        "rows": rows,
        "state": state,
        "after": rows[-1]["case_id"] if len(rows) == ROWS else None,
        "is_own": found["actor"] == visitor_of(request).actor,
        "states": ("todo", "done", "refused"),
    }
    return render(request, "console/_bulk.html" if request.htmx else "console/bulk.html", context)  # type: ignore[attr-defined]


@require_POST
@page("exceptions.read")
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Take up what was refused or left undone."""
    try:
        bulk.restart_bulk(actor=visitor_of(request).actor, bulk_id=number)
        case_card.begin(number)
    except (Refused, NotAllowed) as error:
        messages.error(request, str(error), extra_tags="bad")
    return redirect("bulk", number=number)
