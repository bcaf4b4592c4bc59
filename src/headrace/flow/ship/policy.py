"""What people may tune about shipping."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare
from headrace.values.currency import is_currency

DEFAULT: dict[str, Any] = {
    "missed_scan_hours": 72,
    "tracking_days_max": 180,  # older parcels are not followed: carriers use their numbers again
    "own_carrier": {"currency": "USD", "first_kg_minor": 650, "further_kg_minor": 120, "abroad_minor": 1_400},
}


def faults(body: Any) -> list[str]:
    """What is wrong with a shipping policy."""
    found = [f"{key}: no such setting; known are {', '.join(DEFAULT)}" for key in body if key not in DEFAULT]
    for key in ("missed_scan_hours", "tracking_days_max"):
        if not _whole(body.get(key, 1), 1):
            found.append(f"{key}: {body[key]!r} must be a whole number from 1")
    own = body.get("own_carrier", DEFAULT["own_carrier"])
    if not isinstance(own, dict) or set(own) != set(DEFAULT["own_carrier"]):
        return [*found, f"own_carrier: it needs {', '.join(DEFAULT['own_carrier'])}"]
    found += [f"own_carrier.{k}: {v!r} must be a whole number from 0, in minor units" for k, v in own.items() if k.endswith("_minor") and not _whole(v, 0)]
    if not is_currency(own["currency"]):
        found.append(f"own_carrier.currency: {own['currency']!r} is no ISO 4217 code")
    return found


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


declare("shipping", body=DEFAULT, says="How long parcels may be silent and are followed; what the house's own carrier asks", check=faults)
