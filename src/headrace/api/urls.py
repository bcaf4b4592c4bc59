"""Addresses of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path

from headrace.api import hooks, metrics
from headrace.api.v1 import api


def _home(_: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect("/api/v1/docs")


urlpatterns = [
    path("", _home),
    path("healthz", metrics.healthz),
    path("readyz", metrics.readyz),
    path("metrics", metrics.metrics),
    path("hooks/shopify/<slug:channel>", hooks.shopify),
    path("api/docs", _home),
    path("api/v1/", api.urls),
]
