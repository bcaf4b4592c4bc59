"""The book of orders: what was asked, what was promised, what has been done. Independent axes, each guarded by the database."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower

from headrace.engine.columns import (
    big,
    check,
    currency,
    data,
    day,
    each,
    exact,
    flag,
    joined,
    link,
    minor,
    moment,
    now,
    one_of,
    small,
    text,
    whole,
)
from headrace.orders.gathering import Manifest, Wave, WaveFulfilment, number_for_people  # noqa: F401 - models of this room, in a file of their own
from headrace.orders.states import COMMERCIAL, FULFILMENT_STATES, HOLDS, LINE_KINDS, ORDER_STATES, RECALLS, RETURN_STATES, SHIPMENT_STATES

# What people see, derived by the database from the axes; the first that holds wins.
STATUS = Case(
    When(commercial="cancelled", then=Value("cancelled", models.TextField())),
    When(hold="held", then=Value("on_hold", models.TextField())),
    When(state="captured", then=Value("captured", models.TextField())),
    When(state="validated", then=Value("validated", models.TextField())),
    When(commercial="closed", then=Value("complete", models.TextField())),
    When(state="preordered", qty_allocated_each=0, then=Value("preordered", models.TextField())),
    When(state="backordered", qty_allocated_each=0, then=Value("backordered", models.TextField())),
    When(qty_shipped_each=0, qty_released_each=0, then=Value("allocated", models.TextField())),
    When(qty_shipped_each=0, then=Value("released", models.TextField())),
    When(qty_shipped_each__lt=F("qty_ordered_each") - F("qty_cancelled_each"), then=Value("partly_shipped", models.TextField())),
    When(qty_invoiced_each__lt=F("qty_shipped_each"), then=Value("shipped", models.TextField())),
    default=Value("invoiced", models.TextField()),
    output_field=models.TextField(),
)


class Order(models.Model):
    """An order as the channel placed it, with its axes."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("SO-")
    channel = joined("catalog.Channel", "Channel it came in by")
    entity = joined("catalog.Entity", "Legal entity that sells")
    external_ref = text("The channel's own key; unique per channel")
    external_number = text("The channel's number for people, as in #1001", null=True)
    source_version = big("Version of the message it reflects: the channel's update moment in microseconds, or its own counter")
    inbox_id = big("The message that it reflects", null=True)
    state = text("Where it stands in the line: the hand-off between stages", db_default="captured")
    hold = text("clear, or held by an open exception", db_default="clear")
    commercial = text("open, cancelled or closed", db_default="open")
    party = joined("catalog.Party", "Customer; null is a guest", null=True)
    currency = currency()
    prices_include_tax = flag("Prices on the lines have tax inside")
    goods_minor = minor("Sum of the lines before discount; without tax unless prices_include_tax")
    discount_minor = minor("Sum of the discounts, as a positive amount", db_default=0)
    shipping_minor = minor("Shipping asked from the customer, after its discount", db_default=0)
    tax_minor = minor("Tax as the channel says, shipping's included", db_default=0)
    shipping_tax_minor = minor("Part of tax_minor that is on shipping", db_default=0)
    total_minor = minor("Total as the channel says")
    tax_recomputed_minor = minor("Tax recomputed at validate; null before", null=True)
    tax_jurisdiction = text("Country or country-region, resolved at validate", null=True)
    authorised_minor = minor("Payment axis: authorised", db_default=0)
    captured_minor = minor("Payment axis: captured", db_default=0)
    refunded_minor = minor("Payment axis: refunded", db_default=0)
    invoiced_minor = minor("Invoice axis: sum of invoices", db_default=0)
    credited_minor = minor("Invoice axis: sum of credit memos", db_default=0)
    qty_ordered_each = each("Goods pieces ordered (charges and services do not count)")
    qty_cancelled_each = each("Pieces cancelled", db_default=0)
    qty_allocated_each = each("Pieces ever reserved and not given back; shipped ones stay counted", db_default=0)
    qty_released_each = each("Pieces handed to a node", db_default=0)
    qty_shipped_each = each("Pieces shipped", db_default=0)
    qty_invoiced_each = each("Pieces invoiced", db_default=0)
    qty_returned_each = each("Pieces that came back", db_default=0)
    shipping_code = text("Shipping service as the channel writes it", null=True)
    shipping_service = joined("catalog.ShippingService", "Service, resolved at validate", null=True)
    fraud_verdict = text("accept, review or reject; null is no verdict yet", null=True)
    payment_expires_at = moment("When the authorisation lapses", null=True)
    priority = small("Lower goes first; 50 is usual", db_default=50)
    attempt = small("Allocation attempts so far", db_default=0)
    wake_at = moment("While backordered or preordered: when allocate looks again", null=True)
    expected_on = day("While backordered or preordered: when stock is expected", null=True)
    promised_by = moment("Delivery promised to the customer", null=True)
    placed_at = moment("When the customer placed it")
    captured_at = moment("When Headrace took it")
    is_test = flag("A test order: checked, never reserved or posted")
    extra = data("Notes, tags, customer PO number, gift message, fraud score, ship-complete wish", null=True)
    status = models.GeneratedField(
        expression=STATUS, output_field=models.TextField(), db_persist=True, db_comment="The one status that people see, derived from the axes"
    )

    class Meta:
        db_table_comment = "Orders: one row per (channel, external_ref), with independent axes"
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_ref"], name="order_exactly_once"),
            one_of("state", ORDER_STATES, "order"),
            one_of("hold", HOLDS, "order"),
            one_of("commercial", COMMERCIAL, "order"),
            one_of("fraud_verdict", ("accept", "review", "reject"), "order"),
            check("order_allocated_within_ordered", Q(qty_allocated_each__lte=F("qty_ordered_each") - F("qty_cancelled_each"), qty_cancelled_each__gte=0)),
            check("order_shipped_within_allocated", Q(qty_shipped_each__lte=F("qty_allocated_each"), qty_shipped_each__gte=0)),
            check("order_invoiced_within_shipped", Q(qty_invoiced_each__lte=F("qty_shipped_each"), qty_invoiced_each__gte=0)),
            check("order_returned_within_shipped", Q(qty_returned_each__lte=F("qty_shipped_each"), qty_returned_each__gte=0)),
            check("order_refunded_within_captured", Q(refunded_minor__lte=F("captured_minor"), refunded_minor__gte=0)),
        ]
        indexes = [
            models.Index(fields=["state", "priority", "id"], name="order_waiting", condition=Q(state__in=["captured", "validated"], hold="clear")),
            models.Index(fields=["id"], name="order_unshipped", condition=Q(state="allocated", qty_ordered_each=F("qty_cancelled_each"))),
            models.Index(fields=["wake_at"], name="order_sleeping", condition=Q(state__in=["backordered", "preordered"], hold="clear")),
            models.Index(fields=["external_number"], name="order_external_number"),
            models.Index(fields=["captured_at"], name="order_came_in"),
            models.Index(fields=["id"], name="order_held", condition=Q(hold="held")),
            models.Index(fields=["id"], name="order_cancelled", condition=Q(commercial="cancelled")),
            models.Index(KeyTextTransform("po_number", "extra"), name="order_po_number", condition=Q(extra__has_key="po_number")),
            models.Index(fields=["id"], name="order_test", condition=Q(is_test=True)),
        ]


