"""Four eyes: deeds that policy names wait for a second person."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, NeedsSecondPerson, Refused, action, action_named
from headrace.engine.queries import load_queries
from headrace.governance.policies import declare

sql = load_queries(__package__)

declare(
    "approvals",
    body={"deeds": []},
    says="Names of the actions that wait for a second person",
    check=lambda body: [] if isinstance(body.get("deeds"), list) else ["deeds: must be a list of action names"],
)

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


def _is_one_person_enough(deed: Deed) -> bool:
    return _being_approved.get() or deed.actor.startswith("engine:")


@action(permission="approvals.answer", says="Approve")
def approve(deed: Deed, *, approval_id: int, note: str | None = None) -> Any:
    """Do the deed that waits. Nobody approves a deed of his own."""
    asked = _waiting(deed, approval_id)
    sql.answer_approval(deed, approval_id=approval_id, state="approved", note=note)
    token = _being_approved.set(True)
    try:
        return action_named(asked.deed)(actor=asked.asked_by, **asked.parameters)
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
    if found.one.asked_by == deed.actor:
        raise Refused(f"approval_id: {approval_id} was asked by you; a second person must answer")
    return found.one
