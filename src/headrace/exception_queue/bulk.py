"""A deed on every case that matches: chosen when it is asked for, done in the background in parts, with a result for each case.

Each part is one deed by the person who asked, in one transaction with its results: a worker that is killed in between loses nothing and repeats
nothing, and any other goes on with what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from headrace.engine import by_name, sockets
from headrace.engine.action import Deed, NotAllowed, Refused, WaitsForApproval, action, action_named
from headrace.engine.long_work import LongWork
from headrace.engine.queries import load_queries
from headrace.exception_queue import desk
from headrace.exception_queue.desk import Wanted
from headrace.exception_queue.resolving import undo_cases

sql = load_queries(__package__)
BULK_CASES_MAX = 100_000
PART_CASES = 500  # of one transaction
LOOKED_AT_MAX = 500  # cases that the look before a bulk tries
GOING_ON_MAX = 20  # bulks that one look of the clock takes up
DEEDS = ("retry", "claim", "assign", "give_back", "snooze", "escalate", "comment", "accept", "close")
OUTSIDE = "that is outside of what your role covers"
CAN_BE_UNDONE = ("claim", "assign", "give_back", "snooze", "escalate")


PERMISSION = "exceptions.read"


@action(permission=PERMISSION, says="Do it for all that match", own_door=True)
def start_bulk(deed: Deed, *, name: str, wanted: Wanted, parameters: dict[str, Any]) -> int:
    """Choose every case that matches now, to do this deed with each in the background. Gives the bulk's number.

    `parameters` are the deed's own besides its cases (note, to, until, team); what it cannot take is refused now, not case by case.
    """
    ids = chosen(deed.actor, deed.at, name, wanted, parameters)
    bulk_id = int(sql.start_bulk(deed, action=name, parameters=orjson.dumps(parameters).decode()).scalar)
    sql.choose_rows(bulk_id=bulk_id, case_ids=ids)
    deed.subject = f"bulk:{bulk_id}"
    return bulk_id


def chosen(actor: str, as_of: datetime, name: str, wanted: Wanted, parameters: dict[str, Any]) -> list[int]:
    """Ids of the cases that it would be done with. What cannot be done with any of them is refused."""
    if name not in DEEDS:
        raise Refused(f"name: {name!r} is not done with many; choose one of {', '.join(DEEDS)}")
    declared = by_name.named()[name]
    if not sockets.may(actor, declared.permission):
        raise NotAllowed(f"{actor} may not {name}: the permission {declared.permission} is missing")
    if name in sockets.policy_in_force("approvals", as_of)[1]["deeds"]:
        raise Refused(f"name: {name} waits for a second person by policy, and many in the background cannot; do it case by case")
    by_name.checked(name, {**parameters, "case_ids": [1]})
    with sockets.limits_of(actor, PERMISSION, declared.permission) or nullcontext():
        ids = desk.matching(as_of, wanted, limit=BULK_CASES_MAX + 1)
    if not ids:
        raise Refused("no case matches any more; look at the list again")
    if len(ids) > BULK_CASES_MAX:
        raise Refused(f"more than {BULK_CASES_MAX:,} cases match; narrow the list and do it in parts")
    return ids


def look_first(*, actor: str, as_of: datetime, name: str, wanted: Wanted, parameters: dict[str, Any]) -> dict[str, Any]:
    """What the bulk would do, without doing it: the deed itself, rolled back, with the most urgent `LOOKED_AT_MAX` cases.

    total: cases that match; tried, done: of how many looked at it would be done; refused: (why, how many); worth: value at risk by currency, of all.
    """
    ids = chosen(actor, as_of, name, wanted, parameters)
    tried = ids[:LOOKED_AT_MAX]
    with transaction.atomic():
        results = _results(actor, name, parameters, tried)
        transaction.set_rollback(True)
    refused = Counter(why for state, why in results if state == "refused")
    worth = {row.currency: row.value_minor for row in sql.worth_of(case_ids=ids)}
    return {"total": len(ids), "tried": len(tried), "done": len(tried) - refused.total(), "refused": refused.most_common(), "worth": worth}


def _next_part(bulk_id: int) -> bool:
    """One part; False when there is nothing left, or nothing for us."""
    with transaction.atomic():
        found = sql.lock_bulk(bulk_id=bulk_id)
        if not found:
            return False
        bulk = found.one
        ids = [] if bulk.stopped_at else sql.next_rows(bulk_id=bulk_id, limit=PART_CASES).column("case_id")
        if ids:
            results = _do(bulk, ids)
            sql.note_rows(bulk_id=bulk_id, case_ids=ids, states=[s for s, _ in results], whys=[w for _, w in results])
        else:
            sql.end_bulk(bulk_id=bulk_id)
    return bool(ids)


WORK = LongWork("bulk", _next_part, lambda failed: sql.going_on(limit=GOING_ON_MAX, failed=failed).column("id"))
go_on, go_on_with_all = WORK.go_on, WORK.go_on_with_all


def _do(bulk: Any, ids: Sequence[int]) -> list[tuple[str, str | None]]:
    return _results(bulk.actor, bulk.action, bulk.parameters, ids)


def _within_limits(actor: str, name: str, ids: Sequence[int]) -> list[int]:
    """Of these cases those that the actor's limits cover now, which may be fewer than when they were chosen."""
    limits = sockets.limits_of(actor, PERMISSION, by_name.named()[name].permission)
    if limits is None:
        return list(ids)
    with limits:
        return list(sql.cases_seen(case_ids=list(ids)).column("id"))


