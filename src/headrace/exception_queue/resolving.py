"""Resolving: how a parked document leaves the queue, by a person, by an event or by looking again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.batch import Batch
from headrace.engine.documents import named
from headrace.engine.queries import load_queries
from headrace.engine.stage import stages
from headrace.exception_queue.reasons import Team, reasons

sql = load_queries(__package__)
CASES_PER_CALL_MAX = 10_000
LOOK_AGAIN_MAX = 2_000
LATE_AT_ONCE_MAX = 5_000
ADRIFT_S = 600


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a bulk deed did with one case: done, or why not."""

    case_id: int
    done: bool
    why: str = ""


@dataclass(slots=True)
class _Sweep:
    """A sweep by the engine itself, which gives queries their moment."""

    as_of: datetime
    actor: str = "engine:sweep"
    batch_id: int | None = None

    def parameters(self) -> dict[str, Any]:
        return {"as_of": self.as_of, "actor": self.actor, "batch_id": self.batch_id}


def take(deed: Deed, case_ids: Sequence[int]) -> tuple[list[Any], list[RowResult]]:
    """Lock cases and sort out those that cannot be worked on; a case that is named twice is taken once."""
    if len(case_ids) > CASES_PER_CALL_MAX:
        raise Refused(f"{len(case_ids)} cases at once; the limit is {CASES_PER_CALL_MAX:,}. Narrow the filter or send them in parts.")
    deed.subject = f"case:{case_ids[0]}" if len(case_ids) == 1 else f"cases:{len(case_ids)}"
    found = sql.lock_cases(deed, case_ids=list(case_ids))
    known = {case.id for case in found}
    refused = [RowResult(i, False, "no such case") for i in dict.fromkeys(case_ids) if i not in known]
    refused += [RowResult(case.id, False, "already resolved") for case in found if case.state == "resolved"]
    return [case for case in found if case.state != "resolved"], refused


def answer(case_ids: Sequence[int], done: Iterable[int], refused: Iterable[RowResult]) -> list[RowResult]:
    """One result per case, in the order in which they were named."""
    results = {result.case_id: result for result in [*refused, *(RowResult(i, True) for i in done)]}
    return [results[i] for i in dict.fromkeys(case_ids)]


def _finish(deed: Deed, cases: Sequence[Any], resolution: str, note: str | None) -> None:
    ids = [case.id for case in cases]
    if ids:
        sql.resolve_cases(deed, case_ids=ids, resolution=resolution, note=note)
        let_go(deed, ids)


def let_go(giver: Deed | Batch | _Sweep, case_ids: Sequence[int]) -> None:
    """Unhold the documents of these cases that nothing blocks any more, so that their stage takes them again."""
    free = sorted(sql.free_documents(giver, case_ids=list(case_ids)), key=lambda row: row.document)
    for document, rows in groupby(free, key=lambda row: row.document):
        if document != "outbox":
            named(document).unhold(giver, ids=[row.document_id for row in rows])


def send_on(giver: Deed | Batch, document: str, document_ids: Sequence[int], code: str, note: str) -> int:
    """Policy answers at once: what this reason left open on these documents closes as `sent_to`, and they go on unless something else holds them.

    Gives the number of cases.
    """
    open_cases = sql.open_cases_of(document=document, document_ids=list(document_ids), code=code).column("id") if document_ids else []
    if open_cases:
        actor = giver.actor if isinstance(giver, Deed) else f"engine:{giver.stage}"
        sql.resolve_cases(giver, case_ids=open_cases, resolution="sent_to", note=note, actor=actor)
        let_go(giver, open_cases)
    return len(open_cases)


@action(permission="exceptions.resolve", says="Try again")
def retry(deed: Deed, *, case_ids: Sequence[int], note: str | None = None) -> list[RowResult]:
    """Send the documents back to the stage that parked them.

    The case stays, remembered as let go: the same failure opens it again with its history, and the batch that lets the document pass resolves
    it. A document that no stage takes from where it stands has nothing to wait for, so that its case is resolved at once.
    """
    cases, refused = take(deed, case_ids)
    refused += [RowResult(case.id, False, _REPLAY) for case in cases if case.document == "outbox"]
    going = [case for case in cases if case.document != "outbox"]
    ids = [case.id for case in going]
    if ids:
        sql.send_back(deed, case_ids=ids, note=note)
        let_go(deed, ids)
        nobodys = _taken_by_no_stage(deed, going)
        if nobodys:
            sql.resolve_cases(deed, case_ids=nobodys, resolution="sent_to", note=note)
    return answer(case_ids, ids, refused)


_REPLAY = "a dead letter is sent again with replay_dead_letters (headrace outbox replay)"


