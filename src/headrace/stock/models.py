"""The book of stock: append-only moves, positions that can never be oversold, reservations with an end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from headrace.engine.columns import at_least_zero, big, check, each, exact, link, minor, moment, now, one_of, text, whole

BUCKETS = ("on_hand", "damaged", "quarantine", "in_transit")
MOVE_KINDS = ("opening", "receipt", "ship", "adjust", "transfer_out", "transfer_in", "return", "count")
RESERVATION_ENDS = ("shipped", "released", "cancelled", "expired", "short", "edited")


class Position(models.Model):
    """How much of an item a node has. Sellable is on_hand - reserved - safety."""

    pk = models.CompositePrimaryKey("item_id", "node_id")
    item = link("catalog.Item", "Item")
    node = link("catalog.Node", "Node")
    on_hand_each = each("Sellable pieces on the shelf", db_default=0)
    reserved_each = each("Of these, promised to orders", db_default=0)
    damaged_each = each("Pieces not sellable", db_default=0)
    quarantine_each = each("Pieces waiting for inspection", db_default=0)
    in_transit_each = each("Pieces on the way here by transfer", db_default=0)
    safety_each = each("Pieces kept back here from routing", db_default=0)
    unit_cost = exact(
        "Average cost of one piece, minor units of the currency of the entity of the node: what stock is worth, and what margin is reckoned with", db_default=0
    )

    class Meta:
        db_table_comment = "Stock positions; the sum of moves, never below the reserved"
        constraints = [
            check("position_never_oversold", Q(reserved_each__gte=0, reserved_each__lte=F("on_hand_each"))),
            at_least_zero("position", "damaged_each", "quarantine_each", "in_transit_each", "safety_each", "unit_cost"),
        ]


class Move(models.Model):
    """Goods came or went: append-only, signed."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    item_id = big("Item")
    node_id = big("Node")
    bucket = text("on_hand, damaged, quarantine or in_transit", db_default="on_hand")
    kind = text("opening, receipt, ship, adjust, transfer_out, transfer_in, return or count")
    qty_each = each("Pieces, signed")
    cost_minor = minor("Value of the pieces, signed, currency of the node's entity", db_default=0)
    origin = text("Kind of document: shipment_line, import, adjustment, receipt ...")
    origin_id = big("Row of that document", null=True)
    reason = text("Why, for an adjustment or count", null=True)
    batch_id = big("Batch; null for a single deed", null=True)
    actor = text("Who; null is the batch's stage", null=True)
    at = now("When")

    class Meta:
        db_table_comment = "Stock moves; append-only; their sum is the position"
        constraints = [
            one_of("bucket", BUCKETS, "move"),
            one_of("kind", MOVE_KINDS, "move"),
            check("move_not_zero", ~Q(qty_each=0)),
        ]
        indexes = [models.Index(fields=["item_id", "node_id"], name="move_of_position")]


class Reservation(models.Model):
    """Pieces at a node promised to an order line until shipped or given back."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    line_id = big("Order line")
    item_id = big("Item reserved: the line's own or a kit's component")
    node_id = big("Node")
    fulfilment_id = big("Fulfilment that will ship it", null=True)
    qty_each = each("Pieces still reserved; falls as parts ship, rests at what ended otherwise")
    per_kit_each = each("Pieces in one kit; 1 for plain goods", db_default=1)
    reserved_at = moment("Since when")
    expires_at = moment("When it lapses unless released; null is never", null=True)
    ended_at = moment("When it ended; null is live", null=True)
    ended_how = text("shipped, released, cancelled, expired, short or edited", null=True)
    batch_id = big("Batch that reserved", null=True)

    class Meta:
        db_table_comment = "Reservations; the sum of the live ones is the position's reserved"
        constraints = [
            one_of("ended_how", RESERVATION_ENDS, "reservation"),
            check("reservation_positive", Q(qty_each__gt=0)),
            check("reservation_end_has_a_how", Q(ended_at__isnull=True, ended_how__isnull=True) | Q(ended_at__isnull=False, ended_how__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["line_id"], name="reservation_of_line"),
            # No index speaks of `ended_at`, so that a reservation ends in place. Those that lapse are found from the fulfilments that are still planned.
            models.Index(fields=["item_id", "node_id"], name="reservation_of_position"),
        ]


class Adjustment(models.Model):
    """A counted or corrected quantity with its reason."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    item = link("catalog.Item", "Item", indexed=True)
    node = link("catalog.Node", "Node")
    qty_each = each("Pieces, signed")
    reason = text("count, damage, found, sample, import ...")
    external_ref = text("Key of the source row; unique per source", null=True)
    source = text("Where it comes from: a person, an import, a warehouse")
    value_minor = minor("Sales value the source file gives it (import lines that are not orders), minor units", null=True)
    rows = whole("Source rows that it stands for", db_default=1)
    made_at = now("When")

    class Meta:
        db_table_comment = "Stock adjustments"
        constraints = [models.UniqueConstraint(fields=["source", "external_ref"], name="adjustment_once")]
