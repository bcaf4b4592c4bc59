"""Money that comes for an order whose goods have left already: it pays the open invoices."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.ledger import posting
from headrace.ledger.rules import DEPOSIT_APPLIED

sql = load_queries(__package__)


def pay_open_invoices(giver: Batch | Deed, order_ids: Sequence[int]) -> None:
    """Use what these orders hold for the invoices they still owe. The caller holds locks on the orders, as invoicing does."""
    if order_ids:
        posting.make_fact_tray()
        if sql.apply_to_open_invoices(giver, order_ids=sorted(set(order_ids))).count:
            posting.post(giver, DEPOSIT_APPLIED)
