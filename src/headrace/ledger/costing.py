"""Posting the value of goods as they come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.ledger import posting
from headrace.ledger.rules import COST_OF_GOODS, STOCK_ADJUSTED, STOCK_OPENED, STOCK_RECEIVED

sql = load_queries(__package__)
RULE_OF_KIND = {"opening": STOCK_OPENED, "receipt": STOCK_RECEIVED, "adjust": STOCK_ADJUSTED, "count": STOCK_ADJUSTED}


def post_cost_of_goods(batch: Batch, costs: dict[int, int]) -> None:
    """Cost by shipment, minor units of the node's entity."""
    posting.make_fact_tray()
    if costs and sql.cost_facts(shipment_ids=list(costs), costs=list(costs.values())).count:
        posting.post(batch, COST_OF_GOODS)


def post_stock(giver: Batch | Deed, sums: Sequence[Any]) -> None:
    """Value of stock moves, summed by node, kind and reason as `stock.moving.move_stock` gives them."""
    posting.make_fact_tray()
    used = []
    for kind, rule in RULE_OF_KIND.items():
        rows = [s for s in sums if s.kind == kind]
        if (
            rows
            and sql.stock_facts(
                giver,
                rule=rule.code,
                node_ids=[r.node_id for r in rows],
                reasons=[r.reason for r in rows],
                costs=[r.cost_minor for r in rows],
                first_ids=[r.first_id for r in rows],
            ).count
        ):
            used.append(rule)
    if used:
        posting.post(giver, *dict.fromkeys(used))
