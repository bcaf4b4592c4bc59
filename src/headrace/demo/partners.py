"""The pretend partners' side of the outbox: a 3PL that ships, a supplier, gateways that take the money, shops that hear of it.

They answer as real ones do, by messages that come in through the inbox. Known only where HEADRACE_DEMO=1 (they answer at once) or =day (warehouses
take their time, and `demo/day.py` tells what they have shipped; a shop now and then refuses to hear).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from headrace.engine.inbox import Message
from headrace.engine.outbox import Adapter, Delivery, PartnerError, register_finder
from headrace.values.ids import content_hash

WAREHOUSES = ("wms-reno", "acme-dropship")
GATEWAYS = ("pay-us", "pay-uk")
SHOPS = ("shop-us", "shop-uk", "portal")
REFUSED_OF_256 = 5  # deliveries to a shop that a served demo gives up


def now() -> str:
    return datetime.now(UTC).isoformat()


def _warehouse(delivery: Delivery) -> Sequence[Message]:
    """Ships everything at once, in one parcel."""
    number = delivery.body["fulfilment"]
    return [confirmation(number, now())]


def confirmation(number: str, at: str) -> Message:
    """What a node says when a fulfilment has left."""
    return Message(
        "shipment",
        f"pack-{number}",
        orjson.dumps(
            {
                "fulfilment": number,
                "shipped_at": at,
                "carrier": "own",
                "cost": {"amount": "7.12", "currency": "USD"},
                "parcels": [{"tracking": f"MB{number[3:]:0>10}", "weight_g": 900}],
            }
        ).decode(),
    )


def _gateway(delivery: Delivery) -> Sequence[Message]:
    """Takes the money that was authorised."""
    b = delivery.body
    payment = f"cap_{b['reference'].partition(':')[2]}"
    return [
        Message(
            "payment",
            payment,
            orjson.dumps(
                {
                    "kind": "captured",
                    "reference": b["reference"],
                    "amount_minor": b["amount_minor"],
                    "currency": b["currency"],
                    "at": now(),
                    "payment": payment,
                }
            ).decode(),
        )
    ]


def _shop(delivery: Delivery) -> None:
    """Hears that goods have left, and has nothing to say; in the day one delivery in fifty finds a shop that does not know the order any more."""
    if _pace() == "day" and content_hash(delivery.idempotency_key.encode())[0] < REFUSED_OF_256:
        raise PartnerError("404 Not Found: the order was archived in the shop", permanent=True)


def _slow_warehouse(_: Delivery) -> None:
    """Has taken note; what it ships it tells later."""


def _pace() -> str:
    return os.environ.get("HEADRACE_DEMO", "")


def find(partner: str) -> Adapter | None:
    if _pace() not in ("1", "day"):
        return None
    if partner in WAREHOUSES:
        return _warehouse if _pace() == "1" else _slow_warehouse
    if partner in GATEWAYS:
        return _gateway
    return _shop if partner in SHOPS else None


register_finder(find)
