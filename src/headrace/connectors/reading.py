"""Reading partners' JSON exactly: no float on an amount's or an id's way, and errors that name the field."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from headrace.flow.capture.port import Unreadable
from headrace.values.currency import is_currency, minor_digits
from headrace.values.money import MINOR_MAX, MoneyError, decimal_of, round_minor

QTY_MAX = 1_000_000_000
TEXT_CHARS_MAX = 20_000  # a note, a title
KEY_CHARS_MAX = 200  # what we look things up by: references, SKUs, codes
YEARS = (1970, 2200)


class Reader:
    """Reads fields of one message; every error says the path, the value and the remedy."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.digits = minor_digits(currency)

    def minor(self, value: Any, path: str, default: int | None = None) -> int:
        """Minor units of an amount sent as text (or an exact Decimal). The usual form is read without building a Decimal."""
        if type(value) is str:
            whole, _, rest = value.partition(".")
            digits = whole + rest
            if whole and len(rest) == self.digits and len(digits) < 12 and digits.isascii() and digits.isdigit() and (rest or not self.digits):
                return int(digits)
        elif value is None and default is not None:
            return default
        return self._slow_minor(value, path)

    def _slow_minor(self, value: Any, path: str) -> int:
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            raise Unreadable(path, value, 'Send the amount as text, as in "12.34"')
        try:
            number = decimal_of(value)
            minor = round_minor(number, self.currency)
        except MoneyError as error:
            raise Unreadable(path, value, str(error)) from None
        if abs(minor) > MINOR_MAX or number.scaleb(self.digits) != minor:
            raise Unreadable(path, value, f"{self.currency} has {self.digits} decimals")
        return minor

    def taken(self, value: Any, path: str) -> int:
        """An amount of money that moved: never negative, the word beside it says which way."""
        minor = self.minor(value, path)
        if minor < 0:
            raise Unreadable(path, value, "Write the amount without a sign; its kind says which way the money went")
        return minor

    def price(self, value: Any, path: str) -> Decimal:
        """A unit price; it may have more decimals than its currency."""
        try:
            number = decimal_of(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
        except MoneyError as error:
            raise Unreadable(path, value, str(error)) from None
        if number is None:
            raise Unreadable(path, value, 'Send the price as text, as in "12.34"')
        return number

    def goods(self, price: Decimal, qty: int, path: str) -> int:
        """Price times quantity in minor units, rounded once."""
        minor = int((price * qty).scaleb(self.digits).to_integral_value("ROUND_HALF_UP"))
        if abs(minor) > MINOR_MAX:
            raise Unreadable(path, f"{price} x {qty}", "No line can be worth that much; check price and quantity")
        return minor


def load(body: str) -> dict[str, Any]:
    """The JSON object of a body, quickly; numbers with a point come as floats and are refused where an amount is read."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("body", body[:80], f"Send valid JSON ({error})") from None
    return _object(data, body)


def load_exact(body: str) -> dict[str, Any]:
    """The same with exact decimals for every number, for partners that send amounts as numbers; about five times slower."""
    try:
        return _object(json.loads(body, parse_float=Decimal), body)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable("body", body[:80], f"Send valid JSON, not nested deeper than needed ({type(error).__name__})") from None


def _object(data: Any, body: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Unreadable("body", body[:80], "Send one JSON object")
    return data


def currency(value: Any, path: str = "currency") -> str:
    if not is_currency(value):
        raise Unreadable(path, value, "Write an ISO 4217 code, as in USD")
    return str(value)


def moment(value: Any, path: str) -> datetime:
    """An ISO 8601 moment with its zone."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(path, value, "Write a moment with its zone, as in 2026-01-05T10:00:00Z") from None
    if at.tzinfo is None:
        raise Unreadable(path, value, "The moment needs its zone, as in 2026-01-05T10:00:00Z")
    if not YEARS[0] < at.year < YEARS[1]:
        raise Unreadable(path, value, f"Write a moment between {YEARS[0]} and {YEARS[1]}")
    return at


def quantity(value: Any, path: str, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= QTY_MAX:
        raise Unreadable(path, value, f"Write a whole number from {least}")
    return value


def text(value: Any, path: str, *, required: bool = False, chars_max: int = TEXT_CHARS_MAX) -> str | None:
    """A trimmed text; empty is None. Numbers are taken as they are written; NUL, which no database text may hold, is dropped."""
    if type(value) is str and len(value) <= chars_max and value.isprintable() and value.strip() == value != "":
        return value  # nearly all of them
    if value is None or value == "":
        if required:
            raise Unreadable(path, value, "This field is required")
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable(path, value, "Write a text")
    read = str(value).replace("\x00", "").strip()
    if len(read) > chars_max:
        raise Unreadable(path, f"{len(read):,} characters", f"Write at most {chars_max:,} characters")
    if not read and required:
        raise Unreadable(path, value, "This field is required")
    return read or None


def key(value: Any, path: str) -> str:
    """A text that things are looked up by; required."""
    return str(text(value, path, required=True, chars_max=KEY_CHARS_MAX))


def rows(value: Any, path: str) -> list[dict[str, Any]]:
    """A list of objects; missing is empty."""
    if value is None or value == []:
        return []
    if not isinstance(value, list) or set(map(type, value)) != {dict}:
        raise Unreadable(path, value, "Write a list of objects")
    return value


def table(value: Any, path: str) -> dict[str, Any]:
    """An object; missing is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(path, value, "Write an object")
    return value


def units(minor: int, read: Reader) -> Decimal:
    """An amount in whole units of the currency, as unit prices are written."""
    return Decimal(minor).scaleb(-read.digits)
