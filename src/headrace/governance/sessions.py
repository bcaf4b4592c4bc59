"""Sessions of people at the console: who is signed in, since when, from where. A session's key opens the console, so it is shown nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.utils import timezone

from headrace.engine.action import Deed, Refused, action

SESSIONS_LOOKED_AT_MAX = 5_000  # the newest; each is unpacked, since the table does not say whose it is
SIGN_CHARS = 24
SINCE, FROM, DEVICE, SEEN = "signed_in_at", "signed_in_from", "signed_in_with", "seen_at"
SIGNED_IN_HOURS_MAX = 12  # a working day, however busy
DEVICE_CHARS_MAX = 300
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"))


def note_sign_in(sender: object, request: Any, user: object, **_: object) -> None:
    """Keep in the session itself since when and from which address it is."""
    if hasattr(request, "session"):
        request.session[SINCE] = request.session[SEEN] = timezone.now().isoformat()
        request.session[DEVICE] = request.headers.get("User-Agent", "")[:DEVICE_CHARS_MAX]
        request.session[FROM] = str(request.META.get("REMOTE_ADDR") or "")


user_logged_in.connect(note_sign_in, dispatch_uid="headrace.governance.sessions")


def sign_of(session_key: str) -> str:
    """What a session is called on a page: from it nobody gets back to the key."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:SIGN_CHARS]


def device_of(agent: str | None) -> str:
    """Browser and device as people call them, as in Firefox, Windows; empty where neither is known."""
    known = (next((title for mark, title in marks if mark in (agent or "")), "") for marks in (BROWSERS, DEVICES))
    return ", ".join(part for part in known if part)


def moment_in(held: Any, name: str) -> datetime | None:
    """A moment that a session keeps; None where it keeps none."""
    kept = held.get(name)
    return datetime.fromisoformat(kept) if kept else None


def _until(row: Session, held: dict[str, Any]) -> datetime:
    since = moment_in(held, SINCE)
    return min(row.expire_date, since + timedelta(hours=SIGNED_IN_HOURS_MAX)) if since else row.expire_date


def _open(username: str | None = None) -> Iterator[tuple[Session, dict[str, Any], str]]:
    """Sessions that are not over: the row, what it holds, whose it is."""
    names = {str(u["pk"]): u["username"] for u in get_user_model().objects.values("pk", "username")}
    for row in Session.objects.filter(expire_date__gt=timezone.now()).order_by("-expire_date")[:SESSIONS_LOOKED_AT_MAX]:
        held = row.get_decoded()
        owner = names.get(str(held.get(SESSION_KEY)))
        if owner is not None and (username is None or owner == username):
            yield row, held, owner


def listed(username: str | None = None) -> list[dict[str, Any]]:
    """Who is signed in, the newest first: username, session (its sign), since_at, seen_at, from_address and device where known, until_at."""
    return [
        {
            "username": owner,
            "session": sign_of(str(row.session_key)),
            "since_at": moment_in(held, SINCE),
            "seen_at": moment_in(held, SEEN),
            "from_address": held.get(FROM) or None,
            "device": device_of(held.get(DEVICE)) or None,
            "until_at": _until(row, held),
        }
        for row, held, owner in _open(username)
    ]


def count_by_user() -> dict[str, int]:
    """How many sessions each user has open."""
    counted: dict[str, int] = {}
    for _row, _held, owner in _open():
        counted[owner] = counted.get(owner, 0) + 1
    return counted


def end(username: str, sign: str) -> bool:
    """End one session; False where there is none of that sign."""
    keys = [row.session_key for row, _held, _owner in _open(username) if sign_of(str(row.session_key)) == sign]
    return Session.objects.filter(session_key__in=keys).delete()[0] > 0


def end_all(username: str) -> int:
    """End every session of a user. Gives their number."""
    keys = [row.session_key for row, _held, _owner in _open(username)]
    return int(Session.objects.filter(session_key__in=keys).delete()[0])


def end_others(username: str, sign: str) -> int:
    """End every session of a user but the one of this sign. Gives their number."""
    keys = [row.session_key for row, _held, _owner in _open(username) if sign_of(str(row.session_key)) != sign]
    return int(Session.objects.filter(session_key__in=keys).delete()[0])


@action(permission="orders.read", says="End my session there")
def end_my_session(deed: Deed, *, session: str) -> None:
    """The device must sign in again: for one that you have lost or left open."""
    username = deed.actor.partition(":")[2]
    deed.subject = f"user:{username}"
    if not end(username, session):
        raise Refused("session: it is over already")


@action(permission="orders.read", says="Sign out everywhere else")
def end_my_other_sessions(deed: Deed, *, keep: str) -> None:
    """Every other device must sign in again. `keep` is the sign of the session that stays."""
    username = deed.actor.partition(":")[2]
    deed.subject = f"user:{username}"
    deed.before_after = {"sessions_ended": end_others(username, keep)}
