"""A seeded world that makes trouble: orders, edits, cancels, redeliveries, partial shipments, receipts, and kills at any moment.

It drives real worker processes over the database, never functions inside this process, and remembers what it sent so that the outcome can be
compared with it. Everything random comes from the seed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db import DatabaseError, connection, transaction

from headrace.demo import partners, shop, world
from headrace.engine import cluster, inbox
from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.release.actions import short_pick, start_picking

ITEMS, KITS, STOCK_EACH = 40, 6, 60
CHANNEL = "shop-us"
ACTOR = "cli:simulation"
QUIET_S = 90
RECOVERY_S = 30
LOOK_S = 0.3
PAUSE_MAX_S = 0.12  # between steps, so that the workers come to be in the middle of something


def now() -> Any:
    return run("select clock_timestamp()").scalar


@dataclass
class Placed:
    """What the world knows of an order it placed."""

    body: dict[str, Any]
    versions: int = 1
    cancelled: bool = False
    sent: list[str] = field(default_factory=list)


class Simulation:
    """One run. `step` does one random thing; `settle` waits until nothing is left to do."""

    def __init__(self, seed: int, url: str, workers: int, server: Path | None = None) -> None:
        """`server` is the home of a cluster that belongs to this run: then PostgreSQL is killed too."""
        self.seed, self.url, self.server = seed, url, server
        self.rng = random.Random(seed)
        self.orders: dict[str, Placed] = {}
        self.confirmed: list[tuple[str, inbox.Message]] = []
        self.kills = self.crashes = self.shorts = 0
        shop.seed(items=ITEMS, kits=KITS, stock_each=STOCK_EACH)
        self.buyers = world.Buyers(shop.sellable()["retail-usd"], seed)
        self.workers = [self._start() for _ in range(workers)]

    def _start(self) -> subprocess.Popen[bytes]:
        env = {**os.environ, "HEADRACE_DATABASE_URL": self.url, "HEADRACE_DEMO": "1", "HEADRACE_LOG": "CRITICAL"}
        return subprocess.Popen([sys.executable, "-W", "ignore", "-m", "headrace", "work", "--no-periodic"], env=env, stdout=subprocess.DEVNULL)

    def step(self) -> None:
        deeds = (
            (self.place, 40), (self.redeliver, 10), (self.edit, 8), (self.cancel, 6), (self.deliver_old_version, 6), (self.confirm, 25), (self.confirm_again, 5),
            (self.receive_stock, 2), (self.pick_short, 4), (self.kill_worker, 3), (self.kill_server, 6 if self.server else 0),
        )  # fmt: skip
        self.rng.choices([d for d, _ in deeds], [w for _, w in deeds])[0]()
        time.sleep(self.rng.random() * PAUSE_MAX_S)

    def _send(self, key: str, body: str) -> None:
        with transaction.atomic():
            inbox.store(CHANNEL, [inbox.Message("order", key, body)])

    def place(self) -> None:
        for _ in range(self.rng.randrange(1, 6)):
            order = world.shopify_order(self.buyers, len(self.orders) + 1)
            placed = Placed(order)
            self.orders[str(order["id"])] = placed
            placed.sent.append(orjson.dumps(order).decode())
            self._send(str(order["id"]), placed.sent[-1])

    def _some(self) -> tuple[str, Placed] | None:
        return self.rng.choice(list(self.orders.items())) if self.orders else None

    def redeliver(self) -> None:
        if found := self._some():
            self._send(found[0], self.rng.choice(found[1].sent))

    def deliver_old_version(self) -> None:
        """The first version once more, long after newer ones."""
        if found := self._some():
            self._send(found[0], found[1].sent[0])

    def _newer(self, key: str, placed: Placed, change: dict[str, Any]) -> None:
        placed.versions += 1
        at = datetime.fromisoformat(placed.body["updated_at"]) + timedelta(seconds=placed.versions)
        placed.body = {**placed.body, **change, "updated_at": at.isoformat()}
        placed.sent.append(orjson.dumps(placed.body).decode())
        if self.rng.random() < 0.3 and len(placed.sent) > 2:  # out of order: the older of the two comes last
            self._send(key, placed.sent[-1])
            self._send(key, placed.sent[-2])
        else:
            self._send(key, placed.sent[-1])

    def edit(self) -> None:
        if (found := self._some()) and not found[1].cancelled:
            key, placed = found
            self._newer(key, placed, {"shipping_address": {**placed.body["shipping_address"], "address1": f"{self.rng.randrange(900)} New Street"}})

    def cancel(self) -> None:
        if (found := self._some()) and not found[1].cancelled:
            found[1].cancelled = True
            self._newer(*found, {"cancelled_at": found[1].body["updated_at"], "cancel_reason": "customer"})

    def confirm(self) -> None:
        """Nodes ship what they were asked for, sometimes in two parcels, sometimes short."""
        for row in self._open_fulfilments(8):
            message = partners.confirmation(row.number, now().isoformat())
            if row.lines > 1 and self.rng.random() < 0.3:
                message = inbox.Message(
                    "shipment",
                    f"part-{row.number}-{self.rng.randrange(10**6)}",
                    json.dumps({**json.loads(message.body), "lines": [{"sku": row.sku, "qty": 1}]}),
                )
            self.confirmed.append((row.partner, message))
            with transaction.atomic():
                inbox.store(row.partner, [message])

    def _open_fulfilments(self, limit: int) -> Any:
        return run(
            """select f.number, 'warehouse:' || n.code as partner, count(*) as lines, min(i.sku) as sku from orders_fulfilment f join catalog_node n on n.id = f.node_id
            join orders_fulfilment_line l on l.fulfilment_id = f.id join catalog_item i on i.id = l.item_id join orders_order o on o.id = f.order_id
            where f.state = 'released' and n.partner is null and o.hold = 'clear' group by f.id, n.code order by f.id limit %(limit)s""",
            {"limit": limit},
        )

    def confirm_again(self) -> None:
        if self.confirmed:
            partner, message = self.rng.choice(self.confirmed)
            with transaction.atomic():
                inbox.store(partner, [inbox.Message(message.kind, message.key, message.body)])

    def receive_stock(self) -> None:
        from headrace.demo.restock import receive_some

        receive_some(actor="cli:simulation", pieces=20, items=5, seed=self.rng.randrange(10**6))

    def pick_short(self) -> None:
        """A picker finds less than the shelf should hold; the rest is allocated anew, maybe elsewhere."""
        for row in self._open_fulfilments(1):
            try:
                start_picking(actor=ACTOR, fulfilment=row.number)
                short_pick(actor=ACTOR, fulfilment=row.number, scan=row.sku, qty=1, reason="not_found")
                self.shorts += 1
            except Refused:  # it was cancelled, recalled or shipped in the meantime
                return

    def kill_server(self) -> None:
        """SIGKILL for the whole of PostgreSQL, or for one of its sessions, which makes it recover by itself. Every worker finds its own way back."""
        assert self.server is not None
        self.crashes += 1
        if self.rng.random() < 0.5:
            sessions = run("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid").column("pid")
            if sessions:
                os.kill(self.rng.choice(sessions), signal.SIGKILL)
        else:
            os.kill(cluster.at(self.server).pid(), signal.SIGKILL)
            cluster.start(self.server)
        self._reconnect()

    def _reconnect(self) -> None:
        time.sleep(LOOK_S)  # until the server has noticed
        until = time.monotonic() + RECOVERY_S
        while True:
            connection.close()
            try:
                run("select 1")
                return
            except DatabaseError:
                assert time.monotonic() < until, f"seed {self.seed}: the server did not come back within {RECOVERY_S} s"
                time.sleep(LOOK_S)

    def kill_worker(self) -> None:
        """SIGKILL, whatever it is doing; another takes its place."""
        n = self.rng.randrange(len(self.workers))
        self.workers[n].send_signal(signal.SIGKILL)
        self.workers[n].wait()
        self.workers[n] = self._start()
        self.kills += 1

    def settle(self) -> None:
        """Ship what can be shipped until everything that can move has moved."""
        from headrace.demo.run import sql

        until, quiet = time.monotonic() + QUIET_S, 0
        while quiet < 3:
            ended = [w.returncode for w in self.workers if w.poll() is not None]
            assert not ended, f"seed {self.seed}: workers ended by themselves, with code {ended}"
            assert time.monotonic() < until, f"seed {self.seed}: still open after {QUIET_S} s: {sql.open_work().one}"
            before = len(self.confirmed)
            if not quiet:
                self.pick_short()
            self.confirm()
            open_now = sql.open_work().one
            idle = len(self.confirmed) == before and not (open_now.messages or open_now.orders or open_now.shipments or open_now.effects)
            quiet = quiet + 1 if idle else 0
            time.sleep(LOOK_S)

    def stop(self) -> None:
        for w in self.workers:
            w.terminate()
        for w in self.workers:
            try:
                w.wait(20)
            except subprocess.TimeoutExpired:
                w.kill()
