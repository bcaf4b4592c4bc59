"""The few pages that need no sign-in: where what is. And the static files, from wherever the package lies."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

STATIC_KEPT_S = 3_600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, where the documentation and the health are, and how to get in."""
    try:
        number = version("headrace")
    except PackageNotFoundError:  # run from its sources
        number = "from sources"
    return render(request, "api/home.html", {"version": number})


def docs(_: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect("/api/v1/docs")


@require_safe
def static(request: HttpRequest, path: str) -> HttpResponseBase:
    """A static file of an installed room; nothing else on the disk can be named."""
    answer = serve(request, path, insecure=True)
    answer["Cache-Control"] = f"public, max-age={STATIC_KEPT_S}"
    return answer
