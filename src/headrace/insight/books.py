"""What the books hold, as a controller looks at them: receivable by age, holdings, tax by jurisdiction, an account's statement. Balances are sums of slices."""

from __future__ import annotations

from datetime import date
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
HELD_ROOTS = ("receivable", "deposits", "clearing", "reserve", "tax_payable")
AGES = ("current", "to_30", "to_60", "to_90", "over_90")


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]


def receivable(today: date, entity: str | None = None) -> list[dict[str, Any]]:
    """Open invoices by entity and currency: open_minor and its parts by age (`AGES`, each with _minor), which sum to it."""
    return _rows(sql.receivable_by_age(today=today, entity=entity))


def holdings(entity: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """By root of account: what each account holds now, debit positive; nothing that is zero."""
    found: dict[str, list[dict[str, Any]]] = {root: [] for root in HELD_ROOTS}
    for row in _rows(sql.balances_of(roots=list(HELD_ROOTS), entity=entity)):
        found[row["root"]].append(row)
    return found


def payouts_waiting() -> dict[str, int]:
    """How many payouts are not posted, how many of them are held, how many of their lines have no payment."""
    return dict(sql.payouts_waiting_count().one._asdict())


def tax(entity: str | None, first: date, last: date) -> list[dict[str, Any]]:
    """Tax by entity, currency and jurisdiction of the documents of these days, beside what the books hold, with the reasons where they differ.

    `rate` is the tax's part of what bears tax; `reasons` are (rule, late, amount_minor, entries) that explain `difference_minor`; `unnamed_minor` is what they leave.
    """
    rows = _rows(sql.tax_by_jurisdiction(entity=entity, first=first, last=last))
    off = sorted({row["account"] for row in rows if row["difference_minor"]})
    reasons = _differences(off, first, last) if off else []
    for row in rows:
        key = (row["entity"], row["currency"], row["jurisdiction"])
        row["reasons"] = [r for r in reasons if (r["entity"], r["currency"], r["jurisdiction"]) == key] if row["difference_minor"] else []
        row["unnamed_minor"] = row["difference_minor"] + sum(r["amount_minor"] for r in row["reasons"])
        row["rate"] = round(100 * (row["tax_minor"] - row["credited_minor"]) / row["taxable_minor"], 2) if row["taxable_minor"] else None
    return rows


def _differences(accounts: list[str], first: date, last: date) -> list[dict[str, Any]]:
    between = sql.entries_between(first=first, last=last, account="tax_payable").one
    return _rows(sql.tax_differences(accounts=accounts, first=first, last=last, low=between.low, high=between.high))


def statement(account: str, entity: str | None, first: date | None, last: date | None) -> list[dict[str, Any]]:
    """What an account holds by entity and currency: opening, debit, credit, closing."""
    return _rows(sql.account_holdings(account=account, entity=entity, first=first, last=last))


def entry_numbers(first: date | None, last: date | None, account: str | None = None) -> tuple[int, int]:
    """The lowest and highest entry that these days (and this account) can have."""
    row = sql.entries_between(first=first, last=last, account=account).one
    return int(row.low), int(row.high)


def rates(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Exchange rates, the newest first."""
    return _rows(sql.rates(before=int(after) if after and after.isascii() and after.isdigit() else None, limit=limit))
