"""The doors that orders come in by, as people look at them; and how far a new shop has come."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
SHOWN_MAX = 200
HEARD_AMONG_MAX = 50_000  # newest messages of all in which the last of a channel is looked for, before its kept hours are asked
MESSAGES_SHOWN = 8
Rows = list[dict[str, Any]]


def listed(_chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """Channels by code: state, when an order was last heard, messages that wait for somebody."""
    return [row._asdict() for row in sql.channels_listed(after=after, among=HEARD_AMONG_MAX, limit=limit)]


def one(code: str) -> dict[str, Any] | None:
    """A channel with its newest messages and its words for shipping; None where there is none."""
    found = sql.channel_card(code=code)
    if not found:
        return None
    return {
        **found.one._asdict(),
        "messages": [row._asdict() for row in sql.messages_of_channel(code=code, limit=MESSAGES_SHOWN)],
        "codes": [row._asdict() for row in sql.codes_of_channel(code=code, limit=SHOWN_MAX)],
        "unknown_codes": [row._asdict() for row in sql.unknown_codes_of_channel(code=code, limit=SHOWN_MAX)],
    }


def entities() -> list[tuple[str, str]]:
    return [(row.code, f"{row.code} {row.name} ({row.currency})") for row in sql.door_entities()]


def shipping_services() -> list[tuple[str, str]]:
    return [(row.code, f"{row.code} {row.name}") for row in sql.door_services()]


def progress() -> dict[str, Any]:
    """What a new shop has: entity, node, service, tax, items, stock, channel, message, worker, released; and where its first order is."""
    return dict(sql.first_steps_taken().one._asdict())
