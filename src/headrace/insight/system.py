"""The machine itself: what came in, what goes out, who did what, what waits for a second person."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from headrace.engine.causes import cause_of
from headrace.engine.queries import Answer, load_queries
from headrace.engine.troubles import broken_stages
from headrace.insight import operation
from headrace.insight.narrowing import Walk

sql = load_queries(__package__)
LINKS_LOOKED_AT = 20_000  # of the audit by one query, when a text in the details is looked for


def overview() -> dict[str, Any]:
    """Queues (queue, waiting, oldest_at), stages as Today has them, broken stages, workers, and when the books were last verified."""
    as_of = operation.sql.moment().scalar
    return {
        "as_of": as_of,
        "queues": _plain(sql.queues()),
        "flow": _plain(operation.sql.flow(as_of=as_of)),
        "broken": broken_stages(),
        "workers": _plain(operation.sql.workers()),
        "verification": operation.last_verification(),
    }


def senders() -> list[tuple[str, str]]:
    """Every (partner, kind) that ever sent a message."""
    return [(r.partner, r.kind) for r in sql.inbox_pairs()]


def inbox(
    *,
    partner: str | None,
    kind: str | None,
    state: str | None,
    key: str | None,
    reason: str | None = None,
    place: str | None = None,
    before: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Messages, the newest first; a key is looked up exactly, with every partner and kind that fits. A reason finds parked ones alone."""
    if reason is not None:
        return _plain(sql.parked_inbox(partner=partner, kind=kind, reason=reason, place=place, before=before, limit=limit))
    if key is None:
        return _plain(sql.inbox(partner=partner, kind=kind, state=state, before=before, limit=limit))
    pairs = [(p, k) for p, k in senders() if partner in (None, p) and kind in (None, k)]
    return _plain(sql.inbox_of_key(partners=[p for p, _ in pairs], kinds=[k for _, k in pairs], key=key, state=state, before=before, limit=limit))


def message(number: int) -> dict[str, Any] | None:
    """One message with its raw body, and the cases that it opened; None where there is none."""
    found = sql.message(id=number)
    return {**found.one._asdict(), "cases": _plain(sql.cases_of_message(id=number))} if found else None


def outbox(
    *, partner: str | None, state: str | None, cause: str | None = None, within_a_day: bool = False, before: int | None, limit: int, may_see: bool = False
) -> list[dict[str, Any]]:
    """Deliveries, the newest first. What a partner said may name a customer: people who may not see that read its cause instead."""
    hours = 24 if within_a_day else None
    rows = _plain(sql.outbox(partner=partner, state=state, cause=cause, hours=hours, before=before, limit=limit))
    return [r if may_see else {**r, "last_error": _without_names(r)} for r in rows]


def delivery(number: int, *, may_see: bool = False) -> dict[str, Any] | None:
    """One delivery; without its body and the partner's own words for people who may not see personal data."""
    found = sql.delivery(id=number)
    if not found:
        return None
    told = found.one._asdict()
    return told if may_see else {**told, "last_error": _without_names(told), "body": None}


def _without_names(row: dict[str, Any]) -> str | None:
    return (row["cause"] or cause_of(row["last_error"], row.get("body"))) if row["last_error"] else None


def partner_codes() -> list[str]:
    return list(sql.partner_codes().column("code"))


def audit(
    *, actor: str | None, subject: str | None, deed: str | None, since: date | None, until: date | None, before: int | None, limit: int,
    text: str | None = None, walk: Walk | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Links of the chain, the newest first; days are days in UTC, both included. A `text` in the details is looked for by walking back, as far as `walk` has time."""
    first = datetime.combine(since, time.min, UTC) if since else None
    end = datetime.combine(until + timedelta(days=1), time.min, UTC) if until and until < date.max else None
    asked: dict[str, Any] = {"actor": actor, "subject": subject, "deed": deed, "since": first, "until": end, "text": text}
    if text is None:
        return _plain(sql.audit(**asked, before=before, low=0, limit=limit))
    walk = walk or Walk(limited=False)
    found: list[dict[str, Any]] = []
    high = before or sql.newest_link().scalar + 1
    while high > 1 and len(found) < limit:
        low = max(0, high - 1 - LINKS_LOOKED_AT)
        found += _plain(sql.audit(**asked, before=high, low=low, limit=limit - len(found)))
        high = low + 1
        if walk.is_over() and high > 1 and len(found) < limit:
            walk.stopped_at = high
            break
    return found


def link(seq: int) -> dict[str, Any] | None:
    """One link, and under `earlier` the same deed on the same subject before it."""
    found = sql.link(seq=seq)
    if not found:
        return None
    row = found.one._asdict()
    before = sql.link_before(seq=seq, subject=row["subject"], deed=row["deed"]) if row["subject"] else None
    return {**row, "earlier": before.one._asdict() if before else None}


def approvals(*, state: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Deeds that were kept for a second person, the newest first."""
    return _plain(sql.approvals(state=state, before=before, limit=limit))


def _plain(rows: Answer) -> list[dict[str, Any]]:
    return [r._asdict() for r in rows]
