"""The book of purchasing: what was ordered from suppliers, what is on its way, what came. Its workflows live in `supply`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from headrace.engine.columns import big, check, currency, day, each, exact, link, moment, now, one_of, small, text

PURCHASE_STATES = ("draft", "approved", "sent", "confirmed", "part_received", "received", "closed", "cancelled")
INBOUND_STATES = ("booked", "departed", "arrived", "customs", "cleared", "delivered", "received")
TRANSFER_STATES = ("requested", "approved", "picked", "in_transit", "received", "cancelled")


class SupplierTerm(models.Model):
    """How a supplier sells an item."""

    supplier = link("catalog.Party", "Supplier", indexed=True)
    item = link("catalog.Item", "Item", indexed=True)
    supplier_sku = text("The supplier's own code", null=True)
    unit_cost = exact("Price of one piece")
    currency = currency()
    from_qty_each = each("Price holds from this quantity on", db_default=1)
    multiple_each = each("Ordered in multiples of", db_default=1)
    lead_time_days = small("Usual days from sending to receipt")

    class Meta:
        db_table = "purchasing_supplier_term"
        db_table_comment = "Supplier terms and price breaks"
        constraints = [models.UniqueConstraint(fields=["supplier", "item", "from_qty_each"], name="supplier_term_once")]


class PurchaseOrder(models.Model):
    """An order to a supplier, or a drop-ship request."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = text("Number for people", unique=True)
    supplier = link("catalog.Party", "Supplier")
    entity = link("catalog.Entity", "Entity that buys")
    node = link("catalog.Node", "Node that receives; null for drop-ship", null=True)
    order_id = big("Customer order, for drop-ship", null=True)
    state = text("draft, approved, sent, confirmed, part_received, received, closed or cancelled", db_default="draft")
    currency = currency()
    made_at = now("When it was made")

    class Meta:
        db_table = "purchasing_purchase_order"
        db_table_comment = "Purchase orders"
        constraints = [one_of("state", PURCHASE_STATES, "purchase_order")]


class PurchaseOrderLine(models.Model):
    """One item of a purchase order."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    purchase_order = link("purchasing.PurchaseOrder", "Purchase order", indexed=True)
    item = link("catalog.Item", "Item", indexed=True)
    qty_each = each("Pieces ordered")
    qty_received_each = each("Pieces received", db_default=0)
    unit_cost = exact("Price of one piece")
    expected_on = day("When it is expected: what backorders are promised by", null=True)

    class Meta:
        db_table = "purchasing_purchase_order_line"
        db_table_comment = "Purchase order lines; open = qty_each - qty_received_each"
        constraints = [check("purchase_line_positive", Q(qty_each__gt=0, qty_received_each__gte=0))]


class InboundShipment(models.Model):
    """Goods on their way from a supplier."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    purchase_order = link("purchasing.PurchaseOrder", "Purchase order", null=True, indexed=True)
    node = link("catalog.Node", "Where it goes")
    reference = text("Container, ASN or tracking number", null=True)
    state = text("booked, departed, arrived, customs, cleared, delivered or received", db_default="booked")
    expected_on = day("Expected at the node", null=True)

    class Meta:
        db_table = "purchasing_inbound_shipment"
        db_table_comment = "Inbound shipments"
        constraints = [one_of("state", INBOUND_STATES, "inbound_shipment")]


class Milestone(models.Model):
    """A step of an inbound shipment, expected and actual."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    inbound = link("purchasing.InboundShipment", "Inbound shipment", indexed=True)
    name = text("Step, one of the states of an inbound shipment")
    expected_at = moment("Expected", null=True)
    actual_at = moment("Actual", null=True)
    told_at = now("When we were told")

    class Meta:
        db_table_comment = "Milestones, every change of mind kept"


class Receipt(models.Model):
    """Goods that came in."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    node = link("catalog.Node", "Node")
    purchase_order = link("purchasing.PurchaseOrder", "Purchase order", null=True, indexed=True)
    external_ref = text("The node's key of the receipt; unique per node")
    received_at = moment("When")

    class Meta:
        db_table_comment = "Receipts"
        constraints = [models.UniqueConstraint(fields=["node", "external_ref"], name="receipt_exactly_once")]


class ReceiptLine(models.Model):
    """Pieces of one item received."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    receipt = link("purchasing.Receipt", "Receipt", indexed=True)
    item = link("catalog.Item", "Item", indexed=True)
    purchase_order_line = link("purchasing.PurchaseOrderLine", "Line that it fills", null=True)
    qty_each = each("Pieces")
    unit_cost = exact("Cost of one piece, entity currency")

    class Meta:
        db_table = "purchasing_receipt_line"
        db_table_comment = "Receipt lines"
        constraints = [check("receipt_line_positive", Q(qty_each__gt=0))]


class Transfer(models.Model):
    """Goods moved between two of our nodes."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    from_node = link("catalog.Node", "From")
    to_node = link("catalog.Node", "To")
    state = text("requested, approved, picked, in_transit, received or cancelled", db_default="requested")
    expected_on = day("Expected", null=True)

    class Meta:
        db_table_comment = "Transfers"
        constraints = [one_of("state", TRANSFER_STATES, "transfer")]


class TransferLine(models.Model):
    """Pieces of one item in a transfer."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    transfer = link("purchasing.Transfer", "Transfer", indexed=True)
    item = link("catalog.Item", "Item")
    qty_each = each("Pieces")
    qty_received_each = each("Pieces received", db_default=0)

    class Meta:
        db_table = "purchasing_transfer_line"
        db_table_comment = "Transfer lines"
        constraints = [check("transfer_line_positive", Q(qty_each__gt=0, qty_received_each__gte=0))]
