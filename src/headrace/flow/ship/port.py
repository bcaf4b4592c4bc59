"""What a node's confirmation and a carrier's scan look like, in the house's own words.

Confirmation (inbox kind `shipment`, message key = the node's own key of the package or confirmation, sent once per package):
    {"confirmation": "PKG-88", "fulfilment": "FO-17", "shipped_at": "2026-01-05T10:00:00Z", "carrier": "ups",
     "cost": {"amount": "7.12", "currency": "USD"},
     "parcels": [{"tracking": "1Z..", "carrier": "ups", "weight_g": 900, "content": [{"sku": "A-1", "qty": 2}]}],
     "lines": [{"line": 512, "sku": "A-1", "qty": 2}]}
A line names the request's `line`, or the SKU, or both; pieces are base units, of a kit the pieces of its parts. Without `lines` everything
that was left is confirmed. `confirmation`, `cost`, `parcels` and `carrier` may be missing; without `confirmation` the message key is it.

Scans (inbox kind `tracking`), one or many of one parcel:
    {"tracking": "1Z..", "carrier": "ups", "status": "in_transit", "at": "2026-01-06T08:00:00Z", "note": "Departed"}
    {"tracking": "1Z..", "events": [{"status": "in_transit", "at": "..."}, {"status": "delivered", "at": "..."}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from headrace.values.currency import is_currency
from headrace.values.money import MoneyError, minor_from

NUMBER_CHARS_MAX = 21  # FO- and eighteen digits: always a bigint
KEY_CHARS_MAX = 200
QTY_MAX = 1_000_000_000
VALUE_CHARS_MAX = 200  # of a wrong value, in a case
PARCELS_MAX, EVENTS_MAX, LINES_MAX = 1_000, 1_000, 10_000


class Unreadable(Exception):
    """A message that cannot be understood. Names the field, the value, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix

    @property
    def shown(self) -> str:
        """The value, short enough to read and without the zero byte that no database keeps."""
        return str(self.value)[:VALUE_CHARS_MAX].replace("\x00", "\\0")


@dataclass(slots=True)
class Parcel:
    tracking: str | None = None
    carrier: str | None = None
    weight_g: int | None = None
    content: list[dict[str, Any]] | None = None


@dataclass(slots=True)
class Confirmation:
    """`lines` are (request line or None, SKU or None, pieces); None is everything left."""

    fulfilment_id: int
    number: str
    shipped_at: datetime
    key: str | None = None
    carrier: str | None = None
    cost_minor: int | None = None
    cost_currency: str | None = None
    parcels: list[Parcel] = field(default_factory=list)
    lines: list[tuple[int | None, str | None, int]] | None = None


@dataclass(slots=True)
class Scan:
    tracking: str
    status: str
    at: datetime
    note: str | None = None
    carrier: str | None = None


def read_confirmation(body: str) -> Confirmation:
    """Read a confirmation; Unreadable names the first field that is wrong."""
    data = _object(body)
    number = data.get("fulfilment")
    c = Confirmation(fulfilment_number(number), number, moment(data.get("shipped_at"), "shipped_at"))  # type: ignore[arg-type]
    c.key, c.carrier = _word(data.get("confirmation"), "confirmation"), _word(data.get("carrier"), "carrier")
    cost = data.get("cost")
    if cost is not None:
        c.cost_minor, c.cost_currency = _cost(cost)
    parcels = data.get("parcels")
    if parcels:
        c.parcels = _parcels(parcels)
    if data.get("lines") is not None:
        c.lines = _lines(data["lines"])
    return c


def fulfilment_number(number: Any) -> int:
    """The id behind FO-17."""
    if not isinstance(number, str) or not number.startswith("FO-") or len(number) > NUMBER_CHARS_MAX or not (number[3:].isascii() and number[3:].isdigit()):
        raise Unreadable("fulfilment", number, "Write the number that the request carried, as in FO-17")
    return int(number[3:])


