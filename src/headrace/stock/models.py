"""The book of stock: append-only moves, positions that can never be oversold, reservations with an end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from headrace.engine.columns import at_least_zero, big, check, currency, each, exact, flag, link, minor, moment, now, one_of, small, text, whole

BUCKETS = ("on_hand", "damaged", "quarantine", "in_transit")
MOVE_KINDS = ("opening", "receipt", "ship", "adjust", "transfer_out", "transfer_in", "return", "count")
COUNT_STATES = ("open", "posted", "cancelled")
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
    note = text("What whoever made it said about it", null=True)
    made_at = now("When")

    class Meta:
        db_table_comment = "Stock adjustments"
        constraints = [models.UniqueConstraint(fields=["source", "external_ref"], name="adjustment_once")]


class CorrectedAlone(models.Model):
    """What a deed of one person corrected of stock: summed against the limits of policy. What a second person has seen is not here."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    actor = text("Who")
    at = moment("When")
    currency = currency("Currency of the books of the nodes")
    worth = exact("Worth in whole units of the currency, found and lost added up")

    class Meta:
        db_table = "stock_corrected_alone"
        db_table_comment = "What one person corrected or wrote off alone, by deed and currency"
        constraints = [check("corrected_alone_positive", Q(worth__gt=0))]
        indexes = [models.Index(fields=["actor", "at"], name="corrected_alone_lately")]


class Count(models.Model):
    """A count document: which items of a node are to be counted, how far that is, and when it was posted."""

    id = models.BigAutoField(primary_key=True, db_comment="Number; people read it as CT-7")
    node = link("catalog.Node", "Node that is counted", indexed=True)
    name = text("What people call it: the aisle, the month")
    chosen_by = text("How its items were chosen, in words")
    state = text("open, posted or cancelled", db_default="open")
    lines = whole("Items on it", db_default=0)
    counted = whole("Of these, counted", db_default=0)
    to_recount = whole("Of these, to be counted again", db_default=0)
    opened_at = now("When it was opened")
    opened_by = text("Who opened it")
    ended_at = moment("When it was posted or cancelled; null is open", null=True)
    ended_by = text("Who posted or cancelled it", null=True)
    note = text("What was said when it was posted or cancelled", null=True)

    class Meta:
        db_table_comment = "Count documents"
        constraints = [
            one_of("state", COUNT_STATES, "count"),
            check("count_end_has_a_moment", Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False))),
        ]


class CountLine(models.Model):
    """One item of a count document, as it stands after the last time that somebody counted it."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    document = link("stock.Count", "Count document")
    item = link("catalog.Item", "Item", indexed=True)
    counted_each = each("Pieces that were counted last; null is not counted", null=True)
    book_each = each(
        "Pieces that the books expected on the shelf when they were counted, on hand less picked: what the count is compared with, whatever moves later",
        null=True,
    )
    picked_each = each("Pieces on hand that were picked then and lay on the bench, which are not counted", db_default=0)
    counted_at = moment("When it was counted last", null=True)
    counted_by = text("Who counted it last", null=True)
    rounds = small("How often it was counted", db_default=0)
    is_to_recount = flag("It differs by more than the policy tolerates, or somebody asked: it is to be counted again")
    posted_at = moment("When its difference was posted; null is not yet", null=True)
    value_minor = minor("Value of the difference that was posted, signed, currency of the node's entity", null=True)
    fault = text("Why its difference could not be posted, when that was tried last", null=True)

    class Meta:
        db_table = "stock_count_line"
        db_table_comment = "Items of count documents"
        constraints = [
            models.UniqueConstraint(fields=["document", "item"], name="count_line_once"),
            check("count_line_counted_against_a_book", Q(counted_each__isnull=True, book_each__isnull=True) | Q(counted_each__gte=0, book_each__isnull=False)),
        ]


class CountEntry(models.Model):
    """One time that somebody wrote a counted quantity down: append-only."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    line = link("stock.CountLine", "Line", indexed=True)
    counted_each = each("Pieces counted; null takes the last entry back", null=True)
    book_each = each("Pieces that the books expected on the shelf at that moment: on hand less picked")
    picked_each = each("Pieces on hand that were picked then and lay on the bench, which are not counted", db_default=0)
    counted_by = text("Who")
    counted_at = moment("When")

    class Meta:
        db_table = "stock_count_entry"
        db_table_comment = "Every quantity that was written into a count document; append-only"
