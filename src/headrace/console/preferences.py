"""How each person likes the console: zone, language, light or dark; and the page where they say so."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from headrace.console.access import page
from headrace.console.models import Preference
from headrace.engine.action import Deed, Refused, action

THEMES = ("", "light", "dark")
FOR_PROGRAMS = ("/api/", "/hooks/", "/static/")


def of(request: HttpRequest) -> Preference | None:
    """What the signed-in person prefers; read once per request."""
    if not hasattr(request, "_preference"):
        known = getattr(request, "user", None)
        signed_in = known is not None and known.is_authenticated
        found = Preference.objects.filter(username=known.get_username()).first() if known and signed_in else None
        request._preference = found  # type: ignore[attr-defined]
    liked: Preference | None = request._preference  # type: ignore[attr-defined]
    return liked


class Preferences:
    """Shows pages in the person's language and moments in their zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(FOR_PROGRAMS):
            with translation.override(settings.LANGUAGE_CODE):  # whatever a program's HTTP library says that it likes to read
                return self.get_response(request)
        liked = of(request)
        if liked is None:
            return self.get_response(request)
        with timezone.override(ZoneInfo(liked.time_zone or settings.TIME_ZONE)):
            if liked.language:
                translation.activate(liked.language)
                request.LANGUAGE_CODE = liked.language
            return self.get_response(request)


@action(permission="orders.read", says="Keep my settings")
def keep_preferences(deed: Deed, *, time_zone: str = "UTC", language: str = "", theme: str = "") -> None:
    """Keep how one likes the console: zone of moments, language of pages, light or dark."""
    if time_zone not in available_timezones():
        raise Refused(f"time_zone: {time_zone!r} is no known zone; write it as in Europe/Berlin")
    if language and language not in dict(settings.LANGUAGES):
        raise Refused(f"language: {language!r} is not spoken here; choose one of {', '.join(dict(settings.LANGUAGES))}")
    if theme not in THEMES:
        raise Refused(f"theme: {theme!r} is not known; choose light, dark, or nothing for the device's own")
    username = deed.actor.partition(":")[2]
    deed.subject = f"user:{username}"
    Preference.objects.update_or_create(username=username, defaults={"time_zone": time_zone, "language": language, "theme": theme})


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """The person's own settings."""
    return render(request, "console/me.html", {"liked": of(request), "zones": sorted(available_timezones()), "languages": settings.LANGUAGES, "themes": THEMES})
