"""What gateways and channels say about money, in the house's own words.

Payment (inbox kind `payment`, message key = the gateway's key of the event):
    {"kind": "captured", "reference": "invoice:17", "amount_minor": 11340, "currency": "USD", "at": "2026-01-05T10:00:00Z", "payment": "cap_1"}
    `reference` is what we asked with (`invoice:<id>`), or `order:<number>` for money that came by itself. Kinds: captured, refunded, voided, chargeback, failed.

Payout (inbox kind `payout`, message key = the partner's key of the payout):
    {"payout": "po_1", "currency": "USD", "deposit_minor": 9210, "paid_on": "2026-01-07", "lines_expected": 2,
     "lines": [{"kind": "charge", "ref": "cap_1", "gross_minor": 10000, "fee_minor": 290}, {"kind": "reserve_hold", "gross_minor": -500}]}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from headrace.values.currency import is_currency
from headrace.values.money import MINOR_MAX

PAYMENT_KINDS = ("captured", "refunded", "voided", "chargeback", "failed")
LINE_KINDS = ("charge", "refund", "fee", "reserve_hold", "reserve_release", "adjustment", "chargeback")
LINES_MAX = 200_000
WORD_CHARS_MAX = 500
VALUE_CHARS_SHOWN = 200
YEARS = range(1970, 2200)


class Unreadable(Exception):
    """A message that cannot be understood. Names the field, the value, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix

    @property
    def shown(self) -> str:
        """The value as a case can keep it."""
        return str(self.value)[:VALUE_CHARS_SHOWN].replace("\x00", "\\0")


@dataclass(slots=True)
class Event:
    kind: str
    reference: str
    amount_minor: int
    currency: str
    at: datetime
    payment: str
    why: str | None = None


@dataclass(slots=True)
class PayoutLine:
    kind: str
    ref: str | None
    gross_minor: int
    fee_minor: int
    note: str | None = None


@dataclass(slots=True)
class Payout:
    ref: str
    currency: str
    deposit_minor: int
    paid_on: date
    lines_expected: int | None
    lines: list[PayoutLine] = field(default_factory=list)


def _object(body: str) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("body", body[:60], f"Send JSON ({error})") from None
    if not isinstance(data, dict):
        raise Unreadable("body", body[:60], "Send one JSON object")
    return data


def _whole(data: dict[str, Any], name: str, where: str, default: int | None = None) -> int:
    value = data.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MINOR_MAX:
        raise Unreadable(f"{where}{name}", value, "Write integer minor units")
    return value


def _word(value: Any, where: str) -> str | None:
    """A key or a note: text that the database can keep; numbers are keys, too."""
    if value is None:
        return None
    text = str(value) if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else None
    if text is None or "\x00" in text or len(text) > WORD_CHARS_MAX:
        raise Unreadable(where, value, f"Write text of at most {WORD_CHARS_MAX} characters")
    return text


def _currency(data: dict[str, Any]) -> str:
    if not is_currency(data.get("currency")):
        raise Unreadable("currency", data.get("currency"), "Write an ISO 4217 code, as in USD")
    return str(data["currency"])


def read_event(body: str, key: str) -> Event:
    data = _object(body)
    if data.get("kind") not in PAYMENT_KINDS:
        raise Unreadable("kind", data.get("kind"), f"Write one of {', '.join(PAYMENT_KINDS)}")
    reference = data.get("reference")
    kind, _, rest = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    number = rest.removeprefix("SO-") if kind == "order" else rest
    if kind not in ("invoice", "order") or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise Unreadable("reference", reference, "Write invoice:<number> as we asked with, or order:<order number>")
    amount = _whole(data, "amount_minor", "")
    if amount < 0:
        raise Unreadable("amount_minor", amount, "Amounts are positive; the kind says which way they go")
    try:
        at = datetime.fromisoformat(data.get("at"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Unreadable("at", data.get("at"), "Write a moment with its zone") from None
    if at.tzinfo is None or at.year not in YEARS:
        raise Unreadable("at", data.get("at"), "The moment needs its zone, and a year of ours")
    return Event(data["kind"], f"{kind}:{number}", amount, _currency(data), at, _word(data.get("payment"), "payment") or key, _word(data.get("why"), "why"))


def read_payout(body: str, key: str) -> Payout:
    data = _object(body)
    lines = data.get("lines")
    if not isinstance(lines, list) or len(lines) > LINES_MAX:
        raise Unreadable("lines", type(lines).__name__, f"Write a list of at most {LINES_MAX:,} lines")
    try:
        paid_on = date.fromisoformat(data.get("paid_on"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Unreadable("paid_on", data.get("paid_on"), "Write a date, as in 2026-01-07") from None
    if paid_on.year not in YEARS:
        raise Unreadable("paid_on", data.get("paid_on"), "Write a date of our time")
    expected = None if data.get("lines_expected") is None else _whole(data, "lines_expected", "")
    if expected is not None and expected < 0:
        raise Unreadable("lines_expected", expected, "Write how many lines the payout has in all, or leave it out")
    ref = _word(data.get("payout"), "payout") or key
    return Payout(ref, _currency(data), _whole(data, "deposit_minor", ""), paid_on, expected, [_line(n, x) for n, x in enumerate(lines)])


def _line(n: int, data: Any) -> PayoutLine:
    if not isinstance(data, dict) or data.get("kind") not in LINE_KINDS:
        raise Unreadable(f"lines[{n}].kind", data.get("kind") if isinstance(data, dict) else data, f"Write one of {', '.join(LINE_KINDS)}")
    where = f"lines[{n}]."
    gross, fee = _whole(data, "gross_minor", where, 0), _whole(data, "fee_minor", where, 0)
    return PayoutLine(data["kind"], _word(data.get("ref"), f"{where}ref"), gross, fee, _word(data.get("note"), f"{where}note"))
