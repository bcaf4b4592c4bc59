"""How one cell of a list is written, on a page and in a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.html import format_html

from headrace.console.templatetags import console as write
from headrace.insight.personal import HIDDEN
from headrace.values.money import decimal_from

if TYPE_CHECKING:
    from headrace.console.listing import Column

NUMBERS = ("money", "count", "unit_price", "percent")
SAID_BY_THEMSELVES = (
    "text",
    "long",
    "code",
    "badge",
    "words",
    "due",
    "person",
    "subject",
    "effect",
    "deed",
    "document",
)  # values that need no name beside them
REST_MAX = 5  # cells of a row's second line on a phone
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet run a text
WRITERS: dict[str, Any] = {
    "badge": write.badge,
    "moment": write.moment,
    "due": write.due,
    "age": write.age,
    "words": write.words,
    "document": write.document_name,
    "count": write.count,
    "plain": write.plain,
    "flag": write.flag,
    "day": str,
    "person": write.person,
    "subject": write.subject,
    "deed": write.deed,
    "effect": write.effect,
    "percent": lambda value: f"{value.normalize():f} %",
}


def row_of(columns: Sequence[Column], row: dict[str, Any], may_see_personal: bool) -> list[dict[str, Any]]:
    """The cells of a row. On a phone, where columns do not fit, a row is two lines: what it is, how it stands and its sum; then the next few, numbers with
    their names."""
    state = next((c.name for c in columns[1:] if c.kind == "badge"), "")
    sums = [c.name for c in columns[1:] if c.kind == "money"]
    total = next((name for name in sums if "total" in name or "gross" in name), sums[0] if sums else "")
    told, rest = [], 0
    for n, column in enumerate(columns):
        role = "lead" if n == 0 else "mark" if column.name == state else "amount" if column.name == total else "rest"
        found = cell(column, row, may_see_personal)
        if role == "rest" and found["value"] != "":
            rest += 1
            role = "rest" if rest <= REST_MAX else "rest far"
        label = column.title if role == "rest" and column.kind not in SAID_BY_THEMSELVES else ""
        told.append({**found, "classes": f"{found['classes']} {role}".strip(), "label": label})
    return told


def cell(column: Column, row: dict[str, Any], may_see_personal: bool) -> dict[str, Any]:
    """What a cell of the page needs: its value as written, its class, the address that it opens."""
    value = _value(column, row, may_see_personal)
    if value is None or value == "":
        written: Any = column.absent
    elif column.kind == "money":
        written = write.money(value, row["currency"])
    elif column.kind == "unit_price":
        written = write.unit_price(value, row["currency"])
    elif column.kind == "code":
        written = format_html('<span class="mono">{}</span>', value)
    else:
        written = WRITERS.get(column.kind, _as_it_is)(value)
    classes = " ".join(
        c
        for c in (
            "num" if column.kind in NUMBERS else "",
            "wide" if column.wide else "",
            "cut" if column.kind == "long" else "",
            "nowrap" if column.kind == "day" else "",
        )
        if c
    )
    return {
        "value": written,
        "classes": classes,
        "href": _address(column, row) if value not in (None, "") else "",
        "title": str(written) if column.kind == "long" else "",
    }


def _as_it_is(value: Any) -> Any:
    """A text as it stands; names with values as a line of them, without those that say nothing."""
    if isinstance(value, dict):
        return ", ".join(f"{write.words(name)} {write.plain(v)}" for name, v in value.items() if v not in (None, "", [], {}))
    return write.plain(value) if isinstance(value, list) else value


def _address(column: Column, row: dict[str, Any]) -> str:
    """The address with the row's fields in it; nothing where a field is missing."""
    if not column.href:
        return ""
    if column.href == "{address}":  # the query says it whole
        return row["address"] or ""
    needed = {k: v for k, v in row.items() if f"{{{k}}}" in column.href}
    if any(v is None for v in needed.values()):
        return ""
    return column.href.format(**{k: quote(str(v), safe="") for k, v in needed.items()})


def plain_cell(column: Column, row: dict[str, Any], may_see_personal: bool) -> str:
    """The cell as a file has it: decimals without grouping, moments in UTC."""
    value = _value(column, row, may_see_personal)
    if value is None:
        return ""
    if column.kind == "money":
        return f"{decimal_from(value, row['currency'])} {row['currency']}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date | int | float):
        return str(value)
    return safe(write.plain(value))


def safe(text: str) -> str:
    """A text of a file that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _value(column: Column, row: dict[str, Any], may_see_personal: bool) -> Any:
    value = row.get(column.name)
    return HIDDEN if column.personal and value and not may_see_personal else value
