"""When a counted quantity is to be counted again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def is_tolerated(counted_each: int, book_each: int, unit_cost: Decimal, policy: Mapping[str, Any]) -> bool:
    """Whether a difference is small enough to be believed at once: few pieces or a small share of the book, and not worth much.

    `unit_cost` is in whole units of the currency, as the policy's `recount_value` is.

    >>> policy = {"tolerated_each": 2, "tolerated_percent": 1, "recount_value": 100}
    >>> is_tolerated(98, 100, Decimal(3), policy), is_tolerated(97, 100, Decimal(3), policy), is_tolerated(995, 1000, Decimal(3), policy)
    (True, False, True)
    >>> is_tolerated(99, 100, Decimal(400), policy)
    False
    """
    off = abs(counted_each - book_each)
    if not off:
        return True
    if policy["recount_value"] is not None and off * unit_cost > policy["recount_value"]:
        return False
    return off <= policy["tolerated_each"] or off * 100 <= book_each * policy["tolerated_percent"]


def asks_recount(counted_each: int, book_each: int, unit_cost: Decimal, policy: Mapping[str, Any], *, rounds: int, before_each: int | None) -> bool:
    """Whether somebody is to count again after this count, the `rounds`-th: not where two counts agree, and not without end.

    `before_each` is what the count before this one found; None where it is the first.
    """
    if is_tolerated(counted_each, book_each, unit_cost, policy):
        return False
    return counted_each != before_each and rounds < policy["rounds_max"]