# What people search an address by (words.sql): name, company, telephone, postcode.
WORDS = Func(F("name"), F("company"), F("phone"), F("postcode"), function="headrace_address_words", output_field=SearchVectorField())


class Address(models.Model):
    """Where an order goes, or who is billed when that differs."""

    pk = models.CompositePrimaryKey("order_id", "kind")
    order = joined("orders.Order", "Order")
    kind = text("ship or bill", db_default="ship")
    name = text("Person", null=True)
    company = text("Company", null=True)
    line1 = text("Street line 1", null=True)
    line2 = text("Street line 2", null=True)
    city = text("City", null=True)
    region = text("State or province code", null=True)
    postcode = text("Postcode", null=True)
    country = text("ISO 3166 alpha-2 country", null=True)
    phone = text("Telephone", null=True)
    email = text("E-mail", null=True)
    is_po_box = flag("A post-office box")

    class Meta:
        db_table_comment = "Ship-to and bill-to addresses, as sent and then normalised at validate (history keeps both)"
        constraints = [one_of("kind", ("ship", "bill"), "address")]
        indexes = [models.Index(Lower("email"), name="address_email", condition=Q(email__isnull=False)), GinIndex(WORDS, name="address_words")]


class Line(models.Model):
    """One line of an order; its quantities are the fulfilment axis."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    order = joined("orders.Order", "Order")
    line_no = small("Position, from 1")
    external_ref = text("The channel's key of the line")
    kind = text("goods, charge, service or gift_card", db_default="goods")
    sku = text("SKU as the channel wrote it")
    item = joined("catalog.Item", "Item, once the SKU is mapped", null=True)
    title = text("Title as the channel wrote it", null=True)
    unit_price = exact("Price of one channel unit as the channel says")
    goods_minor = minor("Quantity times unit price, rounded once")
    discount_minor = minor("Line discount plus its share of the order's, positive", db_default=0)
    tax_minor = minor("Tax as the channel says", db_default=0)
    tax_recomputed_minor = minor("Tax recomputed at validate", null=True)
    channel_taxes = data("The channel's own tax lines: name, rate, amount", null=True)
    pack_each = each("Pieces in one channel unit, from the listing", db_default=1)
    qty_ordered_each = each("Pieces ordered")
    qty_cancelled_each = each("Pieces cancelled", db_default=0)
    qty_allocated_each = each("Pieces reserved or shipped", db_default=0)
    qty_shipped_each = each("Pieces shipped", db_default=0)
    qty_invoiced_each = each("Pieces invoiced", db_default=0)
    qty_returned_each = each("Pieces that came back", db_default=0)
    invoiced_minor = minor("Net of tax inside or outside as on the line: goods less discount invoiced so far", db_default=0)
    invoiced_tax_minor = minor("Tax invoiced so far", db_default=0)

    class Meta:
        db_table_comment = "Order lines; unfilled = ordered - cancelled - allocated"
        constraints = [
            models.UniqueConstraint(fields=["order", "external_ref"], name="line_once"),
            one_of("kind", LINE_KINDS, "line"),
            check(
                "line_allocated_within_ordered",
                Q(qty_allocated_each__gte=0, qty_cancelled_each__gte=0, qty_allocated_each__lte=F("qty_ordered_each") - F("qty_cancelled_each")),
            ),
            check("line_shipped_within_allocated", Q(qty_shipped_each__gte=0, qty_shipped_each__lte=F("qty_allocated_each"))),
            check("line_invoiced_within_shipped", Q(qty_invoiced_each__gte=0, qty_invoiced_each__lte=F("qty_shipped_each"))),
            check("line_returned_within_shipped", Q(qty_returned_each__gte=0, qty_returned_each__lte=F("qty_shipped_each"))),
        ]
        indexes = [models.Index(fields=["sku", "order"], name="line_sku")]


class Discount(models.Model):
    """A discount code or reason that an order carries."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    order = link("orders.Order", "Order", indexed=True)
    code = text("Code or reason as the channel writes it")
    amount_minor = minor("Amount taken off, positive")

    class Meta:
        db_table_comment = "Discounts as the channel named them; the shares are on the lines"


