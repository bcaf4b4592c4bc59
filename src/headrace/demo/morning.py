"""The demo's morning: what a shop finds when its people come in. Colleagues, orders at the benches, goods that are awaited, a payout that does not
match, an invoice past due, a draft that waits for its dry run and a correction that waits for a second person. Made again, what is there stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import httpx
import orjson
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model

from headrace.demo import partners, sending, shop, world
from headrace.demo.day import PICKER, pick_all
from headrace.engine import inbox
from headrace.engine.action import Refused, WaitsForApproval, action_named
from headrace.engine.queries import load_queries
from headrace.flow.close.actions import open_period
from headrace.flow.ship.actions import pack
from headrace.governance.policies import draft_policy, in_force
from headrace.governance.users import grant_role
from headrace.supply.count.actions import adjust_stock

sql = load_queries(__package__)

# User, first and last name, role.
COLLEAGUES = (
    ("ops", "Olivia", "Park", "ops_manager"),
    ("cs", "Carlos", "Silva", "customer_service"),
    ("warehouse", "Wanda", "Hill", "warehouse"),
    ("finance", "Farah", "Nasser", "finance"),
    ("planner", "Pete", "Lund", "planner"),
)
VIEWS = (
    ("ops", "exceptions", "Late, nobody has it", "state=open&late=yes&free=yes"),
    ("ops", "orders", "Waiting for goods", "status=backordered"),
    ("cs", "orders", "On hold", "status=on_hold"),
)
WEB_ORDERS, TRADE_ORDERS, FILE_ORDERS = 60, 10, 8
AWAITED, QTY_MAX = 3, 4_900  # goods of which more is ordered than there is, and the most in one line
PAST_DUE, DAYS_AGO = 4, 48  # invoices to trade customers, who have thirty days
PICKING, PACKED = 5, 4
WAIT_S = 60


def colleagues(password: str) -> list[tuple[str, str]]:
    """People of the pretend shop, all with this password. Gives user and role."""
    for username, first, last, role in COLLEAGUES:
        user, is_new = get_user_model().objects.get_or_create(username=username, defaults={"first_name": first, "last_name": last})
        user.set_password(password)
        user.save()
        if is_new:
            grant_role(actor=shop.ACTOR, username=username, role=role)
    return [(username, role) for username, _, _, role in COLLEAGUES]


def prepare(base: str, key: str, seed: int) -> None:
    """A morning's work, in front of people. The line is working and takes what comes."""
    _orders(base, key, seed)
    _awaited(base, key, seed)
    _await(lambda: not any(sql.line_has_work().one))
    _benches()
    _payouts()
    if not sql.has_past_due().scalar:
        _past_due(base, key, seed)
    _desk_work()


def _await(done: Callable[[], Any]) -> None:
    """Until so, or a minute is over: a slow machine's demo begins with a little less."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and not done():
        time.sleep(0.5)


def _orders(base: str, key: str, seed: int) -> None:
    """This morning's orders by all doors; a few of them wrong."""
    sellable = shop.sellable()
    now = datetime.now(UTC).replace(microsecond=0)
    buyers = world.Buyers(sellable["retail-usd"], seed + 7, now - timedelta(minutes=30))
    with httpx.Client(base_url=base, timeout=60) as client:
        for n in range(1, WEB_ORDERS + 1):
            order = world.shopify_order(buyers, n)
            if n % 19 == 0:
                order["line_items"][0]["sku"] = f"NEW-{n % 3:03d}"
            if n % 23 == 0:
                order["shipping_address"] = {**order["shipping_address"], "zip": None, "address1": None}
            for sent in world.disturb(buyers, n, order):
                sending.post_webhook(client, sent)
    sending.send_trade(base, key, world.Buyers(sellable["wholesale-usd"], seed + 7, now - timedelta(minutes=30)), TRADE_ORDERS)
    sending.drop_file(world.Buyers(sellable["retail-usd"], seed + 8, now - timedelta(minutes=30)), FILE_ORDERS)


