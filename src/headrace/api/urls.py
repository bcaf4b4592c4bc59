"""Addresses of the API."""

from __future__ import annotations

from django.urls import path

from headrace.api import hooks, metrics, pages
from headrace.api.v1 import api

urlpatterns = [
    path("programs", pages.home),
    path("healthz", metrics.healthz),
    path("readyz", metrics.readyz),
    path("metrics", metrics.metrics),
    path("hooks/shopify/<slug:channel>", hooks.shopify),
    path("static/<path:path>", pages.static),
    path("api/docs", pages.docs),
    path("api/v1/", api.urls),
]
