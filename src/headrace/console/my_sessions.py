"""Where one is signed in, for oneself: every device, each to be ended."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from headrace.console import deeds
from headrace.console.access import page, visitor_of
from headrace.governance import sessions, sign_in


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """Every device on which the person is signed in."""
    visitor, here = visitor_of(request), sessions.sign_of(str(request.session.session_key))
    rows = [{**r, "is_this": r["session"] == here} for r in sessions.listed(visitor.name)]
    for row in rows:
        known = {"session": row["session"]}
        row["deed"] = None if row["is_this"] else deeds.form_of(visitor, "end_my_session", known=known, hidden=("session",), next_page=request.path)
    others = deeds.form_of(
        visitor, "end_my_other_sessions", known={"keep": here}, hidden=("keep",), effect=_("Every other device must sign in again."), next_page=request.path
    )
    told = {"rows": rows, "others": others if len(rows) > 1 else None, "terms": sign_in.terms(), "hours": sessions.SIGNED_IN_HOURS_MAX}
    return render(request, "console/my_sessions.html", told)
