"""Money: exact, in integer minor units of an ISO 4217 currency. Rounding happens here and in its SQL twin (`money.sql`), nowhere else.

Amounts come in as text or Decimal, never as float, and live as integers: cents for USD, yen for JPY, fils for KWD. The twin is named function by
function in `money.sql`; both are tested against each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from importlib import resources

from headrace.values.currency import minor_digits
from headrace.values.splitting import MoneyError, Weights, split_by_weight

MINOR_MAX = 10**15  # ten trillion dollars: more is a mistake, and it keeps sums inside a bigint
DECIMALS_MAX = 40  # of an amount, price or rate as sent: a quotient of two decimals has 28
DIGITS_MAX = 20  # before the decimal point

_PLAIN = re.compile(rf"-?\d{{1,{DIGITS_MAX}}}(\.\d{{1,{DECIMALS_MAX}}})?", re.ASCII).fullmatch  # the usual form, which needs no further look
# Decimals are computed here and not in the thread's context, whose precision a library may have changed: what does not fit is an error.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation, Inexact, Overflow])
_ROUNDING = Context(prec=80, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation, Overflow])
_STEP = tuple(Decimal(1).scaleb(-digits) for digits in range(5))  # the smallest coin, by minor digits


def decimal_of(value: str | int | Decimal) -> Decimal:
    """An exact decimal from text, integer or Decimal. A float is refused: it has already lost cents.

    Raises MoneyError, too, for what is no finite number and for numbers of more than DIGITS_MAX digits or DECIMALS_MAX decimals.
    """
    if type(value) is str and _PLAIN(value):
        return Decimal(value)
    if isinstance(value, float):
        raise MoneyError(f'{value!r} is a binary fraction; send amounts as text, as in "12.34"')
    try:
        # Decimal also takes True, tuples, and the underscores of Python's own numbers.
        number = Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) and "_" not in str(value) else None
    except (InvalidOperation, ValueError):
        number = None
    if number is None or not number.is_finite():
        raise MoneyError(f'{_shown(value)} is no amount; write digits with a decimal point, as in "12.34"')
    exponent = number.as_tuple().exponent
    if number.adjusted() >= DIGITS_MAX or not isinstance(exponent, int) or exponent < -DECIMALS_MAX:
        raise MoneyError(f"{_shown(value)} has more than {DIGITS_MAX} digits before the decimal point or {DECIMALS_MAX} after it")
    return number


def round_minor(amount: Decimal, currency: str, mode: str = ROUND_HALF_UP) -> int:
    """Minor units of an amount, rounded once: half away from zero, as PostgreSQL's round(numeric) does. `mode` is another of `decimal`'s roundings.

    Raises MoneyError beyond MINOR_MAX and CurrencyError for an unknown currency. Twin: headrace_round_minor.
    """
    digits = minor_digits(currency)
    number = amount if isinstance(amount, Decimal) and amount.is_finite() else decimal_of(amount)
    if number.adjusted() <= DIGITS_MAX:  # the logarithm; a number with a huge one must not be written out
        minor = int(number.quantize(_STEP[digits], mode, _ROUNDING).scaleb(digits, _EXACT))
        if -MINOR_MAX <= minor <= MINOR_MAX:
            return minor
    raise MoneyError(f"{_shown(amount)} {currency} is larger than any order can be")


def minor_from(value: str | int | Decimal, currency: str, *, rounding: str | None = None) -> int:
    """Minor units of an amount that must fit the currency: "12.345" USD is an error, not 12.35, unless a rounding is asked for."""
    number = decimal_of(value)
    minor = round_minor(number, currency, rounding or ROUND_HALF_UP)
    if rounding is None and number.scaleb(minor_digits(currency), _EXACT) != minor:
        raise MoneyError(f"{value} has more decimals than {currency} has ({minor_digits(currency)})")
    return minor


def decimal_from(minor: int, currency: str) -> Decimal:
    """The amount as people write it, with all the currency's decimals: 1230 USD is 12.30, 1230 JPY is 1230."""
    return Decimal(minor).scaleb(-minor_digits(currency), _EXACT)


def tax_on(net: int, rate: Decimal) -> int:
    """Tax on a net amount: minor units, half away from zero. `rate` is a share: 19 % is Decimal("0.19"). Twin: headrace_tax_on."""
    part, whole = _share(rate)
    return _divided(net * part, whole)


def tax_inside(gross: int, rate: Decimal) -> int:
    """Tax contained in a gross amount, so that gross = net + tax: minor units, half away from zero. Twin: headrace_tax_inside."""
    part, whole = _share(rate)
    return _divided(gross * part, whole + part)


def money_sql() -> str:
    """The SQL twin: functions that round and split exactly as this module does. Run by a migration of the engine."""
    return resources.files("headrace.values").joinpath("money.sql").read_text("utf-8")


def _share(rate: Decimal) -> tuple[int, int]:
    if not isinstance(rate, (Decimal, int)) or not Decimal(rate).is_finite() or rate < 0:
        raise MoneyError(f'{rate!r} is no tax rate; write the share exactly, as in Decimal("0.19")')
    return rate.as_integer_ratio()


def _divided(part: int, whole: int) -> int:
    """A quotient rounded half away from zero. In integers, because a quotient cut to 28 digits could be rounded twice."""
    rounded = (2 * abs(part) + whole) // (2 * whole)
    return -rounded if part < 0 else rounded


def _shown(value: object) -> str:
    """What was sent, short enough for a sentence."""
    text = repr(str(value) if isinstance(value, Decimal) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency: integer minor units (cents for USD, yen for JPY) and the ISO 4217 code.

    Adding and comparing amounts of two currencies is a MoneyError; equality of two currencies is simply False, so that amounts can be keys.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(f"minor units are integers, not {self.minor!r}")

    @classmethod
    def parse(cls, value: str | int | Decimal, currency: str, *, rounding: str | None = None) -> Money:
        """An amount as people write it: "12.34", USD. More decimals than the currency has are a MoneyError unless a rounding is asked for."""
        return cls(minor_from(value, currency, rounding=rounding), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount as people write it, with all the currency's decimals."""
        return decimal_from(self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise MoneyError(f"{self} and {other} are different currencies; convert at a stated rate first")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency) if isinstance(other, Money) else NotImplemented

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency) if isinstance(other, Money) else NotImplemented

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __mul__(self, quantity: int) -> Money:
        """So many times the amount. A fraction of an amount has to be rounded or split, so only integers multiply."""
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise MoneyError(f"{self} times {quantity!r}: only whole quantities multiply; split the amount or round a price times a rate instead")
        return Money(self.minor * quantity, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other) if isinstance(other, Money) else NotImplemented

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other) if isinstance(other, Money) else NotImplemented

    def __str__(self) -> str:
        return f"{self.decimal:,} {self.currency}"

    def __format__(self, form: str) -> str:
        """`f"{money}"` reads "1,234.50 USD"; a form is applied to the number alone, as in `f"{money:.2f}"`."""
        return format(self.decimal, form) if form else str(self)

    def split(self, weights: Weights) -> list[Money]:
        """Parts by weight that sum to this amount; see `split_by_weight`."""
        return [Money(part, self.currency) for part in split_by_weight(self.minor, weights)]
