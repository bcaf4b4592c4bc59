"""Reading the books: trial balance, an account down to its documents, one entry. Amounts are minor units, debit positive."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from headrace.engine.queries import load_queries, run
from headrace.ledger.correcting import converted
from headrace.ledger.periods import entity_named

sql = load_queries(__package__)
ROWS_MAX = 10_000


def _now() -> datetime:
    moment: datetime = run("select transaction_timestamp()").scalar
    return moment


def _entity_id(entity: str | None) -> int | None:
    return None if entity is None else int(entity_named(entity, _now()).id)


def trial_balance(
    entity: str | None = None, first: date | None = None, last: date | None = None, *, by: str = "account", in_entity_currency: bool = False
) -> list[dict[str, Any]]:
    """Rows by entity, currency and account (or `by="root"`): opening before the first day, debit, credit, closing at the last day's end.

    With `in_entity_currency` each row also has `reported_minor`, its closing at the newest rate up to the last day; LookupError where one is missing.
    Closings of one entity and currency sum to zero.
    """
    if by not in ("account", "root"):
        raise LookupError(f"by: {by!r} must be account or root")
    rows = [row._asdict() for row in sql.trial_balance(by=by, first=first, last=last, entity_id=_entity_id(entity))]
    if in_entity_currency:
        day = last or _now().date()
        for row in rows:
            row["reported_minor"] = converted(row["closing_minor"], row["currency"], row["entity_currency"], day)
    return rows


def account_rows(
    account: str, entity: str | None = None, first: date | None = None, last: date | None = None, *, before: int | None = None, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Legs of an account, or of all accounts of a root, the newest first, each with its entry, its document in words and its order.

    `after` is an entry that lies before all that are asked for.
    `before` is the `id` (of the entry) of the last row of the page before; a page may be a few legs longer than `limit`, to end with a whole entry.
    LookupError for an account that nobody has posted to.
    """
    ids = sql.account_known(account=account).column("id")
    if not ids:
        raise LookupError(f"nobody has posted to an account {account!r}; `headrace ledger trial-balance` lists them")
    found = sql.account_rows(account_ids=ids, entity_id=_entity_id(entity), first=first, last=last, before=before, after=after, limit=min(limit, ROWS_MAX))
    return [row._asdict() for row in found]


def entry(entry_id: int) -> dict[str, Any]:
    """One entry with its legs, what it undoes and what undid it. LookupError where there is none."""
    found = sql.entry(entry_id=entry_id)
    if not found:
        raise LookupError(f"there is no entry {entry_id}")
    return dict(found.one._asdict())