class Decision(models.Model):
    """Why a node was chosen: candidates, and the filter that removed each."""

    pk = models.CompositePrimaryKey("order_id", "attempt")
    order = joined("orders.Order", "Order")
    attempt = small("Allocation attempt, from 1")
    batch_id = big("Batch that decided")
    policy_version = whole("Version of the routing policy used")
    detail = data("Chosen nodes, candidates with filter and score, lines left over")

    class Meta:
        db_table_comment = "Allocation decisions, kept to explain and replay"


class Fulfilment(models.Model):
    """What one node is asked to ship of one order."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("FO-")
    order = joined("orders.Order", "Order", indexed=True)
    node = joined("catalog.Node", "Node that ships")
    attempt = small("Allocation attempt that made it")
    state = text("planned, released, picking, packed, shipped, cancelled or rejected", db_default="planned")
    hold = text("clear, or held by an open exception", db_default="clear")
    priority = small("Lower goes first", db_default=50)
    service = joined("catalog.ShippingService", "Shipping service", null=True)
    qty_each = each("Pieces asked for")
    qty_shipped_each = each("Pieces shipped", db_default=0)
    weight_g = whole("Weight of the pieces, grams; null is unknown", null=True)
    cut_off_at = moment("Release cut-off that it was planned for", null=True)
    planned_at = moment("When allocate made it")
    released_at = moment("When it went to the node", null=True)
    release_at = moment("While planned: not released before this (hold time, next wave, the node's limit); null is at once", null=True)
    recall = text("Asked back from the node: requested, accepted or refused; null is never", null=True)
    packing = data("While packed: the confirmation's key, parcels with weight, content and tracking", null=True)
    reject_reason = text("Why the node refused it", null=True)

    class Meta:
        db_table_comment = "Fulfilments: one order, one node"
        constraints = [
            one_of("state", FULFILMENT_STATES, "fulfilment"),
            one_of("hold", HOLDS, "fulfilment"),
            one_of("recall", RECALLS, "fulfilment"),
            check("fulfilment_shipped_within_asked", Q(qty_shipped_each__gte=0, qty_shipped_each__lte=F("qty_each"))),
        ]
        indexes = [
            models.Index(fields=["state", "priority", "id"], name="fulfilment_open", condition=Q(state__in=["planned", "released", "picking", "packed"])),
            models.Index(fields=["node", "planned_at"], name="fulfilment_node_day"),
        ]


class FulfilmentLine(models.Model):
    """Pieces of one item for one order line; a kit has a row per component."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    fulfilment = joined("orders.Fulfilment", "Fulfilment", indexed=True)
    line = joined("orders.Line", "Order line", indexed=True)
    item_id = big("Item picked: the line's own, or a kit's component")
    per_kit_each = each("Pieces of this item in one kit; 1 for plain goods: the recipe as frozen", db_default=1)
    qty_each = each("Pieces asked for")
    qty_shipped_each = each("Pieces shipped", db_default=0)
    qty_short_each = each("Pieces that the node will not ship: not found, damaged, refused", db_default=0)
    qty_picked_each = each("Pieces scanned in the built-in warehouse; outside ones do not tell", db_default=0)

    class Meta:
        db_table = "orders_fulfilment_line"
        db_table_comment = "What a fulfilment holds, per item"
        constraints = [
            check("fulfilment_line_within_asked", Q(qty_shipped_each__gte=0, qty_short_each__gte=0, qty_each__gte=F("qty_shipped_each") + F("qty_short_each"))),
            check("fulfilment_line_picked_within_asked", Q(qty_picked_each__gte=0, qty_picked_each__lte=F("qty_each") - F("qty_short_each"))),
        ]


