"""Where a page finds the stream of live news, and the leave that its content policy gives it to go there."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

PORT, URL = "HEADRACE_LIVE_PORT", "HEADRACE_LIVE_URL"  # set by whoever starts the process, or by whoever puts a proxy before it


def of(request: HttpRequest) -> str:
    """Address of the stream as the browser must call it; empty where no such process runs."""
    given = os.environ.get(URL)
    if given:
        return given
    port = os.environ.get(PORT)
    return f"{request.scheme}://{split_domain_port(request.get_host())[0]}:{port}/live" if port else ""


class AllowLive:
    """Lets pages connect to the stream where it has an origin of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        parts = urlsplit(of(request)) if response.get("Content-Type", "").startswith("text/html") else None
        if parts and parts.netloc:
            response._csp_update = {**getattr(response, "_csp_update", {}), "connect-src": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
        return response
