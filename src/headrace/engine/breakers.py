"""Breakers by hand: try a partner now, close its breaker, or open it for a while. By itself a breaker opens, probes and closes (outbox.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries, run

sql = load_queries(__package__)
OPEN_MINUTES_MAX = 24 * 60  # whoever wants longer pauses the partner
EVENTS_KEPT_DAYS = 365


@action(permission="partners.operate", says="Try the partner now")
def try_partner_now(deed: Deed, *, partner: str) -> None:
    """One delivery goes out as a probe at once. If the partner takes it, the breaker closes and the rest follows; if not, it stays open."""
    found = _locked(deed, partner)
    if found.paused:
        raise Refused(f"partner: {partner} is paused by a person; resume it first")
    if found.breaker != "open":
        raise Refused(f"partner: {_stands(partner, found.breaker)}; there is nothing to try")
    sql.turn_breaker(deed, partner=partner, breaker="open", retry_at=deed.at, event="tried_now", why=None)
    run("select pg_notify('headrace', 'outbox')")


@action(permission="partners.operate", says="Close the breaker")
def close_breaker(deed: Deed, *, partner: str, why: str) -> None:
    """Everything that waits goes out at the partner's rate, without a probe. Five more failures in a row open it again."""
    found, why = _locked(deed, partner), _reason(why)
    if found.breaker == "closed":
        raise Refused(f"partner: {_stands(partner, found.breaker)} already")
    deed.before_after = {"breaker": [found.breaker, "closed"]}
    sql.turn_breaker(deed, partner=partner, breaker="closed", retry_at=None, event="closed_by_hand", why=why)
    run("select pg_notify('headrace', 'outbox')")


@action(permission="partners.operate", says="Open the breaker")
def open_breaker(deed: Deed, *, partner: str, minutes: int, why: str) -> None:
    """Nothing goes to the partner for so many minutes; then one probe shows whether it takes deliveries again."""
    found, why = _locked(deed, partner), _reason(why)
    if not 1 <= minutes <= OPEN_MINUTES_MAX:
        raise Refused(f"minutes: {minutes} must lie between 1 and {OPEN_MINUTES_MAX:,}; for longer, pause the partner")
    deed.before_after = {"breaker": [found.breaker, "open"]}
    sql.turn_breaker(deed, partner=partner, breaker="open", retry_at=deed.at + timedelta(minutes=minutes), event="opened_by_hand", why=why)


def forget_events() -> None:
    """What happened to breakers long ago is of no use."""
    sql.forget_events(days=EVENTS_KEPT_DAYS)


def _locked(deed: Deed, partner: str) -> Any:
    deed.subject = f"partner:{partner}"
    found = sql.lock_breaker(partner=partner)
    if not found:
        raise Refused(f"partner: nothing was ever sent to {partner!r}")
    return found.one


def _reason(why: str) -> str:
    if not (why or "").strip():
        raise Refused("why: ''. Say in a few words why; whoever comes next reads it in the history.")
    return why.strip()


def _stands(partner: str, breaker: str) -> str:
    return f"the breaker of {partner} is closed" if breaker == "closed" else f"a probe of {partner} is under way"
