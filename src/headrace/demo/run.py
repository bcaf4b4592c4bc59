"""The demo: start web and workers, let the pretend world order by three doors, ship and pay, and report what happened."""

from __future__ import annotations

import csv
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from django.contrib.auth import get_user_model
from rich.console import Console
from rich.live import Live
from rich.table import Table

from headrace.connectors.channels.shopify.verify import HEADER, signature
from headrace.demo import partners, report, shop, world
from headrace.engine import inbox
from headrace.engine.home import home
from headrace.engine.queries import load_queries
from headrace.governance import access
from headrace.insight.verify import Report, verify

sql = load_queries(__package__)
out = Console()

SENDERS = 6
WEB_WAIT_S, STOP_WAIT_S = 60, 30
BULK = 200
SHIP_CHUNK = 2_000
IDLE_WAIT_MAX_S = 3_600
LOOK_EVERY_S = 0.5
TRADE_SHARE, STORE_SHARE = 0.10, 0.10


@dataclass
class Result:
    """A finished run: its figures, whether every invariant holds, and the processes that still serve."""

    figures: dict[str, Any]
    verified: Report
    sign_in: tuple[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.verified.ok

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, **self.figures, "verify": self.verified.violations}

    def end(self) -> None:
        """End what this run started."""
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                p.kill()

    def wait(self) -> None:
        """Serve until interrupted."""
        try:
            self.processes[0].wait()
        except KeyboardInterrupt:
            out.print("\nstopping")
        finally:
            self.end()


def run(*, orders: int, seed: int, web_command: list[str], work_command: list[str], port: int, quiet: bool = False) -> Result:
    """Run the whole demo. Safe to run again: what is there stays, new orders come on top."""
    say: Callable[[str], None] = (lambda _: None) if quiet else (lambda text: out.print(text, highlight=False))
    counts = shop.seed()
    say(f"shop ready: {counts['items']:,} items, {counts['channels']} channels, {counts['orders']:,} orders from before")
    sign_in, key = _sign_in(seed)
    marks = (int(sql.last_batch().scalar), int(sql.last_order().scalar))
    processes = [subprocess.Popen(web_command, env={**os.environ, "HEADRACE_LOG": "ERROR"}), subprocess.Popen(work_command)]
    try:
        base = _await_web(port, processes[0])
        began = time.perf_counter()
        _play(orders, seed, base, key, marks, quiet)
        seconds = time.perf_counter() - began
        verified = verify()
        figures = report.figures(marks, seconds)
        if not quiet:
            report.show(out, figures, verified)
    except BaseException:
        Result({}, Report({}, 0), sign_in, processes).end()
        raise
    return Result(figures, verified, sign_in, processes)


def say_what_next(result: Result, port: int) -> None:
    """Where to look now."""
    user, password = result.sign_in
    out.print(
        f"""
Serving at [bold]http://127.0.0.1:{port}/[/bold]   sign in as [bold]{user}[/bold] with [bold]{password}[/bold]
  API and its docs    http://127.0.0.1:{port}/api/docs
  Health and metrics  http://127.0.0.1:{port}/readyz   http://127.0.0.1:{port}/metrics
Look next, in another terminal (prefix with .venv/bin/ in a checkout):
  headrace exceptions list                 what waits for a person, the most urgent first
  headrace order show SO-1                 one order's whole timeline
  headrace explain availability MB-00001   a stock figure, down to its ledger rows
  headrace verify                          every invariant, counted
Ctrl-C ends the server and the workers; `headrace db stop` ends the database.""",
        highlight=False,
    )


