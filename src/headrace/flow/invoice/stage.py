"""Invoice: every shipment becomes an invoice; the sale, the tax and what the customer owes are posted.

Takes  shipments at `shipped`.        Gives  shipments at `invoiced`.
Reads  orders, catalog, policy.       Writes (through the books) invoices, entries, order counts; asks the gateway for the money.
Orders are locked first, so that two shipments of one order, in two workers' hands, are never both its first. The series is locked last,
so that gapless numbers hold other workers up for as short as can be.
"""

from __future__ import annotations

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.invoice.reasons import TAX_DIFFERS
from headrace.ledger import invoicing
from headrace.orders import invoicing as orders_invoicing

sql = load_queries(__package__)
ACCEPTED_BY = ["INVOICE-01", "VALIDATE-21"]


@stage(of="shipment", takes="shipped", gives="invoiced", after=60)
def invoice(batch: Batch) -> None:
    policy = batch.policy("invoicing")
    orders_invoicing.lock_orders(batch)
    invoicing.make_trays()
    sql.fill_invoice_lines(batch)
    sql.fill_charge_lines(batch)
    sql.fill_invoices(batch)
    differ = sql.variances_too_large(minor_max=policy["tax_variance_minor_max"], share_max=str(policy["tax_variance_share_max"]), waived=ACCEPTED_BY)
    if differ:
        # Parts follow from the parts before them: a held first shipment holds what of its order came with it.
        park(batch, TAX_DIFFERS, sql.with_siblings(batch, shipment_ids=differ.column("id")))
        invoicing.drop_from_trays(sorted(batch.parked))
    settle_cases(batch, "shipment", batch.unparked(), "invoice", "engine")
    invoicing.post_invoices(batch)
    orders_invoicing.count_invoiced(batch)
    invoicing.ask_for_money(batch)
    invoicing.issue(batch)
