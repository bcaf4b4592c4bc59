"""Our currencies are those of the standard, with its minor units."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from headrace.values.currency import CurrencyError, all_currencies, is_currency, minor_digits

TABLE = Path(__file__).resolve().parents[5] / "shared/data/accounting/iso4217/iso4217_table.xml"


def test_every_code_of_the_standard_has_its_minor_units() -> None:
    if not TABLE.exists():
        pytest.skip("no shared data")
    official = {}
    for entry in ET.parse(TABLE).getroot().iter("CcyNtry"):
        code, digits = entry.findtext("Ccy"), entry.findtext("CcyMnrUnts")
        if code and digits and digits.isdigit():
            official[code] = int(digits)
    assert len(official) > 150
    assert all_currencies() == official


@pytest.mark.parametrize("word", ["XAU", "XTS", "usd", "", "US$", None, 840, ["USD"], {}])
def test_what_is_no_currency_is_none(word: object) -> None:
    assert not is_currency(word)
    with pytest.raises(CurrencyError, match="three-letter code"):
        minor_digits(word)  # type: ignore[arg-type]
