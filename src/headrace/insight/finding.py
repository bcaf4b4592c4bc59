"""Finding orders: by whatever somebody has in hand, or by status, channel and day. Made for a million orders: each look is one index."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
STATUSES = (
    "captured", "validated", "on_hold", "backordered", "preordered", "allocated", "released", "partly_shipped", "shipped", "invoiced", "complete", "cancelled",
)  # fmt: skip
USUAL = ("invoiced", "complete")  # found at once along the key; the others through the index of what is open
_ID_DIGITS_MAX = 18
_INVOICE = re.compile(r"([A-Z0-9-]*[A-Z][A-Z0-9-]*)-(\d{1,18})")
LOOK_BACK = timedelta(days=7)  # how far before a day's end its last order is looked for


def by_word(text: str, *, personal: bool, before: int | None = None, limit: int) -> list[dict[str, Any]]:
    """Orders that a word points to, the newest first, with `how` it was found. An e-mail finds nothing for those who may not see personal data."""
    text = text.strip()
    upper = text.upper()
    invoice = _INVOICE.fullmatch(upper)
    how = sql.find_by_word(
        order_id=_number(upper, "SO-", bare=True),
        fulfilment_id=_number(upper, "FO-"),
        shipment_id=_number(upper, "SH-"),
        series=invoice.group(1) if invoice else None,
        invoice=int(invoice.group(2)) if invoice else None,
        spellings=list(dict.fromkeys([text, upper, text.lstrip("#"), f"#{text.lstrip('#')}"])),
        email=text.lower() if personal and "@" in text else None,
        before=before,
        limit=limit,
    )
    found = {row.id: row.how for row in how}
    return [{**row, "how": found[row["id"]]} for row in _rows(list(found))]


def _number(text: str, prefix: str, *, bare: bool = False) -> int | None:
    digits = text.removeprefix(prefix)
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _ID_DIGITS_MAX
    return int(digits) if is_number and (bare or text.startswith(prefix)) else None


def listed(
    *,
    status: str | None = None,
    channel: str | None = None,
    since: date | None = None,
    until: date | None = None,
    window: tuple[datetime, datetime] | None = None,
    straight: bool | None = None,
    promised: tuple[datetime | None, datetime] | None = None,
    before: int | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Orders by status, channel and the days (UTC, both included) on which they came in, or exactly from one moment to another; the newest first.

    straight   only those that no case ever blocked (True), or that one did (False)
    promised   only those promised in that time that have not left whole
    """
    span: dict[str, Any] = {"since": _midnight(since), "until": _midnight(until + timedelta(days=1)) if until else None}
    if window:
        span = {"since": window[0], "until": window[1]}
    place: dict[str, Any] = {"status": status, "channel_id": _channel(channel), "straight": straight, "before": before, "limit": limit, **span}
    if promised:
        return _rows(sql.promised_orders(**place, promised_from=promised[0], promised_until=promised[1]).column("id"))
    if status is not None and status not in USUAL:
        return _rows(sql.open_orders(**place).column("id"))
    return _rows(sql.newest_orders(**place, **_keys(span)).column("id"))


def _keys(span: dict[str, Any]) -> dict[str, Any]:
    """Between which keys the days lie: keys rise with the moments at which orders come in."""
    since, until = span["since"], span["until"]
    keys: dict[str, Any] = {"first_id": None, "last_id": None}
    if until is None:  # the list begins with the newest: it ends by itself
        return keys
    if since is not None and until - since <= LOOK_BACK:
        found = sql.keys_of_days(since=since, until=until).one
        return {"first_id": found.first_id or 0, "last_id": found.last_id or 0}
    found = sql.keys_of_days(since=until - LOOK_BACK, until=until).one
    return {**keys, "last_id": found.last_id}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _channel(code: str | None) -> int | None:
    return next((c.id for c in sql.channel_choices() if c.code == code), 0) if code else None


def channels() -> list[tuple[str, str]]:
    """Code and name of every channel."""
    return [(c.code, c.name) for c in sql.channel_choices()]


def _rows(ids: list[int]) -> list[dict[str, Any]]:
    return [row._asdict() for row in sql.order_rows(ids=ids)] if ids else []