class Scan(models.Model):
    """A scan at the bench under the id that its client gave it; kept for a month, so that a request that comes twice counts once."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    fulfilment = joined("orders.Fulfilment", "Fulfilment")
    line = joined("orders.FulfilmentLine", "Fulfilment line that it counted on")
    scan_id = text("The client's id of the scan, or of what took one back; unique per fulfilment; null where only takes_back names it", null=True)
    code = text("What was scanned or typed")
    qty_each = each("Pieces picked; below zero: taken back")
    picked_each = each("The answer: pieces of the line picked after it")
    asked_each = each("The answer: pieces of the line that were left to ship")
    takes_back = text("The scan_id that it takes back; null for a scan, and for pieces of a line that were taken back", null=True)
    actor = text("Who")
    scanned_at = moment("When it was counted")

    class Meta:
        db_table_comment = "Scans at the bench, each counted once"
        constraints = [
            models.UniqueConstraint(fields=["fulfilment", "scan_id"], name="scan_counted_once"),
            models.UniqueConstraint(fields=["fulfilment", "takes_back"], name="scan_taken_back_once"),
            check("scan_counts_something", ~Q(qty_each=0)),
        ]
        indexes = [models.Index(fields=["scanned_at"], name="scan_age")]


class Shipment(models.Model):
    """Goods that left a node for an order under one confirmation."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("SH-")
    order = joined("orders.Order", "Order", indexed=True)
    fulfilment = joined("orders.Fulfilment", "Fulfilment that it fills", indexed=True)
    node = joined("catalog.Node", "Node that shipped")
    external_ref = text("The node's key of the confirmation; unique per node")
    state = text("shipped, then invoiced", db_default="shipped")
    hold = text("clear, or held by an open exception", db_default="clear")
    carrier = text("Carrier code", null=True)
    cost_minor = minor("What the carrier asks for it, in cost_currency", null=True)
    cost_currency = currency("Currency of cost_minor", null=True)
    shipped_at = moment("When the goods left")
    qty_each = each("Order pieces in it (kits count as kits)")

    class Meta:
        db_table_comment = "Shipments; an invoice is made per shipment"
        constraints = [
            models.UniqueConstraint(fields=["node", "external_ref"], name="shipment_exactly_once"),
            one_of("state", SHIPMENT_STATES, "shipment"),
            one_of("hold", HOLDS, "shipment"),
        ]
        indexes = [
            models.Index(fields=["id"], name="shipment_to_invoice", condition=Q(state="shipped", hold="clear")),
            models.Index(fields=["shipped_at"], name="shipment_left"),
        ]


