"""What the web door bears, and how long one order takes: measured from outside, on processes like those of an installation.

Webhooks are signed and stored durably before the answer; beside them, in the same run and from the same client, an empty view (`/healthz`).
Then orders are sent one by one to a worker that has nothing else to do, and the clock runs from the request to the fulfilment's release.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from typing import Any

CONNECTIONS = 16
ROUNDS = 3  # of each kind in turn; the median counts
FIRST_MS_SKIPPED = 3  # the first orders find cold caches and unprepared statements
LOOK_EVERY_S = 0.002
WAIT_MAX_S = 60


def measure(requests: int, singles: int, web_command: list[str], work_command: list[str], port: int) -> dict[str, Any]:
    """Requests per second of both views and their ratio, milliseconds from webhook to released. Runs in a process set up for the bench's database."""
    from headrace.demo import shop, world

    buyers = world.Buyers(shop.sellable()["retail-usd"], seed=1)
    posts = [_webhook(body, port) for _, body in world.shopify_bodies(buyers, requests * ROUNDS + singles)]
    web = _start(web_command)
    try:
        _await_port(port)
        return _latency(posts[:singles], work_command, port) | _intake(posts[singles:], requests, port)
    finally:
        _end(web)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _webhook(body: str, port: int) -> bytes:
    from headrace.connectors.channels.shopify.verify import HEADER, signature
    from headrace.demo import shop

    raw = body.encode()
    head = (
        f"POST /hooks/shopify/shop-us HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
        f"{HEADER}: {signature(raw, shop.WEBHOOK_SECRET)}\r\nX-Shopify-Topic: orders/create\r\nX-Shopify-Webhook-Id: {secrets.token_hex(8)}\r\n\r\n"
    )
    return head.encode() + raw


def _intake(posts: list[bytes], requests: int, port: int) -> dict[str, Any]:
    nothing = [f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()] * requests
    asyncio.run(_send_all(nothing, port))  # warm
    empty, stored = [], []
    for n in range(ROUNDS):
        empty.append(requests / asyncio.run(_send_all(nothing, port)))
        stored.append(requests / asyncio.run(_send_all(posts[n * requests : (n + 1) * requests], port)))
    return {
        "webhooks_per_s": round(statistics.median(stored)),
        "empty_views_per_s": round(statistics.median(empty)),
        "intake_to_empty_view": round(statistics.median(s / e for s, e in zip(stored, empty, strict=True)), 3),
        "connections": CONNECTIONS,
    }


async def _send_all(requests: list[bytes], port: int) -> float:
    """Seconds until every request has its answer; RuntimeError on any answer but 2xx."""
    waiting = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_send(waiting, port) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


async def _send(waiting: Iterator[bytes], port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"the server answered {head.splitlines()[0].decode()}")
        length = next((int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0)
        await reader.readexactly(length)
    writer.close()


def _latency(posts: list[bytes], work_command: list[str], port: int) -> dict[str, Any]:
    """One order at a time through an idle line."""
    from headrace.engine.queries import run as execute

    released = "select count(*) as n from orders_fulfilment where released_at is not null"
    line = _start(work_command)
    took = []
    try:
        _await_worker()
        for n, post in enumerate(posts, 1):
            began = time.perf_counter()
            asyncio.run(_send_all([post], port))
            while execute(released).scalar < n:
                if time.perf_counter() - began > WAIT_MAX_S:
                    raise RuntimeError(f"order {n} was not released within {WAIT_MAX_S} s")
                time.sleep(LOOK_EVERY_S)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        _end(line)
    took = sorted(took[FIRST_MS_SKIPPED:])
    return {
        "webhook_to_released_ms_median": round(statistics.median(took)),
        "webhook_to_released_ms_p95": round(took[int(len(took) * 0.95)]),
        "orders_one_by_one": len(took),
    }


def _await_worker() -> None:
    from headrace.engine.queries import run as execute

    until = time.monotonic() + WAIT_MAX_S
    while not execute("select count(*) as n from engine_worker").scalar:
        if time.monotonic() > until:
            raise RuntimeError("the worker did not start")
        time.sleep(0.1)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(WAIT_MAX_S)


def _await_port(port: int) -> None:
    until = time.monotonic() + WAIT_MAX_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise RuntimeError(f"the web server does not answer at port {port}") from None
            time.sleep(0.1)
