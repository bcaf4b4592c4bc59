"""What an outside warehouse is sent and what it answers, in the house's own words.

Request (outbox kind `fulfilment.request`, record `fulfilment:17`): fulfilment, order, order_ref, node, attempt, cut_off_at, promised_by, priority,
service, carrier, ship_to (name, company, line1, line2, city, region, postcode, country, phone, email), lines [{line, sku, name, qty}].
Recall (outbox kind `fulfilment.recall`): fulfilment, node, why.

Answers come as inbox messages of kind `fulfilment_reply`, each under a key of the node's own:
    {"fulfilment": "FO-17", "answer": "accepted"}
    {"fulfilment": "FO-17", "answer": "rejected", "reason": "closed"}                                     nothing of it will ship
    {"fulfilment": "FO-17", "answer": "rejected", "lines": [{"line": 512, "qty": 1, "reason": "not_found"}]}   these pieces will not; `sku` for `line` will do
    {"fulfilment": "FO-17", "answer": "recall_accepted"}  or  {"fulfilment": "FO-17", "answer": "recall_refused", "reason": "packed already"}
What it ships it confirms by inbox messages of kind `shipment`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson

ANSWERS = ("accepted", "rejected", "recall_accepted", "recall_refused")
NUMBER_CHARS_MAX = 21
TEXT_CHARS_MAX = 200
QTY_MAX = 1_000_000_000
VALUE_CHARS_MAX = 200  # of a wrong value, in a case
LINES_MAX = 10_000


class Unreadable(Exception):
    """A message that cannot be understood. Names the field, the value, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix

    @property
    def shown(self) -> str:
        """The value, short enough to read and without the zero byte that no database keeps."""
        return str(self.value)[:VALUE_CHARS_MAX].replace("\x00", "\\0")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """Pieces that will not ship; `line` is the request's number of the line, or its SKU."""

    line: int | str
    qty_each: int
    reason: str


@dataclass(slots=True)
class Reply:
    fulfilment_id: int
    number: str
    answer: str
    reason: str | None = None
    lines: list[RefusedLine] = field(default_factory=list)


def read_reply(body: str, reasons: Collection[str]) -> Reply:
    """Read an answer; `reasons` are the words of the house for why a node does not ship."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("body", body[:60], f"Send JSON ({error})") from None
    if not isinstance(data, dict):
        raise Unreadable("body", body[:60], "Send one JSON object")
    number, answer = data.get("fulfilment"), data.get("answer")
    if not isinstance(number, str) or not number.startswith("FO-") or len(number) > NUMBER_CHARS_MAX or not (number[3:].isascii() and number[3:].isdigit()):
        raise Unreadable("fulfilment", number, "Write the number that the request carried, as in FO-17")
    if answer not in ANSWERS:
        raise Unreadable("answer", answer, f"Write one of {', '.join(ANSWERS)}")
    reply = Reply(int(number[3:]), number, answer, _text(data.get("reason"), "reason"))
    if answer == "rejected":
        reply.lines = _lines(data.get("lines") or [], reasons)
        if not reply.lines and reply.reason not in reasons:
            raise Unreadable("reason", reply.reason, f"Write one of {', '.join(reasons)}")
    return reply


def _text(value: Any, name: str) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= TEXT_CHARS_MAX and "\x00" not in value):
        return value
    raise Unreadable(name, value, f"Write a text of 1 to {TEXT_CHARS_MAX} characters, or leave it out")


def _lines(lines: Any, reasons: Collection[str]) -> list[RefusedLine]:
    if not isinstance(lines, list) or len(lines) > LINES_MAX or not all(isinstance(x, dict) for x in lines):
        raise Unreadable("lines", lines, f"Write a list of at most {LINES_MAX:,} lines")
    read = []
    for n, x in enumerate(lines):
        line, qty, reason = x.get("line", x.get("sku")), x.get("qty"), x.get("reason")
        if isinstance(line, bool) or not (isinstance(line, str) or (isinstance(line, int) and 0 < line < 2**63)):
            raise Unreadable(f"lines[{n}].line", line, "Write the line's number or the SKU as the request carried it")
        if not isinstance(qty, int) or isinstance(qty, bool) or not 1 <= qty <= QTY_MAX:
            raise Unreadable(f"lines[{n}].qty", qty, "Write a whole number from 1")
        if reason not in reasons:
            raise Unreadable(f"lines[{n}].reason", reason, f"Write one of {', '.join(reasons)}")
        read.append(RefusedLine(line, qty, reason))
    return read
