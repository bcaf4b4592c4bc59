"""When a count is to be repeated."""

from __future__ import annotations

from typing import Any

from headrace.governance.policies import declare

COUNTING: dict[str, Any] = {
    "tolerated_each": 2,  # pieces by which a count may differ without being repeated
    "tolerated_percent": 1,  # or this share of the book, where that is more
    "recount_value": 100,  # a difference worth more is counted again in any case, whole units of the entity's currency; null is no limit
    "rounds_max": 3,  # counts of one line that differ from each other; the last one then stands
}
PERCENT_MAX, ROUNDS_MAX = 100, 9


def _is_whole(value: Any, least: int, most: int | None = None) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least and (most is None or value <= most)


def counting_faults(body: Any) -> list[str]:
    """What is wrong with the tolerances of counts."""
    if not isinstance(body, dict) or set(body) - set(COUNTING):
        return [f"body: {body!r}; the settings are {', '.join(COUNTING)}"]
    found = []
    if not _is_whole(body.get("tolerated_each", 0), 0):
        found.append(f"tolerated_each: {body['tolerated_each']!r} must be a whole number from 0")
    if not _is_whole(body.get("tolerated_percent", 0), 0, PERCENT_MAX):
        found.append(f"tolerated_percent: {body['tolerated_percent']!r} must be a whole number from 0 to {PERCENT_MAX}")
    if body.get("recount_value") is not None and not _is_whole(body["recount_value"], 0):
        found.append(f"recount_value: {body['recount_value']!r} must be a whole number from 0, or null for no limit")
    if not _is_whole(body.get("rounds_max", 1), 1, ROUNDS_MAX):
        found.append(f"rounds_max: {body['rounds_max']!r} must be a whole number from 1 to {ROUNDS_MAX}")
    return found


declare("stock_counts", body=COUNTING, says="By how much a counted quantity may differ from the books before it is counted again", check=counting_faults)
