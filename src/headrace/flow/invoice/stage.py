"""Invoice: every shipment becomes an invoice; the sale, the tax and what the customer owes are posted.

Takes  shipments at `shipped`; orders at `allocated` with nothing to ship.   Gives  shipments at `invoiced`; orders invoiced, closed or cancelled.
Reads  orders, catalog, policy.       Writes (through the books) invoices, entries, order counts; asks the gateway for the money.
Orders are locked first, so that two shipments of one order, in two workers' hands, are never both its first. The series is locked last,
so that gapless numbers hold other workers up for as short as can be.
"""

from __future__ import annotations

from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.invoice.reasons import TAX_DIFFERS
from headrace.ledger import invoicing
from headrace.orders import documents
from headrace.orders import invoicing as orders_invoicing

sql = load_queries(__package__)
ACCEPTED_BY = ["INVOICE-01", "VALIDATE-21"]


@stage(of="shipment", takes="shipped", gives="invoiced", after=60)
def invoice(batch: Batch) -> None:
    orders_invoicing.lock_orders(batch)
    invoicing.make_trays()
    sql.fill_invoice_lines(batch)
    sql.fill_charge_lines(shipment_ids=batch.ids, order_ids=[])
    sql.fill_invoices(batch)
    differ = _differing(batch)
    if differ:
        # Parts follow from the parts before them: a held first shipment holds what of its order came with it.
        park(batch, TAX_DIFFERS, sql.with_siblings(batch, shipment_ids=differ.column("id")))
        invoicing.drop_from_trays(sorted(batch.parked))
    settle_cases(batch, "shipment", batch.unparked(), "invoice", "engine")
    _write(batch)
    orders_invoicing.move_shipments(batch)


@stage(of="unshipped_order", takes="allocated", gives=("allocated", "closed", "cancelled"), after=61)
def invoice_unshipped(batch: Batch) -> None:
    """Gift cards, services and charges alone are delivered by themselves: an order that is validated and paid, and has no goods to ship, is invoiced
    at once. One in which everything was cancelled, line by line, has nothing to invoice and ends as cancelled."""
    invoicing.make_trays()
    sql.fill_charge_lines(shipment_ids=[], order_ids=batch.ids)
    sql.fill_invoices(batch)
    differ = _differing(batch)
    if differ:
        park(batch, TAX_DIFFERS, [{**row._asdict(), "id": row.order_id} for row in differ])
        invoicing.drop_from_trays(differ.column("id"))
    settle_cases(batch, "order", batch.unparked(), "invoice", "engine")
    documents.move(batch, sql.orders_without_invoice(batch).column("id"), to="cancelled")
    _write(batch)
    batch.mark_moved(batch.unparked())


def _differing(batch: Batch) -> Answer:
    """Invoices in the tray whose tax differs too much from ours."""
    policy = batch.policy("invoicing")
    return sql.variances_too_large(minor_max=policy["tax_variance_minor_max"], share_max=str(policy["tax_variance_share_max"]), waived=ACCEPTED_BY)


def _write(batch: Batch) -> None:
    """Post what the trays hold, count it on the orders, ask for the money, and give the numbers."""
    invoicing.post_invoices(batch)
    orders_invoicing.count_invoiced(batch)
    invoicing.ask_for_money(batch)
    invoicing.issue(batch)
