"""Judging addresses: what is put right, what is named, in which country."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from headrace.engine.queries import run
from headrace.flow.validate.addresses import FIELDS, is_e164, is_po_box, judge
from headrace.flow.validate.countries import REGIONS_ARE_CODES, countries, country_code
from headrace.flow.validate.facts import lay_out_trays
from headrace.flow.validate.policy import FIXABLE

SHARED = Path(__file__).resolve().parents[5].parent / "shared" / "data" / "addresses" / "libaddressinput"
SOUND = {"line1": "1 Main Street", "city": "New York", "region": "NY", "postcode": "10001", "country": "US"}


def address(**changes: str | None) -> dict[str, str | None]:
    return {**dict.fromkeys(FIELDS), **SOUND, **changes}


def test_a_sound_address_is_left_alone() -> None:
    verdict = judge(address(phone="+12125550100", email="a@b.co"), FIXABLE)
    assert (verdict.changes, verdict.faults, verdict.is_po_box) == ({}, [], False)


@pytest.mark.parametrize(
    ("field", "sent", "right"),
    [
        ("country", " us ", "US"),
        ("country", "United States", "US"),
        ("country", "usa", "US"),
        ("region", "New York", "NY"),
        ("region", "ny", "NY"),
        ("region", "US-NY", "NY"),
        ("postcode", " 10001 ", "10001"),
        ("postcode", "100011234", "10001-1234"),
        ("phone", "(212) 555-0100", "+12125550100"),
        ("email", " jane@example.com", "jane@example.com"),
    ],
)
def test_what_is_certain_is_put_right_with_before_and_after(field: str, sent: str, right: str) -> None:
    verdict = judge(address(**{field: sent}), FIXABLE)
    assert verdict.changes == {field: (sent, right)} and verdict.faults == []


@pytest.mark.parametrize("field", ["country", "region", "postcode"])
def test_what_policy_does_not_let_us_put_right_is_named_with_what_would_be_right(field: str) -> None:
    sent = {"country": "usa", "region": "new york", "postcode": "100011234"}[field]
    verdict = judge(address(**{field: sent}), ())
    assert verdict.changes == {}
    (fault,) = verdict.faults
    assert (fault.check, fault.value, fault.expected) == (
        f"address.{field}",
        sent,
        {"country": "US", "region": "NY", "postcode": "10001-1234"}[field],
    )


@pytest.mark.parametrize(
    ("country", "sent", "right"),
    [
        ("GB", "w1a4zz", "W1A 4ZZ"),
        ("GB", "EC1A1HQ", "EC1A 1HQ"),
        ("CA", "h3z2y7", "H3Z 2Y7"),
        ("NL", "1234ab", "1234 AB"),
        ("PL", "00950", "00-950"),
        ("PT", "2725079", "2725-079"),
        ("BR", "40301110", "40301-110"),
        ("JP", "1540023", "154-0023"),
        ("DE", " 26133", "26133"),
    ],
)
def test_postcodes_are_written_as_their_country_does(country: str, sent: str, right: str) -> None:
    verdict = judge({**dict.fromkeys(FIELDS), "line1": "1", "city": "X", "region": "X", "country": country, "postcode": sent}, FIXABLE)
    assert verdict.changes["postcode"] == (sent, right)


@pytest.mark.parametrize(
    "line1",
    [
        "PO Box 12",
        "P.O. BOX 7",
        "p o box 1",
        "Suite 3, P.O.Box 9",
        "Post Office Box 4",
        "GPO Box 44",
        "Locked Bag 5",
        "Private Bag X12",
        "Postfach 12 34",
        "Packstation 101",
        "BP 12",
        "Boîte postale 9",
        "Postbus 99",
        "Postboks 1",
        "Apartado 12",
        "Apartado de Correos 3",
        "Casella postale 1",
        "Caixa Postal 77",
    ],
)
def test_post_office_boxes_are_known_in_many_tongues(line1: str) -> None:
    assert is_po_box(line1, None) and is_po_box("Acme Ltd", line1)


@pytest.mark.parametrize(
    "line1", ["1 Boxwood Lane", "4 Postgate Road", "Old Post Office, High Street", "77 Bagshot Road", "Unit 2, The Mailbox", "3 Bp Station Way"]
)
def test_streets_that_sound_like_boxes_are_streets(line1: str) -> None:
    assert not is_po_box(line1, None)


@pytest.mark.parametrize(
    ("phone", "good"),
    [("+12175550100", True), ("+4420794600", True), ("+0123456789", False), ("+1", False), ("+12345678901234567", False), ("2125550100", False)],
)
def test_the_shape_of_a_telephone_number(phone: str, good: bool) -> None:
    assert is_e164(phone) is good


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("EIRE", "IE"),
        ("United Kingdom", "GB"),
        ("RSA", "ZA"),
        ("Singapore", "SG"),
        ("germany", "DE"),
        ("GB", "GB"),
        ("Unspecified", None),
        ("European Community", None),
        ("", None),
    ],
)
def test_countries_by_the_words_that_shops_use(word: str, code: str | None) -> None:
    assert country_code(word) == code


def test_regions_have_codes_where_they_are_needed() -> None:
    for code in REGIONS_ARE_CODES:
        assert countries()[code].regions, code
    assert (
        countries()["IN"].region_code("Maharashtra") == "MH"
        and countries()["IT"].region_code("Torino") == "TO"
        and countries()["CA"].region_code("Québec") == "QC"
    )


def test_the_patterns_mean_the_same_in_postgresql(db: None) -> None:
    """Every example postcode of every country matches its pattern there as here, and nonsense does not."""
    lay_out_trays()
    examples = [(c.code, example) for c in countries().values() if c.postcode_dress for example in c.postcode_examples]
    assert len(examples) > 250
    matched = run(
        """select e.country, e.example, e.example ~ r.postcode_dress as found, ('#' || e.example) ~ r.postcode_dress as nonsense
        from unnest(%(countries)s::text[], %(examples)s::text[]) e(country, example) join country_rule r using (country)""",
        {"countries": [c for c, _ in examples], "examples": [e for _, e in examples]},
    )
    here = {(c, e): bool(re.match(countries()[c].postcode_dress or "", e)) for c, e in examples}
    assert {(row.country, row.example): row.found for row in matched} == here
    assert not any(row.nonsense for row in matched)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data")
def test_every_country_of_libaddressinput_is_known_with_its_required_fields() -> None:
    letters = {"line1": "A", "city": "C", "region": "S", "postcode": "Z"}
    seen = 0
    for file in sorted(SHARED.glob("??.json")):
        for key, data in json.loads(file.read_text("utf-8")).items():
            if key.lower() == file.stem and file.stem != "zz":
                required = data.get("require", "AC")
                assert countries()[key].required == {field for field, letter in letters.items() if letter in required}, key
                seen += 1
    assert seen > 200