def _sign_in(seed: int) -> tuple[tuple[str, str], str]:
    """A fresh password for the demo's administrator, and a key for the pretend portal."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(username="demo", defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    name = f"demo-portal-{seed}-{secrets.token_hex(3)}"
    return ("demo", password), str(access.make_api_key(actor=shop.ACTOR, name=name, scopes=["orders.write", "orders.read"], channel="portal"))


def _await_web(port: int, web: subprocess.Popen[bytes]) -> str:
    base = f"http://127.0.0.1:{port}"
    for _ in range(WEB_WAIT_S * 5):
        if web.poll() is not None:
            raise RuntimeError(f"the web server ended at once: is port {port} taken? Choose another with --port")
        try:
            if httpx.get(f"{base}/healthz", timeout=2).status_code == 200:
                return base
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the web server does not answer")


def _play(orders: int, seed: int, base: str, key: str, marks: tuple[int, int], quiet: bool) -> None:
    """The pretend world at work: orders come in, goods go out, money follows."""
    sellable = shop.sellable()
    trade, stores = int(orders * TRADE_SHARE), int(orders * STORE_SHARE)
    with (
        ThreadPoolExecutor(4) as pool,
        Live(_progress(marks[0], orders), console=out, refresh_per_second=4, transient=True, auto_refresh=False) if not quiet else _Silent() as live,
    ):
        sending = [
            pool.submit(_send_webhooks, base, world.Buyers(sellable["retail-usd"], seed), orders - trade - stores),
            pool.submit(_send_trade, base, key, world.Buyers(sellable["wholesale-usd"], seed), trade),
            pool.submit(_drop_file, world.Buyers(sellable["retail-usd"], seed + 1), stores),
        ]
        _keep_going(lambda: not all(s.done() for s in sending), live, marks, orders)
        for s in sending:
            s.result()
        _keep_going(lambda: False, live, marks, orders)
        _pay_out()
        _keep_going(lambda: False, live, marks, orders)


class _Silent:
    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def update(self, *_: object, **__: object) -> None:
        return


def _keep_going(more: Callable[[], bool], live: Any, marks: tuple[int, int], orders: int) -> None:
    """Ship what lies in the queues until nothing is open and nothing more comes."""
    until = time.monotonic() + IDLE_WAIT_MAX_S
    while time.monotonic() < until:
        shipped = _ship()
        live.update(_progress(marks[0], orders), refresh=True)
        if not more() and not shipped and not any(sql.open_work().one):
            return
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"after {IDLE_WAIT_MAX_S} s there is still open work: {sql.open_work().one._asdict()}; do the workers run?")


def _ship() -> int:
    """The pickers of the built-in warehouses confirm what they have packed."""
    by_node: dict[str, list[inbox.Message]] = {}
    rows = sql.to_ship(limit=SHIP_CHUNK)
    at = partners.now()
    for row in rows:
        by_node.setdefault(f"warehouse:{row.node}", []).append(partners.confirmation(row.number, at))
    for partner, messages in by_node.items():
        inbox.store(partner, messages)
    return len(rows)


def _pay_out() -> None:
    for gateway, key, body in world.payouts(sql.to_pay_out(gateways=list(partners.GATEWAYS))):
        inbox.store(gateway, [inbox.Message("payout", key, body)])


def _send_webhooks(base: str, buyers: world.Buyers, count: int) -> None:
    """Shopify's webhooks, signed, with the disturbances of real ones."""
    with httpx.Client(base_url=base, timeout=60, limits=httpx.Limits(max_connections=SENDERS)) as client, ThreadPoolExecutor(SENDERS) as pool:

        def post(sent: world.Sent) -> None:
            raw = sent.body.encode()
            headers = {
                HEADER: signature(raw, shop.WEBHOOK_SECRET),
                "X-Shopify-Topic": sent.topic,
                "X-Shopify-Webhook-Id": secrets.token_hex(8),
                "Content-Type": "application/json",
            }
            client.post(f"/hooks/shopify/{sent.door}", content=raw, headers=headers).raise_for_status()

        waiting = []
        for n in range(1, count + 1):
            waiting += [pool.submit(post, sent) for sent in world.disturb(buyers, n, world.shopify_order(buyers, n))]
            if len(waiting) > SENDERS * 20:
                waiting.pop(0).result()
        for w in waiting:
            w.result()


def _send_trade(base: str, key: str, buyers: world.Buyers, count: int) -> None:
    """The trade portal sends its orders in bulk, each with an answer of its own."""
    with httpx.Client(base_url=base, timeout=120, headers={"Authorization": f"Bearer {key}"}) as client:
        for first in range(1, count + 1, BULK):
            bulk = [world.trade_order(buyers, n) for n in range(first, min(first + BULK, count + 1))]
            client.post("/api/v1/orders/bulk", content=orjson.dumps({"orders": bulk})).raise_for_status()


def _drop_file(buyers: world.Buyers, count: int) -> None:
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
    names = (
        "order",
        "placed_at",
        "currency",
        "total",
        "service",
        "shipping",
        "name",
        "line1",
        "city",
        "region",
        "postcode",
        "country",
        "phone",
        "email",
        "gateway",
        "payment_ref",
        "paid",
        "sku",
        "qty",
        "unit_price",
        "tax",
    )
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for o in orders:
            a, p = o["ship_to"], o["payments"][0]
            for x in o["lines"]:
                writer.writerow(
                    (
                        o["order"],
                        o["placed_at"],
                        o["currency"],
                        o["total"],
                        o["shipping"]["service"],
                        o["shipping"]["amount"],
                        a["name"],
                        a["line1"],
                        a["city"],
                        a["region"],
                        a["postcode"],
                        a["country"],
                        a["phone"],
                        a["email"],
                        p["gateway"],
                        p["ref"],
                        p["amount"],
                        x["sku"],
                        x["qty"],
                        x["unit_price"],
                        x["tax"],
                    )
                )


def _progress(after: int, orders: int) -> Table:
    """How far the line has come."""
    t = Table(title=f"{orders:,} orders on their way", title_justify="left", box=None, pad_edge=False, header_style="bold")
    t.add_column("stage")
    t.add_column("documents", justify="right")
    t.add_column("parked", justify="right")
    for row in sql.progress(after=after):
        t.add_row(row.stage.replace("_", " "), f"{row.taken:,}", f"{row.parked:,}" if row.parked else "")
    return t