class ShipmentLine(models.Model):
    """Pieces of one order line in one shipment, in order pieces."""

    pk = models.CompositePrimaryKey("shipment_id", "line_id")
    shipment = joined("orders.Shipment", "Shipment")
    line = joined("orders.Line", "Order line", indexed=True)
    qty_each = each("Order pieces shipped (kits count as kits)")

    class Meta:
        db_table = "orders_shipment_line"
        db_table_comment = "What a shipment holds, per order line"
        constraints = [check("shipment_line_positive", Q(qty_each__gt=0))]


class Parcel(models.Model):
    """One package with a tracking number."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    shipment = joined("orders.Shipment", "Shipment", indexed=True)
    carrier = text("Carrier code", null=True)
    tracking = text("Tracking number", null=True)
    weight_g = whole("Weight, grams", null=True)
    track_state = text("Best tracking state so far", db_default="pre_transit")
    track_rank = small("Rank of track_state: only ever rises", db_default=10)
    tracked_at = moment("When track_state was reached", null=True)
    content = data("What is in it when the node says so: line, pieces", null=True)

    class Meta:
        db_table_comment = "Packages and how far they have come"
        indexes = [models.Index(fields=["tracking"], name="parcel_tracking", condition=Q(tracking__isnull=False))]


class TrackingEvent(models.Model):
    """A carrier's scan."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    parcel = link("orders.Parcel", "Parcel")
    status = text("Our word for the scan")
    happened_at = moment("When the carrier says it happened")
    note = text("The carrier's words", null=True)
    inbox_id = big("Message it came in", null=True)

    class Meta:
        db_table = "orders_tracking_event"
        db_table_comment = "Carrier scans, all kept; they can only move a parcel forward"
        constraints = [models.UniqueConstraint(fields=["parcel", "status", "happened_at"], name="tracking_event_once")]


