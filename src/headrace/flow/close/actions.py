"""Close: what finance does to the books by hand. Every deed is allowed by permission, kept in the audit chain, and waits for a second person where policy says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.flow.close import checking
from headrace.governance import approvals
from headrace.ledger import correcting, periods, reading
from headrace.ledger.correcting import Written
from headrace.ledger.periods import PeriodState


@action(permission="period.close", says="Open a period")
def open_period(deed: Deed, *, entity: str, month: str) -> PeriodState:
    """Make a month of an entity's books known, open."""
    deed.subject = f"period:{entity}:{month}"
    return periods.write_open(deed, entity, month)


@action(permission="period.close", says="Close the period")
def close_period(deed: Deed, *, entity: str, month: str, despite: str | None = None) -> PeriodState:
    """Close a month that is over and of which nothing waits, or say why it is closed despite that. What comes late posts into the next open day and keeps its own date."""
    deed.subject = f"period:{entity}:{month}"
    waiting = checking.blocking(entity, month, deed.at)
    if waiting and not (despite or "").strip():
        raise Refused(f"month: {month} of {entity} has {', '.join(waiting)}; clear them, or say in `despite` why it is closed all the same")
    deed.before_after = {"state": ["open", "closed"], **({"closed_despite": [None, waiting]} if waiting else {})}
    return periods.write_closed(deed, entity, month)


@action(permission="period.close", says="Reopen the period")
def reopen_period(deed: Deed, *, entity: str, month: str, why: str) -> PeriodState:
    """Open a closed month again, for a reason."""
    deed.subject = f"period:{entity}:{month}"
    if not (why or "").strip():
        raise Refused("why: ''. Reopening a period needs its reason in words.")
    done = periods.write_reopened(deed, entity, month)
    if not _policy(deed)["reopening_alone"]:
        approvals.second_person(deed)
    deed.before_after = {"state": ["closed", "open"]}
    return done


@action(permission="ledger.post", says="Post a manual entry")
def post_manual_entry(
    deed: Deed, *, entity: str, currency: str, legs: Sequence[Any], note: str, posted_on: date | str | None = None, opens_accounts: bool = False
) -> Written:
    """Post an entry by hand: legs of (account, minor units, debit positive) that sum to zero; on today's business date unless another open day is given."""
    deed.subject = f"entity:{entity}"
    written = correcting.write_manual(deed, entity, currency, legs, note, posted_on, opens_accounts)
    _stop_if_large(deed, written.entry_id)
    deed.subject = f"entry:{written.entry_id}"
    return written


@action(permission="ledger.post", says="Undo the entry")
def undo_entry(deed: Deed, *, entry_id: int, note: str, posted_on: date | str | None = None) -> Written:
    """Post the contrary of an entry; the entry itself stays. Once only."""
    deed.subject = f"entry:{entry_id}"
    written = correcting.write_undo(deed, entry_id, note, posted_on)
    _stop_if_large(deed, written.entry_id)
    deed.before_after = {"undone_by": [None, written.entry_id]}
    return written


@action(permission="ledger.post", says="Set an exchange rate")
def set_exchange_rate(deed: Deed, *, from_currency: str, to_currency: str, on_day: date | str, rate: str | Decimal, source: str) -> Decimal:
    """Units of `to_currency` for one of `from_currency` on a day."""
    deed.subject = f"rate:{from_currency}:{to_currency}"
    return correcting.write_rate(from_currency, to_currency, on_day, rate, source)


def _policy(deed: Deed) -> dict[str, Any]:
    body: dict[str, Any] = sockets.policy_in_force("closing", deed.at)[1]
    return body


def _stop_if_large(deed: Deed, entry_id: int) -> None:
    """Above the limit the deed is undone and waits; a second person's approval does it again."""
    if sum(max(leg["amount_minor"], 0) for leg in reading.entry(entry_id)["legs"]) > _policy(deed)["entry_alone_minor_max"]:
        approvals.second_person(deed)
