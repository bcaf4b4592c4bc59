"""The list of orders, narrowed by any filters at once. What few orders are at a time is found through its index; anything else by walking back from the newest.

The walk looks at the orders in windows and stops when a page is full, or when its time is up: it then says how far it has looked, and goes on from there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal, InvalidOperation
from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight import finding

sql = load_queries(__package__)
USUAL = ("invoiced", "complete")  # found at once along the key; the others through the index of what is open
WALK_S = 0.8  # for one page
WINDOW_FIRST, WINDOW_MAX = 5_000, 100_000  # orders looked at by one query
LOOK_BACK = timedelta(days=7)  # how far before a day's end its last order is looked for
KEY_MAX = 2**63 - 1
YES_NO: dict[Any, bool] = {"yes": True, "no": False, True: True, False: False}


@dataclass(slots=True)
class Walk:
    """How far a page has looked: `stopped_at` is the last key looked at where the time was up before the page was full; `limited` lifts the limit where False."""

    limited: bool = True
    stopped_at: int | None = None
    _until: float = field(default_factory=lambda: time.monotonic() + WALK_S)

    def is_over(self) -> bool:
        return self.limited and time.monotonic() > self._until


def listed(chosen: dict[str, Any], *, before: int | None = None, limit: int, walk: Walk | None = None) -> list[dict[str, Any]]:
    """Orders that every filter of `chosen` lets through, the newest first.

    Days are UTC, both included; `window` is exactly from one moment to another instead; `promised` is the time (from None: ever) in which those were promised
    that have not left whole.
    """
    return finding.rows(keys(chosen, before=before, limit=limit, walk=walk or Walk(limited=False)))


def keys(chosen: dict[str, Any], *, before: int | None, limit: int, walk: Walk, ids: list[int] | None = None) -> list[int]:
    """Their keys; among `ids` alone where these are given."""
    asked = _asked(chosen)
    low, high = _between(asked)
    high = min(high, before - 1) if before is not None else high
    which = _few(chosen)
    if ids is None and which is not None:
        ids = sql.open_orders(which=which).column("id")
    if ids is not None:
        return sql.matching_orders(**asked, ids=ids, low=low, high=high, limit=limit).column("id")
    return _walk(asked, low, min(high, sql.newest_key().scalar), limit, walk)


def _walk(asked: dict[str, Any], low: int, high: int, limit: int, walk: Walk) -> list[int]:
    found: list[int] = []
    size = max(WINDOW_FIRST, limit)
    while high > low:
        floor = max(high - size, low)
        found += sql.matching_orders(**asked, ids=None, low=floor, high=high, limit=limit - len(found)).column("id")
        if len(found) >= limit:
            break
        high, size = floor, min(2 * size, WINDOW_MAX)
        if walk.is_over() and high > low:
            walk.stopped_at = high + 1
            break
    return found


def _few(chosen: dict[str, Any]) -> str | None:
    """The index that holds all that can match, where one of the filters has such an index."""
    status = chosen.get("status")
    if status is not None and status not in USUAL:
        return str(status)
    if chosen.get("hold") == "held":
        return "on_hold"
    if chosen.get("promised") or chosen.get("unshipped"):
        return "open"
    if chosen.get("returns") == "yes":
        return "returned"
    return "test" if chosen.get("test") == "yes" else None


def _asked(chosen: dict[str, Any]) -> dict[str, Any]:
    """The filters as the query takes them."""
    now = datetime.now(UTC)
    promised, days = chosen.get("promised") or (None, None), chosen.get("unshipped")
    until = chosen.get("until")
    span = chosen.get("window") or (_midnight(chosen.get("since")), _midnight(until + timedelta(days=1)) if until else None)
    return {
        "status": chosen.get("status"),
        "channel_id": _id(sql.channel_choices(), chosen.get("channel")),
        "entity_id": _id(sql.entity_choices(), chosen.get("entity")),
        "node_id": _id(sql.node_options(), chosen.get("node")),
        "country": chosen.get("country"),
        "since": span[0],
        "until": span[1],
        "hold": chosen.get("hold"),
        "is_test": YES_NO.get(chosen.get("test")),
        "total_from": _amount(chosen.get("total_from")),
        "total_to": _amount(chosen.get("total_to")),
        "promised_before": promised[1],
        "promised_from": promised[0],
        "unshipped_since": now - timedelta(days=int(days)) if days else None,
        "payment": chosen.get("payment"),
        "straight": YES_NO.get(chosen.get("straight")),
        "has_returns": YES_NO.get(chosen.get("returns")),
        "segment": chosen.get("segment"),
        "tag": chosen.get("tag"),
    }


def _amount(text: str | None) -> Decimal | None:
    """A number that a person wrote; one that is none narrows nothing."""
    try:
        amount = Decimal((text or "").replace(" ", "").replace(",", "") or "x")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**15 else None


def is_amount(text: str) -> bool:
    return _amount(text) is not None


def _between(asked: dict[str, Any]) -> tuple[int, int]:
    """Between which keys the days lie: keys rise with the moments at which orders come in. The lower bound is left out, the upper one is in."""
    since, until = asked["since"], asked["until"]
    if until is None:  # the list begins with the newest: it ends by itself
        first = sql.keys_of_days(since=since, until=since + LOOK_BACK).one.first_id if since is not None else None
        return (first - 1 if first is not None else 0), KEY_MAX
    if since is not None and until - since <= LOOK_BACK:
        found = sql.keys_of_days(since=since, until=until).one
        return (found.first_id or 1) - 1, found.last_id or 0
    last = sql.keys_of_days(since=until - LOOK_BACK, until=until).one.last_id
    return 0, KEY_MAX if last is None else last


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, clock(), UTC) if day else None


def _id(rows: Any, code: str | None) -> int | None:
    return next((r.id for r in rows if r.code == code), 0) if code else None


def entities() -> list[tuple[str, str]]:
    return [(e.code, e.name) for e in sql.entity_choices()]


def nodes() -> list[tuple[str, str]]:
    return [(n.code, f"{n.code} {n.name}") for n in sql.node_options()]


def countries() -> list[tuple[str, str]]:
    return [(c, c) for c in sql.country_choices().column("country")]


def segments() -> list[tuple[str, str]]:
    return [(s, s) for s in sql.segment_choices().column("segment") if s]
