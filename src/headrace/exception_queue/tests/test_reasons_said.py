"""A reason's sentence is said with its values, fields and expectations in the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from headrace.exception_queue.reasons import EXPECTED, expected, reasons

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
    for form in EXPECTED:
        text = form.format(place="Peru", example="15001")
        assert expected(text) == text  # in English it is what it was
