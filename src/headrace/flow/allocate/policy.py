"""Routing as people tune it: rows, not code. A batch records the version it used."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare

SORT_KEYS = ("cost", "transit_days", "stock_balance", "code", "kind")
FILTERS = ("active", "reach", "hazmat", "open_today", "capacity", "refused_before", "entity")

DEFAULT: dict[str, Any] = {
    "filters": ["active", "reach", "hazmat", "capacity", "refused_before", "entity"],
    "sorts": ["transit_days", "cost", "stock_balance"],
    "kinds": ["warehouse", "3pl", "store", "supplier"],
    "exclude_nodes": [],
    "safety_each": 0,
    "split": "allow",  # allow, or never: ship complete from one node
    "parts_max": 3,
    "ship_partial": True,  # what is there goes now, the rest waits
    "never_split_kit": True,
    "backorder_look_again_minutes": 60,
    "attempts_max": 10,
}


def faults(body: Any) -> list[str]:
    """What is wrong with a routing policy."""
    found = [f"{key}: no such setting; known are {', '.join(DEFAULT)}" for key in body if key not in DEFAULT]
    found += [f"filters: {f!r} is no filter; known are {', '.join(FILTERS)}" for f in body.get("filters", []) if f not in FILTERS]
    found += [f"sorts: {s!r} is no sort; known are {', '.join(SORT_KEYS)}" for s in body.get("sorts", []) if s not in SORT_KEYS]
    if body.get("split", "allow") not in ("allow", "never"):
        found.append(f"split: {body['split']!r} must be allow or never")
    for key in ("parts_max", "attempts_max", "backorder_look_again_minutes"):
        if not isinstance(body.get(key, 1), int) or body.get(key, 1) < 1:
            found.append(f"{key}: {body[key]!r} must be a whole number from 1")
    return found


declare("routing", body=DEFAULT, says="How allocate chooses a node: filters, sorts, split, safety stock, backorder", check=faults)
