"""The fixed logic of release: room at a node, when those that must wait are looked at again, and what a missing piece takes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

UNLIMITED = 2_000_000_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def limit_of(policy: dict[str, Any], node: str) -> int:
    """Most fulfilments in progress at a node."""
    own: int = policy["in_progress_max_by_node"].get(node, policy["in_progress_max"])
    return own or UNLIMITED


def is_limited(policy: dict[str, Any]) -> bool:
    """Does the policy need to know what is in progress at the nodes?"""
    return bool(policy["in_progress_max"] or policy["in_progress_max_by_node"] or policy["wave_size"])


def wave_start(policy: dict[str, Any], as_of: datetime) -> datetime:
    """When the wave of a moment began; waves are counted from a fixed moment, so that every worker sees the same."""
    minutes = policy["wave_minutes"]
    if not minutes:
        return as_of
    length = timedelta(minutes=minutes)
    return EPOCH + (as_of - EPOCH) // length * length


def room(policy: dict[str, Any], node: str, in_progress: int, in_wave: int) -> int:
    """How many fulfilments a node may be given now: what its limit and its wave both leave, never below none."""
    of_wave = (policy["wave_size"] or UNLIMITED) - in_wave
    return max(min(limit_of(policy, node) - in_progress, of_wave), 0)


def look_again_at(policy: dict[str, Any], as_of: datetime, node: str, in_progress: int) -> datetime:
    """When those that found no room are taken again: the next wave, unless the node itself is full."""
    soon = as_of + timedelta(minutes=policy["look_again_minutes"])
    if in_progress >= limit_of(policy, node) or not policy["wave_minutes"]:
        return soon
    return wave_start(policy, as_of) + timedelta(minutes=policy["wave_minutes"])


def kits_given_up(parts: Sequence[Any], missing: Mapping[int, int]) -> tuple[int, dict[int, int]]:
    """What a line of a fulfilment gives up when pieces are missing: (order pieces less, fulfilment line to pieces less).

    `parts` are the line's fulfilment lines (id, per_kit_each, qty_each, qty_short_each, qty_shipped_each), one for plain goods, one a component
    for a kit; `missing` is fulfilment line to pieces, never more than what is left there. A kit that lacks a part is not shipped from
    here at all, so its other parts are given up too, except those that have left already.
    """
    whole = min((p.qty_each - p.qty_short_each) // p.per_kit_each for p in parts)
    lost = max(-(-missing.get(p.id, 0) // p.per_kit_each) for p in parts)
    kits_left = max(whole - lost, 0)
    pieces = {p.id: (p.qty_each - p.qty_short_each) - max(kits_left * p.per_kit_each, p.qty_shipped_each) for p in parts}
    return whole - kits_left, {i: n for i, n in pieces.items() if n > 0}