def _post_trade(base: str, key: str, orders: list[dict[str, Any]]) -> list[str]:
    with httpx.Client(base_url=base, timeout=60, headers={"Authorization": f"Bearer {key}"}) as client:
        client.post("/api/v1/orders/bulk", content=orjson.dumps({"orders": orders})).raise_for_status()
    return [str(o["order"]) for o in orders]


def _awaited(base: str, key: str, seed: int) -> None:
    """Trade customers want more of something than all nodes have."""
    buyers = world.Buyers(shop.sellable()["wholesale-usd"], seed + 9, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20))
    goods = list(sql.scarce_goods(limit=AWAITED))
    wanted = [(g, min(g.there_each + 48 * n, QTY_MAX)) for n, g in enumerate(goods, 1)] + [(g, 24) for g in goods]  # who comes later finds nothing left
    orders = []
    for n, (g, qty) in enumerate(wanted, 1):
        line = {"line": "1", "sku": g.sku, "qty": qty, "unit_price": f"{g.unit_price:.2f}", "discount": "0.00", "tax": "0.00"}
        orders.append(world.trade_order(buyers, n) | {"order": f"PO-{seed}-W{n}", "lines": [line], "total": f"{g.unit_price * qty:.2f}"})
    _post_trade(base, key, orders)


def _benches() -> None:
    """Some fulfilments are in the pickers' hands, some are packed."""
    for n, f in enumerate(sql.at_work(states=["released"], limit=PICKING + PACKED)):
        try:
            pick_all(f.number)
            if n >= PICKING:
                pack(actor=PICKER, fulfilment=f.number, parcels=[{"weight_g": 850}])
        except Refused:  # cancelled or parked in this very moment
            continue


def _payouts() -> None:
    """A gateway pays out, and one of its lines nobody knows."""
    for gateway, key, body in world.payouts(sql.to_pay_out(gateways=list(partners.GATEWAYS))):
        inbox.store(gateway, [inbox.Message("payout", key, world.with_a_strange_line(body))])


def _past_due(base: str, key: str, seed: int) -> None:
    """Trade customers whose goods left weeks ago and who have not paid; the month of their invoices is still open."""
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS_AGO)
    buyers = world.Buyers(shop.sellable()["wholesale-usd"], seed + 11, then)
    orders = [world.trade_order(buyers, n) | {"order": f"PO-{seed}-D{n}", "placed_at": then.isoformat()} for n in range(1, PAST_DUE + 1)]
    refs = _post_trade(base, key, orders)
    _await(lambda: not any(sql.line_has_work().one))
    for f in sql.released_of(refs=refs):
        inbox.store(f.partner or f"warehouse:{f.node}", [partners.confirmation(f.number, (then + timedelta(days=1)).isoformat())])
    try:
        open_period(actor=shop.ACTOR, entity="MILL-US", month=f"{then + timedelta(days=1):%Y-%m}")
    except Refused:  # known from before
        return


def _desk_work() -> None:
    """A draft of a policy, a correction of stock that is too much for one person, and views that people keep."""
    if not sql.has_draft().scalar:
        _, body = in_force("routing", datetime.now(UTC))
        draft_policy(
            actor="user:planner", name="routing", body={**body, "safety_each": 5, "parts_max": 2}, note="Keep five of everything back; two parcels at most"
        )
    if not sql.has_waiting().scalar:
        for shelf in sql.a_shelf():
            try:
                rows = [{"sku": shelf.sku, "node": "EAST", "qty": -150, "reason": "damage"}]
                adjust_stock(actor="user:planner", rows=rows, note="Water came through the roof over aisle 7")
            except WaitsForApproval:
                continue
    if apps.is_installed("headrace.console"):
        import_module(settings.ROOT_URLCONF)  # pages make their own deeds known
        for owner, listing, name, query in VIEWS:
            action_named("keep_view")(actor=f"user:{owner}", listing=listing, name=name, query=query, shared=True)
