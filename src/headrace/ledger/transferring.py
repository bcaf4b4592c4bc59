"""Goods that go from one of an entity's nodes to another: their value goes along."""

from __future__ import annotations

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries
from headrace.ledger import posting
from headrace.ledger.posting import PostingRule, credit, debit

sql = load_queries(__package__)

STOCK_TRANSFERRED = PostingRule(
    code="STOCK-05",
    when="transfer.sent",
    entry_per="transfer",
    why="The goods are on their way to another node of the same entity, which answers for them from now on.",
    legs=(debit("inventory:{node}", "cost"), credit("inventory:{from_node}", "cost")),
    example="""cost=4200 node=WEST from_node=EAST
inventory:WEST   4200
inventory:EAST  -4200""",
)


def post_transfer(deed: Deed, transfer_id: int, cost_minor: int) -> None:
    """Value of a transfer that was sent, minor units of the nodes' entity."""
    posting.make_fact_tray()
    if sql.transfer_facts(deed, transfer_id=transfer_id, cost=cost_minor).count:
        posting.post(deed, STOCK_TRANSFERRED)
