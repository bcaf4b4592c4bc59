"""Verification of the audit chain in the background: part by part, with its progress and its result kept.

Each part is one transaction that notes how far it came: whoever is killed in between loses nothing, and another goes on.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from headrace.engine.action import Deed, Refused, action
from headrace.engine.long_work import LongWork
from headrace.engine.queries import load_queries
from headrace.governance import audit

sql = load_queries(__package__)
PART_LINKS = 20_000  # recomputed in one transaction
GOING_ON_MAX = 5  # verifications that one look of the clock takes up


@action(permission="audit.read", says="Verify the chain")
def start_chain_check(deed: Deed, *, head: str | None = None) -> int:
    """Recompute every link, every batch's digest and every batch's record, in the background. Gives the verification's number.

    A chain whose end was cut off holds in itself: an earlier head (64 hexadecimal digits) shows whether it still stands in the chain.
    """
    size = audit.sql.chain_size().one
    if head is not None and not audit.is_hash(head):
        raise Refused("head: a head has 64 hexadecimal digits, as an earlier verification gave it")
    check_id = int(sql.start_check(deed, known_head=head, last_seq=size.last_seq, links=size.links, head=size.head).scalar)
    deed.subject = f"chain_check:{check_id}"
    return check_id


def _next_part(check_id: int) -> bool:
    """One part; False when there is nothing left, or nothing for us."""
    with transaction.atomic():
        found = sql.lock_check(check_id=check_id)
        if not found:
            return False
        phase, checked, faults = _look(found.one)
        told = [*found.one.faults, *({"seq": f.seq, "what": f.what} for f in faults)][: audit.FAULTS_SHOWN_MAX]
        sql.note_check(check_id=check_id, phase=phase, checked_seq=checked, faults=json.dumps(told))
    return phase != "done"


WORK = LongWork("chain_check", _next_part, lambda failed: sql.checks_going_on(limit=GOING_ON_MAX, failed=failed).column("id"))
go_on, go_on_with_all = WORK.go_on, WORK.go_on_with_all


@action(permission="audit.read", says="Try it again")
def restart_chain_check(deed: Deed, *, check_id: int) -> None:
    """Take up a verification that failed, from the link that it had reached."""
    deed.subject = f"chain_check:{check_id}"
    if not WORK.setback(check_id, is_failed=True):
        raise Refused(f"check_id: {check_id} did not fail")
    WORK.settle(check_id)


def _look(check: Any) -> tuple[str, int, list[Any]]:
    """The next part: the phase after it, the last link looked at, and what does not hold in it."""
    most = audit.FAULTS_SHOWN_MAX
    if check.phase == "links":
        until = sql.link_after(after=check.checked_seq, last_seq=check.last_seq, links=PART_LINKS).scalar
        if until is None:
            return "history", check.last_seq, []
        return "links", until, sql.verify_links_between(after=check.checked_seq, until=until, limit=most)
    if check.phase == "history":
        return "batches", check.checked_seq, audit.sql.verify_digests(limit=most)
    return "done", check.checked_seq, [*audit.sql.verify_batches(limit=most), *audit.faults_of_head(check.known_head)]


def show(check_id: int) -> dict[str, Any] | None:
    """One verification: phase, checked_seq of last_seq, links, head, faults, asked_at, ended_at, seconds."""
    found = next(iter(_told(check_id, 1)), None)
    return found and {**found, "setback": WORK.setback(check_id)}


def latest(limit: int) -> list[dict[str, Any]]:
    """The last verifications, the newest first."""
    return _told(None, limit)


def _told(check_id: int | None, limit: int) -> list[dict[str, Any]]:
    rows = [row._asdict() for row in sql.show_checks(check_id=check_id, limit=limit)]
    return [{**r, "percent": 100 if r["ended_at"] else 90 if r["phase"] != "links" else 90 * r["checked_seq"] // max(r["last_seq"], 1)} for r in rows]
