"""How each person likes the console: zone, language, light or dark; and the page where they say so."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import rooms
from headrace.console.access import page
from headrace.console.models import Preference
from headrace.engine import by_name
from headrace.engine.action import Deed, Refused, action

AUTO = "auto"
THEMES = ("", "light", "dark")
DENSITIES = ("", "compact")
TITLES_OF_THEMES = ((AUTO, gettext_lazy("as the device"), "screen"), ("light", gettext_lazy("light"), "sun"), ("dark", gettext_lazy("dark"), "moon"))
TITLES_OF_DENSITIES = ((AUTO, gettext_lazy("comfortable")), ("compact", gettext_lazy("compact")))
NOTHING_SAID = {"time_zone": "UTC", "language": "", "theme": "", "density": "", "first_room": ""}
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
def keep_preferences(
    deed: Deed,
    *,
    time_zone: str | None = None,
    language: str | None = None,
    theme: str | None = None,
    density: str | None = None,
    first_room: str | None = None,
) -> None:
    """Keep how one likes the console: zone of moments, language of pages, light or dark, density, the room that opens first. What is not said stays; `auto`
    goes back to what browser, device or house choose."""
    told = {"time_zone": time_zone, "language": language, "theme": theme, "density": density, "first_room": first_room}
    changed = {name: "" if value == AUTO and name != "time_zone" else value for name, value in told.items() if value is not None}
    _checked(changed)
    username = deed.actor.partition(":")[2]
    deed.subject = f"user:{username}"
    Preference.objects.update_or_create(username=username, defaults=changed, create_defaults={**NOTHING_SAID, **changed})


def _checked(changed: dict[str, str]) -> None:
    zone, language = changed.get("time_zone"), changed.get("language")
    if zone is not None and zone not in available_timezones():
        raise by_name.WrongValue(f"time_zone: {zone!r} is no known zone; write it as in Europe/Berlin", field="time_zone", value=zone)
    if language and language not in dict(settings.LANGUAGES):
        raise Refused(f"language: {language!r} is not spoken here; choose one of {', '.join(dict(settings.LANGUAGES))}")
    if changed.get("theme", "") not in THEMES:
        raise Refused(f"theme: {changed['theme']!r} is not known; choose light, dark, or nothing for the device's own")
    if changed.get("density", "") not in DENSITIES:
        raise Refused(f"density: {changed['density']!r} is not known; choose compact, or auto for the comfortable one")
    if changed.get("first_room", "") not in ("", *rooms.addresses()):
        raise Refused(f"first_room: {changed['first_room']!r} is no room; choose one of {', '.join(rooms.addresses())}")


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """The person's own settings."""
    context = {"zones": sorted(available_timezones()), "languages": settings.LANGUAGES, "themes": TITLES_OF_THEMES, "densities": TITLES_OF_DENSITIES}
    return render(request, "console/me.html", context)
