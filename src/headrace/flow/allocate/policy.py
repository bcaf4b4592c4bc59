"""Routing as people tune it: rows, not code. A batch records the version it used."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare

SORT_KEYS = ("promise", "cost", "transit_days", "stock_balance", "code", "kind")
FILTERS = ("active", "reach", "hazmat", "promise", "open_today", "cut_off", "capacity", "refused_before", "entity", "margin")

DEFAULT: dict[str, Any] = {
    "filters": ["active", "reach", "hazmat", "capacity", "refused_before", "entity", "margin"],
    "sorts": ["transit_days", "cost", "stock_balance"],
    "kinds": ["warehouse", "3pl", "store", "supplier"],
    "exclude_nodes": [],
    "safety_each": 0,  # kept back at every node; a position may keep more
    "split": "allow",  # allow, or never: ship complete from one node
    "parts_max": 3,
    "ship_partial": True,  # what is there goes now, the rest waits
    "never_split_kit": True,  # the kits of a line leave together from one node; parts of one kit always do
    "margin_floor_percent": None,  # least that must be left of what the customer pays after goods and parcels; null is no floor
    "backorder_look_again_minutes": 60,
    "attempts_max": 10,
    "reservation_days": 14,  # goods that no node was asked to ship are free again after this; null is never
}
_FLAGS = ("ship_partial", "never_split_kit")
_FROM_ONE = ("parts_max", "attempts_max", "backorder_look_again_minutes")
_PERCENT = range(-100, 101)


def complete(body: dict[str, Any]) -> dict[str, Any]:
    """A stored policy with today's settings: one that was stored before a setting existed takes its default."""
    return {**DEFAULT, **body}


def faults(body: Any) -> list[str]:
    """What is wrong with a routing policy."""
    if not isinstance(body, dict):
        return [f"body: {body!r} must be a table"]
    found = [f"{key}: no such setting; known are {', '.join(DEFAULT)}" for key in body if key not in DEFAULT]
    whole = complete(body)
    for key in ("filters", "sorts", "kinds", "exclude_nodes"):
        if not isinstance(whole[key], list) or not all(isinstance(word, str) for word in whole[key]):
            return [*found, f"{key}: {whole[key]!r} must be a list of words"]
    found += [f"filters: {f!r} is no filter; known are {', '.join(FILTERS)}" for f in whole["filters"] if f not in FILTERS]
    found += [f"sorts: {s!r} is no sort; known are {', '.join(SORT_KEYS)}" for s in whole["sorts"] if s not in SORT_KEYS]
    found += [f"kinds: {k!r} is no kind of node; known are {', '.join(DEFAULT['kinds'])}" for k in whole["kinds"] if k not in DEFAULT["kinds"]]
    if whole["split"] not in ("allow", "never"):
        found.append(f"split: {whole['split']!r} must be allow or never")
    found += [f"{key}: {whole[key]!r} must be true or false" for key in _FLAGS if not isinstance(whole[key], bool)]
    found += [f"{key}: {whole[key]!r} must be a whole number from 1" for key in _FROM_ONE if not _is_from(whole[key], 1)]
    if not _is_from(whole["safety_each"], 0):
        found.append(f"safety_each: {whole['safety_each']!r} must be a whole number from 0")
    if whole["margin_floor_percent"] is not None and whole["margin_floor_percent"] not in _PERCENT:
        found.append(f"margin_floor_percent: {whole['margin_floor_percent']!r} must be a whole number from -100 to 100, or null for no floor")
    if whole["reservation_days"] is not None and not _is_from(whole["reservation_days"], 1):
        found.append(f"reservation_days: {whole['reservation_days']!r} must be a whole number from 1, or null for never")
    return found


def _is_from(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


declare("routing", body=DEFAULT, says="How allocate chooses a node: filters, sorts, split, safety stock, margin floor, backorder", check=faults)
