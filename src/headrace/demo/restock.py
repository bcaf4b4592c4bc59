"""The pretend supplier: a delivery comes in, and orders that slept for its goods wake."""

from __future__ import annotations

from headrace.engine.queries import load_queries
from headrace.supply.receive.actions import receive_goods

sql = load_queries(__package__)
NODE = "EAST"


def receive_some(*, actor: str, pieces: int, items: int, seed: int) -> int:
    """So many pieces of some items, at the first warehouse, at their standard cost. Gives the orders woken."""
    rows = [{"sku": r.sku, "qty": pieces, "unit_cost": r.unit_cost} for r in sql.some_items(n=items, seed=seed, node=NODE)]
    return receive_goods(actor=actor, node=NODE, reference=f"pretend-delivery-{seed}", rows=rows).orders_woken
