"""The catalogues of other languages: read from the code without leaving a sentence out, and no value lost in them."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from tests.tidy import wording


def catalog(*pairs: tuple[str | tuple[str, str], str | tuple[str, str]]) -> Catalog:
    made = Catalog(locale="de")
    for asked, said in pairs:
        made.add(asked, said)
    return made


def test_sentences_are_found_wherever_they_are_written() -> None:
    found = {text for text, _context in wording.everything()}
    in_a_template, in_python, of_an_action, of_a_reason, of_a_permission = (
        "Skip to the work", "Exceptions", "Fix address", "The address lacks its {field} ({expected})", "See orders",
    )  # fmt: skip
    assert {in_a_template, in_python, of_an_action, of_a_reason, of_a_permission, "backordered"} <= found


def test_a_lost_value_an_invented_one_and_silence_are_faults() -> None:
    assert not list(wording.faults(catalog(("%(n)s of %(m)s", "%(n)s von %(m)s"), (("one order", "%(n)s orders"), ("ein Auftrag", "%(n)s Aufträge")))))
    (lost,) = wording.faults(catalog(("the SKU {sku}", "die SKU")))
    (invented,) = wording.faults(catalog(("the SKU", "die SKU {sku}")))
    (silent,) = wording.faults(catalog(("the SKU", "")))
    assert lost.startswith("other values") and invented.startswith("other values") and silent.startswith("not said yet")


def test_the_same_sentences_make_the_same_files() -> None:
    made = catalog(("a", "b"))
    assert wording.po_of(made) == wording.po_of(made) and wording.mo_of(made) == wording.mo_of(made)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_sentence_is_said_in_every_language(language: str) -> None:
    catalog = wording.renewed(language)
    assert not list(wording.faults(catalog)), "say them in the catalogue, then `make words`"
    assert wording.place(language).read_bytes() == wording.po_of(catalog), "run `make words`"
    assert wording.place(language).with_suffix(".mo").read_bytes() == wording.mo_of(catalog), "run `make words`"
