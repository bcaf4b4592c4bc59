"""Business dates, cut-offs, keys and quantities."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.values import ids
from headrace.values.clock import SteppingClock, SystemClock, business_date, days, hours, minutes, next_cut_off
from headrace.values.quantity import EACH_MAX, Quantity, QuantityError, each_from


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-01-01T04:59:59Z", "America/New_York", "2025-12-31"),
        ("2026-01-01T05:00:00Z", "America/New_York", "2026-01-01"),
        ("2026-06-30T15:00:00Z", "Asia/Tokyo", "2026-07-01"),
        ("2026-07-01T01:00:00+02:00", "Europe/London", "2026-07-01"),
    ],
)
def test_a_business_date_is_that_of_the_entity(moment: str, zone: str, day: str) -> None:
    assert business_date(at(moment), zone) == date.fromisoformat(day)


def test_a_moment_without_zone_has_no_date() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        business_date(datetime(2026, 1, 1), "UTC")


@pytest.mark.parametrize(
    ("moment", "cut_off"),
    [
        ("2026-01-05T14:00:00Z", "2026-01-05T20:00:00Z"),  # Monday 09:00 in New York: today at 15:00
        ("2026-01-05T20:00:00Z", "2026-01-06T20:00:00Z"),  # at the cut-off itself it has gone by
        ("2026-01-09T21:00:00Z", "2026-01-13T20:00:00Z"),  # Friday evening: over the weekend and a closure on Monday
        ("2026-03-06T21:00:00Z", "2026-03-09T19:00:00Z"),  # over the start of summer time
    ],
)
def test_the_next_cut_off_is_in_local_time_on_an_open_day(moment: str, cut_off: str) -> None:
    assert next_cut_off(at(moment), "America/New_York", time(15), "12345", {date(2026, 1, 12)}) == at(cut_off)


def test_a_node_that_never_opens_has_no_cut_off() -> None:
    assert next_cut_off(at("2026-01-05T14:00:00Z"), "UTC", time(15), "") is None


def test_clocks() -> None:
    clock = SteppingClock()
    began = clock.now()
    assert clock.step(hours=1) - began == hours(1) == minutes(60) == days(1) / 24
    assert clock.now().tzinfo is UTC and SystemClock().now().tzinfo is UTC


def test_keys_are_stable_and_apart() -> None:
    assert ids.content_hash("ä") == ids.content_hash("ä".encode()) != ids.content_hash("a")
    assert len(ids.content_hash("")) == 32
    assert ids.idempotency_key("invoice", 17, "capture") == "invoice:17:capture"
    assert ids.fingerprint("a", None) == ids.fingerprint("a", None) != ids.fingerprint("a", "none")
    assert ids.fingerprint("ab", "c") != ids.fingerprint("a", "bc")
    made = {ids.new_api_key() for _ in range(100)}
    assert len(made) == 100 and all(key.startswith(ids.KEY_PREFIX) and key.isascii() for key in made)


@pytest.mark.parametrize(("value", "pack", "each"), [("2", 12, 24), (3, 1, 3), ("0.5", 12, 6), ("-4", 1, -4), ("1e3", 1, 1000)])
def test_quantities_are_whole_pieces(value: str | int, pack: int, each: int) -> None:
    assert each_from(value, pack) == each


@pytest.mark.parametrize("value", ["0.5", 1.0, True, "", "two", "NaN", "Infinity", "1e99", str(EACH_MAX + 1), None])
def test_what_is_no_quantity_is_refused(value: object) -> None:
    with pytest.raises(QuantityError):
        each_from(value)  # type: ignore[arg-type]


def test_a_pack_of_nothing_cannot_be_counted() -> None:
    with pytest.raises(QuantityError, match="pack of 0"):
        each_from(1, 0)


@given(st.integers(0, 10**6), st.integers(1, 1000))
def test_packs_and_pieces_make_the_quantity(each: int, pack: int) -> None:
    packs, left = Quantity(each).packs(pack)
    assert Quantity(packs * pack) + Quantity(left) == Quantity(each) and 0 <= left < pack
    assert Quantity(each) - Quantity(left) == Quantity(packs * pack)
