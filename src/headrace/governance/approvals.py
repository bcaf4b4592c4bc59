"""Four eyes: deeds that policy names wait for a second person."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args, get_type_hints

from headrace.engine import sockets
from headrace.engine.action import Deed, NeedsSecondPerson, Refused, action, action_named, actions
from headrace.engine.queries import load_queries
from headrace.governance.policies import declare

sql = load_queries(__package__)

DOORS = ("user", "cli", "api")  # by which one person comes in
_SEALED = "its secret would be kept in the clear"
_HANDED_OUT = "the second person would get what it hands out, and whoever asked would not"
_STEP = "it is a step of a deed that was allowed already"
# Deeds that cannot wait, and why.
CANNOT_WAIT = {
    "approve": "it answers what waits",
    "refuse": "it answers what waits",
    "set_partner_secret": _SEALED,
    "rotate_partner_secret": _SEALED,
    "make_user": _HANDED_OUT,
    "reset_password": _HANDED_OUT,
    "make_api_key": _HANDED_OUT,
    "rotate_api_key": _HANDED_OUT,
    "uncover_order": "what it uncovers is seen by whoever asks, at that moment, or by nobody",
    "attach": "an approval keeps plain values, and no file",
    "start_bulk": "what it is done with is chosen at that moment; name the deed that is done with many instead",
    "do_part": _STEP,
    "bring_in_part": _STEP,
    "keep_verification": _STEP,
    "keep_company_roles": _STEP,
    "note_company_link": _STEP,
}


def _faults(body: Any) -> list[str]:
    if not isinstance(body, dict) or list(body) != ["deeds"] or not isinstance(body["deeds"], list):
        return ["deeds: must be a list of action names, and nothing else"]
    known = actions()
    unknown = [f"deeds: there is no action {name!r}; known are {', '.join(sorted(known))}" for name in body["deeds"] if name not in known]
    return unknown + [f"deeds: {name} cannot wait for a second person: {CANNOT_WAIT[name]}" for name in body["deeds"] if name in CANNOT_WAIT]


declare("approvals", body={"deeds": []}, says="Names of the actions that wait for a second person", check=_faults)

# Set while an approved deed is being done. Not a parameter of the deed, so that no caller can claim an approval.
_being_approved: ContextVar[bool] = ContextVar("being_approved", default=False)


@sockets.needs_approval.fill
def needs_approval(deed: Deed, *, whatever_policy_says: bool = False) -> int | None:
    """Keep the deed as an approval where policy names it (or where the deed itself asks), and say its number; None lets it go on."""
    if _is_one_person_enough(deed):
        return None
    if not whatever_policy_says and deed.name not in sockets.policy_in_force("approvals", deed.at)[1]["deeds"]:
        return None
    return int(sql.ask_approval(deed, deed=deed.name, subject=deed.subject or deed.name, parameters=json.dumps(deed.parameters_given, default=str)).scalar)


def second_person(deed: Deed) -> None:
    """To be called by a deed that is too much for one person: it stops here and waits, unless a second person is just approving it."""
    if not _is_one_person_enough(deed):
        raise NeedsSecondPerson(deed)


def seen_by_two() -> bool:
    """Whether a second person is just approving the deed: what it decides counts towards nobody's limit."""
    return _being_approved.get()


def one_at_a_time(deed: Deed) -> list[str]:
    """For a deed whose limit is over several deeds of one person: another of the same person waits until this one is done. Gives the actors that this person is.

    To be called before the deed locks anything else, so that two never hold what the other waits for.
    """
    sql.lock_person(name=_person(deed.actor))
    return names_of(deed.actor)


def names_of(actor: str) -> list[str]:
    """Every actor that the person behind this one is."""
    return [f"{door}:{_person(actor)}" for door in DOORS]


def _is_one_person_enough(deed: Deed) -> bool:
    return _being_approved.get() or deed.actor.startswith("engine:")


@action(permission="approvals.answer", says="Approve")
def approve(deed: Deed, *, approval_id: int, note: str | None = None) -> Any:
    """Do the deed that waits. Nobody approves a deed of his own."""
    asked = _waiting(deed, approval_id)
    sql.answer_approval(deed, approval_id=approval_id, state="approved", note=note)
    token = _being_approved.set(True)
    try:
        deed_asked = action_named(asked.deed)
        return deed_asked(actor=asked.asked_by, **_as_given(deed_asked.function, asked.parameters))
    finally:
        _being_approved.reset(token)


@action(permission="approvals.answer", says="Refuse")
def refuse(deed: Deed, *, approval_id: int, note: str) -> None:
    _waiting(deed, approval_id)
    sql.answer_approval(deed, approval_id=approval_id, state="refused", note=note)


def waiting(limit: int = 200) -> list[dict[str, Any]]:
    """Deeds that wait, the oldest first: id, deed, subject, parameters, asked_by, asked_at."""
    return [row._asdict() for row in sql.waiting_approvals(limit=limit)]


def _waiting(deed: Deed, approval_id: int) -> Any:
    deed.subject = f"approval:{approval_id}"
    found = sql.lock_approval(approval_id=approval_id)
    if not found or found.one.state != "asked":
        raise Refused(f"approval_id: {approval_id} does not wait for an answer")
    if _person(found.one.asked_by) == _person(deed.actor):
        raise Refused(f"approval_id: {approval_id} was asked by you; a second person must answer")
    return found.one


def _person(actor: str) -> str:
    """One person is one pair of eyes, at the command line as in the browser."""
    return actor.partition(":")[2] or actor


def _as_given(function: Callable[..., Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they were given: JSON has kept moments, days and decimals as texts."""
    hints = get_type_hints(function)
    return {name: _read(value, hints.get(name)) for name, value in kept.items()}


def _read(value: Any, hint: Any) -> Any:
    kinds = get_args(hint) or (hint,)
    if not isinstance(value, str) or str in kinds:
        return value
    for kind, read in ((datetime, datetime.fromisoformat), (date, date.fromisoformat), (Decimal, Decimal)):
        if kind in kinds:
            return read(value)
    return value
