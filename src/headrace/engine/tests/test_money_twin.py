"""The SQL twin rounds and splits as Python does: thousands of cases, sent as arrays in few queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.engine.queries import run
from headrace.values.currency import all_currencies
from headrace.values.money import MoneyError, money_sql, round_minor, split_by_weight, tax_inside, tax_on

pytestmark = pytest.mark.django_db

# One hypothesis example is a whole list of cases, so that a query carries hundreds of them.
MANY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])
CURRENCIES = sorted(all_currencies())
DIGITS = {0: "JPY", 2: "USD", 3: "KWD", 4: "CLF"}

minor = st.integers(-(10**15), 10**15)
rates = st.decimals(0, 2, places=6) | st.sampled_from([Decimal(x) for x in ("0", "0.19", "0.2", "0.0725", "0.08875", "0.055", "1", "0.333333")])


def lists_of(case: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(case, min_size=60, max_size=200)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Decimal, str]:
    """An amount and its currency; half of them lie exactly between two coins or beside it, where rounding goes wrong."""
    currency = draw(st.sampled_from([*DIGITS.values(), *CURRENCIES]))
    digits = all_currencies()[currency]
    whole = draw(st.integers(-(10**12), 10**12))
    half = draw(st.sampled_from(["0", "0.5", "0.4999999999999999999", "0.5000000000000000001", "0.49", "0.51"]) | st.decimals(0, 1, places=12).map(str))
    return (Decimal(whole) + (Decimal(half) if whole >= 0 else -Decimal(half))).scaleb(-digits), currency


@MANY
@given(lists_of(amounts()))
def test_rounding_by_currency_is_the_same(cases: list[tuple[Decimal, str]]) -> None:
    found = run(
        "select headrace_round_minor(a, c) as minor from unnest(%(a)s::numeric[], %(c)s::text[]) with ordinality as t(a, c, n) order by n",
        {"a": [a for a, _ in cases], "c": [c for _, c in cases]},
    )
    assert found.column("minor") == [round_minor(a, c) for a, c in cases]


@MANY
@given(lists_of(st.tuples(st.decimals(-(10**9), 10**9, places=8), st.sampled_from(sorted(DIGITS)))))
def test_rounding_by_digits_is_the_same(cases: list[tuple[Decimal, int]]) -> None:
    found = run(
        "select headrace_round_minor(a, d) as minor from unnest(%(a)s::numeric[], %(d)s::int[]) with ordinality as t(a, d, n) order by n",
        {"a": [a for a, _ in cases], "d": [d for _, d in cases]},
    )
    assert found.column("minor") == [round_minor(a, DIGITS[d]) for a, d in cases]


@MANY
@given(lists_of(st.tuples(minor, rates)))
def test_taxes_on_and_inside_are_the_same(cases: list[tuple[int, Decimal]]) -> None:
    found = run(
        "select headrace_tax_on(m, r) as outside, headrace_tax_inside(m, r) as inside from unnest(%(m)s::bigint[], %(r)s::numeric[]) with ordinality as t(m, r, n) order by n",
        {"m": [m for m, _ in cases], "r": [r for _, r in cases]},
    )
    assert [(row.outside, row.inside) for row in found] == [(tax_on(m, r), tax_inside(m, r)) for m, r in cases]


weights = st.lists(st.integers(0, 20) | st.integers(0, 10**15), min_size=1, max_size=8) | st.lists(st.just(0), min_size=1, max_size=5)


@MANY
@given(lists_of(st.tuples(minor | st.integers(-50, 50), weights)))
def test_splits_are_the_same(cases: list[tuple[int, list[int]]]) -> None:
    assert list(_split_in_sql(cases)) == [split_by_weight(total, w) for total, w in cases]


@pytest.mark.parametrize(("total", "parts"), [(99_999, 1_000), (-99_999, 1_000), (7, 1_000), (10**15, 1_500)])
def test_long_splits_are_the_same_on_either_way_of_finding_who_lost_most(total: int, parts: int) -> None:
    case = (total, [(n * 7919) % 1013 for n in range(parts)])
    assert list(_split_in_sql([case])) == [split_by_weight(*case)]


def test_a_split_among_nothing_is_nothing_for_nothing() -> None:
    assert list(_split_in_sql([(0, [])])) == [[]]


def _split_in_sql(cases: list[tuple[int, list[int]]]) -> Iterator[list[int]]:
    """Ragged arrays travel as JSON, because an array of arrays must be square."""
    found = run(
        """select headrace_split(total, array(select w::bigint from jsonb_array_elements_text(weights) with ordinality as e(w, i) order by i)) as parts
        from unnest(%(totals)s::bigint[], %(weights)s::jsonb[]) with ordinality as t(total, weights, n) order by n""",
        {"totals": [total for total, _ in cases], "weights": [json.dumps(w) for _, w in cases]},
    )
    return (list(row.parts) for row in found)


@MANY
@given(lists_of(st.tuples(minor, weights)))
def test_the_split_written_out_with_windows_is_the_same(cases: list[tuple[int, list[int]]]) -> None:
    """The pattern in the head of money.sql, as stages copy it. It asks for a weight that is not zero."""
    cases = [(total, ws) for total, ws in cases if any(ws)]
    parts = [(g, n, total, w) for g, (total, ws) in enumerate(cases) for n, w in enumerate(ws)]
    pattern = "\n".join(line.removeprefix("--") for line in money_sql().split("-- pattern:\n")[1].split("-- end of pattern")[0].splitlines())
    found = run(
        f"with part as (select * from unnest(%(g)s::int[], %(n)s::int[], %(t)s::bigint[], %(w)s::bigint[]) as p(group_id, n, total, weight)),\n{pattern} order by group_id, n",
        {"g": [p[0] for p in parts], "n": [p[1] for p in parts], "t": [p[2] for p in parts], "w": [p[3] for p in parts]},
    )
    assert found.column("part") == [part for total, ws in cases for part in split_by_weight(total, ws)]


def test_every_currency_has_the_same_digits() -> None:
    found = run("select c, headrace_minor_digits(c) as digits from unnest(%(c)s::text[]) c", {"c": CURRENCIES})
    assert {row.c: row.digits for row in found} == all_currencies()


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("headrace_minor_digits('usd')", 'currency "usd" is not in ISO 4217'),
        ("headrace_round_minor(1.5, 'XAU')", "not in ISO 4217"),
        ("headrace_split(5, '{}')", "cannot be split among nothing"),
        ("headrace_split(5, '{1,-1}')", "must not be negative"),
        ("headrace_split(5, '{1,null}')", "must be given"),
    ],
)
def test_what_python_refuses_the_twin_refuses_with_a_sentence(expression: str, says: str) -> None:
    with pytest.raises(psycopg.Error) as refused, transaction.atomic():
        run(f"select {expression}")
    assert says in str(refused.value)


def test_nothing_known_gives_nothing_known() -> None:
    row = run(
        "select headrace_minor_digits(null) as d, headrace_round_minor(null, 'USD') as r, headrace_split(null, '{1}') as s, headrace_tax_on(null, 0.2) as t"
    ).one
    assert tuple(row) == (None, None, None, None)


@given(minor, weights)
@settings(max_examples=300, deadline=None)
def test_a_negative_split_mirrors_the_positive_one(total: int, ws: list[int]) -> None:
    assert split_by_weight(-total, ws) == [-part for part in split_by_weight(total, ws)]


def test_python_refuses_them_too() -> None:
    for total, ws in ((5, []), (5, [1, -1])):
        with pytest.raises(MoneyError):
            split_by_weight(total, ws)
