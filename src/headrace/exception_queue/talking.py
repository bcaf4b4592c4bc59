"""What people say to each other about cases: comments that name colleagues, texts that are used again, and the note from shift to shift."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue.reasons import Team
from headrace.exception_queue.resolving import RowResult, change

sql = load_queries(__package__)
NAMED_MAX = 20  # people in one comment
COLLEAGUES_MAX = 500
WORDINGS_MAX = 200
WORDING_NAME_CHARS_MAX = 60
WORDING_CHARS_MAX = 2_000
HANDOVER_CHARS_MAX = 4_000
EARLIER_HANDOVERS = 20
_NAME = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._@+-]{0,59})", re.IGNORECASE)


def names_in(note: str) -> list[str]:
    """Whom `@name` calls, each once, without the stop that ends a sentence."""
    return list(dict.fromkeys(name.rstrip(".-+_@").lower() for name in _NAME.findall(note)))


@action(permission="exceptions.work", says="Comment")
def comment(deed: Deed, *, case_ids: Sequence[int], note: str) -> list[RowResult]:
    """Say something about cases. `@name` calls a colleague, who finds the case among those that mention them."""
    if not note.strip():
        raise Refused("note: ''. A comment has words.")
    called = names_in(note)
    if len(called) > NAMED_MAX:
        raise Refused(f"note: it calls {len(called)} people, at most {NAMED_MAX} can be called at once; escalate to their team instead")
    known = sql.people_named(names=called).column("username") if called else []
    unknown = [name for name in called if name not in known]
    if unknown:
        raise Refused(f"note: nobody here is called {', '.join('@' + name for name in unknown)}; look the names up in the list of people")
    answers = change(deed, case_ids, "commented", note=note)
    done = [a.case_id for a in answers if a.done]
    if done and known:
        sql.mention(deed, case_ids=done, names=known)
    if done:
        sql.mention_seen(deed, username=_person(deed), case_ids=done)  # who answers has seen it
    return answers


@action(permission="exceptions.read", says="I have seen it")
def see_mentions(deed: Deed, *, case_ids: Sequence[int]) -> int:
    """One's own mentions on these cases are seen. Gives their number."""
    deed.subject = f"case:{case_ids[0]}" if len(case_ids) == 1 else f"cases:{len(case_ids)}"
    return sql.mention_seen(deed, username=_person(deed), case_ids=list(case_ids)).count


def mentions_on(case_id: int, username: str) -> list[dict[str, Any]]:
    """Who called this person on the case, and when; only what they have not seen."""
    return [row._asdict() for row in sql.mentions_on_case(case_id=case_id, username=username)]


def colleagues() -> list[tuple[str, str]]:
    """User name and name of everybody who may work on cases."""
    return [(row.username, row.name) for row in sql.colleagues(limit=COLLEAGUES_MAX)]


@action(permission="exceptions.work", says="Keep the text")
def keep_wording(deed: Deed, *, name: str, words: str) -> None:
    """Keep a text for comments under a name; `{order}`, `{sku}` and `{value}` stand for those of the case. The same name again changes it."""
    name = name.strip()
    if not 0 < len(name) <= WORDING_NAME_CHARS_MAX:
        raise Refused(f"name: {name[:WORDING_NAME_CHARS_MAX]!r}; give the text a name of 1 to {WORDING_NAME_CHARS_MAX} characters")
    if not 0 < len(words.strip()) <= WORDING_CHARS_MAX:
        raise Refused(f"words: {len(words.strip())} characters; a text has 1 to {WORDING_CHARS_MAX}")
    if sql.count_wordings(name=name).scalar >= WORDINGS_MAX:
        raise Refused(f"name: {WORDINGS_MAX} texts are kept already; remove one first")
    deed.subject = f"wording:{name}"
    sql.keep_wording(deed, name=name, words=words.strip())


@action(permission="exceptions.work", says="Remove the text")
def drop_wording(deed: Deed, *, name: str) -> None:
    """Remove a text for comments; comments that used it stay as they are."""
    deed.subject = f"wording:{name}"
    if not sql.drop_wording(name=name):
        raise Refused(f"name: there is no text {name!r}")


def wordings() -> list[dict[str, Any]]:
    return [row._asdict() for row in sql.wordings()]


@action(permission="exceptions.work", says="Leave the note")
def leave_handover(deed: Deed, *, team: str, note: str) -> None:
    """What the next shift of a team must know; it stands at the top of their desk. Earlier notes are kept; an empty one takes it down."""
    if team not in set(Team):
        raise Refused(f"team: {team!r} is none; known are {', '.join(Team)}")
    if len(note) > HANDOVER_CHARS_MAX:
        raise Refused(f"note: {len(note):,} characters, at most {HANDOVER_CHARS_MAX:,} are read")
    deed.subject = f"handover:{team}"
    sql.leave_handover(deed, team=team, note=note.strip())


def handovers(team: str | None) -> list[dict[str, Any]]:
    """The notes in force: of one team with the earlier versions, or of all teams."""
    found = [row._asdict() for row in sql.handovers(team=team) if row.note or team]
    return [{**note, "earlier": [row._asdict() for row in sql.earlier_handovers(team=note["team"], limit=EARLIER_HANDOVERS)]} for note in found]


def _person(deed: Deed) -> str:
    return deed.actor.partition(":")[2]
