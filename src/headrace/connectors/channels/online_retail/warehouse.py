"""The storeroom of a register: its goods left when the register was written, so it confirms at once what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from headrace.engine.inbox import Message
from headrace.engine.outbox import Delivery


def confirm(delivery: Delivery) -> Sequence[Message]:
    """The confirmation of a whole fulfilment, shipped on the day that was promised. A recall is not answered: what has left has left."""
    if delivery.kind != "fulfilment.request":
        return ()
    number = delivery.body["fulfilment"]
    shipped_at = delivery.body.get("promised_by") or datetime.now(UTC).isoformat()
    return [Message("shipment", f"pack-{number}", orjson.dumps({"fulfilment": number, "shipped_at": shipped_at, "carrier": "own"}).decode())]
