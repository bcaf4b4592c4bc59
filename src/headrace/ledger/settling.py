"""Writing what gateways say about money, and matching payouts to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.documents import Document, register
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.ledger import posting
from headrace.ledger.applying import pay_open_invoices
from headrace.ledger.paying import post_refunds
from headrace.ledger.rules import CHARGEBACK, DEPOSIT_TAKEN, PAYMENT_CAPTURED, PAYOUT_POSTED

sql = load_queries(__package__)

PAYOUT = register(
    Document("payout", sql.claim_payouts, sql.reclaim_payouts, sql.hold_payouts, sql.unhold_payouts, sql.about_payouts, ("received", "matched", "posted"))
)
INVOICE = register(
    Document("invoice", sql.claim_invoices, sql.reclaim_invoices, sql.hold_invoices, sql.unhold_invoices, sql.about_invoices, ("issued", "captured", "settled"))
)


def lay_out_events(rows: Sequence[tuple[Any, ...]]) -> None:
    """Events of the batch into their tray: (n, message, kind, target, target id, payment, gateway, amount, currency, at)."""
    sql.make_event_tray()
    sql.empty_events()  # it empties itself at commit; a second batch in one transaction starts clean, too
    copy_rows(sql.copy_events.text, list(rows))


def record_events(giver: Batch | Deed, accepted: Sequence[int]) -> Answer:
    """Write accepted events (numbers in the tray) as payments, post them, and pay their invoices. Gives the payments written."""
    if not accepted:
        return Answer()
    posting.make_fact_tray()
    written = sql.record_events(giver, accepted=list(accepted))
    if written and written[0].facts:
        posting.post(giver, PAYMENT_CAPTURED, DEPOSIT_TAKEN, CHARGEBACK)
    paid = [w for w in written if w.kind == "captured" and w.invoice_id is not None]
    if paid:
        sql.pay_invoices(invoice_ids=[w.invoice_id for w in paid], amounts=[w.amount_minor for w in paid])
    pay_open_invoices(giver, [w.order_id for w in written if w.kind == "captured" and w.invoice_id is None])
    post_refunds(giver, written)
    return written


def post_payouts(batch: Batch) -> None:
    """Post the batch's payouts that go on: journal = deposit. They count as moved."""
    if not batch.unparked():
        return
    posting.make_fact_tray()
    if sql.post_payout_facts(batch).count:
        posting.post(batch, PAYOUT_POSTED)
    done = sql.finish_payouts(batch)
    assert done.count == len(batch.unparked()), f"posted {done.count} of {len(batch.unparked())} payouts"
    money = sql.explain_payments(batch).one
    assert money.explained == money.matched, f"{money.matched - money.explained} payments were explained by another payout meanwhile"
    sql.settle_invoices(batch)
    batch.mark_moved(done.column("id"))
