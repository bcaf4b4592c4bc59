"""Cents that close: rounding and splitting, for currencies with 0, 2 and 3 decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.values.currency import minor_digits
from headrace.values.money import Money, MoneyError, decimal_of, minor_from, round_minor, split_by_weight, tax_inside, tax_on


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_the_parts_of_a_split_sum_to_the_whole(total, weights):
    parts = split_by_weight(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_no_part_is_further_than_a_cent_from_its_share(total, weights):
    for part, weight in zip(split_by_weight(total, weights), weights, strict=True):
        assert abs(Decimal(part) - Decimal(total) * weight / sum(weights)) < 1


def test_a_tie_goes_to_the_earlier_part():
    assert split_by_weight(1, [1, 1]) == [1, 0]
    assert split_by_weight(100, [1, 1, 1]) == [34, 33, 33]
    assert split_by_weight(-100, [1, 1, 1]) == [-34, -33, -33]


def test_weights_that_are_all_zero_count_as_equal():
    assert split_by_weight(5, [0, 0]) == [3, 2]


def test_nothing_to_split_among_is_an_error_unless_there_is_nothing_to_split():
    assert split_by_weight(0, []) == []
    with pytest.raises(MoneyError, match="among nothing"):
        split_by_weight(1, [])


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4)])
def test_minor_digits(currency, digits):
    assert minor_digits(currency) == digits


def test_an_unknown_currency_says_what_to_write():
    with pytest.raises(ValueError, match="three-letter code"):
        minor_digits("usd")


@pytest.mark.parametrize(("text", "currency", "minor"), [("12.345", "USD", 1235), ("-12.345", "USD", -1235), ("0.5", "JPY", 1), ("1.2345", "KWD", 1235)])
def test_rounding_is_half_away_from_zero(text, currency, minor):
    assert round_minor(Decimal(text), currency) == minor


def test_too_many_decimals_are_an_error_not_a_rounding():
    with pytest.raises(MoneyError, match="more decimals than USD"):
        minor_from("12.345", "USD")


def test_a_float_is_refused_and_so_is_nonsense():
    with pytest.raises(MoneyError, match="binary fraction"):
        decimal_of(0.1)
    for nonsense in ("twelve", "NaN", "Infinity", ""):
        with pytest.raises(MoneyError):
            decimal_of(nonsense)


def test_two_currencies_do_not_add_up():
    with pytest.raises(MoneyError, match="different currencies"):
        Money.parse("1", "USD") + Money.parse("1", "EUR")


@given(st.integers(0, 10**9), st.sampled_from([Decimal("0.19"), Decimal("0.2"), Decimal("0.0725")]))
def test_tax_inside_and_tax_on_agree_to_the_cent(net, rate):
    gross = net + tax_on(net, rate)
    assert abs(tax_inside(gross, rate) - tax_on(net, rate)) <= 1
