"""Money: exact, in integer minor units of an ISO 4217 currency. Rounding happens here and in its SQL twin (`money.sql`), nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from importlib import resources

from headrace.values.currency import minor_digits

MINOR_MAX = 10**15  # ten trillion dollars: more is a mistake, and it keeps sums inside a bigint


class MoneyError(ValueError):
    """An amount that is no amount. Says the value and the remedy."""


def decimal_of(value: str | int | Decimal) -> Decimal:
    """An exact decimal from text, integer or Decimal. A float is refused: it has already lost cents."""
    if isinstance(value, float):
        raise MoneyError(f'{value!r} is a binary fraction; send amounts as text, as in "12.34"')
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError, TypeError):
        raise MoneyError(f'{value!r} is no amount; write digits with a decimal point, as in "12.34"') from None
    if not number.is_finite():
        raise MoneyError(f"{value!r} is no amount")
    return number


def round_minor(amount: Decimal, currency: str) -> int:
    """Minor units of an amount, half away from zero, as PostgreSQL's round(numeric) does."""
    minor = int(amount.scaleb(minor_digits(currency)).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(minor) > MINOR_MAX:
        raise MoneyError(f"{amount} {currency} is larger than any order can be")
    return minor


def minor_from(value: str | int | Decimal, currency: str) -> int:
    """Minor units of an amount that must fit the currency: "12.345" USD is an error, not 12.35."""
    number = decimal_of(value)
    scaled = number.scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value():
        raise MoneyError(f"{value} has more decimals than {currency} has ({minor_digits(currency)})")
    return round_minor(number, currency)


def decimal_from(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def split_by_weight(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Split minor units by weight so that the parts sum to the whole: largest remainder, ties to the earlier part.

    Weights are not negative; where all are zero they count as equal. Nothing to split among is an error unless the total is zero.
    """
    if not weights:
        if total:
            raise MoneyError(f"{total} minor units cannot be split among nothing")
        return []
    if any(w < 0 for w in weights):
        raise MoneyError(f"weights must not be negative: {list(weights)}")
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    sign, rest = (-1, -total) if total < 0 else (1, total)
    parts = [int(rest * w // whole) for w in shares]
    remainders = sorted(range(len(shares)), key=lambda i: (-(rest * shares[i] % whole), i))
    for i in remainders[: rest - sum(parts)]:
        parts[i] += 1
    return [sign * p for p in parts]


def tax_inside(gross: int, rate: Decimal) -> int:
    """Tax contained in a gross amount, minor units."""
    return int((Decimal(gross) * rate / (1 + rate)).quantize(Decimal(1), ROUND_HALF_UP))


def tax_on(net: int, rate: Decimal) -> int:
    """Tax on a net amount, minor units."""
    return int((Decimal(net) * rate).quantize(Decimal(1), ROUND_HALF_UP))


def money_sql() -> str:
    """The SQL twin: functions that round and split exactly as this module does. Run by a migration of the engine."""
    return resources.files("headrace.values").joinpath("money.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of one currency. Mixing currencies is an error."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(f"minor units are integers, not {self.minor!r}")

    @classmethod
    def parse(cls, value: str | int | Decimal, currency: str) -> Money:
        return cls(minor_from(value, currency), currency)

    @property
    def decimal(self) -> Decimal:
        return decimal_from(self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise MoneyError(f"{self} and {other} are different currencies; convert at a stated rate first")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.minor * quantity, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __str__(self) -> str:
        return f"{self.decimal:,} {self.currency}"

    def split(self, weights: Sequence[int | Decimal]) -> list[Money]:
        return [Money(part, self.currency) for part in split_by_weight(self.minor, weights)]
