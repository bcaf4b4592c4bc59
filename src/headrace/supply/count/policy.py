"""How much stock one person may correct alone."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare

DEFAULT: dict[str, Any] = {"value_max": 1000}  # worth of one deed in whole units of the entity's currency; null is no limit


def faults(body: Any) -> list[str]:
    """What is wrong with the limits of corrections."""
    if not isinstance(body, dict) or set(body) - set(DEFAULT):
        return [f"body: {body!r}; the only setting is value_max"]
    limit = body.get("value_max")
    is_whole = isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0
    return [] if limit is None or is_whole else [f"value_max: {limit!r} must be a whole number from 0, or null for no limit"]


declare("stock_corrections", body=DEFAULT, says="Worth of goods that one person may adjust or count away alone; more waits for a second person", check=faults)
