"""Replay: letters that stand still are sent or taken again, or set aside, one or a hundred thousand, with a result for each.

An outbox delivery that gave up goes out again with its idempotency key; an inbox message is taken again from its raw body. Each part is one deed by the
person who asked, in one transaction with its results: whoever is killed in between loses nothing and repeats nothing, and another goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from headrace.engine import inbox, outbox, sockets
from headrace.engine.action import Deed, NotAllowed, Refused, WaitsForApproval, action
from headrace.engine.long_work import LongWork
from headrace.engine.models import REPLAYED
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
REPLAY_LETTERS_MAX = 100_000
PART_LETTERS = 1_000  # of one transaction
ABOUT_CHARS_MAX = 300
GOING_ON_MAX = 20  # replays that one look of the clock takes up
_WHY_NOT = {
    "todo": "it goes out already",
    "doing": "it is being sent just now",
    "done": "the partner has taken it",
    "dropped": "it was set aside",
}
Answer = tuple[int, str, str | None]  # number of the letter; done or refused; why


@action(permission="partners.operate", says="Replay")
def start_replay(deed: Deed, *, document: str, ids: list[int], about: str = "") -> int:
    """Send deliveries that gave up again (document: outbox), or take messages again from their raw bodies (inbox). Gives the replay's number.

    It goes on in the background, in order per record, with a result for each letter. A delivery keeps its idempotency key and an order its key and version, so
    that nothing is done twice.
    """
    if document not in REPLAYED:
        raise Refused(f"document: {document!r}; choose {' or '.join(REPLAYED)}")
    return _start(deed, document, "replay", ids, about, None)


@action(permission="partners.operate", says="Set aside")
def start_setting_aside(deed: Deed, *, ids: list[int], note: str, about: str = "") -> int:
    """Deliveries that gave up are never sent any more, for a reason; what waits behind them for the same record goes out. Gives the number of the work."""
    if not (note or "").strip():
        raise Refused("note: ''. Say in words why they are never to be sent.")
    return _start(deed, "outbox", "set_aside", ids, about, note.strip())


def _start(deed: Deed, document: str, what: str, ids: Sequence[int], about: str, note: str | None) -> int:
    if not ids:
        raise Refused("ids: none; nothing matches any more, look at the list again")
    if len(ids) > REPLAY_LETTERS_MAX:
        raise Refused(f"ids: {len(ids):,} at once; the limit is {REPLAY_LETTERS_MAX:,}. Narrow the list and do it in parts.")
    replay_id = int(sql.start_replay(deed, document=document, what=what, about=about[:ABOUT_CHARS_MAX], note=note).scalar)
    sql.choose_letters(replay_id=replay_id, ids=list(ids))
    deed.subject = f"replay:{replay_id}"
    return replay_id


@action(permission="partners.operate", says="Do a part of a replay", own_door=True)
def do_part(deed: Deed, *, replay_id: int, document: str, what: str, ids: list[int], note: str | None) -> list[Answer]:
    """A step of a replay that somebody asked for, in their name."""
    deed.subject = f"replay:{replay_id}"
    if document == "inbox":
        done = set(inbox.take_raw(ids))
        if done:
            sockets.messages_replayed(deed, sorted(done))
        whys = inbox.why_not_again([i for i in ids if i not in done])
    else:
        done = set(outbox.send_again(deed, outbox_ids=ids) if what == "replay" else outbox.set_aside(deed, ids, note or ""))
        whys = {row.id: _WHY_NOT.get(row.state, row.state) for row in sql.states_of_letters(outbox_ids=[i for i in ids if i not in done])}
    return [(i, "done", None) if i in done else (i, "refused", whys.get(i, "there is none of this number")) for i in ids]


def _next_part(replay_id: int) -> bool:
    """One part; False when there is nothing left, or nothing for us."""
    with transaction.atomic():
        found = sql.lock_replay(replay_id=replay_id)
        if not found:
            return False
        replay = found.one
        ids = [] if replay.stopped_at else sql.next_letters(replay_id=replay_id, limit=PART_LETTERS).column("document_id")
        if ids:
            answers = _answers(replay, ids)
            sql.note_letters(replay_id=replay_id, ids=[i for i, _, _ in answers], states=[s for _, s, _ in answers], whys=[w for _, _, w in answers])
        else:
            sql.end_replay(replay_id=replay_id)
    return bool(ids)


WORK = LongWork("replay", _next_part, lambda failed: sql.going_on(limit=GOING_ON_MAX, failed=failed).column("id"))
go_on, go_on_with_all = WORK.go_on, WORK.go_on_with_all


def _answers(replay: Any, ids: list[int]) -> list[Answer]:
    """A part that is refused whole is refused for each letter."""
    try:
        with transaction.atomic():
            answers: list[Answer] = do_part(actor=replay.actor, replay_id=replay.id, document=replay.document, what=replay.deed, ids=ids, note=replay.note)
            return answers
    except (Refused, NotAllowed, WaitsForApproval) as error:
        return [(i, "refused", str(error)) for i in ids]


@action(permission="partners.operate", says="Stop it")
def stop_replay(deed: Deed, *, replay_id: int) -> None:
    """Stop after the part in hand; what is done stays done."""
    deed.subject = f"replay:{replay_id}"
    if not sql.stop_replay(deed, replay_id=replay_id):
        raise Refused(f"replay_id: {replay_id} does not go on any more")
    WORK.settle(replay_id)


@action(permission="partners.operate", says="Try it again")
def restart_replay(deed: Deed, *, replay_id: int) -> None:
    """Take up a replay that failed, from the letter that it had reached."""
    deed.subject = f"replay:{replay_id}"
    if not WORK.setback(replay_id, is_failed=True):
        raise Refused(f"replay_id: {replay_id} did not fail")
    WORK.settle(replay_id)


def show(replay_id: int) -> dict[str, Any] | None:
    """A replay with its counts: total, done, refused, todo."""
    found = sql.show_replay(replay_id=replay_id)
    return {**found.one._asdict(), "setback": WORK.setback(replay_id)} if found else None


def latest(limit: int) -> list[dict[str, Any]]:
    return [row._asdict() for row in sql.last_replays(limit=limit)]
