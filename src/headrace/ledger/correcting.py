"""Entries that people make: manual ones, and reversals. Nothing is ever changed or deleted; what was wrong stays, and its contrary stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.engine.queries import load_queries
from headrace.ledger import posting
from headrace.ledger.chart import KEPT_BY_DOCUMENTS, ROOTS, kind_of
from headrace.ledger.periods import entity_named
from headrace.values.currency import is_currency
from headrace.values.money import MINOR_MAX, decimal_from, decimal_of, round_minor
from headrace.values.splitting import MoneyError

sql = load_queries(__package__)
LEGS_MAX = 200
RATE_LIMIT = Decimal(10**9)  # well within what the column holds, rounding up included
_EXACT = Context(prec=80)  # an amount times a rate has more digits than the thread's context keeps


@dataclass(frozen=True, slots=True)
class Written:
    """The entry that a person made."""

    entry_id: int
    entity: str
    posted_on: date
    legs: int


def day_of(value: date | str | None, default: date) -> date:
    """A business date, from a form or from an approval that kept it as text."""
    if value is None or isinstance(value, date):
        return value or default
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused(f"posted_on: {value!r} is no date; write it as in 2026-01-31") from None


def check_legs(legs: Sequence[Any], currency: str) -> list[tuple[str, int]]:
    """(account, amount in minor units, debit positive) of legs that sum to zero; whatever else came in is refused by name."""
    if not is_currency(currency):
        raise Refused(f"currency: {currency!r} is not in ISO 4217; write it as in USD")
    if not 2 <= len(legs) <= LEGS_MAX:
        raise Refused(f"legs: {len(legs)} of them; an entry has at least 2 and at most {LEGS_MAX}")
    read = [_leg(n, leg) for n, leg in enumerate(legs)]
    if total := sum(amount for _, amount in read):
        raise Refused(f"legs: they leave {total} minor units of {currency} over; debits (positive) and credits (negative) must sum to zero")
    return read


def _leg(n: int, leg: Any) -> tuple[str, int]:
    try:
        account, amount = leg
    except (TypeError, ValueError):
        raise Refused(f"legs[{n}]: write an account and its amount in minor units, debit positive") from None
    if not isinstance(account, str) or account.split(":", 1)[0] not in ROOTS:
        raise Refused(f"legs[{n}]: {account!r} is in no chart of ours; the roots are {', '.join(ROOTS)}")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < abs(amount) <= MINOR_MAX:
        raise Refused(f"legs[{n}]: {amount!r} must be a whole number of minor units, and not nothing")
    _check_root(f"legs[{n}]: {account}", account.split(":", 1)[0])
    return account, amount


def _check_root(where: str, root: str) -> None:
    if root in KEPT_BY_DOCUMENTS:
        raise Refused(f"{where} follows {KEPT_BY_DOCUMENTS[root]}; correct it by such a document, so that the account and its documents stay the same")


def write_manual(deed: Deed, entity: str, currency: str, legs: Sequence[Any], note: str, posted_on: date | str | None, opens: bool) -> Written:
    """A manual entry on a day that is open. Accounts that nobody has posted to yet are opened only when asked for: a typing slip is none."""
    owner = entity_named(entity, deed.at)
    read = check_legs(legs, currency)
    if not (note or "").strip():
        raise Refused("note: ''. A manual entry needs its reason in words.")
    day = _open_day(owner, day_of(posted_on, owner.today))
    codes = sorted({code for code, _ in read})
    unknown = sorted(set(codes) - set(sql.accounts_named(codes=codes).column("code")))
    if unknown and not opens:
        raise Refused(f"legs: nobody has posted to {', '.join(unknown)} yet; check the spelling, or say that new accounts are meant")
    roots = [code.split(":", 1)[0] for code in unknown]
    sql.open_account(codes=unknown, roots=roots, kinds=[kind_of(root) for root in roots])
    row = sql.write_manual(
        deed, entity_id=owner.id, note=note, posted_on=day, currency=currency, codes=[code for code, _ in read], amounts=[amount for _, amount in read]
    ).one
    assert row.legs == len(read), f"wrote {row.legs} of {len(read)} legs"
    return Written(row.id, owner.code, day, row.legs)


def write_undo(deed: Deed, entry_id: int, note: str, posted_on: date | str | None) -> Written:
    """The contrary of an entry, once. Entries that documents keep are undone by a document of their own."""
    found = sql.lock_entry(entry_id=entry_id)
    if not found:
        raise Refused(f"entry_id: there is no entry {entry_id}")
    entry = found.one
    if not (note or "").strip():
        raise Refused("note: ''. Undoing an entry needs its reason in words.")
    if entry.undone_by is not None:
        raise Refused(f"entry_id: {entry_id} was undone already, by {entry.undone_by_whom}")
    remedy = posting.rules()[entry.rule].undone_by if entry.rule in posting.rules() else None
    if remedy:
        raise Refused(f"entry_id: {entry_id} ({entry.rule}) is undone by its own document: {remedy}, {posting.rule(remedy).when}")
    for root in entry.roots:
        _check_root(f"entry_id: {entry_id} moves {root}, which", root)
    owner = entity_named(entry.entity, deed.at)
    day = _open_day(owner, day_of(posted_on, owner.today))
    made = sql.write_undo(deed, entry_id=entry_id, note=note, posted_on=day)
    if not made:
        raise Refused(f"entry_id: {entry_id} was undone by somebody else just now")
    return Written(made.one.id, owner.code, day, made.one.legs)


def _open_day(owner: Any, day: date) -> date:
    """The day, if it is open until the commit."""
    sql.hold_periods()
    closed = sql.closed_period(entity_id=owner.id, posted_on=day)
    if closed:
        raise Refused(
            f"posted_on: {day} is in the closed period from {closed[0].starts_on} to {closed[0].ends_on} of {owner.code}; choose a later day or reopen it"
        )
    return day


def write_rate(from_currency: str, to_currency: str, on_day: date | str, rate: str | Decimal, source: str) -> Decimal:
    """An exchange rate: units of `to_currency` for one of `from_currency` on a day. A rate of the same day is replaced."""
    for name, code in (("from_currency", from_currency), ("to_currency", to_currency)):
        if not is_currency(code):
            raise Refused(f"{name}: {code!r} is not in ISO 4217; write it as in USD")
    try:
        given = decimal_of(rate)
    except MoneyError as error:
        raise Refused(f"rate: {error}") from None
    if given >= RATE_LIMIT:
        raise Refused(f"rate: {rate} is too much; it must be below {RATE_LIMIT:,}")
    exact = given.quantize(Decimal("1e-10"))
    if from_currency == to_currency or exact <= 0:
        raise Refused(f"rate: {rate} {to_currency} for one {from_currency} cannot be; rates are positive and between two currencies")
    sql.write_rate(from_currency=from_currency, to_currency=to_currency, on_day=day_of(on_day, date.max), rate=exact, source=source)
    return exact


def converted(minor: int, from_currency: str, to_currency: str, on_day: date) -> int:
    """An amount in another currency at the newest rate up to a day: minor units, rounded once. LookupError where no rate is known."""
    if from_currency == to_currency:
        return minor
    found = sql.rate_on(from_currency=from_currency, to_currency=to_currency, on_day=on_day)
    if not found:
        raise LookupError(f"no rate from {from_currency} to {to_currency} is known up to {on_day}; set one first")
    return round_minor(_EXACT.multiply(decimal_from(minor, from_currency), found.one.rate), to_currency)