def _taken_by_no_stage(giver: Deed | _Sweep, cases: Sequence[Any]) -> list[int]:
    """Cases whose documents stand where no stage takes them, free as they are. One that something else holds has still to go its way."""
    free = {(row.document, row.document_id) for row in sql.free_documents(giver, case_ids=[case.id for case in cases])}
    as_of = giver.at if isinstance(giver, Deed) else giver.as_of
    taken: set[tuple[str, int]] = set()
    for document in {case.document for case in cases}:
        ids = sorted({number for kind, number in free if kind == document})
        kinds = [stage for stage in stages() if stage.document.unhold is named(document).unhold]
        for stage in kinds:
            taken |= {(document, row[0]) for row in stage.document.reclaim(ids=ids, state=stage.takes, limit=len(ids), as_of=as_of)} if ids else set()
    return [case.id for case in cases if (case.document, case.document_id) in free - taken]


@sockets.letters_replayed.fill
def letters_replayed(deed: Deed, outbox_ids: Sequence[int]) -> None:
    """The engine's socket: dead letters go out again. Delivered, they resolve their cases; given up again, they open them again."""
    cases = sql.cases_of_letters(document_ids=list(outbox_ids)).column("id")
    if cases:
        sql.send_back(deed, case_ids=cases, note=None)


@sockets.messages_replayed.fill
def messages_replayed(deed: Deed, message_ids: Sequence[int]) -> None:
    """The engine's socket: messages are taken again. Taken, they resolve their cases; refused again, they open them again."""
    cases = sql.cases_of_messages(document_ids=list(message_ids)).column("id")
    if cases:
        sql.send_back(deed, case_ids=cases, note=None)


@sockets.letters_dropped.fill
def letters_dropped(deed: Deed, outbox_ids: Sequence[int], note: str) -> None:
    """The engine's socket: dead letters that a person decided against need nobody any more."""
    cases = sql.cases_of_letters(document_ids=list(outbox_ids)).column("id")
    if cases:
        sql.resolve_cases(deed, case_ids=cases, resolution="closed", note=note)


@action(permission="exceptions.accept", says="Accept as it is")
def accept(deed: Deed, *, case_ids: Sequence[int], note: str) -> list[RowResult]:
    """Accept failed checks, with a reason: the same failure with the same values does not park the order again; other values do."""
    if not (note or "").strip():
        raise Refused("note: '' . Accepting a failed check needs a reason in words.")
    cases, refused = take(deed, case_ids)
    can = [case for case in cases if case.order_id is not None and "accept" in _offers(case.reason_code)]
    refused += [
        RowResult(case.id, False, f"{case.reason_code} on a {case.document} cannot be accepted; fix it or close it") for case in cases if case not in can
    ]
    for case in can:  # a handful of named cases, each with its own waiver
        sql.add_waiver(deed, order_id=case.order_id, reason_code=case.reason_code, fingerprint=case.fingerprint, note=note)
    _finish(deed, can, "accepted", note)
    return answer(case_ids, [case.id for case in can], refused)


def _offers(code: str) -> tuple[str, ...]:
    """What a reason offers: only what it offers may be done about it, so that a block cannot be waved through."""
    declared = reasons().get(code)
    return declared.offers if declared else ()


@action(permission="exceptions.resolve", says="Close without sending on")
def close(deed: Deed, *, case_ids: Sequence[int], note: str) -> list[RowResult]:
    """Close cases whose documents are dealt with elsewhere. A message stays parked with its raw body; an order stays held only by other cases."""
    if not (note or "").strip():
        raise Refused("note: ''. Closing a case needs a reason in words.")
    cases, refused = take(deed, case_ids)
    ids = [case.id for case in cases]
    if ids:
        sql.resolve_cases(deed, case_ids=ids, resolution="closed", note=note)
        let_go(deed, [case.id for case in cases if case.document != "inbox"])
    return answer(case_ids, ids, refused)


def change(
    deed: Deed,
    case_ids: Sequence[int],
    event: str,
    *,
    assigned_to: str | None = None,
    team: str | None = None,
    until: datetime | None = None,
    note: str | None = None,
) -> list[RowResult]:
    cases, refused = take(deed, case_ids)
    ids = [case.id for case in cases]
    if ids:
        sql.change_cases(deed, case_ids=ids, event=event, assigned_to=assigned_to, team=team, until=until, note=note)
    return answer(case_ids, ids, refused)


@action(permission="exceptions.work", says="Assign")
def assign(deed: Deed, *, case_ids: Sequence[int], to: str) -> list[RowResult]:
    if not to.strip():
        raise Refused("to: ''. Name the person who takes the case.")
    return change(deed, case_ids, "assigned", assigned_to=to)


