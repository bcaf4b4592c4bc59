"""Today: the operation at a glance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from headrace.console.access import page, visitor_of
from headrace.insight import operation
from headrace.insight.verify import verify_and_keep

CHART_WIDTH, CHART_HEIGHT, CHART_FOOT = 720, 132, 16


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """The whole page, or its inside for the look every few seconds."""
    told = operation.today()
    context = {**told, "bars": _bars(told["hours"]), "urgent": _urgent(request, told["as_of"])}
    return render(request, "console/_today.html" if request.htmx else "console/today.html", context)  # type: ignore[attr-defined]


@require_POST
@page("audit.read")
def verify_now(request: HttpRequest) -> HttpResponse:
    """Count the violations of every invariant now, and keep what was found."""
    report = verify_and_keep(visitor_of(request).actor)
    wrong = sum(1 for n in report.violations.values() if n)
    if report.ok:
        messages.success(request, f"All {len(report.violations)} invariants hold ({report.seconds:.1f} s).", extra_tags="good")
    else:
        messages.error(request, f"{wrong} of {len(report.violations)} invariants are violated: see `headrace verify`.", extra_tags="bad")
    return redirect("today")


def _urgent(request: HttpRequest, as_of: Any) -> list[dict[str, Any]]:
    from headrace.exception_queue import desk

    return desk.cases(as_of, limit=8) if visitor_of(request).may("exceptions.read") else []


def _bars(hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The day as bars: x, width, and for orders and parked the top and the height, in the picture's own units."""
    most = max([1, *(h["orders"] for h in hours)])
    step, room = CHART_WIDTH / len(hours), CHART_HEIGHT - CHART_FOOT
    return [
        {
            **h,
            "x": round(n * step + 2, 1),
            "width": round(step - 4, 1),
            "high": round(room * h["orders"] / most, 1),
            "top": round(room - room * h["orders"] / most, 1),
            "parked_high": round(min(room, room * h["parked"] / most), 1),
            "parked_top": round(room - min(room, room * h["parked"] / most), 1),
            "told": n % 4 == 0,
        }
        for n, h in enumerate(hours)
    ]
