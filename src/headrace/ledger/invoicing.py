"""Writing invoices: lines, entries, deposits used, numbers without gaps."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.engine import outbox
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.ledger import posting
from headrace.ledger.rules import DEPOSIT_APPLIED, INVOICE_ISSUED, TAX_VARIANCE

sql = load_queries(__package__)


def make_trays() -> None:
    """The trays that the invoice stage fills: one row per invoice, one per line of it."""
    sql.make_invoice_trays()
    sql.empty_invoice_trays()


def drop_from_trays(shipment_ids: Sequence[int]) -> None:
    sql.drop_from_trays(shipment_ids=list(shipment_ids))


def post_invoices(batch: Batch) -> None:
    """Use deposits, then post sale, tax, variance and deposit in one go."""
    size = sql.tray_size().one
    if not size.invoices:
        return
    posting.make_fact_tray()
    used = [INVOICE_ISSUED]
    if size.prepaid and sql.apply_deposits(batch).count:
        sql.deposit_facts_applied()
        used.append(DEPOSIT_APPLIED)
    sql.invoice_facts()
    if size.varied:
        sql.variance_facts()
        used.append(TAX_VARIANCE)
    posting.post(batch, *used)


def ask_for_money(batch: Batch) -> None:
    """Ask gateways to capture what is owed and not paid yet."""
    if sql.tray_size().one.to_capture:
        outbox.make_tray()
        if sql.fill_capture_requests().count:
            outbox.post_tray(batch)


def issue(batch: Batch) -> None:
    """Give numbers and write the invoices. Last, because the series stays locked until the commit."""
    sql.write_invoice_lines()
    sql.issue_invoices(batch)
