"""Quantities: whole base units (`each`), counted exactly; packs are factors of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

EACH_MAX = 2_000_000_000  # fits an integer column


class QuantityError(ValueError):
    """A quantity that is none. Says the value and the remedy."""


def each_from(value: str | int | Decimal, pack_each: int = 1) -> int:
    """Base units of a quantity in packs: "2" cases of 12 are 24. Fractions of a base unit and floats are errors."""
    if isinstance(value, (float, bool)):
        raise QuantityError(f"{value!r} is no exact quantity; send a whole number")
    if pack_each < 1:
        raise QuantityError(f"a pack of {pack_each} cannot be counted")
    try:
        number = Decimal(value) * pack_each
    except (InvalidOperation, ValueError, TypeError):
        raise QuantityError(f"{value!r} is no quantity; send a whole number") from None
    if not number.is_finite() or number != number.to_integral_value():
        raise QuantityError(f"{value!r} is not a whole number of base units")
    if abs(number) > EACH_MAX:
        raise QuantityError(f"{value!r} is more than {EACH_MAX:,} base units")
    return int(number)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Pieces of something."""

    each: int

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.each + other.each)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.each - other.each)

    def packs(self, pack_each: int) -> tuple[int, int]:
        """Whole packs and the pieces left over."""
        return divmod(self.each, pack_each)
