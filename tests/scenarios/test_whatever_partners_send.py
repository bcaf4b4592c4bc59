"""Whatever a shop, a warehouse or a gateway sends, in whatever field: it is taken, or parked with its field and value; nothing stops, nothing is lost, no cent goes astray."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.test import Client

from headrace.connectors.channels.shopify.verify import signature
from headrace.demo import partners, world
from headrace.demo import shop as demo_shop
from headrace.engine import inbox
from headrace.engine.queries import run
from tests.scenarios.shop import EAST, LAMP, MUG, Shop, assert_all_holds, cancelled

MESSAGES = int(os.environ.get("ODD_MESSAGES", 120))
ODD = (
    None, "", " ", 0, -1, 1, 10**9, 2**63, 2**70, -(2**63), 1.5, 1e300, "1e400", "NaN", "Infinity", "-0.01", "0.005", "99999999999999999999.99", True, False,
    [], {}, [None], [{}], {"a": 1}, "\x00", "a\x00b", "\ud800", "😀" * 300, "x" * 30_000, "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00", "2026-01-01", "JPY", "KWD", "usd", "ZZZ", "' or 1=1 --", "<script>alert(1)</script>", "%(x)s", "{x}", "\\N", "\t", "\n",
)  # fmt: skip


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every field, however deep."""
    if at:
        yield at
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from places(value, (*at, key))


def odd(body: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy with something odd in one to three places."""
    changed = copy.deepcopy(body)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        found = list(places(changed))
        if found:
            *way, last = rng.choice(found)
            inner: Any = changed
            for key in way:
                inner = inner[key]
            inner[last] = copy.deepcopy(rng.choice(ODD))
    return changed


def send(body: dict[str, Any], topic: str) -> int:
    raw = json.dumps(body).encode()
    headers = {"X-Shopify-Hmac-Sha256": signature(raw, demo_shop.WEBHOOK_SECRET), "X-Shopify-Topic": topic}
    return Client().post("/hooks/shopify/shop-us", raw, content_type="application/json", headers=headers).status_code


def tell(partner: str, kind: str, key: str, body: Any) -> None:
    with transaction.atomic():
        inbox.store(partner, [inbox.Message(kind, key, json.dumps(body))])


def in_hand() -> int:
    return int(run("select count(*) as n from engine_inbox where state = 'received'").scalar)


def test_a_shop(shop: Shop) -> None:
    rng = random.Random(seed := int(os.environ.get("ODD_SEED", random.randrange(10**6))))
    shop.fill(LAMP, EAST=1_000_000)
    shop.fill(MUG, EAST=1_000_000)
    for _ in range(MESSAGES):
        body = shop.body({LAMP: 2, MUG: 1})
        assert send(odd(body, rng), rng.choice(("orders/create", "orders/updated", "orders/paid"))) == 200, f"again with ODD_SEED={seed}"
        if rng.random() < 0.3:
            shop.hook(body)
        if rng.random() < 0.1:
            shop.hook(cancelled(body))
    shop.ship()
    shop.work()
    shop.pay_out()
    shop.work()
    print(f"again with ODD_SEED={seed}")
    assert in_hand() == 0
    assert_all_holds()


def test_warehouses_and_gateways(shop: Shop) -> None:
    rng = random.Random(seed := int(os.environ.get("ODD_SEED", random.randrange(10**6))))
    print(f"again with ODD_SEED={seed}")
    shop.fill(LAMP, EAST=1_000_000)
    shop.fill(MUG, EAST=1_000_000)
    for _ in range(MESSAGES // 3):
        shop.place({LAMP: 2, MUG: 1})
    shop.work()
    parcels = [{"tracking": "1Z1", "carrier": "ups", "weight_g": 900, "content": [{"sku": LAMP, "qty": 2}]}]
    full = {"carrier": "ups", "cost": {"amount": "7.12", "currency": "USD"}, "parcels": parcels, "lines": [{"sku": LAMP, "qty": 1}]}
    for n, f in enumerate(run("select number from orders_fulfilment where state = 'released' order by id")):
        body = {**json.loads(partners.confirmation(f.number, partners.now()).body), **full}
        tell(f"warehouse:{EAST}", "shipment", f"odd-{n}", odd(body, rng))
    for n in range(MESSAGES // 3):
        tell("carrier", "tracking", f"scan-{n}", odd({"tracking": "1Z1", "carrier": "ups", "events": [{"status": "delivered", "at": partners.now()}]}, rng))
    shop.work()
    shop.ship()
    for n, i in enumerate(run("select id, total_minor, currency from ledger_invoice order by id")):
        event = {
            "kind": "captured",
            "reference": f"invoice:{i.id}",
            "amount_minor": i.total_minor,
            "currency": i.currency,
            "at": partners.now(),
            "payment": f"odd-{n}",
        }
        tell("pay-us", "payment", f"odd-{n}", odd(event, rng))
    shop.work()
    from headrace.demo.run import sql

    for gateway, key, text in world.payouts(sql.to_pay_out(gateways=["pay-us"]), lines_max=5):
        tell(gateway, "payout", f"odd-{key}", odd(json.loads(text), rng))
    shop.work()
    assert in_hand() == 0
    assert_all_holds()
