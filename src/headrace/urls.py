"""All addresses of the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.urls import include, path

urlpatterns: list[Any] = []
if (Path(__file__).parent / "api" / "urls.py").exists():
    urlpatterns.append(path("", include("headrace.api.urls")))
if (Path(__file__).parent / "console" / "urls.py").exists():
    urlpatterns.append(path("", include("headrace.console.urls")))
