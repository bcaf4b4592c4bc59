"""Which webhook says what: topics that carry a whole order, and those that only tell of one."""

from __future__ import annotations

import re

import orjson

from headrace.connectors.channels.shopify.ids import exact_id
from headrace.engine.inbox import Message
from headrace.flow.capture.port import Unreadable
from headrace.values.ids import content_hash

WHOLE_ORDER = frozenset(
    {"orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled", "orders/partially_fulfilled", "orders/link_requested", ""}
)
NOTICE = "notice"
_GID = re.compile(r'"admin_graphql_api_id"\s*:\s*"gid://shopify/Order/(\d{1,20})"')
_ID = re.compile(r'^\s*\{\s*"id"\s*:\s*(\d{1,20})\s*[,}]')
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$", re.ASCII)
_TOPIC = re.compile(r"^[a-z_]{1,60}/[a-z_]{1,60}$")
WORD_CHARS_MAX = 100


def message(topic: str, body: str, webhook_id: str | None, triggered_at: str | None = None) -> Message:
    """An inbox message: kind `order` for whole orders, `notice` for the rest, which is kept beside its order.

    The key is the order's exact id; a body in which it cannot be read gets its own hash, and capture says why. Headers are not signed: what is no
    topic, no moment, is not kept.
    """
    kind = "order" if topic in WHOLE_ORDER else NOTICE
    headers = {"topic": topic if _TOPIC.match(topic) else "", "webhook_id": (webhook_id or "")[:WORD_CHARS_MAX].replace("\x00", "")}
    if triggered_at and _MOMENT.match(triggered_at):
        headers["triggered_at"] = triggered_at
    return Message(kind, _key(body, topic), body, {name: value for name, value in headers.items() if value})


def _key(body: str, topic: str) -> str:
    """The order's id: seen without parsing in the usual form, else looked for. A notice about an order names it in fields of its own."""
    found = _GID.search(body) or (_ID.search(body) if topic in WHOLE_ORDER else None)
    if found:
        return found[1]
    try:
        data = orjson.loads(body)
        inner = data.get("order") or data.get("order_edit") or data
        of_order = next((inner[name] for name in ("order_id", "id") if isinstance(inner.get(name), int | str)), None)
        return exact_id({"id": of_order}, "")
    except (orjson.JSONDecodeError, AttributeError, Unreadable):
        return f"unreadable:{content_hash(body).hex()[:24]}"
