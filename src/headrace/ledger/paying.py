"""Recording payments: what a gateway or channel says about money, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.ledger import posting
from headrace.ledger.rules import DEPOSIT_TAKEN

sql = load_queries(__package__)


def record_payments(giver: Batch | Deed, rows: Sequence[tuple[Any, ...]]) -> Answer:
    """Write payment events: (order id, kind, gateway, external ref, amount, currency, at, expires_at). Gives those that were new."""
    if not rows:
        return Answer()
    sql.make_payment_tray()
    copy_rows(sql.copy_payments.text, list(rows))
    return sql.record_payments(giver)


def post_deposits(giver: Batch | Deed, payment_ids: Sequence[int]) -> None:
    """Post money taken before any invoice: it is owed to the customer until the goods leave."""
    if payment_ids:
        posting.make_fact_tray()
        if sql.deposit_facts(giver, payment_ids=list(payment_ids)).count:
            posting.post(giver, DEPOSIT_TAKEN)
