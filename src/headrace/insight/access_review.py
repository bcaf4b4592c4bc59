"""The access review: who may do what, where, since when and by whom; people and programs."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
GRANTS_MAX = 20_000  # rows of people and their roles in one review


def people() -> list[dict[str, Any]]:
    """One row for each role that a person holds, and one for a person without any: state, last sign-in, second factor, limits, permissions, given by whom and when."""
    return [row._asdict() for row in sql.access_of_people(after="", limit=GRANTS_MAX)]


def programs() -> list[dict[str, Any]]:
    """One row for each API key: scopes, channel, validity, age, last use, given by whom and when."""
    return [row._asdict() for row in sql.access_of_programs()]
