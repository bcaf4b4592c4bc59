"""Parts sum to the whole, in yen, cents and fils; and money adds up, compares and refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.values.money import Money, MoneyError, minor_from, round_minor, split_by_weight
from headrace.values.splitting import split_evenly

currencies = st.sampled_from(["JPY", "USD", "KWD"])
weights = st.lists(st.integers(0, 10**6) | st.decimals(0, 1000, places=3), min_size=1, max_size=12)


@given(currencies, st.integers(-(10**12), 10**12), weights)
def test_money_split_is_the_money(currency: str, minor: int, given_weights: list[int | Decimal]) -> None:
    money = Money(minor, currency)
    parts = money.split(given_weights)
    assert sum(parts, start=Money(0, currency)) == money
    assert all((part.minor >= 0) == (minor >= 0) or part.minor == 0 for part in parts)


@given(st.integers(0, 10**9), weights.filter(any))
def test_a_part_of_no_weight_is_nothing_and_the_heavier_part_is_not_smaller(total: int, given_weights: list[int | Decimal]) -> None:
    pairs = sorted(zip(given_weights, split_by_weight(total, given_weights), strict=True))
    assert all(part == 0 for weight, part in pairs if weight == 0)
    assert all(b[1] >= a[1] - 1 if a[0] == b[0] else b[1] >= a[1] for a, b in zip(pairs, pairs[1:], strict=False))


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(1, 1000))
def test_proportions_alone_decide(total: int, given_weights: list[int], factor: int) -> None:
    assert split_by_weight(total, given_weights) == split_by_weight(total, [w * factor for w in given_weights])
    assert split_by_weight(total, given_weights) == split_by_weight(total, [Decimal(w) / 1000 for w in given_weights])


@given(st.integers(-(10**9), 10**9), st.integers(1, 200))
def test_even_parts_differ_by_one_unit_at_most(total: int, n: int) -> None:
    parts = split_evenly(total, n)
    assert sum(parts) == total and max(parts) - min(parts) <= 1


@pytest.mark.parametrize("total", [1.5, True, "5"])
def test_only_whole_minor_units_can_be_split(total: object) -> None:
    with pytest.raises(MoneyError, match="whole minor units"):
        split_by_weight(total, [1])  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [[1, -1], [Decimal("NaN")], [0.5], [Decimal("Infinity")]])
def test_weights_are_exact_and_not_negative(bad: list[object]) -> None:
    with pytest.raises(MoneyError, match="exact and must not be negative"):
        split_by_weight(5, bad)  # type: ignore[arg-type]


def test_no_parts_take_no_money() -> None:
    assert split_evenly(0, 0) == []
    for n in (0, -1):
        with pytest.raises(MoneyError):
            split_evenly(5, n)


@given(currencies, st.integers(-(10**12), 10**12))
def test_what_is_written_is_read_again(currency: str, minor: int) -> None:
    money = Money(minor, currency)
    assert Money.parse(f"{money:f}", currency) == money


@pytest.mark.parametrize(("text", "currency", "shown"), [("1234.5", "USD", "1,234.50 USD"), ("1234", "JPY", "1,234 JPY"), ("0.001", "KWD", "0.001 KWD")])
def test_money_reads_as_people_write_it(text: str, currency: str, shown: str) -> None:
    assert str(Money.parse(text, currency)) == shown


def test_money_multiplies_by_whole_quantities_only() -> None:
    assert 3 * Money(335, "USD") == Money(1005, "USD")
    with pytest.raises(MoneyError, match="only whole quantities"):
        Money(335, "USD") * 1.5  # type: ignore[operator]


def test_money_of_two_currencies_neither_compares_nor_equals() -> None:
    assert Money(1, "USD") != Money(1, "EUR")
    with pytest.raises(MoneyError, match="different currencies"):
        assert Money(1, "USD") < Money(1, "EUR")


@pytest.mark.parametrize("text", ["1e30", "9" * 25, "10000000000000.01"])
def test_an_amount_larger_than_any_order_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        minor_from(text, "USD")


@pytest.mark.parametrize("text", ["1_000", "0x10", " ", "٣", "1,000", "--1", True, None])
def test_other_ways_of_writing_numbers_are_refused_or_exact(text: object) -> None:
    if text == "٣":  # digits of another script are digits
        assert minor_from("٣", "JPY") == 3
        return
    with pytest.raises(MoneyError):
        minor_from(text, "USD")  # type: ignore[arg-type]


def test_rounding_happens_once_whatever_the_context() -> None:
    from decimal import localcontext

    with localcontext() as context:
        context.prec = 3
        assert round_minor(Decimal("123456.785"), "USD") == 12_345_679
