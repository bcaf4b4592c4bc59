"""Splitting: parts that always sum to the whole, by largest remainder. Its SQL twin is headrace_split in `money.sql`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

Weights = Sequence[int | Decimal]


class MoneyError(ValueError):
    """An amount that is no amount. Says the value and the remedy."""


def split_by_weight(total: int, weights: Weights) -> list[int]:
    """Split minor units by weight so that the parts sum to the whole: largest remainder, ties to the earlier part.

    Each part is the share cut to a whole number; what is then left over goes, one unit each, to the parts that lost most. A negative total
    mirrors the positive one. Weights are not negative; where all are zero they count as equal. Gives one part per weight, in their order.
    Raises MoneyError for a negative or inexact weight, and where there is nothing to split among unless the total is zero.
    """
    if not isinstance(total, int) or isinstance(total, bool):
        raise MoneyError(f"only whole minor units can be split, not {total!r}")
    if not weights:
        if total:
            raise MoneyError(f"{total} minor units cannot be split among nothing")
        return []
    shares = _whole_weights(weights)
    whole, rest = sum(shares), abs(total)
    cut = [divmod(rest * share, whole) for share in shares]
    parts = [part for part, _ in cut]
    # sorted() is stable: among equal remainders the earlier part comes first.
    lost_most = sorted(range(len(cut)), key=lambda i: -cut[i][1])
    for i in lost_most[: rest - sum(parts)]:
        parts[i] += 1
    return parts if total >= 0 else [-part for part in parts]


def split_evenly(total: int, parts_n: int) -> list[int]:
    """Split minor units into so many parts, the larger ones first: 100 by 3 is 34, 33, 33. No parts are a MoneyError unless the total is zero."""
    if parts_n < 0:
        raise MoneyError(f"{total} minor units cannot be split into {parts_n} parts")
    return split_by_weight(total, [1] * parts_n)


def _whole_weights(weights: Weights) -> list[int]:
    """The same proportions in integers, so that no share is rounded before it is cut."""
    if not all(isinstance(w, int) or (isinstance(w, Decimal) and w.is_finite()) for w in weights) or min(weights) < 0:
        raise MoneyError(f"weights must be exact and must not be negative: {list(weights)}")
    if not any(weights):
        return [1] * len(weights)
    if all(isinstance(w, int) for w in weights):
        return [int(w) for w in weights]
    exact = [Fraction(w) for w in weights]
    unit = lcm(*(w.denominator for w in exact))
    return [int(w * unit) for w in exact]
