"""A partner: its breaker in words and by hand, the last day, its secrets (written, never shown), and what happened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, deeds
from headrace.console.access import Visitor, page, visitor_of
from headrace.engine import partners as books_of_partners
from headrace.engine.causes import cause_of
from headrace.engine.outbox import FAILURES_TO_OPEN
from headrace.governance import secrets
from headrace.insight import partner as told_of

SECRET_CHARS_MAX = 500


@require_safe
@page("partners.operate")
def partners(request: HttpRequest) -> HttpResponse:
    """Everybody outside: breaker, pause, last error."""
    visitor = visitor_of(request)
    may_see = visitor.may("orders.personal")
    rows = [
        {**row, "last_error": row["last_error"] if may_see or not row["last_error"] else cause_of(row["last_error"])} for row in books_of_partners.partners()
    ]
    connect = deeds.form_of(visitor, "connect_partner", next_page="/system/partners")
    return render(request, "console/system/partners.html", {"rows": rows, "deeds": deeds.offered([connect])})


@require_safe
@page("partners.operate")
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One partner."""
    visitor = visitor_of(request)
    found = told_of.one(code[:100], may_see=visitor.may("orders.personal"))
    if found is None:
        raise Http404(f"there is no partner {code}")
    may_keep = visitor.may("keys.manage")
    context = {
        "partner": found,
        "opened": next((e for e in found["events"] if e["event"] in ("opened", "opened_by_hand")), None),
        "failures_to_open": FAILURES_TO_OPEN,
        "deeds": _deeds(visitor, found),
        "secrets": secrets.told_of(found["code"]) if may_keep else None,
        "secret_chars_min": secrets.SECRET_CHARS_MIN,
    }
    return render(request, "console/system/partner.html", context)


def _deeds(visitor: Visitor, found: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be done with it as it stands."""
    code, here, waits = found["code"], f"/system/partners/{found['code']}", {"waiting": found["waiting"], "partner": found["code"]}
    known: dict[str, Any] = {"partner": code}
    forms: list[dict[str, Any] | None] = []
    if found["breaker"] == "open" and not found["paused"]:
        forms.append(deeds.form_of(visitor, "try_partner_now", known=known, hidden=("partner",), next_page=here))
    if found["breaker"] != "closed":
        effect = _("%(waiting)s deliveries go out at once, without a probe. Five failures in a row open it again.") % waits
        forms.append(deeds.form_of(visitor, "close_breaker", known=known, hidden=("partner",), effect=effect, next_page=here))
    else:
        forms.append(deeds.form_of(visitor, "open_breaker", known={**known, "minutes": 15}, hidden=("partner",), next_page=here))
    effect = _("%(waiting)s deliveries to %(partner)s go out again.") if found["paused"] else _("Nothing goes to %(partner)s; %(waiting)s deliveries wait.")
    pause = {**known, "paused": "false" if found["paused"] else "true"}
    form = deeds.form_of(visitor, "pause_partner", known=pause, hidden=("partner", "paused"), effect=effect % waits, next_page=here)
    if form:
        forms.append({**form, "says": _("Resume") if found["paused"] else _("Pause until somebody resumes it")})
    return deeds.offered(forms)


@sensitive_post_parameters("secret")
@require_POST
@never_cache
@page("keys.manage")
def keep_secret(request: HttpRequest, code: str) -> HttpResponse:
    """Set or rotate the secret, or drop the one before. What was typed is sealed, and stands on no page, in no message and in no log."""
    if told_of.one(code[:100]) is None:
        messages.error(request, _("There is no partner %s.") % code[:40], extra_tags="bad")
        return redirect("partner", code=code)
    if request.POST.get("drop"):
        outcome, done = acting.attempt(request, secrets.drop_old_secret, {"partner": code}), _("Only the newest secret counts now.")
    else:
        value = request.POST.get("secret", "").strip()[:SECRET_CHARS_MAX]
        given = {"partner": code, "value": value, "keep_old": bool(request.POST.get("keep_old"))}
        outcome, done = (
            acting.attempt(request, secrets.rotate_partner_secret, given),
            _("The secret is kept, sealed. It counts everywhere within half a minute."),
        )
    outcome.tell(request, done=done)
    return redirect("partner", code=code)
