"""Deeds that wait for a second person, as far as this person may see and answer them."""

from __future__ import annotations

from typing import Any

from headrace.console.access import Visitor
from headrace.engine import scoping
from headrace.governance import scopes
from headrace.insight import system

PERMISSION = "approvals.answer"
PART = 100
LOOKED_AT_MAX = 1_000  # approvals that are gone through for one page of somebody who sees a part of them


def read(visitor: Visitor, *, state: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """The newest first. With limits: those whose subject lies within, as the check of the answer has it."""
    if visitor.scope(PERMISSION) is None:
        return system.approvals(state=state, before=before, limit=limit)
    found: list[dict[str, Any]] = []
    for _part in range(LOOKED_AT_MAX // PART):
        with scoping.without_limits():
            rows = system.approvals(state=state, before=before, limit=PART)
        found += scopes.answerable(visitor.name, rows)
        if len(rows) < PART or len(found) >= limit:
            break
        before = rows[-1]["id"]
    return found[:limit]


def one(visitor: Visitor, number: int) -> dict[str, Any] | None:
    """One of them; None where there is none, or none for this person."""
    if number >= 2**62:
        return None
    with scoping.without_limits():
        rows = [row for row in system.approvals(state=None, before=number + 1, limit=1) if row["id"] == number]
    return next(iter(scopes.answerable(visitor.name, rows)), None)


def count(visitor: Visitor, most: int) -> int:
    """How many wait for an answer that this person may give."""
    return len(read(visitor, state="asked", before=None, limit=most))