class Return(models.Model):
    """Goods that a customer sends back: a new document with an origin, never a rewind."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("RA-")
    order = link("orders.Order", "Order that the goods came from", null=True, indexed=True)
    channel = link("catalog.Channel", "Channel", null=True)
    external_ref = text("The channel's key", null=True)
    state = text("requested, authorised, received, inspected, refunded, closed or refused", db_default="requested")
    reason = text("Why it comes back", null=True)
    origin = text("Kind of document it comes from: order, import row ...", null=True)
    made_at = now("When it was made")

    class Meta:
        db_table_comment = "Returns (authorisations)"
        constraints = [models.UniqueConstraint(fields=["channel", "external_ref"], name="return_once"), one_of("state", RETURN_STATES, "return")]


class ReturnLine(models.Model):
    """Pieces of one line that come back."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    return_doc = link("orders.Return", "Return", indexed=True)
    line = link("orders.Line", "Order line", null=True, indexed=True)
    item = link("catalog.Item", "Item", null=True)
    qty_each = each("Pieces expected")
    qty_received_each = each("Pieces received", db_default=0)
    grade = text("A to D", null=True)
    disposition = text("restock, refurbish, liquidate, scrap, vendor", null=True)
    refund_minor = minor("To be refunded for it, order currency", db_default=0)

    class Meta:
        db_table = "orders_return_line"
        db_table_comment = "What comes back, per line"
        constraints = [check("return_line_positive", Q(qty_each__gt=0))]


class History(models.Model):
    """What happened to an order: one row per event, never changed."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    order_id = big("Order")
    at = moment("When: the batch's as_of, or the deed's moment")
    event = text("What: captured, validated, allocated, parked, released, shipped, invoiced, settled, edited ...")
    batch_id = big("Batch that did it; null for a single deed", null=True)
    actor = text("Who: null is the batch's stage", null=True)
    detail = data("Before and after, amounts, reason", null=True)

    class Meta:
        db_table_comment = "Timeline of each order; append-only"
        indexes = [models.Index(fields=["order_id"], name="history_of_order")]


class Transition(models.Model):
    """The moves that are allowed, as rows: the database's copy of states.py."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    document = text("order, fulfilment or shipment")
    from_state = text("From")
    to_state = text("To")

    class Meta:
        db_table_comment = "Allowed state moves per document"
        constraints = [models.UniqueConstraint(fields=["document", "from_state", "to_state"], name="transition_once")]


class Waiver(models.Model):
    """A named person accepted a failed check on an order, with a reason."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    order = link("orders.Order", "Order", indexed=True)
    reason_code = text("Reason that is accepted")
    fingerprint = text("Hash of the values accepted: other values fail again", null=True)
    actor = text("Who accepted")
    note = text("Why", null=True)
    at = now("When")

    class Meta:
        db_table_comment = "Accepted failures: validate does not park for them again"


class Basket(models.Model):
    """What an order asks for and on whose credit, in one narrow row that validate writes and looks up."""

    order_id = models.BigIntegerField(primary_key=True, db_comment="Order")
    basket_key = big("Hash of customer, SKUs, quantities and amount: equal keys are probably the same purchase", null=True)
    placed_at = moment("When the customer placed it")
    on_account_of = big("Party whose credit it uses; null when it is paid otherwise", null=True)

    class Meta:
        db_table_comment = "Baskets: finds probable duplicates and the open orders of a customer on account"
        indexes = [
            models.Index(fields=["basket_key"], name="basket_again"),
            models.Index(fields=["on_account_of"], name="basket_on_account", condition=Q(on_account_of__isnull=False)),
        ]
