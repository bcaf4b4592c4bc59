"""The door of the house: whoever stands still is signed out, whoever needs a second factor sets it up first, and no cache keeps what is behind it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.signals import password_changed
from allauth.core.internal.httpkit import authenticated_user
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import UpdateError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from headrace.console import company, leaving
from headrace.governance import sessions, sign_in

SEEN_EVERY_S = 60  # a session notes at most so often that somebody is there
FOR_PROGRAMS = ("/api/", "/hooks/", "/static/", "/healthz", "/readyz", "/metrics")
BY_ITSELF = ("/", "/waiting")  # what open pages ask for again and again, and what ends in /live: nobody clicked
PERMISSIONS_POLICY = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()"
NEEDS_PROOF = ("users.manage", "keys.manage")  # pages and deeds that ask who sits there, if the sign-in is not fresh
WHY_SIGNED_OUT = "why_signed_out"


class Door:
    """Stands before every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            raise Http404("no address holds a zero byte")
        for_people = not request.path.startswith(FOR_PROGRAMS)
        known = for_people and request.user.is_authenticated
        answer = (_turned_away(request) if known else None) or self.get_response(request)
        answer.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if known or (for_people and request.path.startswith("/accounts/")):
            answer.headers["Cache-Control"] = "no-store, private"
        return answer


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """The answer to somebody who may not go on; None for those who may. Whoever is signed out here meets the page as a stranger, who signs in first."""
    terms, now = sign_in.terms(), timezone.now()
    seen, since = (sessions.moment_in(request.session, name) for name in (sessions.SEEN, sessions.SINCE))
    if since and now - since > timedelta(hours=sessions.SIGNED_IN_HOURS_MAX):
        _sign_out(request, "long")
        return None
    if seen and now - seen > timedelta(minutes=terms.idle_minutes):
        _sign_out(request, "idle")
        return None
    if not _asks_by_itself(request) and (seen is None or now - seen > timedelta(seconds=SEEN_EVERY_S)):
        _note_seen(request, now)
    if terms.company_second_factor and company.brought_second_factor(request):
        return None
    if not sign_in.lacks_second_factor(request.user.get_username(), terms.second_factor_roles):
        return None
    request.must_have_second_factor = True  # type: ignore[attr-defined]  # told on the page that sets it up
    return None if request.path.startswith("/accounts/") else elsewhere(request, reverse("mfa_activate_totp"))


def _sign_out(request: HttpRequest, why: str) -> None:
    who = request.user.get_username()
    logout(request)
    request.session[WHY_SIGNED_OUT] = why
    request.session[leaving.WHO] = who


def _asks_by_itself(request: HttpRequest) -> bool:
    return request.method == "GET" and (
        "HX-Request" in request.headers and (request.path in BY_ITSELF or request.GET.get("part") == "queue") or request.path.endswith(("/live", "/waiting"))
    )


def _note_seen(request: HttpRequest, now: datetime) -> None:
    """Kept at once, so that a slow page does not write an older session over a newer one at its end."""
    changed = request.session.modified
    request.session[sessions.SEEN] = now.isoformat()
    try:
        request.session.save()
    except UpdateError:  # ended elsewhere at this moment
        logout(request)
    else:
        request.session.modified = changed


def elsewhere(request: HttpRequest, address: str) -> HttpResponse:
    """To another page, however this one was asked for: by a person, by htmx, or by the console's script."""
    if "X-Deed" in request.headers:
        return JsonResponse({"sign_in": address}, status=401)
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def is_fresh(request: HttpRequest) -> bool:
    """Did this person prove lately who they are? Somebody whom only the company's sign-in knows did so there."""
    since = sessions.moment_in(request.session, sessions.SINCE)
    proofs = [since.timestamp()] if since else []
    proofs += [r["at"] for r in get_authentication_records(request, request.user)]
    fresh = bool(proofs) and timezone.now().timestamp() - max(proofs) < sign_in.terms().fresh_minutes * 60
    return fresh or not get_reauthentication_flows(request.user)


def prove_first(request: HttpRequest, permission: str, back: str) -> HttpResponse | None:
    """Where a page or deed needs it and the sign-in is not fresh: to the page that asks for the password again, and then back."""
    if permission not in NEEDS_PROOF or is_fresh(request):
        return None
    way = "account_reauthenticate" if authenticated_user(request).has_usable_password() else "mfa_reauthenticate"
    return elsewhere(request, f"{reverse(way)}?{urlencode({'next': back})}")


def locked(request: HttpRequest, _answer: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The page of somebody whose sign-in is locked: why, and for how long still."""
    from headrace.console.access import who_tries

    pause = timedelta(hours=settings.AXES_COOLOFF_TIME)
    tried = AccessAttempt.objects.filter(username=who_tries(request, credentials), ip_address=request.META.get("REMOTE_ADDR"))
    last = tried.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    left = (last + pause - timezone.now()) if last else pause
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    answer = render(request, "account/locked.html", {"minutes": minutes, "failures": settings.AXES_FAILURE_LIMIT}, status=429)
    answer.headers["Retry-After"] = str(minutes * 60)
    return answer


def _sign_others_out(request: HttpRequest, user: Any, **_: object) -> None:
    """Whoever knew the old password is signed out with it."""
    sessions.end_others(user.get_username(), sessions.sign_of(str(request.session.session_key)))


password_changed.connect(_sign_others_out, dispatch_uid="headrace.console.door")
