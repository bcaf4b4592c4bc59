"""The account of an imported file: what its rows became, and that the sums agree to the last decimal."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from headrace.engine.queries import load_queries
from headrace.values.money import decimal_from

sql = load_queries(__package__)
PARKED_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Became:
    """Rows that became the same: how many, what the file says they are worth, and what the books hold for them (major units)."""

    word: str
    rows: int
    exact_sum: Decimal
    accounted: Decimal


@dataclass(slots=True)
class Account:
    """sum_file = sum_accounted + rounding + difference. `rounding` is what whole pennies cannot hold of prices with more decimals.

    sum_accounted is read from the books (order lines, bills, corrections, write-offs); rows that are parked or wait count as the file has them.
    """

    file: str
    source: str
    currency: str
    rows: int
    unsummed: int
    sum_file: Decimal
    became: list[Became] = field(default_factory=list)
    rounding: Decimal = Decimal(0)
    parked: list[Any] = field(default_factory=list)
    orders: dict[str, int] = field(default_factory=dict)  # by the status that people see

    def look_at_orders(self) -> None:
        """Where the file's orders stand now."""
        self.orders = {row.status: row.orders for row in sql.orders_by_status(source=self.source)}

    @property
    def sum_accounted(self) -> Decimal:
        return sum((b.accounted for b in self.became), Decimal(0))

    @property
    def difference(self) -> Decimal:
        return self.sum_file - self.sum_accounted - self.rounding

    @property
    def rows_accounted(self) -> int:
        return sum(b.rows for b in self.became)

    @property
    def ok(self) -> bool:
        return self.difference == 0 and self.rows_accounted == self.rows

    def as_dict(self) -> dict[str, Any]:
        """For scripts: amounts as texts."""
        return {
            "rows": self.rows,
            "became": {b.word: b.rows for b in self.became},
            "sums": {b.word: plain(b.accounted) for b in self.became},
            "sum_file": plain(self.sum_file),
            "sum_accounted": plain(self.sum_accounted),
            "rounding": plain(self.rounding),
            "difference": plain(self.difference),
            "currency": self.currency,
            "unsummed": self.unsummed,
            "orders": self.orders,
        }


def account(file: str, source: str, rows: int, sum_file: Decimal, unsummed: int) -> Account:
    """Read from the books what became of the rows of a file that was brought in."""
    found = sql.account(source=source)
    currencies = sorted({row.currency for row in found})
    made = Account(file, source, currencies[0] if len(currencies) == 1 else ", ".join(currencies), rows, unsummed, sum_file)
    for word in dict.fromkeys(row.became for row in found):
        same = [row for row in found if row.became == word]
        accounted = sum((decimal_from(r.booked_minor, r.currency) + r.kept_sum for r in same), Decimal(0))
        made.became.append(Became(word, sum(r.rows for r in same), sum((r.exact_sum for r in same), Decimal(0)), accounted))
        made.rounding += sum((r.planned_sum - decimal_from(r.planned_minor, r.currency) for r in same), Decimal(0))
    if any(b.word == "parked" for b in made.became):
        made.parked = list(sql.why_parked(source=source, limit=PARKED_SHOWN_MAX))
    made.look_at_orders()
    return made


def plain(amount: Decimal) -> str:
    """An amount without the zeros that say nothing: 5761931.382, 0.002, 0."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
