"""What such a partner sends, as messages of the inbox. The bodies are in the house's words already; only kind and key are read here."""

from __future__ import annotations

from typing import Any

import orjson

from headrace.connectors.warehouses.headrace_wms.limits import ANSWERS_MAX, KEY_CHARS_MAX, KINDS
from headrace.engine.inbox import Message
from headrace.flow.release.port import Unreadable

KIND_HEADER, KEY_HEADER = "X-Headrace-Kind", "X-Headrace-Key"


def message(kind: str, key: str | None, body: str) -> Message:
    """A webhook as a message: its kind and key from the headers; a confirmation may carry its key in the body. Unreadable says what is missing."""
    if kind not in KINDS:
        raise Unreadable(KIND_HEADER, kind, f"Send one of {', '.join(KINDS)}")
    named = key or _confirmation(body)
    if not named or len(named) > KEY_CHARS_MAX or "\x00" in named:
        raise Unreadable(KEY_HEADER, named, f"Send your own key of the document, of 1 to {KEY_CHARS_MAX} characters; the same key when you send it again")
    return Message(kind, named, body)


def _confirmation(body: str) -> str | None:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    found = data.get("confirmation") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def answers(body: bytes) -> list[Message]:
    """Messages that a partner gives at once with its acceptance: {"messages": [{"kind", "key", "body": {...}}]}. An empty body is none."""
    if not body.strip():
        return []
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []  # a page that says OK is an acceptance too
    found: Any = data.get("messages", []) if isinstance(data, dict) else []
    if not isinstance(found, list) or len(found) > ANSWERS_MAX:
        raise Unreadable("messages", found, f"Send a list of at most {ANSWERS_MAX}")
    return [_answer(x) for x in found]


def _answer(x: Any) -> Message:
    if not isinstance(x, dict) or not isinstance(x.get("body"), dict) or not isinstance(x.get("key"), str):
        raise Unreadable("messages", x, 'Send {"kind": "fulfilment_reply", "key": "...", "body": {...}}')
    return message(str(x.get("kind")), x["key"], orjson.dumps(x["body"], option=orjson.OPT_SORT_KEYS).decode())
