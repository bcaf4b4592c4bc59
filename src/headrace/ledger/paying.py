"""Recording payments: what a gateway or channel says about money, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.ledger import posting
from headrace.ledger.rules import DEPOSIT_TAKEN, REFUND_PAID

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


def post_money(giver: Batch | Deed, payments: Sequence[Any]) -> None:
    """Post what a channel says was taken before any invoice, which is owed to the customer until the goods leave, and what was given back.

    Payments as `record_payments` gives them; authorisations are no money yet.
    """
    ids = {kind: [p.id for p in payments if p.kind == kind] for kind in ("captured", "refunded")}
    if any(ids.values()):
        posting.make_fact_tray()
        if sql.money_facts(giver, payment_ids=ids["captured"] + ids["refunded"]).count:
            posting.post(giver, *([DEPOSIT_TAKEN] if ids["captured"] else []), *([REFUND_PAID] if ids["refunded"] else []))
