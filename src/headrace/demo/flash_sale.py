"""A flash sale: everybody wants one piece of the same item at the same moment, and there is not nearly enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.demo import shop, world
from headrace.engine import inbox
from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries
from headrace.ledger import costing
from headrace.stock import moving

sql = load_queries(__package__)

LIST = "retail-usd"
CHUNK = 2_000


class OneEach(world.Buyers):
    """Every customer buys one piece of the only item."""

    def basket(self) -> list[tuple[str, str, int]]:
        ((sku, price),) = self.sellable
        return [(sku, price, 1)]


@action(permission="catalog.write", says="Prepare a flash sale", own_door=True)
def prepare(deed: Deed, *, units: int) -> str:
    """Leave exactly so many pieces of one item, all at one node. Gives its SKU."""
    sku = shop.sellable()[LIST][0][0]
    rows = [
        moving.StockRow(p.item_id, p.node_id, "adjust", change, p.unit_cost, "count", origin="demo")
        for n, p in enumerate(sql.shelves_of(sku=sku))
        if (change := (units if n == 0 else 0) - p.on_hand_each)
    ]
    costing.post_stock(deed, moving.move_stock(deed, rows))
    deed.subject = f"item:{sku}"
    return sku


def place(sku: str, first: int, count: int) -> None:
    """Orders `first` to `first` + `count` - 1 come to the web shop's door."""
    price: Sequence[tuple[str, str]] = [row for row in shop.sellable()[LIST] if row[0] == sku]
    buyers = OneEach(price, seed=first)
    messages = [inbox.Message("order", key, body) for key, body in world.shopify_bodies(buyers, count, first)]
    for n in range(0, count, CHUNK):
        inbox.store("shop-us", messages[n : n + CHUNK], wake=False)


def outcome(sku: str) -> dict[str, Any]:
    """What became of the orders: `allocated_each` pieces promised, orders by state, parked ones, and pieces promised beyond what is there."""
    found = sql.flash_outcome(sku=sku).one
    return found._asdict() | {"orders_by_state": dict(sorted(found.orders_by_state.items()))}
