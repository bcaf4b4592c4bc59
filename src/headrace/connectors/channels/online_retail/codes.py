"""The register's own words: stock codes that are no goods, countries by their English names, and the words of the storeroom."""

from __future__ import annotations

import re

# Stock code (capitals) to item class: charges, fees and corrections that stand among the goods.
CHARGES = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "M": "manual",
    "D": "discount",
    "S": "samples",
    "B": "bad_debt",
    "PADS": "extras",
    "BANK CHARGES": "bank_charges",
    "AMAZONFEE": "marketplace_fees",
    "CRUK": "donations",
    "ADJUST": "manual",
    "ADJUST2": "manual",
}
_GIFT = re.compile(r"^GIFT_", re.IGNORECASE)
GIFT_CLASS = "gift_cards"
GOODS_CLASS = "general"

COUNTRIES = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
}
NO_COUNTRY = ("", "Unspecified", "European Community")

# Words of the storeroom to the house's reasons of a stock correction, the first that fits.
_REASONS = (
    ("damage", re.compile(r"damag|smash|crush|crack|broke|rust|mould|wet|smudge|faulty|unsale|thrown?\s*away|water", re.IGNORECASE)),
    ("found", re.compile(r"found|rcvd|back into stock", re.IGNORECASE)),
    ("lost", re.compile(r"lost|missing|\bmia\b|mystery", re.IGNORECASE)),
    ("sample", re.compile(r"sample|display|showroom|given away", re.IGNORECASE)),
)


def sku_of(code: str) -> str:
    """The house's SKU of a stock code: codes that differ only by case are one item."""
    return code.strip().upper()


def about(sku: str) -> tuple[str, str]:
    """(kind of item, item class) of a SKU; what is not named here is goods."""
    if sku in CHARGES:
        return "charge", CHARGES[sku]
    if _GIFT.match(sku):
        return "gift_card", GIFT_CLASS
    return "goods", GOODS_CLASS


def reason_of(title: str | None) -> str:
    """Why stock was corrected, from the storeroom's words; a count where they say nothing."""
    return next((reason for reason, words in _REASONS if title and words.search(title)), "count")
