"""Invoice: every shipment becomes an invoice; the sale, the tax and what the customer owes are posted.

Takes  shipments at `shipped`.        Gives  shipments at `invoiced`.
Reads  orders, catalog, policy.       Writes (through the books) invoices, entries, order counts; asks the gateway for the money.
The series is locked last, so that gapless numbers hold other workers up for as short as can be.
"""

from __future__ import annotations

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park
from headrace.flow.invoice.reasons import TAX_DIFFERS
from headrace.ledger import invoicing
from headrace.orders import invoicing as orders_invoicing

sql = load_queries(__package__)
ACCEPTED_BY = ["INVOICE-01", "VALIDATE-21"]


@stage(of="shipment", takes="shipped", gives="invoiced", after=60)
def invoice(batch: Batch) -> None:
    policy = batch.policy("invoicing")
    invoicing.make_trays()
    sql.fill_invoice_lines(batch)
    sql.fill_charge_lines(batch)
    sql.fill_invoices(batch)
    differ = sql.variances_too_large(minor_max=policy["tax_variance_minor_max"], share_max=str(policy["tax_variance_share_max"]), waived=ACCEPTED_BY)
    if differ:
        park(batch, TAX_DIFFERS, differ)
        invoicing.drop_from_trays(differ.column("id"))
    invoicing.post_invoices(batch)
    orders_invoicing.count_invoiced(batch)
    invoicing.ask_for_money(batch)
    invoicing.issue(batch)
