"""The story of one order: everything that happened to it on one line of time, and what has changed since somebody looked."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight.personal import EVENTS_WITH_PERSONAL_DETAIL, HIDDEN

sql = load_queries(__package__)
EVENTS_MAX = 1_000  # of one order; the oldest first
SINCE_MAX = 5  # events named to somebody whose page is out of date
VOICES = ("channel", "stock", "warehouse", "money", "people")
_CHANNEL = ("message_in", "captured", "revised", "mapped", "test_order")
_STOCK = ("allocated", "backordered", "preordered", "deallocated", "reallocated", "validated", "sent_back", "fulfilment", "reservation_lapsed", "repaired")
_WAREHOUSE = (
    "released", "picking", "picked", "unpicked", "packed", "shipped", "recalled", "recall_requested", "recall_refused", "node_accepted", "short_picked", "delivered", "delivery_failed",
    "rejected", "shipment", "tracking", "return",
)  # fmt: skip
_MONEY = ("invoiced", "settled", "closed", "refunded", "invoice", "credit_memo", "payment", "payment_of_another")
_TROUBLE = ("parked", "warned")
_PEOPLE = ("user:", "api:", "cli:")
_OF_OUTBOX = {"payment": "money", "fulfilment": "warehouse"}


def story(order_id: int, *, personal: bool) -> list[dict[str, Any]]:
    """Events, the oldest first: at, what, voice, who, is_person, facts (name to value), changes (field, before, after), document, message_id."""
    effects = sql.effects_of_order(order_id=order_id).column("key")
    rows = [row._asdict() for row in sql.story_of_order(order_id=order_id, effects=effects, limit=EVENTS_MAX)]
    return [_told(row, personal=personal) for row in rows]


def _told(row: dict[str, Any], *, personal: bool) -> dict[str, Any]:
    facts = {k: v for k, v in (row["facts"] or {}).items() if v is not None}
    hidden = not personal and (row["what"] in EVENTS_WITH_PERSONAL_DETAIL or row["what"] in ("noted", "case_resolved"))
    changes = [(field, *pair) for field, pair in facts.items() if _is_pair(pair)]
    rest = {k: v for k, v in facts.items() if not _is_pair(v)}
    if hidden:
        changes = [(field, HIDDEN, HIDDEN) for field, *_ in changes]
        rest = {k: v if k in ("reason", "resolution") else HIDDEN for k, v in rest.items()}
    return {**row, "voice": voice(row), "is_person": (row["who"] or "").startswith(_PEOPLE), "facts": rest, "changes": changes}


def _is_pair(value: Any) -> bool:
    """Before and after, as deeds keep them."""
    return isinstance(value, list) and len(value) == 2 and not any(isinstance(v, dict | list) for v in value)


def voice(event: dict[str, Any]) -> str:
    """Whose voice tells it."""
    what, who = event["what"], event["who"] or ""
    if what in _TROUBLE:
        return "trouble"
    if who.startswith(_PEOPLE) and what not in ("payment", "invoice", "shipment", "tracking"):
        return "people"
    if what == "message_out":
        kind = (event["facts"] or {}).get("kind", "")
        return "channel" if kind == "fulfilment.shipped" else _OF_OUTBOX.get(kind.partition(".")[0], "channel")
    for name, events in (("channel", _CHANNEL), ("stock", _STOCK), ("warehouse", _WAREHOUSE), ("money", _MONEY)):
        if what in events:
            return name
    return "stock"


def version(order_id: int) -> str:
    """What a page shows of an order, as one word: it is another word as soon as anything of it has changed."""
    found = sql.version_of_order(order_id=order_id).one
    return f"{found.last_event}-{found.sign}"


def since(order_id: int, seen: str) -> list[dict[str, Any]]:
    """What has happened since a version, the newest first."""
    last = seen.partition("-")[0]
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0
    return [row._asdict() for row in sql.events_since(order_id=order_id, after=after, limit=SINCE_MAX)]
