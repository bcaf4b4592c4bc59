"""What a deed was given, as a person reads it: one fact a line, rows as a table, amounts in their currency."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from headrace.console.templatetags.console import money, plain, words

ROWS_SHOWN_MAX = 200  # of one table; the page says how many more there are


def facts(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each value its name and either `text`, or `columns` and `rows` (with `more`, how many are left out)."""
    told: list[dict[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            told += [{**fact, "name": f"{_title(name)}: {fact['name']}"} for fact in facts(value)]
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            told.append({"name": _title(name), **_table(value)})
        else:
            told.append({"name": _title(name), "text": _text(name, value, values)})
    return told


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = [[_text(name, row.get(name), row) for name in names] for row in rows[:ROWS_SHOWN_MAX]]
    return {"columns": [_title(name) for name in names], "rows": shown, "more": max(0, len(rows) - ROWS_SHOWN_MAX)}


def _title(name: str) -> str:
    return words(name.removesuffix("_minor").removesuffix("_id"))


def _text(name: str, value: Any, beside: dict[str, Any]) -> str:
    if value is None or value == "":
        return "–"
    currency = beside.get("currency")
    if name.endswith("_minor") and isinstance(value, int) and not isinstance(value, bool) and currency:
        return money(value, currency)
    return plain(value)


def changes(change: dict[str, Any]) -> list[dict[str, str]]:
    """What a deed recorded that it changed: name, before, after. What is no pair of before and after is what became of it."""
    pairs = {name: value if isinstance(value, list) and len(value) == 2 else [None, value] for name, value in change.items()}
    return [{"name": _title(name), "before": _text(name, was, {}), "after": _text(name, now, {})} for name, (was, now) in pairs.items()]


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """Field by field what is not the same: name, before, after."""
    was, now = _flat(before), _flat(after)
    names = [name for name in dict.fromkeys((*was, *now)) if was.get(name, "–") != now.get(name, "–")]
    return [{"name": name, "before": was.get(name, "–"), "after": now.get(name, "–")} for name in names]


def _flat(values: dict[str, Any]) -> dict[str, str]:
    """Every fact as one line; the rows of a table by their place."""
    told: dict[str, str] = {}
    for fact in facts(values):
        if "rows" not in fact:
            told[fact["name"]] = fact["text"]
            continue
        for place, row in enumerate(fact["rows"], 1):
            told[f"{fact['name']} {place}"] = ", ".join(f"{title} {cell}" for title, cell in zip(fact["columns"], row, strict=True))
    return told


PAGES = {
    "order": "/orders/{}", "fulfilment": "/fulfilment/f/{}", "partner": "/system/partners/{}", "user": "/system/users/{}", "item": "/catalog/items/{}", "case": "/exceptions/case/{}",
    "bulk": "/exceptions/bulk/{}", "count": "/stock/counts/{}", "entry": "/finance/entries/{}", "payout": "/finance/payouts/{}", "node": "/catalog/nodes/{}", "channel": "/catalog/channels/{}",
    "party": "/catalog/parties/{}", "replay": "/system/replays/{}", "chain_check": "/system/chain/{}",
}  # fmt: skip
NUMBERED = ("case", "bulk", "count", "entry", "payout", "party", "replay", "chain_check")  # whose pages go by a number


def address_of(subject: str | None) -> str:
    """The page of what a deed was done to, as in `order:SO-17`; nothing where it has none."""
    kind, colon, key = (subject or "").partition(":")
    if kind == "policy":
        name, _colon, version = key.partition(":")
        return f"/rules/{quote(name, safe='')}" + (f"/{version}" if version.isdigit() else "")
    if kind in NUMBERED and not key.isdigit():
        return ""
    return PAGES[kind].format(quote(key, safe="")) if colon and key and kind in PAGES else ""
