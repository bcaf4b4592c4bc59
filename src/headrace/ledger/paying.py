"""Recording payments: what a gateway or channel says about money, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.ledger import posting
from headrace.ledger.rules import DEPOSIT_RETURNED, DEPOSIT_TAKEN, REFUND_PAID

sql = load_queries(__package__)


def record_payments(giver: Batch | Deed, rows: Sequence[tuple[Any, ...]]) -> Answer:
    """Write payment events: (order id, kind, gateway, external ref, amount, currency, at, expires_at). Gives those that were new."""
    if not rows:
        return Answer()
    sql.make_payment_tray()
    copy_rows(sql.copy_payments.text, list(rows))
    return sql.record_payments(giver)


def sums_of(order_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """(order id, kind) to the sum of payments that we know, minor units."""
    return {(row.order_id, row.kind): row.amount_minor for row in sql.sums_of_orders(order_ids=list(order_ids))} if order_ids else {}


def of_others(rows: Sequence[tuple[Any, ...]]) -> dict[int, dict[str, Any]]:
    """Which of these payment events (as `record_payments` takes them) another order has: order id to gateway, payment and whose it is."""
    ids, kinds, gateways, refs = (list(column) for column in zip(*(row[:4] for row in rows), strict=True))
    found = sql.payments_of_others(order_ids=ids, kinds=kinds, gateways=gateways, refs=refs)
    return {row.order_id: {"gateway": row.gateway, "payment": row.external_ref, "belongs_to": f"SO-{row.belongs_to}"} for row in found}


def post_deposits(giver: Batch | Deed, payments: Sequence[Any]) -> None:
    """Post what a channel says was taken: it is owed to the customer until an invoice uses it. Payments as `record_payments` gives them."""
    taken = [p.id for p in payments if p.kind == "captured"]
    if taken:
        posting.make_fact_tray()
        if sql.deposit_facts(giver, payment_ids=taken).count:
            posting.post(giver, DEPOSIT_TAKEN)


def post_refunds(giver: Batch | Deed, payments: Sequence[Any]) -> None:
    """Post what was given back: out of the order's deposit as far as no invoice has used it, the rest against the receivable.

    Comes after open invoices have used what they can (`applying`). The caller holds locks on the orders. A refund that names an invoice is of its
    money, not of the deposit.
    """
    given = [p.id for p in payments if p.kind == "refunded"]
    if given:
        posting.make_fact_tray()
        if sql.refund_facts(giver, payment_ids=given).count:
            posting.post(giver, DEPOSIT_RETURNED, REFUND_PAID)


def taken_before(gateways: Sequence[str], refs: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these (gateway, its key) are captures that we know."""
    return {(row.gateway, row.external_ref) for row in sql.taken_before(gateways=list(gateways), refs=list(refs))}
