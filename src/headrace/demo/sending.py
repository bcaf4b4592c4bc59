"""How the pretend customers' orders reach the house: by signed webhooks, in bulk from the trade portal, and as the stores' file."""

from __future__ import annotations

import csv
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import orjson

from headrace.connectors.channels.shopify.verify import HEADER, signature
from headrace.demo import shop, world
from headrace.engine.home import home

SENDERS = 6
BULK = 200
COLUMNS = (
    "order", "placed_at", "currency", "total", "service", "shipping", "name", "line1", "city",
    "region", "postcode", "country", "phone", "email", "gateway", "payment_ref", "paid", "sku",
    "qty", "unit_price", "tax",
)  # fmt: skip


def send_webhooks(base: str, buyers: world.Buyers, count: int) -> None:
    """Shopify's webhooks, signed, with the disturbances of real ones."""
    with httpx.Client(base_url=base, timeout=60, limits=httpx.Limits(max_connections=SENDERS)) as client, ThreadPoolExecutor(SENDERS) as pool:
        waiting = []
        for n in range(1, count + 1):
            waiting += [pool.submit(post_webhook, client, sent) for sent in world.disturb(buyers, n, world.shopify_order(buyers, n))]
            if len(waiting) > SENDERS * 20:
                waiting.pop(0).result()
        for w in waiting:
            w.result()


def post_webhook(client: httpx.Client, sent: world.Sent) -> None:
    """One webhook, signed."""
    raw = sent.body.encode()
    headers = {
        HEADER: signature(raw, shop.WEBHOOK_SECRET),
        "X-Shopify-Topic": sent.topic,
        "X-Shopify-Webhook-Id": secrets.token_hex(8),
        "Content-Type": "application/json",
    }
    client.post(f"/hooks/shopify/{sent.door}", content=raw, headers=headers).raise_for_status()


def send_trade(base: str, key: str, buyers: world.Buyers, count: int) -> None:
    """The trade portal sends its orders in bulk, each with an answer of its own."""
    with httpx.Client(base_url=base, timeout=120, headers={"Authorization": f"Bearer {key}"}) as client:
        for first in range(1, count + 1, BULK):
            bulk = [world.trade_order(buyers, n) for n in range(first, min(first + BULK, count + 1))]
            client.post("/api/v1/orders/bulk", content=orjson.dumps({"orders": bulk})).raise_for_status()


def drop_file(buyers: world.Buyers, count: int) -> None:
    """The stores' orders come as a CSV file, one row per line, at the end of their day."""
    if not count:
        return
    path = home() / f"drop-{buyers.seed}.csv"
    _write_csv(path, [world.store_order(buyers, n) for n in range(1, count + 1)])
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "headrace", "import", "orders", str(path), "--format", "csv", "--channel", "stores", "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    path.unlink()


def _write_csv(path: Path, orders: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for o in orders:
            a, p = o["ship_to"], o["payments"][0]
            for x in o["lines"]:
                writer.writerow((
                    o["order"], o["placed_at"], o["currency"], o["total"], o["shipping"]["service"], o["shipping"]["amount"],
                    a["name"], a["line1"], a["city"], a["region"], a["postcode"], a["country"], a["phone"], a["email"],
                    p["gateway"], p["ref"], p["amount"], x["sku"], x["qty"], x["unit_price"], x["tax"],
                ))  # fmt: skip
