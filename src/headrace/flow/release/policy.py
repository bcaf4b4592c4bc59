"""How goods are handed to nodes, as people tune it."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare

DEFAULT: dict[str, Any] = {
    "hold_minutes": 0,  # a planned fulfilment rests so long before it goes out, so that customers can still change their mind
    "in_progress_max": 0,  # most fulfilments at a node that have not shipped; 0 is no limit
    "in_progress_max_by_node": {},  # node code to its own limit
    "wave_minutes": 0,  # goods go out in waves of so many minutes; 0 is at once
    "wave_size": 0,  # most fulfilments that a node has open of one wave; 0 is no limit
    "look_again_minutes": 15,  # when a node is at its limit
    "attempts_max": 5,  # after so many allocations a short pick waits for a person
}
NUMBERS = ("hold_minutes", "in_progress_max", "wave_minutes", "wave_size")


def faults(body: Any) -> list[str]:
    """What is wrong with a release policy."""
    found = [f"{key}: no such setting; known are {', '.join(DEFAULT)}" for key in body if key not in DEFAULT]
    found += [f"{key}: {body[key]!r} must be a whole number from 0" for key in NUMBERS if not _whole(body.get(key, 0), 0)]
    found += [f"{key}: {body[key]!r} must be a whole number from 1" for key in ("look_again_minutes", "attempts_max") if not _whole(body.get(key, 1), 1)]
    by_node = body.get("in_progress_max_by_node", {})
    if not isinstance(by_node, dict) or not all(_whole(v, 0) for v in by_node.values()):
        found.append("in_progress_max_by_node: it maps node codes to whole numbers from 0")
    if _whole(body.get("wave_size", 0), 1) and not body.get("wave_minutes", DEFAULT["wave_minutes"]):
        found.append("wave_size: a wave needs wave_minutes")
    return found


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


declare("release", body=DEFAULT, says="When fulfilments go to their node: hold time, waves, limits in progress, attempts after a short pick", check=faults)
