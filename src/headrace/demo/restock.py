"""The pretend supplier: goods come in, and orders that slept for them wake."""

from __future__ import annotations

from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries
from headrace.ledger import costing
from headrace.orders import allocating
from headrace.stock import moving

sql = load_queries(__package__)


@action(permission="stock.adjust", says="Receive some goods")
def receive_some(deed: Deed, *, pieces: int, items: int, seed: int) -> int:
    """So many pieces of some items, at the first warehouse, at their standard cost. Gives the orders woken."""
    deed.subject = f"receipt:{seed}"
    rows = [
        moving.StockRow(r.item_id, r.node_id, "receipt", pieces, r.unit_cost, "pretend supplier", origin="demo") for r in sql.some_items(n=items, seed=seed)
    ]
    costing.post_stock(deed, moving.move_stock(deed, rows))
    return allocating.wake_orders_for_items(deed, [r.item_id for r in rows])
