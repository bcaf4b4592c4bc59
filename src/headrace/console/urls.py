"""Addresses of the console."""

from __future__ import annotations

from django.urls import include, path

from headrace.console import acting, desk, preferences, today

urlpatterns = [
    path("", today.show, name="today"),
    path("today/verify", today.verify_now, name="verify"),
    path("exceptions", desk.show, name="exceptions"),
    path("me", preferences.show, name="me"),
    path("do/<slug:name>", acting.do, name="do"),
    path("accounts/", include("allauth.urls")),
]
