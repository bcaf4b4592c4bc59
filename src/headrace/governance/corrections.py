"""How much stock one person may correct or write off alone: in one deed, and in many within 24 hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from headrace.engine import scoping
from headrace.engine.action import Deed
from headrace.governance import approvals, policies
from headrace.governance.policies import declare
from headrace.stock import counting

# Worth of one deed, and of all within 24 hours, in whole units of the entity's currency; null is no limit.
DEFAULT: dict[str, Any] = {"value_max": 1_000, "day_value_max": 3_000}
ALONE_SPAN = timedelta(hours=24)


def faults(body: Any) -> list[str]:
    """What is wrong with the limits of corrections."""
    if not isinstance(body, dict) or set(body) - set(DEFAULT):
        return [f"body: {body!r}; the settings are {', '.join(DEFAULT)}"]
    found = [f"{name}: {limit!r} must be a whole number from 0, or null for no limit" for name, limit in body.items() if not _is_limit(limit)]
    deed, day = (body.get(name, default) for name, default in DEFAULT.items())
    if not found and deed is not None and day is not None and day < deed:
        found.append(f"day_value_max: {day} is less than value_max, {deed}, which one deed alone may be")
    return found


def _is_limit(value: Any) -> bool:
    return value is None or isinstance(value, int) and not isinstance(value, bool) and value >= 0


def stop_above_limits(deed: Deed, worths: Mapping[str, Decimal]) -> None:
    """Keep what a deed corrects (whole units by currency, found and lost added up). Above a limit it stops here and waits for a second person.

    The caller has called `approvals.one_at_a_time` before it locked anything.
    """
    if approvals.seen_by_two():
        return
    if needs_second(deed.actor, worths, deed.at):
        approvals.second_person(deed)
    counting.keep_alone(deed, worths)


def needs_second(actor: str, worths: Mapping[str, Decimal], as_of: datetime) -> bool:
    """Whether a person may not correct this alone, after what this person has corrected lately."""
    _, policy = policies.in_force("stock_corrections", as_of)
    with scoping.without_limits():  # a person's own sum, wherever it was
        before = counting.corrected_alone(approvals.names_of(actor), as_of - ALONE_SPAN)
    return is_above(policy, worths, before)


def is_above(policy: Mapping[str, Any], worths: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> bool:
    """Whether a deed is too much for one person who has corrected `before` within the span. All in whole units by currency.

    >>> is_above({"value_max": 100, "day_value_max": 150}, {"USD": Decimal(90)}, {"USD": Decimal(60), "EUR": Decimal(100)})
    False
    >>> is_above({"value_max": 100, "day_value_max": 150}, {"USD": Decimal(90)}, {"USD": Decimal(61)})
    True

    What one deed alone may be, a day may be: a policy from before there was a limit of a day may allow a deed more than the default of a day.

    >>> is_above({"value_max": 5_000, "day_value_max": 3_000}, {"USD": Decimal(4_000)}, {})
    False
    """
    deed, day = policy["value_max"], policy["day_value_max"]
    if deed is not None and day is not None:
        day = max(day, deed)
    return any(
        (deed is not None and worth > deed) or (day is not None and worth > 0 and worth + before.get(currency, Decimal(0)) > day)
        for currency, worth in worths.items()
    )


declare(
    "stock_corrections",
    body=DEFAULT,
    says="Worth of goods that one person may adjust, count away or write off alone, found and lost added up: in one deed, and in many within 24 hours; more waits for a second person",
    check=faults,
)
