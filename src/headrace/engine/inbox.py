"""The inbox: every message from outside, stored raw before it is understood.

A webhook, a poll, a file and an API call all end here, in the transaction that acknowledges the message. Same partner, kind, key and
content: same answer. A stage takes messages by their kind (its `takes` is the kind) and finishes each with an outcome.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headrace.engine import documents
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries, run
from headrace.values.ids import content_hash

sql = load_queries(__package__)

REPEATABLE = ("order", "notice")  # kinds whose stage knows again what it has taken, by its key and version
DID_NOTHING = ("ignored", "out_of_order")  # outcomes that left everything as it was; an older payout that a newer replaced would replace it in turn

DOCUMENT = documents.register(
    documents.Document(
        name="inbox",
        claim=sql.claim_messages,
        reclaim=sql.reclaim_messages,
        hold=sql.hold_messages,
        unhold=sql.unhold_messages,
        about=sql.about_messages,
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """What a partner sent: its kind (order, shipment, tracking, payment, payout ...), the partner's key, the body as received."""

    kind: str
    key: str
    body: str
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a message went: its number, whether it is new, and what became of it if it was known."""

    id: int
    is_new: bool
    state: str
    outcome: str | None
    document_id: int | None


def store(partner: str, messages: Sequence[Message], *, wake: bool = True) -> list[Stored]:
    """Store messages of one partner in one statement; the answers stand in the order given (a repeat within the call shares its first's)."""
    if not messages:
        return []
    keys = [(m.kind, m.key, content_hash(m.body)) for m in messages]
    once = dict(sorted(zip(keys, messages, strict=True), key=lambda pair: pair[0]))
    rows = sql.store_messages(
        partner=partner,
        kinds=[k[0] for k in once],
        keys=[k[1] for k in once],
        hashes=[k[2] for k in once],
        bodies=[m.body for m in once.values()],
        headers=[json.dumps(m.headers) if m.headers else None for m in once.values()],
    )
    if wake:
        run("select pg_notify('headrace', 'inbox')")
    stored = {key: Stored(row.id, row.is_new, row.state, row.outcome, row.document_id) for key, row in zip(once, rows, strict=True)}
    return [stored[key] for key in keys]


def read(batch: Batch) -> Answer:
    """Messages of the batch that still go on: id, partner, kind, message_key, body, headers."""
    return sql.read_messages(batch)


def bodies(message_ids: Sequence[int]) -> Answer:
    """Raw messages by id, whatever became of them: id, partner, body, headers."""
    return sql.bodies_of_messages(message_ids=list(message_ids))


def take_again(kind: str, outcome: str, keys: Sequence[tuple[str, str]]) -> int:
    """Messages of a kind that ended with `outcome`, by (partner, key): they go to their stage once more. Gives their number."""
    if not keys:
        return 0
    partners, message_keys = (list(column) for column in zip(*keys, strict=True))
    taken = sql.take_again(kind=kind, outcome=outcome, partners=partners, keys=message_keys).count
    if taken:
        run("select pg_notify('headrace', 'inbox')")
    return taken


def take_raw(message_ids: Sequence[int]) -> list[int]:
    """These messages are taken again from their raw bodies, where that can double nothing. Gives those that are."""
    taken = sql.take_raw(message_ids=list(message_ids), repeatable=list(REPEATABLE), idle=list(DID_NOTHING)).column("id")
    if taken:
        run("select pg_notify('headrace', 'inbox')")
    return list(taken)


def can_be_taken_again(message: Mapping[str, Any]) -> bool:
    """Whether a message (kind, state, outcome, body) may be taken again from its raw body: `take_raw` says the same of many."""
    is_harmless = message["kind"] in REPEATABLE or message["outcome"] in DID_NOTHING
    return message["body"] is not None and (message["state"] == "parked" or (message["state"] == "done" and is_harmless))


def why_not_again(message_ids: Sequence[int]) -> dict[int, str]:
    """Why messages that `take_raw` left alone are not taken again."""
    whys = {}
    for row in sql.states_of_messages(message_ids=list(message_ids)):
        if row.state == "received":
            whys[row.id] = "it waits to be read already"
        elif not row.has_body:
            whys[row.id] = "its raw body is not kept any more"
        else:
            whys[row.id] = f"it has done its work ({row.outcome or row.state}); a {row.kind} that is taken twice could count twice"
    return whys


def finish(batch: Batch, outcomes: dict[int, tuple[str, int | None]]) -> None:
    """Write each message's outcome and the row it made or changed; a message that is not at `received` any more is an error."""
    if not outcomes:
        return
    done = sql.finish_messages(
        batch,
        message_ids=list(outcomes),
        outcomes=[o for o, _ in outcomes.values()],
        document_ids=[d for _, d in outcomes.values()],
    )
    assert done.count == len(outcomes), f"finished {done.count} of {len(outcomes)} messages"
    batch.mark_moved(outcomes)
