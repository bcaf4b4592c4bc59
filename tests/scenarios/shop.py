"""The shop in which the scenarios play: the demo's network and prices, shelves that the scenario fills, and the doors by which the world comes in.

Orders arrive as signed webhooks, over the API or by file; goods by receipts; parcels by the nodes' confirmations; money by the gateway's messages.
Nothing here writes to a table.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.test import Client

from headrace.api import hooks
from headrace.connectors.channels.shopify.verify import signature
from headrace.demo import partners, shop, world
from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.engine.worker import Worker
from headrace.insight.availability import availability
from headrace.insight.verify import verify
from headrace.supply.receive.actions import receive_goods

ACTOR = "cli:scenario"
MUG, LAMP, THROW, PAN, STOOL = (f"MB-{n:05d}" for n in range(1, 6))
KIT, KIT_PARTS = "KIT-001", {"MB-00003": 1, "MB-00004": 2}
EAST, STORE, RENO = "EAST", "NYC", "WEST"  # Reno is an outside warehouse, which ships by itself what it is sent
CHANNEL = "shop-us"
Basket = Mapping[str, int] | Sequence[tuple[str, int]]


class Always(random.Random):
    """Chance that always takes the first: every order goes to the same buyer's city, New York."""

    def randrange(self, *_: Any) -> int:
        return 0


class Buyer(world.Buyers):
    """A buyer who knows what she wants."""

    wants: Sequence[tuple[str, str, int]] = ()

    def basket(self) -> list[tuple[str, str, int]]:
        return list(self.wants)


