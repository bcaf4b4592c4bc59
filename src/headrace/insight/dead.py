"""Letters that stand still: deliveries that gave up and messages that nobody could read, by cause, and what a replay of them would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.engine.replaying import REPLAY_LETTERS_MAX

sql = load_queries(__package__)
GROUPS_MAX = 200
OLD_LETTER_DAYS = 7  # a partner may take older news badly: what it says may be untrue by now


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters: of a partner and cause (outbox), or of a sender, kind, reason and field or stage (inbox); or those of these numbers."""

    document: str
    partner: str | None = None
    cause: str | None = None
    kind: str | None = None
    reason: str | None = None
    place: str | None = None
    ids: tuple[int, ...] | None = None
    leave_old: bool = False


def letters_by_cause() -> list[dict[str, Any]]:
    """Dead letters: partner, cause, letters, first_at, last_at, example (number of the newest), kinds."""
    return [row._asdict() for row in sql.letters_by_cause(limit=GROUPS_MAX)]


def messages_by_reason() -> list[dict[str, Any]]:
    """Parked messages: partner, kind, reason and place (field or stage), letters, first_at, last_at, example."""
    return [row._asdict() for row in sql.messages_by_reason(limit=GROUPS_MAX)]


def totals() -> dict[str, int]:
    """How many deliveries gave up, and how many messages stand parked."""
    return dict(sql.dead_totals().one._asdict())


def matching(wanted: Wanted) -> list[int]:
    """Numbers of the letters, the oldest first; one more than a replay takes where there are too many."""
    since = _old() if wanted.leave_old else None
    common: dict[str, Any] = {
        "partner": wanted.partner,
        "ids": list(wanted.ids) if wanted.ids is not None else None,
        "since": since,
        "limit": REPLAY_LETTERS_MAX + 1,
    }
    if wanted.document == "outbox":
        return list(sql.dead_numbers(cause=wanted.cause, **common).column("id"))
    return list(sql.parked_numbers(kind=wanted.kind, reason=wanted.reason, place=wanted.place, **common).column("id"))


def look(document: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What a replay of these would do, partner by partner: letters, old, records, first_at, last_at; of deliveries also what waits behind, breaker and pause."""
    query = sql.look_at_letters if document == "outbox" else sql.look_at_messages
    return [row._asdict() for row in query(ids=list(ids), old=_old())]


def rows_of_replay(replay: dict[str, Any], *, state: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """What became of each letter: id, state, why, partner, record, and where it stands now."""
    found = sql.rows_of_replay(replay_id=replay["id"], document=replay["document"], state=state, after=after, limit=limit)
    return [row._asdict() for row in found]


def _old() -> datetime:
    now: datetime = run("select clock_timestamp()").scalar
    return now - timedelta(days=OLD_LETTER_DAYS)
