"""Shipping services, and what channels call them."""

from __future__ import annotations

from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def service(code: str) -> Any | None:
    """id, code, name of a shipping service; None if there is none."""
    found = sql.service_by_code(code=code)
    return found.one if found else None


def learn_code(deed: Deed, channel_id: int, channel_code: str, service_id: int) -> None:
    """Keep what a channel's word for a shipping service means."""
    sql.learn_shipping_code(deed, channel_id=channel_id, channel_code=channel_code, service_id=service_id)
