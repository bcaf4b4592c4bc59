"""The pretend partners' side of the outbox: a 3PL that ships, a supplier, gateways that take the money, shops that hear of it.

They answer as real ones do, by messages that come in through the inbox. Known only where HEADRACE_DEMO=1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from headrace.engine.inbox import Message
from headrace.engine.outbox import Adapter, Delivery, register_finder

WAREHOUSES = ("wms-reno", "acme-dropship")
GATEWAYS = ("pay-us", "pay-uk")
SHOPS = ("shop-us", "shop-uk", "portal")


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


def _shop(_: Delivery) -> None:
    """Hears that goods have left, and has nothing to say."""


def find(partner: str) -> Adapter | None:
    if os.environ.get("HEADRACE_DEMO") != "1":
        return None
    if partner in WAREHOUSES:
        return _warehouse
    if partner in GATEWAYS:
        return _gateway
    return _shop if partner in SHOPS else None


register_finder(find)
