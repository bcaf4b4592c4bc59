"""Which webhook says what: topics that carry a whole order, and those that only tell of one."""

from __future__ import annotations

import re

from headrace.engine.inbox import Message
from headrace.values.ids import content_hash

WHOLE_ORDER = frozenset(
    {"orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled", "orders/partially_fulfilled", "orders/link_requested", ""}
)
_GID = re.compile(r'"admin_graphql_api_id"\s*:\s*"gid://shopify/Order/(\d+)"')
_ID = re.compile(r'^\s*\{\s*"id"\s*:\s*(\d+)')


def message(topic: str, body: str, webhook_id: str | None) -> Message:
    """An inbox message: kind `order` for whole orders, `shopify:<topic>` for the rest, which is kept and not yet acted on.

    The key is the order's exact id where it can be seen without parsing; a body in which it cannot gets its own hash, and capture says why.
    """
    found = _GID.search(body) or _ID.search(body)
    key = found[1] if found else f"unreadable:{content_hash(body).hex()[:24]}"
    kind = "order" if topic in WHOLE_ORDER else f"shopify:{topic}"
    return Message(kind, key, body, {"topic": topic, **({"webhook_id": webhook_id} if webhook_id else {})})
