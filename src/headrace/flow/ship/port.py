"""What a node's confirmation and a carrier's scan look like, in the house's own words.

Confirmation (inbox kind `shipment`, message key = the node's key of it):
    {"fulfilment": "FO-17", "shipped_at": "2026-01-05T10:00:00Z", "carrier": "ups", "cost": {"amount": "7.12", "currency": "USD"},
     "parcels": [{"tracking": "1Z..", "carrier": "ups", "weight_g": 900}], "lines": [{"sku": "A-1", "qty": 2}]}
Without `lines` everything that was left is confirmed. `cost`, `parcels`, `carrier` may be missing.

Scan (inbox kind `tracking`): {"tracking": "1Z..", "status": "in_transit", "at": "2026-01-06T08:00:00Z", "note": "Departed"}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from headrace.values.currency import is_currency
from headrace.values.money import MoneyError, minor_from


class Unreadable(Exception):
    """A message that cannot be understood. Names the field, the value, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix


@dataclass(slots=True)
class Confirmation:
    fulfilment_id: int
    number: str
    shipped_at: datetime
    carrier: str | None = None
    cost_minor: int | None = None
    cost_currency: str | None = None
    parcels: list[dict[str, Any]] = field(default_factory=list)
    lines: list[tuple[str, int]] | None = None  # SKU and pieces; None is everything left


@dataclass(slots=True)
class Scan:
    tracking: str
    status: str
    at: datetime
    note: str | None = None


def _object(body: str) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("body", body[:60], f"Send JSON ({error})") from None
    if not isinstance(data, dict):
        raise Unreadable("body", body[:60], "Send one JSON object")
    return data


def moment(value: Any, name: str) -> datetime:
    """An ISO 8601 moment with its zone."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable(name, value, "Write a moment with its zone, as in 2026-01-05T10:00:00Z") from None
    if at.tzinfo is None:
        raise Unreadable(name, value, "The moment needs its zone, as in 2026-01-05T10:00:00Z")
    return at


def read_confirmation(body: str) -> Confirmation:
    data = _object(body)
    number = data.get("fulfilment")
    if not isinstance(number, str) or not number.startswith("FO-") or not number[3:].isdigit() or len(number) > 21:
        raise Unreadable("fulfilment", number, "Write the number that the request carried, as in FO-17")
    c = Confirmation(int(number[3:]), number, moment(data.get("shipped_at"), "shipped_at"), data.get("carrier"))
    cost = data.get("cost")
    if cost is not None:
        c.cost_minor, c.cost_currency = _cost(cost)
    parcels = data.get("parcels") or []
    if not isinstance(parcels, list) or not all(isinstance(p, dict) for p in parcels):
        raise Unreadable("parcels", parcels, "Write a list of parcels")
    c.parcels = parcels
    if data.get("lines") is not None:
        c.lines = _lines(data["lines"])
    return c


def _cost(cost: Any) -> tuple[int, str]:
    if not isinstance(cost, dict) or not is_currency(cost.get("currency")):
        raise Unreadable("cost", cost, 'Write {"amount": "7.12", "currency": "USD"}')
    try:
        minor = minor_from(cost.get("amount"), cost["currency"])  # type: ignore[arg-type]
    except MoneyError as error:
        raise Unreadable("cost.amount", cost.get("amount"), str(error)) from None
    if minor < 0:
        raise Unreadable("cost.amount", cost.get("amount"), "A cost is not negative")
    return minor, cost["currency"]


def _lines(lines: Any) -> list[tuple[str, int]]:
    if not isinstance(lines, list) or not lines:
        raise Unreadable("lines", lines, "Write a list of lines, or leave it out to confirm everything")
    read = []
    for n, line in enumerate(lines):
        sku, qty = (line.get("sku"), line.get("qty")) if isinstance(line, dict) else (None, None)
        if not isinstance(sku, str):
            raise Unreadable(f"lines[{n}].sku", sku, "Write the SKU of the request")
        if not isinstance(qty, int) or isinstance(qty, bool) or qty < 1:
            raise Unreadable(f"lines[{n}].qty", qty, "Write a whole number from 1")
        read.append((sku, qty))
    return read


def read_scan(body: str, known: dict[str, int]) -> Scan:
    data = _object(body)
    status = data.get("status")
    if status not in known:
        raise Unreadable("status", status, f"Write one of {', '.join(known)}")
    if not isinstance(data.get("tracking"), str) or not data["tracking"]:
        raise Unreadable("tracking", data.get("tracking"), "Write the tracking number")
    return Scan(data["tracking"], status, moment(data.get("at"), "at"), data.get("note"))