def _results(actor: str, name: str, given: dict[str, Any], ids: Sequence[int]) -> list[tuple[str, str | None]]:
    """The deed with these cases: (state, why) for each, in their order. What lies outside of the actor's limits is refused, and the rest is done."""
    inside = _within_limits(actor, name, ids)
    found = dict(zip(inside, _results_of(actor, name, given, inside) if inside else (), strict=True))
    return [found.get(i, ("refused", OUTSIDE)) for i in ids]


def _results_of(actor: str, name: str, given: dict[str, Any], ids: Sequence[int]) -> list[tuple[str, str | None]]:
    """A deed that is refused whole is refused for each."""
    try:
        with transaction.atomic():
            parameters = by_name.checked(name, {**given, "case_ids": list(ids)})
            answers = {a.case_id: a for a in action_named(name)(actor=actor, **parameters)}
    except (Refused, NotAllowed, WaitsForApproval) as error:
        return [("refused", str(error))] * len(ids)
    return [("done", None) if answers[i].done else ("refused", answers[i].why) for i in ids]


@action(permission="exceptions.work", says="Stop it")
def stop_bulk(deed: Deed, *, bulk_id: int) -> None:
    """Stop a bulk after the part in hand; what is done stays done."""
    deed.subject = f"bulk:{bulk_id}"
    if not sql.stop_bulk(deed, bulk_id=bulk_id).count:
        raise Refused(f"bulk_id: {bulk_id} does not go on any more")
    WORK.settle(bulk_id)


@action(permission="exceptions.work", says="Try the refused ones again")
def restart_bulk(deed: Deed, *, bulk_id: int) -> int:
    """Take up again what was refused or left undone. Gives the number of cases. It is still done in the name of whoever asked first, so only they may."""
    deed.subject = f"bulk:{bulk_id}"
    shown = show(bulk_id)
    if shown is None or shown["actor"] != deed.actor:
        raise Refused(f"bulk_id: {bulk_id} is not a bulk of yours")
    if shown["setback"] and shown["setback"]["is_failed"]:
        WORK.settle(bulk_id)
        return int(shown["todo"])
    again = sql.try_refused_again(bulk_id=bulk_id)
    if not again:
        raise Refused(f"bulk_id: of {bulk_id} nothing is left to do, or it still goes on")
    return int(again.one.rows)


@action(permission="exceptions.work", says="Undo all of it")
def undo_bulk(deed: Deed, *, bulk_id: int) -> int:
    """Take back what a bulk of one's own has changed, where nothing has happened to the case since. Gives the number of cases."""
    shown = show(bulk_id)
    if shown is None or shown["actor"] != deed.actor:
        raise Refused(f"bulk_id: {bulk_id} is not a bulk of yours")
    if shown["action"] not in CAN_BE_UNDONE:
        raise Refused(f"bulk_id: {shown['action']} cannot be taken back: the documents have gone their way")
    ids, undone = _within_limits(deed.actor, shown["action"], sql.bulk_done(bulk_id=bulk_id).column("case_id")), 0
    for first in range(0, len(ids), PART_CASES):
        undone += sum(result.done for result in undo_cases.function(deed, case_ids=ids[first : first + PART_CASES]))
    deed.subject = f"bulk:{bulk_id}"
    return undone


def show(bulk_id: int) -> dict[str, Any] | None:
    """A bulk with its counts: total, done, refused, todo."""
    found = sql.show_bulk(bulk_id=bulk_id)
    return {**found.one._asdict(), "can_be_undone": found.one.action in CAN_BE_UNDONE, "setback": WORK.setback(bulk_id)} if found else None


def rows(bulk_id: int, *, state: str | None = None, after: int = 0, limit: int) -> list[dict[str, Any]]:
    """What became of each case."""
    return [row._asdict() for row in sql.bulk_rows(bulk_id=bulk_id, state=state, after=after, limit=limit)]


def latest(limit: int) -> list[dict[str, Any]]:
    return [row._asdict() for row in sql.last_bulks(limit=limit)]