def moment(value: Any, name: str) -> datetime:
    """An ISO 8601 moment with its zone."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(name, value, "Write a moment with its zone, as in 2026-01-05T10:00:00Z") from None
    if at.tzinfo is None:
        raise Unreadable(name, value, "The moment needs its zone, as in 2026-01-05T10:00:00Z")
    return at


def _object(body: str) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("body", body[:60], f"Send JSON ({error})") from None
    if not isinstance(data, dict):
        raise Unreadable("body", body[:60], "Send one JSON object")
    return data


def _word(value: Any, name: str) -> str | None:
    """A short text or nothing; a zero byte, which no database keeps, is refused with its field."""
    if value is None or (isinstance(value, str) and 0 < len(value) <= KEY_CHARS_MAX and "\x00" not in value):
        return value
    raise Unreadable(name, value, f"Write a text of 1 to {KEY_CHARS_MAX} characters, or leave it out")


def _whole(value: Any, name: str, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= QTY_MAX:
        raise Unreadable(name, value, f"Write a whole number from {least} to {QTY_MAX:,}")
    return value


def _cost(cost: Any) -> tuple[int, str]:
    if not isinstance(cost, dict) or not is_currency(cost.get("currency")):
        raise Unreadable("cost", cost, 'Write {"amount": "7.12", "currency": "USD"}')
    amount = cost.get("amount")
    if not isinstance(amount, str | int) or isinstance(amount, bool):  # a JSON number with a point has lost its decimals already
        raise Unreadable("cost.amount", amount, 'Write the amount as a text, as in "7.12"')
    try:
        minor = minor_from(amount, cost["currency"])
    except (MoneyError, ArithmeticError) as error:
        raise Unreadable("cost.amount", amount, str(error)) from None
    if not 0 <= minor <= QTY_MAX * 1_000:
        raise Unreadable("cost.amount", amount, "A cost is not negative, and less than a billion")
    return minor, cost["currency"]


def _parcels(parcels: Any) -> list[Parcel]:
    if not isinstance(parcels, list) or len(parcels) > PARCELS_MAX or not all(isinstance(p, dict) for p in parcels):
        raise Unreadable("parcels", parcels, f"Write a list of at most {PARCELS_MAX:,} parcels")
    read = []
    for n, p in enumerate(parcels):
        weight, content = p.get("weight_g"), p.get("content")
        if content is not None and (not isinstance(content, list) or not all(isinstance(x, dict) for x in content) or b"\\u0000" in orjson.dumps(content)):
            raise Unreadable(f"parcels[{n}].content", content, 'Write a list, as in [{"sku": "A-1", "qty": 2}]')
        read.append(
            Parcel(
                _word(p.get("tracking"), f"parcels[{n}].tracking"),
                _word(p.get("carrier"), f"parcels[{n}].carrier"),
                None if weight is None else _whole(weight, f"parcels[{n}].weight_g", 0),
                content,
            )
        )
    return read


def _lines(lines: Any) -> list[tuple[int | None, str | None, int]]:
    if not isinstance(lines, list) or not 0 < len(lines) <= LINES_MAX:
        raise Unreadable("lines", lines, "Write a list of lines, or leave it out to confirm everything")
    read = []
    for n, line in enumerate(lines):
        if not isinstance(line, dict):
            raise Unreadable(f"lines[{n}]", line, 'Write {"sku": "A-1", "qty": 2}')
        number, sku = line.get("line"), line.get("sku")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63):
            raise Unreadable(f"lines[{n}].line", number, "Write the line's number as the request carried it")
        if number is None and not isinstance(sku, str):
            raise Unreadable(f"lines[{n}].sku", sku, "Write the SKU of the request")
        read.append((number, None if number is not None else _word(sku, f"lines[{n}].sku"), _whole(line.get("qty"), f"lines[{n}].qty")))
    return read


def read_scans(body: str, known: Mapping[str, int]) -> list[Scan]:
    """Read one message of scans; `known` are the words of the house for them."""
    data = _object(body)
    tracking, carrier = _word(data.get("tracking"), "tracking"), _word(data.get("carrier"), "carrier")
    if tracking is None:
        raise Unreadable("tracking", tracking, "Write the tracking number")
    events = data.get("events", [data])
    if not isinstance(events, list) or not 0 < len(events) <= EVENTS_MAX or not all(isinstance(e, dict) for e in events):
        raise Unreadable("events", events, f"Write a list of 1 to {EVENTS_MAX:,} scans")
    return [_scan(e, f"events[{n}]." if "events" in data else "", tracking, carrier, known) for n, e in enumerate(events)]


def _scan(event: dict[str, Any], where: str, tracking: str, carrier: str | None, known: Mapping[str, int]) -> Scan:
    status, note = event.get("status"), event.get("note")
    if not isinstance(status, str) or status not in known:
        raise Unreadable(f"{where}status", status, f"Write one of {', '.join(known)}")
    if note is not None and (not isinstance(note, str) or "\x00" in note):
        raise Unreadable(f"{where}note", note, "Write a text, or leave it out")
    return Scan(tracking, status, moment(event.get("at"), f"{where}at"), note, carrier)
