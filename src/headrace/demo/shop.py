"""The demo shop: Millbrook Goods, two legal entities, four doors, five nodes. Seeding it again changes nothing."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries
from headrace.governance.secrets import set_partner_secret
from headrace.ledger import costing
from headrace.stock import moving

sql = load_queries(__package__)
ACTOR = "cli:demo"
ITEMS, KITS = 2_000, 40
STOCK_EACH = 1_000
WEBHOOK_SECRET = "millbrook-demo-signing-secret"  # noqa: S105 - of the pretend shop only; a real one is set with `headrace secret`


@action(permission="catalog.write", says="Seed the demo shop", own_door=True)
def seed_shop(deed: Deed, *, items: int = ITEMS, kits: int = KITS, stock_each: int = STOCK_EACH) -> dict[str, int]:
    """Make what is missing of the demo shop: catalog, network, prices, opening stock. Gives counts."""
    deed.subject = "demo"
    for query in (
        sql.seed_network,
        sql.seed_nodes,
        sql.seed_reach,
        sql.seed_lists,
        sql.seed_doors,
        sql.seed_trade,
        sql.seed_services,
        sql.seed_codes,
        sql.seed_taxes,
        sql.seed_partner_rates,
    ):
        query()
    sql.seed_items(items=items)
    sql.seed_kits(kits=kits)
    sql.seed_prices()
    _open_stock(deed, stock_each)
    return dict(sql.counts().one._asdict())


def _open_stock(deed: Deed, each: int) -> None:
    rows = [
        moving.StockRow(r.item_id, r.node_id, "opening", r.qty_each, r.unit_cost, "opening", origin="demo")
        for r in sql.opening_stock(each=each)
        if r.qty_each > 0
    ]
    for first in range(0, len(rows), moving.ROWS_MAX):
        costing.post_stock(deed, moving.move_stock(deed, rows[first : first + moving.ROWS_MAX]))


def seed(**sizes: int) -> dict[str, int]:
    """Seed the shop and the pretend shops' webhook secrets."""
    with transaction.atomic():
        counts: dict[str, Any] = seed_shop(actor=ACTOR, **sizes)
        for partner in ("shop-us", "shop-uk"):
            set_partner_secret(actor=ACTOR, partner=partner, values=[WEBHOOK_SECRET])
    return counts


def sellable() -> dict[str, list[tuple[str, str]]]:
    """What may be bought: by price list, (SKU, unit price as text)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in sql.sellable():
        found.setdefault(row.list, []).append((row.sku, f"{row.unit_price:.2f}"))
    return found
