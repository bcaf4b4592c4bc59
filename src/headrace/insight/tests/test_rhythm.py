"""When a silence is longer than usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headrace.insight.rhythm import expected, is_silent

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BUSY_DAYS = dict.fromkeys(range(8, 18), 12.0)  # sleeps at night


@pytest.mark.parametrize(
    ("last", "now", "orders"),
    [
        (NOON, NOON + timedelta(minutes=30), 6.0),
        (NOON - timedelta(minutes=15), NOON + timedelta(minutes=15), 6.0),
        (NOON.replace(hour=18), NOON.replace(hour=23), 0.0),  # nothing comes at night
        (NOON.replace(hour=17), NOON.replace(hour=9) + timedelta(days=1), 24.0),
    ],
)
def test_what_would_have_come(last: datetime, now: datetime, orders: float) -> None:
    assert expected(BUSY_DAYS, last, now) == pytest.approx(orders)


def test_silence_is_judged_by_the_channel_s_own_rhythm() -> None:
    half_an_hour = NOON + timedelta(minutes=30)
    assert is_silent(BUSY_DAYS, 14, NOON, half_an_hour)
    assert not is_silent(dict.fromkeys(range(24), 1.0), 14, NOON, half_an_hour)  # one an hour is a quiet channel
    assert not is_silent(BUSY_DAYS, 14, NOON.replace(hour=18), NOON.replace(hour=23))
    assert not is_silent(BUSY_DAYS, 2, NOON, half_an_hour)  # two days are no habit
    assert not is_silent(BUSY_DAYS, 14, None, half_an_hour)