@action(permission="exceptions.work", says="Claim")
def claim(deed: Deed, *, case_ids: Sequence[int]) -> list[RowResult]:
    """Take cases that nobody has. Where two want the same one, the first has it and the other is told; who wants it all the same assigns it to themselves."""
    cases, refused = take(deed, case_ids)
    refused += [
        RowResult(case.id, False, f"{case.assigned_to.removeprefix('user:')} has it; assign it to yourself to take it over")
        for case in cases
        if case.assigned_to not in (None, deed.actor)
    ]
    ids = [case.id for case in cases if case.assigned_to is None]
    if ids:
        sql.change_cases(deed, case_ids=ids, event="assigned", assigned_to=deed.actor, team=None, until=None, note=None)
    return answer(case_ids, [case.id for case in cases if case.assigned_to in (None, deed.actor)], refused)


@action(permission="exceptions.work", says="Give back")
def give_back(deed: Deed, *, case_ids: Sequence[int]) -> list[RowResult]:
    """The cases are nobody's again; their team sees them among those that are free."""
    cases, refused = take(deed, case_ids)
    refused += [RowResult(case.id, False, "nobody has it") for case in cases if case.assigned_to is None]
    ids = [case.id for case in cases if case.assigned_to is not None]
    if ids:
        sql.change_cases(deed, case_ids=ids, event="given_back", assigned_to=None, team=None, until=None, note=None)
    return answer(case_ids, ids, refused)


@action(permission="exceptions.work", says="Snooze")
def snooze(deed: Deed, *, case_ids: Sequence[int], until: datetime) -> list[RowResult]:
    if until <= deed.at:
        raise Refused(f"until: {until.isoformat()} is past; name a later moment")
    return change(deed, case_ids, "snoozed", until=until)


@action(permission="exceptions.work", says="Escalate")
def escalate(deed: Deed, *, case_ids: Sequence[int], team: str, note: str | None = None) -> list[RowResult]:
    """Give the case to another team; the clock goes on."""
    if team not in set(Team):
        raise Refused(f"team: {team!r} is none; known are {', '.join(Team)}")
    return change(deed, case_ids, "escalated", team=team, note=note)


@action(permission="exceptions.work", says="Undo")
def undo_cases(deed: Deed, *, case_ids: Sequence[int]) -> list[RowResult]:
    """Take back the last taking, assigning, snoozing or escalating of one's own. What was resolved or sent on has gone its way and is not taken back."""
    cases, refused = take(deed, case_ids)
    undone = sql.undo_changes(deed, case_ids=[case.id for case in cases]).column("id") if cases else []
    why = "the last thing that happened to it was not a change of yours that can be taken back"
    return answer(case_ids, undone, [*refused, *(RowResult(case.id, False, why) for case in cases if case.id not in set(undone))])


def clear_cases(giver: Batch | Deed, event: str, order_ids: Sequence[int] | None = None) -> int:
    """An event happened (stock received, mapping learned): what waits for it looks again at the next sweep. Gives the number of cases."""
    return sql.waiting_for_event(giver, event=event, order_ids=list(order_ids) if order_ids is not None else None).count


def look_again(as_of: datetime) -> int:
    """Let documents go whose look-again time has come; what is still wrong parks again and waits twice as long. Gives the number of cases."""
    sweep = _Sweep(as_of)
    sql.wake_snoozed(sweep)
    sql.free_cases_of_the_gone(sweep)
    sql.promises_kept(sweep)
    due = sorted(sql.due_for_a_look(sweep, limit=LOOK_AGAIN_MAX), key=lambda row: row.document)
    for document, rows in groupby(due, key=lambda row: row.document):
        if document != "outbox":
            named(document).unhold(sweep, ids=[row.document_id for row in rows if not row.is_held_elsewhere])
    _resolve_what_is_adrift(sweep)
    return len(due)


def _resolve_what_is_adrift(sweep: _Sweep) -> None:
    """A document that was sent back, and then cancelled or moved by a person, comes to no stage that would answer its case."""
    waiting = [case for case in sql.let_go_long_ago(sweep, adrift_s=ADRIFT_S, limit=LOOK_AGAIN_MAX) if case.document != "outbox"]
    adrift = _taken_by_no_stage(sweep, waiting) if waiting else []
    if adrift:
        sql.resolve_cases(sweep, case_ids=adrift, resolution="sent_to", note="no stage takes it from where it stands now")


def find_late(as_of: datetime) -> int:
    """Mark the cases whose clock has run out, once each, and tell it in their history. Gives their number."""
    found = 0
    while marked := len(sql.find_late(_Sweep(as_of), limit=LATE_AT_ONCE_MAX)):
        found += marked
    return found
