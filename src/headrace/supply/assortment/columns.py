"""What the rows of each catalog table may hold, and how a value is read. A value that makes no sense is a fault of its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from headrace.catalog.models import ITEM_KINDS, ITEM_STATES, NODE_KINDS, OVERSELL_POLICIES
from headrace.engine.rows import Row, RowFault, optional_text, text, whole
from headrace.values.currency import is_currency
from headrace.values.money import MoneyError, decimal_of

Reader = Callable[[Row, str], Any]
MEASURE_MAX = 100_000_000
_COUNTRY = re.compile(r"[A-Z]{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAYS = re.compile(r"1?2?3?4?5?6?7?")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def word(row: Row, name: str) -> str:
    return text(row, name)


def optional(row: Row, name: str) -> str | None:
    return optional_text(row, name)


def one_of(words: Sequence[str]) -> Reader:
    def read(row: Row, name: str) -> str:
        value = text(row, name)
        if value not in words:
            raise RowFault(f"{name}: {value!r}; write one of {', '.join(words)}")
        return value

    return read


def number(least: int = 0, most: int = MEASURE_MAX, *, may_be_empty: bool = False) -> Reader:
    def read(row: Row, name: str) -> int | None:
        return None if may_be_empty and row.get(name) in (None, "") else whole(row, name, least=least, most=most)

    return read


def flag(row: Row, name: str) -> bool:
    value = row.get(name)
    said = str(value).strip().lower()
    if said not in (*_TRUE, *_FALSE):
        raise RowFault(f"{name}: {value!r}; write true or false")
    return said in _TRUE


def amount(row: Row, name: str) -> Decimal:
    """A price or cost of one piece, in major units."""
    try:
        value = decimal_of(row[name])
    except MoneyError as error:
        raise RowFault(f"{name}: {error}") from None
    if value < 0 or value != round(value, 6) or value >= 10**12:
        raise RowFault(f"{name}: {value} is no price of one piece; at most 6 decimals, not below nothing")
    return value


def optional_amount(row: Row, name: str) -> Decimal | None:
    return None if row.get(name) in (None, "") else amount(row, name)


def degrees(limit: int) -> Reader:
    def read(row: Row, name: str) -> float | None:
        if row.get(name) in (None, ""):
            return None
        try:
            value = float(row[name])
        except (TypeError, ValueError):
            raise RowFault(f"{name}: {row[name]!r} is no number of degrees") from None
        if not -limit <= value <= limit:
            raise RowFault(f"{name}: {value} must lie between -{limit} and {limit} degrees")
        return value

    return read


def day(row: Row, name: str) -> date | None:
    value = row.get(name)
    if value in (None, "") or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise RowFault(f"{name}: {value!r} is no day; write it as in 2026-06-30") from None


def certain_day(row: Row, name: str) -> date:
    value = day(row, name)
    if value is None:
        raise RowFault(f"{name}: missing")
    return value


def country(row: Row, name: str) -> str | None:
    return _matching(_COUNTRY, "no ISO country of two capital letters")(row, name)


def any_country(row: Row, name: str) -> str:
    return "*" if text(row, name) == "*" else _matching(_COUNTRY, "no ISO country of two capital letters, nor * for any")(row, name) or "*"


def countries(row: Row, name: str) -> list[str]:
    value = row.get(name)
    listed = value if isinstance(value, list) else str(value or "").replace(",", " ").split()
    if not all(isinstance(c, str) and _COUNTRY.fullmatch(c) for c in listed):
        raise RowFault(f"{name}: {value!r}; write ISO countries, as in GB DE")
    return sorted(set(listed))


def currency(row: Row, name: str) -> str | None:
    value = optional_text(row, name)
    if value is not None and not is_currency(value):
        raise RowFault(f"{name}: {value!r} is no ISO 4217 currency")
    return value


def zone(row: Row, name: str) -> str:
    value = text(row, name)
    if value not in available_timezones():
        raise RowFault(f"{name}: {value!r} is no IANA time zone, as in Europe/London")
    return value


def _matching(pattern: re.Pattern[str], says: str) -> Reader:
    def read(row: Row, name: str) -> str | None:
        value = optional_text(row, name)
        if value is not None and not pattern.fullmatch(value):
            raise RowFault(f"{name}: {value!r} is {says}")
        return value

    return read


@dataclass(frozen=True, slots=True)
class Table:
    """A catalog table as rows bring it: how each column is read, which make the key, and what a new row has where it says nothing.

    `names` are columns whose value must be a code or SKU that is there, with the kind of thing it names; `fixed` ones never change.
    """

    columns: Mapping[str, Reader]
    key: tuple[str, ...]
    defaults: Mapping[str, Any]
    names: Mapping[str, str]
    fixed: tuple[str, ...] = ()


_MEASURE = number(may_be_empty=True)
ITEMS = Table(
    {
        "sku": word,
        "name": word,
        "kind": one_of(ITEM_KINDS),
        "item_class": word,
        "state": one_of(ITEM_STATES),
        "weight_g": _MEASURE,
        "length_mm": _MEASURE,
        "width_mm": _MEASURE,
        "height_mm": _MEASURE,
        "hazmat_class": optional,
        "hs_code": optional,
        "country_of_origin": country,
        "tax_class": one_of(("standard", "reduced", "zero", "exempt")),
        "barred_countries": countries,
        "oversell": one_of(OVERSELL_POLICIES),
        "available_on": day,
        "unit_cost": optional_amount,
        "unit_cost_currency": currency,
        "gtin": _matching(re.compile(r"\d{8}|\d{12,14}"), "no GTIN of 8, 12, 13 or 14 digits"),
    },
    key=("sku",),
    defaults={"kind": "goods", "item_class": "general", "state": "active", "tax_class": "standard", "oversell": "backorder", "barred_countries": []},
    names={},
    fixed=("kind",),
)
NODES = Table(
    {
        "code": word,
        "name": word,
        "kind": one_of(NODE_KINDS),
        "entity": word,
        "zone": zone,
        "country": country,
        "region": optional,
        "postcode": optional,
        "latitude": degrees(90),
        "longitude": degrees(180),
        "cut_off": _matching(_TIME, "no time of day, as in 15:00"),
        "open_days": _matching(_DAYS, "no list of weekdays, as in 12345"),
        "capacity_orders_per_day": _MEASURE,
        "lead_time_days": number(most=365),
        "handles_hazmat": flag,
        "is_active": flag,
        "partner": optional,
    },
    key=("code",),
    defaults={"cut_off": "15:00", "open_days": "12345", "lead_time_days": 0, "handles_hazmat": False, "is_active": True},
    names={"entity": "entity"},
    fixed=("kind", "entity"),
)
REACHES = Table(
    {"node": word, "country": any_country, "region": word, "transit_days": number(most=365), "cost_minor": number()},
    key=("node", "country", "region"),
    defaults={"region": "*"},
    names={"node": "node"},
)
LISTINGS = Table(
    {"channel": word, "channel_sku": word, "sku": word, "pack_each": number(1, 10_000), "is_sellable": flag, "valid_from_on": day, "valid_to_on": day},
    key=("channel", "channel_sku"),
    defaults={"pack_each": 1, "is_sellable": True},
    names={"channel": "channel", "sku": "sku"},
)
PRICES = Table(
    {"price_list": word, "sku": word, "from_qty_each": number(1), "valid_from_on": certain_day, "unit_price": amount},
    key=("price_list", "sku", "from_qty_each", "valid_from_on"),
    defaults={"from_qty_each": 1},
    names={"price_list": "price_list", "sku": "sku"},
)
