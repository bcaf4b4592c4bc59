"""The exceptions desk: the queue on the left, the open case on the right, deeds under it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from headrace.console import views
from headrace.console.access import page, visitor_of
from headrace.engine import by_name
from headrace.engine.queries import run
from headrace.exception_queue import desk
from headrace.exception_queue.reasons import Team, plain, reasons
from headrace.insight import figures

ROWS = 50
CASE_DEEDS = ("retry", "accept", "close")  # every case may be looked at again or closed; accept where its reason offers it
STATES = ("open", "snoozed", "resolved")
QUEUE = {"name": "exceptions", "address": "/exceptions"}
FILTERS = ("team", "reason", "late", "state")


@require_safe
@page("exceptions.read")
def show(request: HttpRequest) -> HttpResponse:
    """The queue, and the case that `case` names beside it; only the case where htmx asks for it alone."""
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    opened = _case(request)
    if request.htmx and request.htmx.target == "case":  # type: ignore[attr-defined]
        return render(request, "console/_case.html", {"case": opened, "query": _query(chosen)})
    now = run("select clock_timestamp()").scalar
    state = chosen["state"] if chosen["state"] in STATES else "open"
    rows = desk.cases(
        now, state=state, team=chosen["team"] or None, reason=chosen["reason"] or None, late=True if chosen["late"] == "true" else None, limit=ROWS
    )
    counts = [{**c, "told": plain(c["says"])} for c in desk.counts(now)]
    context = {
        "rows": rows,
        "counts": counts,
        "chosen": chosen,
        "state": state,
        "query": _query(chosen),
        "case": opened,
        "teams": list(Team),
        "states": STATES,
        "listing": QUEUE,
        "views": views.of(visitor_of(request).name, QUEUE["name"]),
        "more": len(rows) == ROWS,
    }
    return render(request, "console/exceptions.html", context)


def _query(chosen: dict[str, str]) -> str:
    return urlencode({name: value for name, value in chosen.items() if value})


def _case(request: HttpRequest) -> dict[str, Any] | None:
    number = request.GET.get("case", "")
    found = desk.case(int(number)) if number.isdigit() and len(number) < 19 else None
    if found is None:
        return None
    order = figures.order(found["order_id"]) if found["order_id"] else None
    shown = [{"name": name, "value": value} for name, value in found["detail"].items() if name not in ("traceback",)]
    described = {told["name"]: told for told in by_name.described()}
    offered = [described[name] for name in found["offers"] if name in described and name not in CASE_DEEDS]  # the likeliest first
    deeds = [told for told in offered if visitor_of(request).may(told["permission"])]
    declared = reasons().get(found["reason_code"])
    return {
        **found,
        "evidence": shown,
        "order": order,
        "others": desk.cases(run("select clock_timestamp()").scalar, order_id=found["order_id"], limit=20) if found["order_id"] else [],
        "deeds": [{**d, "fields": _fields(d, found)} for d in deeds],
        "may_accept": "accept" in found["offers"] and visitor_of(request).may("exceptions.accept"),
        "title": plain(declared.says) if declared else found["says"],
    }


def _fields(told: dict[str, Any], found: dict[str, Any]) -> list[dict[str, Any]]:
    """What a person must say for a deed; what the case knows stands there already."""
    known = {**found["detail"], "order_id": found["order_id"], "case_ids": f"[{found['id']}]", "channel_sku": found["detail"].get("sku")}
    needed = told["parameters"].get("required", ())
    return [
        {
            "name": name,
            "value": known.get(name, ""),
            "needed": name in needed,
            "hidden": name in ("order_id", "case_ids"),
            "is_address": told["name"] == "fix_address" and name == "changes",
        }
        for name in told["parameters"]["properties"]
    ]
