"""Confirmations as rows of the trays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from headrace.flow.ship.port import Confirmation

Read = Sequence[tuple[Any, Confirmation]]
Row = tuple[Any, ...]


def confirmation_rows(read: Read) -> Iterator[Row]:
    """Columns as in shipping.copy_confirmations. The node's key is the one in the body, else the message's."""
    for m, c in read:
        yield (m.id, m.partner, c.key or m.message_key, c.fulfilment_id, c.lines is None, c.carrier, c.cost_minor, c.cost_currency, c.shipped_at)


def confirmed_rows(read: Read) -> Iterator[Row]:
    return ((m.id, line, sku, qty) for m, c in read for line, sku, qty in c.lines or ())


def parcel_rows(read: Read) -> Iterator[Row]:
    for m, c in read:
        for p in c.parcels:
            yield (m.id, p.carrier, p.tracking, p.weight_g, None if p.content is None else orjson.dumps(p.content).decode())
