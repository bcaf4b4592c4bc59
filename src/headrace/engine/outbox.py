"""The outbox: effects outside leave only through here.

An effect is written in the transaction that decided it, so it exists exactly when the deed does. It is delivered at least once with an
idempotency key, in order per record, within the partner's rate, with bounded retries; a breaker per partner pauses deliveries while the
partner is down and tries again by itself.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from headrace.engine import inbox, sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.batch import Batch
from headrace.engine.carrying import never
from headrace.engine.causes import cause_of
from headrace.engine.queries import Answer, copy_rows, load_queries, run

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

ATTEMPTS_MAX = 12
LEASE_S = 60
SENDING_S_MAX = 30  # no delivery is begun later than this after its claim: a slow partner's answer must still come within the lease
PAUSE_FIRST_S, PAUSE_MAX_S = 2.0, 3_600.0
FAILURES_TO_OPEN = 5
BREAKER_PAUSE_S, BREAKER_PAUSE_MAX_S = 10.0, 900.0
DELIVERIES_PER_CLAIM = 200


class PartnerError(Exception):
    """A partner did not take a delivery. `permanent` says that trying again cannot help; `retry_after_s` is the partner's own wish."""

    def __init__(self, message: str, *, permanent: bool, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.permanent, self.retry_after_s = permanent, retry_after_s


@dataclass(frozen=True, slots=True)
class Delivery:
    """One effect to be made at a partner."""

    id: int
    partner: str
    kind: str
    record_key: str
    idempotency_key: str
    body: dict[str, Any]
    attempt: int


# An adapter makes the effect and may give back messages for the inbox (the partner's answer); it raises PartnerError otherwise.
Adapter = Callable[[Delivery], Sequence[inbox.Message] | None]
_adapters: dict[str, Adapter] = {}
_fallback: list[Callable[[str], Adapter | None]] = []


def register_adapter(partner: str, adapter: Adapter) -> None:
    """Make the adapter of a partner known, by the partner's code."""
    _adapters[partner] = adapter


def register_finder(finder: Callable[[str], Adapter | None]) -> None:
    """A way to find the adapter of a partner by its code, for connectors that serve many partners."""
    _fallback.append(finder)


def adapter_for(partner: str) -> Adapter | None:
    return _adapters.get(partner) or next((found for find in _fallback if (found := find(partner))), None)


Row = tuple[str, str, str, str, str]  # partner, kind, record key, idempotency key, body as JSON text


def make_tray() -> None:
    """The tray that stages fill by SQL (`insert into outbox_tray select ...`); it empties itself at commit."""
    sql.make_outbox_tray()


def post_tray(giver: Batch | Deed) -> int:
    """Post what lies in the tray; gives the number of effects that were new."""
    sql.open_partners()
    posted = int(sql.post_tray(giver).scalar)
    if posted:
        run("select pg_notify('headrace', 'outbox')")
    return posted


def post(giver: Batch | Deed, rows: Sequence[Row]) -> int:
    """Post effects; written with the deed, sent after its commit."""
    if not rows:
        return 0
    make_tray()
    copy_rows("copy outbox_tray (partner, kind, record_key, idempotency_key, body) from stdin", list(rows))
    return post_tray(giver)


def partners_with_work() -> list[str]:
    return sql.partners_with_work().column("code")


def deliver(partner: str, limit: int = DELIVERIES_PER_CLAIM, *, stopping: Callable[[], bool] = never) -> int:
    """Claim and make a partner's due deliveries. Gives how many were claimed; none when its rate or breaker says wait.

    `stopping` is asked after each delivery: what has not been begun then is put back.
    """
    adapter = adapter_for(partner)
    if adapter is None:
        return 0
    sent_until = time.monotonic() + SENDING_S_MAX
    with transaction.atomic():
        claimed = [
            Delivery(r.id, r.partner, r.kind, r.record_key, r.idempotency_key, r.body, r.attempts)
            for r in sql.claim_deliveries(partner=partner, limit=limit, lease_s=LEASE_S)
        ]
        if claimed:
            sql.spend_tokens(partner=partner, n=len(claimed))
    if claimed:
        _send(partner, adapter, claimed, lambda: stopping() or time.monotonic() > sent_until)
    return len(claimed)


def _send(partner: str, adapter: Adapter, claimed: Sequence[Delivery], enough: Callable[[], bool]) -> None:
    done: list[int] = []
    answers: list[inbox.Message] = []
    failed: list[tuple[Delivery, PartnerError]] = []
    for delivery in claimed:
        try:
            answers.extend(adapter(delivery) or ())
            done.append(delivery.id)
        except PartnerError as error:
            failed.append((delivery, error))
        except Exception as error:  # noqa: BLE001 - an adapter's own fault must not stop the other deliveries
            log.exception("outbox.adapter_broken", partner=partner, delivery=delivery.id)
            failed.append((delivery, PartnerError(f"{type(error).__name__}: {error}", permanent=False)))
        if enough():
            break
    left = claimed[len(done) + len(failed) :]
    with transaction.atomic():
        if done:
            sql.delivered(outbox_ids=done)
            sockets.documents_passed("outbox", done, actor="engine:outbox")
            inbox.store(partner, answers)
        if failed:
            _keep_failures(partner, failed)
        if left:
            sql.put_back(outbox_ids=[d.id for d in left], attempts=[d.attempt for d in left])
        if all(error.permanent for _, error in failed):
            sql.partner_is_well(partner=partner, accepted=bool(done))


def _keep_failures(partner: str, failed: Sequence[tuple[Delivery, PartnerError]]) -> None:
    deads = [error.permanent or d.attempt >= ATTEMPTS_MAX for d, error in failed]
    kept = sql.delivery_failed(
        outbox_ids=[d.id for d, _ in failed],
        attempts=[d.attempt for d, _ in failed],
        errors=[str(e)[:1000] for _, e in failed],
        causes=[cause_of(str(e), d.body) if dead else None for (d, e), dead in zip(failed, deads, strict=True)],
        pauses=[pause_s(d.attempt, e) for d, e in failed],
        deads=deads,
    ).column("id")
    if any(not error.permanent for _, error in failed):
        last, error = failed[-1]
        sql.partner_failed(
            partner=partner,
            error=str(error)[:1000],
            cause=cause_of(str(error), last.body),
            failures_max=FAILURES_TO_OPEN,
            pause_s=BREAKER_PAUSE_S,
            pause_max_s=BREAKER_PAUSE_MAX_S,
        )
    dead = [(d, str(e)) for (d, e), gone in zip(failed, deads, strict=True) if gone and d.id in kept]
    if dead:
        sockets.park_dead_letters(dead)


def pause_s(attempt: int, error: PartnerError) -> float:
    """Seconds before the next attempt: doubling, bounded, with jitter, never before the partner's own wish."""
    doubled = min(PAUSE_FIRST_S * 2 ** (attempt - 1), PAUSE_MAX_S)
    return max(doubled * (0.5 + random.random()), error.retry_after_s or 0.0)  # noqa: S311 - jitter, not a secret


@action(permission="partners.operate", says="Send dead letters again")
def replay_dead_letters(deed: Deed, *, partner: str | None = None, outbox_ids: Sequence[int] | None = None) -> int:
    """Dead letters go out again, in order per record. Gives their number."""
    deed.subject = f"outbox:{partner or 'all'}"
    return len(send_again(deed, partner=partner, outbox_ids=outbox_ids))


def send_again(deed: Deed, *, partner: str | None = None, outbox_ids: Sequence[int] | None = None) -> list[int]:
    """Dead letters of a partner or of these numbers become due, and their cases wait for what comes of it. Gives those that were dead."""
    replayed = sql.replay_dead(partner=partner, outbox_ids=list(outbox_ids) if outbox_ids is not None else None).column("id")
    if replayed:
        sockets.letters_replayed(deed, replayed)
        run("select pg_notify('headrace', 'outbox')")
    return list(replayed)


def dead_letters(partner: str | None = None, limit: int = DELIVERIES_PER_CLAIM) -> Answer:
    """Deliveries that gave up, the oldest first: id, partner, kind, record_key, attempts, created_at, last_error."""
    return sql.dead_letters(partner=partner, limit=limit)


@action(permission="partners.operate", says="Drop dead letters")
def drop_dead_letters(deed: Deed, *, outbox_ids: Sequence[int], note: str) -> int:
    """Give deliveries up for good, with a reason; what waits behind them for the same record goes out. Gives their number."""
    if not (note or "").strip():
        raise Refused("note: ''. Dropping a delivery needs a reason in words.")
    deed.subject = f"outbox:{len(outbox_ids)}"
    dropped = set_aside(deed, outbox_ids, note)
    unknown = sorted(set(outbox_ids) - set(dropped))
    if unknown:
        raise Refused(f"outbox_ids: {', '.join(map(str, unknown[:20]))} are no dead letters; nothing was dropped")
    return len(dropped)


def set_aside(deed: Deed, outbox_ids: Sequence[int], note: str) -> list[int]:
    """Dead letters of these numbers are never sent; what waits behind them goes out. Gives those that were dead."""
    dropped = sql.drop_dead(deed, outbox_ids=list(outbox_ids), note=note).column("id")
    if dropped:
        sockets.letters_dropped(deed, dropped, note)
        run("select pg_notify('headrace', 'outbox')")
    return list(dropped)


@action(permission="partners.operate", says="Pause or resume a partner")
def pause_partner(deed: Deed, *, partner: str, paused: bool) -> None:
    """Stop or restart deliveries to a partner; what is due waits."""
    deed.subject = f"partner:{partner}"
    if not sql.pause_partner(deed, partner=partner, paused=paused):
        raise Refused(f"partner: nothing was ever sent to {partner!r}")
