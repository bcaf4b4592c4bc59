"""The demo's day: while it serves, the pretend world goes on at a gentle pace. Customers order by all three doors, pickers pick, partners ship,
carriers scan and gateways pay, each with the delay of real ones; and now and then something goes wrong, so that there is something to look at.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import orjson
import psycopg
import structlog
from django import db

from headrace.demo import partners, restock, sending, shop, world
from headrace.engine import inbox
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import load_queries
from headrace.flow.release.actions import short_pick, start_picking
from headrace.flow.release.scanning import pick_line
from headrace.flow.ship.actions import pack, ship
from headrace.values.ids import content_hash

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

ORDER_EVERY_S = 4.0  # one order, by one of the doors
FILE_EVERY_S = 300.0  # the stores send a file of a few
PICK_EVERY_S, PACKING_S = 7.0, 45.0  # pickers begin with the soonest cut-off; a fulfilment is in their hands so long
KEPT_IN_QUEUE = 24  # pickers leave so many for the visitor to try
PARTNER_S = 120  # a warehouse of others confirms after so long
SCAN_EVERY_S, SCAN_AFTER_S = 20.0, 60
PAY_OUT_EVERY_S = 240.0
DELIVERY_EVERY_S = 900.0  # goods come in
LOOK_EVERY_S = 0.5
HANDS_MAX = 8  # fulfilments that the pickers hold at once
UNKNOWN_SKUS, BAD_ADDRESSES, SHORT_PICKS, NEVER_SCANNED, STRANGE_PAYOUTS = 0.02, 0.03, 0.02, 0.15, 0.25
FILE_ORDERS = 3
PICKER = "user:warehouse"
AT_ONCE = 50


@dataclass
class Day:
    """The pretend world of one serving. `tick` does what is due at a moment, in seconds of a clock that only goes forward."""

    base: str
    key: str
    seed: int
    rng: random.Random = field(init=False)
    in_hand: dict[str, float] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a pretend world, not a secret
        sellable = shop.sellable()
        start = datetime.now(UTC).replace(microsecond=0)
        self.buyers = world.Buyers(sellable["retail-usd"], self.seed, start)
        self.trade = world.Buyers(sellable["wholesale-usd"], self.seed, start)
        self.numbers = count(1)

    def tick(self, now: float) -> None:
        """Everybody whose turn it is does one thing. What goes wrong in the pretend world is no fault of ours: it goes on at the next turn."""
        for every_s, does in self._turns():
            name = does.__name__
            if now < self.due.setdefault(name, now + every_s * self.rng.random()):
                continue
            self.due[name] = now + every_s
            try:
                does(now)
            except (httpx.HTTPError, Refused, NotAllowed, WaitsForApproval, subprocess.SubprocessError) as error:
                log.info("demo.day", turn=name, error=str(error)[:200])
            except (db.Error, psycopg.Error) as error:
                log.warning("demo.day", turn=name, error=str(error)[:200])
                db.connection.close()

    def _turns(self) -> tuple[tuple[float, Callable[[float], None]], ...]:
        return (
            (ORDER_EVERY_S, self.order),
            (FILE_EVERY_S, self.stores),
            (PICK_EVERY_S, self.pick),
            (PICK_EVERY_S, self.hand_over),
            (PICK_EVERY_S, self.confirm),
            (SCAN_EVERY_S, self.scan),
            (PAY_OUT_EVERY_S, self.pay_out),
            (DELIVERY_EVERY_S, self.goods_in),
        )

    def order(self, _now: float) -> None:
        """A customer of the web shop, or one in eight times of the trade portal."""
        n = next(self.numbers)
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        self.sent += 1
        if n % 8 == 0:
            with httpx.Client(base_url=self.base, timeout=30, headers={"Authorization": f"Bearer {self.key}"}) as client:
                order = world.trade_order(self.trade, n) | {"placed_at": now}
                client.post("/api/v1/orders/bulk", content=orjson.dumps({"orders": [order]})).raise_for_status()
            return
        order = world.shopify_order(self.buyers, n) | {"created_at": now, "processed_at": now, "updated_at": now}
        if self.rng.random() < UNKNOWN_SKUS:
            order["line_items"][0]["sku"] = f"NEW-{self.rng.randrange(12):03d}"
        if self.rng.random() < BAD_ADDRESSES:
            order["shipping_address"] = {**order["shipping_address"], "zip": None, "address1": None}
        with httpx.Client(base_url=self.base, timeout=30) as client:
            for sent in world.disturb(self.buyers, n, order):
                sending.post_webhook(client, sent)

    def stores(self, _now: float) -> None:
        """The stores' orders of the last minutes, as a file."""
        self.sent += FILE_ORDERS
        sellable = shop.sellable()["retail-usd"]
        sending.drop_file(world.Buyers(sellable, self.seed * 1_000 + next(self.numbers), datetime.now(UTC).replace(microsecond=0)), FILE_ORDERS)

    def pick(self, now: float) -> None:
        """A picker takes the next fulfilment, unless the queue is as short as a visitor should find it."""
        queue = [f for f in sql.at_work(states=["released"], limit=KEPT_IN_QUEUE + AT_ONCE) if f.number not in self.in_hand]
        if len(queue) <= KEPT_IN_QUEUE or len(self.in_hand) >= HANDS_MAX:
            return
        number = queue[0].number
        self.in_hand[number] = now
        pick_all(number, is_short=self.rng.random() < SHORT_PICKS)

    def hand_over(self, now: float) -> None:
        """What was picked a while ago is packed, and handed to the carrier. What a visitor has taken up meanwhile is theirs."""
        for number in [n for n, since in self.in_hand.items() if now - since >= PACKING_S]:
            del self.in_hand[number]
            with contextlib.suppress(Refused):
                pack(actor=PICKER, fulfilment=number, parcels=[{"weight_g": 300 + self.rng.randrange(2_000)}])
                ship(actor=PICKER, fulfilment=number)

    def confirm(self, _now: float) -> None:
        """Warehouses of others say what has left."""
        for f in sql.at_partners(waits_s=PARTNER_S, limit=AT_ONCE):
            inbox.store(f.partner, [partners.confirmation(f.number, partners.now())])

    def scan(self, _now: float) -> None:
        """Carriers scan what is on the road; some parcels they forget."""
        for p in sql.on_the_road(rank=world.SCANS[-1][1], waits_s=SCAN_AFTER_S, limit=AT_ONCE):
            if content_hash(p.tracking.encode())[0] < NEVER_SCANNED * 256 or self.rng.random() < 0.5:
                continue
            status = next(word for word, rank in world.SCANS if rank > p.track_rank)
            body = {"tracking": p.tracking, "carrier": p.carrier, "status": status, "at": partners.now()}
            inbox.store("carrier:own", [inbox.Message("tracking", f"{p.tracking}:{status}", orjson.dumps(body).decode())])

    def pay_out(self, _now: float) -> None:
        """Gateways deposit what they have taken; some of their lines nobody knows."""
        for gateway, key, body in world.payouts(sql.to_pay_out(gateways=list(partners.GATEWAYS))):
            told = world.with_a_strange_line(body) if self.rng.random() < STRANGE_PAYOUTS else body
            inbox.store(gateway, [inbox.Message("payout", key, told)])

    def goods_in(self, _now: float) -> None:
        restock.receive_some(actor=shop.ACTOR, pieces=200, items=20, seed=self.seed + next(self.numbers))


def pick_all(number: str, *, is_short: bool = False) -> None:
    """Pick every line of a fulfilment; `is_short`: the last piece of the first line is not to be found."""
    start_picking(actor=PICKER, fulfilment=number)
    lines = list(sql.lines_of(number=number))
    if is_short:
        short_pick(actor=PICKER, fulfilment=number, scan=lines[0].sku, qty=1, reason="not_found")
        lines = list(sql.lines_of(number=number))
    for line in lines:
        pick_line(actor=PICKER, fulfilment=number, scan=line.sku, qty=line.left_each)


def live(day: Day, processes: list[subprocess.Popen[Any]]) -> None:
    """Go on until a process ends or somebody interrupts."""
    with contextlib.suppress(KeyboardInterrupt):
        while all(p.poll() is None for p in processes):
            day.tick(time.monotonic())
            time.sleep(LOOK_EVERY_S)