class Shop:
    """One shop. Orders are named by their number; what is asked of it is read from the books."""

    def __init__(self, items: int = 8, kits: int = 1) -> None:
        hooks._secrets.clear()
        shop.seed(items=items, kits=kits, stock_each=0)
        self.prices = dict(shop.sellable()["retail-usd"])
        self.buyer = Buyer([], start=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2))
        self.buyer.rng = Always()
        self.deliveries = 0
        self.placed = 0

    def fill(self, sku: str, **nodes: int) -> None:
        """Goods come in, at 3.00 apiece."""
        for node, qty in nodes.items():
            self.deliveries += 1
            receive_goods(actor=ACTOR, node=node, reference=f"DN-{self.deliveries}", rows=[{"sku": sku, "qty": qty, "unit_cost": "3.00"}])

    def body(self, basket: Basket, **changes: Any) -> dict[str, Any]:
        """A new order as the shop's webhook tells it: list prices, New York's tax, standard shipping, authorised."""
        self.placed += 1
        goods = basket.items() if isinstance(basket, Mapping) else basket
        self.buyer.wants = [(sku, self.prices.get(sku, "10.00"), qty) for sku, qty in goods]
        return {**world.shopify_order(self.buyer, self.placed), **changes}

    def place(self, basket: Basket, **changes: Any) -> str:
        """An order arrives. Gives the channel's number of it."""
        body = self.body(basket, **changes)
        self.hook(body)
        return str(body["id"])

    def hook(self, body: dict[str, Any], topic: str = "orders/create", channel: str = CHANNEL) -> Any:
        """A webhook, signed as Shopify signs. Gives the answer's content."""
        raw = orjson.dumps(body)
        headers = {"X-Shopify-Hmac-Sha256": signature(raw, shop.WEBHOOK_SECRET), "X-Shopify-Topic": topic}
        answer = Client().post(f"/hooks/shopify/{channel}", raw, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def work(self) -> None:
        """A worker runs the line until there is nothing left to do."""
        Worker().run(until_idle=True)

    def tell(self, partner: str, kind: str, key: str, /, **body: Any) -> None:
        """A partner's message arrives."""
        with transaction.atomic():
            inbox.store(partner, [inbox.Message(kind, key, json.dumps(body))])

    def confirm(self, fulfilment: str, key: str, *, node: str = EAST, **more: Any) -> None:
        """A node says that goods have left; everything that was left, unless `lines` say otherwise."""
        self.tell(f"warehouse:{node}", "shipment", key, fulfilment=fulfilment, shipped_at=partners.now(), **more)

    def ship(self) -> None:
        """The built-in nodes ship all that they were asked for, and the line takes note."""
        self.work()
        for f in run(
            "select f.number, n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.state = 'released' and n.partner is null"
        ):
            self.confirm(f.number, f"all-{f.number}", node=f.code)
        self.work()

    def pay_out(self) -> None:
        """The gateway deposits what it has taken."""
        from headrace.demo.run import sql

        for gateway, key, body in world.payouts(sql.to_pay_out(gateways=list(partners.GATEWAYS))):
            with transaction.atomic():
                inbox.store(gateway, [inbox.Message("payout", key, body)])
        self.work()


def later(body: dict[str, Any], minutes: int = 1, **changes: Any) -> dict[str, Any]:
    """A newer version of an order."""
    return {**body, **changes, "updated_at": (datetime.fromisoformat(body["updated_at"]) + timedelta(minutes=minutes)).isoformat()}


def cancelled(body: dict[str, Any], minutes: int = 5) -> dict[str, Any]:
    newer = later(body, minutes)
    return {**newer, "cancelled_at": newer["updated_at"], "cancel_reason": "customer"}


def order(ref: str) -> Any:
    return run("select * from orders_order where external_ref = %(r)s", {"r": ref}).one


def lines(ref: str) -> list[Any]:
    return list(run("select l.* from orders_line l join orders_order o on o.id = l.order_id where o.external_ref = %(r)s order by line_no", {"r": ref}))


def fulfilments(ref: str) -> list[Any]:
    """Fulfilments of an order with their node, the first planned first."""
    return list(
        run(
            """select f.*, n.code as node from orders_fulfilment f join orders_order o on o.id = f.order_id join catalog_node n on n.id = f.node_id
            where o.external_ref = %(r)s order by f.id""",
            {"r": ref},
        )
    )


def states() -> dict[str, int]:
    """How many orders stand where."""
    return {row.state: row.n for row in run("select state, count(*) as n from orders_order group by state order by state")}


def cases(ref: str | None = None) -> list[str]:
    """Reasons of open cases, of an order or of all."""
    found = run(
        """select reason_code as code from exception_queue_case c left join orders_order o on o.id = c.order_id where c.state <> 'resolved'
        and (%(r)s::text is null or o.external_ref = %(r)s) order by 1""",
        {"r": ref},
    )
    return list(found.column("code"))


def shelf(sku: str, node: str = EAST) -> tuple[int, int]:
    """(on hand, reserved) at a node."""
    found = run(
        """select p.on_hand_each, p.reserved_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
        where i.sku = %(s)s and n.code = %(n)s""",
        {"s": sku, "n": node},
    )
    return (found.one.on_hand_each, found.one.reserved_each) if found else (0, 0)


def promisable(sku: str) -> int:
    """What may still be promised of an item, over all nodes."""
    return int(sum(n["sellable_each"] for n in availability(sku)["nodes"]))


def invoices(ref: str) -> list[Any]:
    return list(run("select i.* from ledger_invoice i join orders_order o on o.id = i.order_id where o.external_ref = %(r)s order by i.id", {"r": ref}))


def balance(root: str) -> int:
    """What an account and all below it hold, in cents; debits positive."""
    found = run(
        "select coalesce(sum(l.amount_minor), 0)::bigint as n from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = %(a)s", {"a": root}
    )
    return int(found.scalar)


def cents(amount: str) -> int:
    return round(float(amount) * 100)


def assert_all_holds() -> None:
    """Every invariant of the house, and no document on which a stage failed."""
    broken = {name: n for name, n in verify().violations.items() if n}
    assert not broken, broken
    poison = run("select detail ->> 'traceback' as trace from exception_queue_case where reason_code = 'ENGINE-01' limit 1")
    assert not poison, poison[0].trace


def wait_until(done: Any, seconds: float = 40) -> None:
    """Wait until `done()` is true."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, f"not done after {seconds} s: {states()}"
        time.sleep(0.1)


def side_by_side(count: int, work: Callable[[int], object]) -> None:
    """Do the work so many times at once, each on a connection of its own; what one raises is raised."""

    def one(n: int) -> None:
        try:
            work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def run_out(*stages: str, limit: int = 2_000) -> None:
    """Run stages one after the other, each until nothing is left for it."""
    for name in stages:
        while stage_named(name).run(limit=limit).taken:
            pass
