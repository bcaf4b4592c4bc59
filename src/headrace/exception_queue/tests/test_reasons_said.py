"""A reason's sentence is said with its values, fields and expectations in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from headrace.exception_queue.reasons import EXPECTED, expected, reasons

NAME_CHARS = 42  # what a list shows of a name on one line
ADDRESS = next(r for r in reasons().values() if "lacks its" in r.says)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The address lacks its street and number (needed in Germany)"), ("de", "Der Adresse fehlt Straße und Hausnummer (in Germany erforderlich)")],
)
def test_a_sentence_names_fields_as_people_do(language: str, said: str) -> None:
    with translation.override(language):
        assert ADDRESS.sentence({"field": "line1", "expected": "needed in Germany"}) == said
        assert "unheard_of" in ADDRESS.sentence({"field": "unheard_of", "expected": "x"})


def test_what_was_expected_is_said_or_stays_as_it_is() -> None:
    with translation.override("de"):
        assert expected("as in 95014") == "wie in 95014"
        assert expected("a region of France, as in Alsace, Brittany") == "eine Region von France, wie in Alsace, Brittany"
        assert expected("19.99 USD") == "19.99 USD"
        assert (expected("00:20:35.5"), expected("2 days 03:04:05"), expected("3 days"), expected("")) == ("20 min", "2 d 3 h", "3 d 0 h", "")
    for form in EXPECTED:
        text = form.format(place="Peru", example="15001")
        assert expected(text) == text  # in English it is what it was


def test_every_reason_has_a_short_name_of_its_own() -> None:
    names = {r.code: r.called for r in reasons().values() if not r.code.startswith(("PROBING", "ELSEWHERE"))}
    assert all(0 < len(name) <= NAME_CHARS for name in names.values()), names
    assert len(set(names.values())) == len(names)


def test_amounts_are_money_of_the_cases_currency() -> None:
    taken = next(r for r in reasons().values() if "{left:money}" in r.says)
    told = {"value": 600_000, "left": 40_000, "kind": "captured", "reference": "INV-7", "currency": "USD"}
    with translation.override("en"):
        assert taken.sentence(told) == "6,000.00 USD was captured for INV-7, but at most 400.00 USD may be"
        assert taken.sentence({**told, "currency": "JPY"}).startswith("600,000 JPY was")
        assert taken.sentence({**told, "currency": None}).startswith("600000 was")  # kept before cases said their currency
    with translation.override("de"):
        assert taken.sentence(told).startswith("6.000,00 USD für INV-7")


def test_what_is_no_amount_of_a_known_currency_stays_as_it_is() -> None:
    taken = next(r for r in reasons().values() if "{left:money}" in r.says)
    told = {"value": 600_000, "left": 40_000, "kind": "captured", "reference": "INV-7"}
    assert taken.sentence({**told, "currency": "XBT"}).startswith("600000 was")
    assert taken.sentence({**told, "currency": "***"}).startswith("600000 was")  # masked
    assert taken.sentence({**told, "value": True, "currency": "USD"}).startswith("True was")
    assert taken.sentence({**told, "value": None, "currency": "USD"}).startswith("None was")
