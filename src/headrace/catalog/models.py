"""The catalog: what is sold, by whom, where from, to whom, and at what price."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from headrace.engine.columns import at_least_zero, check, currency, data, day, each, exact, flag, link, moment, now, one_of, small, text, whole

NODE_KINDS = ("warehouse", "store", "3pl", "supplier")
ITEM_KINDS = ("goods", "kit", "charge", "service", "gift_card")
ITEM_STATES = ("active", "blocked", "retired")
OVERSELL_POLICIES = ("never", "backorder", "preorder")
CHANNEL_KINDS = ("shopify", "magento", "amazon", "walmart", "edi", "portal", "store", "api", "file")
CAPTURE_POLICIES = ("at_sale", "on_shipment", "on_account")


class Entity(models.Model):
    """A legal entity: it owns channels and nodes, keeps a ledger in one currency, numbers its own invoices."""

    code = text("Short code, as in HR-US", unique=True)
    name = text("Registered name")
    currency = currency("Currency of its ledger")
    zone = text("IANA time zone of its business dates")
    country = text("ISO 3166 country of registration")
    tax_number = text("VAT or employer number shown on invoices", null=True)

    class Meta:
        db_table_comment = "Legal entities"


class Node(models.Model):
    """A place that holds and ships goods."""

    code = text("Short code, as in EAST", unique=True)
    name = text("Name that people use")
    kind = text("warehouse, store, 3pl or supplier (drop-ship)")
    entity = link("catalog.Entity", "Legal entity that owns the stock there")
    zone = text("IANA time zone of its clock")
    country = text("ISO 3166 country")
    region = text("State or province code", null=True)
    postcode = text("Postcode", null=True)
    latitude = models.FloatField(null=True, db_comment="Degrees north, for distance")
    longitude = models.FloatField(null=True, db_comment="Degrees east, for distance")
    cut_off = models.TimeField(db_comment="Orders released by this local time leave the same day", db_default="15:00")
    open_days = text("Weekdays on which it ships, ISO numbers, as in 12345", db_default="12345")
    capacity_orders_per_day = whole("Most fulfilments a day; null is unlimited", null=True)
    lead_time_days = small("Days between release and handing over", db_default=0)
    handles_hazmat = flag("May ship hazardous goods")
    is_active = flag("May be chosen at all", True)
    partner = text("Code of the outside warehouse system; null is the built-in warehouse", null=True)

    class Meta:
        db_table_comment = "Nodes of four kinds: warehouse, store, 3pl, drop-ship supplier"
        constraints = [one_of("kind", NODE_KINDS, "node")]


class NodeClosure(models.Model):
    """A day on which a node does not ship."""

    node = link("catalog.Node", "Node", indexed=True)
    closed_on = day("Local date")
    why = text("Holiday, stocktake, weather ...")

    class Meta:
        db_table = "catalog_node_closure"
        db_table_comment = "Node calendar: dates without shipping"
        constraints = [models.UniqueConstraint(fields=["node", "closed_on"], name="node_closure_once")]


class NodeReach(models.Model):
    """How far and how dear it is from a node to a zone of destinations."""

    node = link("catalog.Node", "Node", indexed=True)
    country = text("Destination country; * is any")
    region = text("Destination state or province; * is any", db_default="*")
    transit_days = small("Days in transit by the standard service")
    cost_minor = models.BigIntegerField(db_comment="Usual cost of one parcel, in the entity's currency, minor units")

    class Meta:
        db_table = "catalog_node_reach"
        db_table_comment = "Zones: which destinations a node serves, how fast and at what usual cost"
        constraints = [
            models.UniqueConstraint(fields=["node", "country", "region"], name="node_reach_once"),
            at_least_zero("node_reach", "transit_days", "cost_minor"),
        ]


class Item(models.Model):
    """Something that an order line can name."""

    sku = text("Stock keeping unit, our own code", unique=True)
    name = text("Name")
    kind = text("goods, kit, charge (postage, fees), service or gift_card", db_default="goods")
    item_class = text("Class for sales accounts and margin", db_default="general")
    state = text("active, blocked or retired", db_default="active")
    weight_g = whole("Weight of one piece, grams", null=True)
    length_mm = whole("Length, millimetres", null=True)
    width_mm = whole("Width, millimetres", null=True)
    height_mm = whole("Height, millimetres", null=True)
    hazmat_class = text("UN hazard class; null is none", null=True)
    hs_code = text("Harmonised System code", null=True)
    country_of_origin = text("ISO 3166 country of origin", null=True)
    tax_class = text("standard, reduced, zero or exempt", db_default="standard")
    barred_countries = ArrayField(models.TextField(), db_comment="Countries where it may not be sold", db_default=[])
    oversell = text("When stock is short: never, backorder or preorder", db_default="backorder")
    available_on = day("Preorder: first day it can ship", null=True)
    unit_cost = exact(
        "Standard cost of one piece, major units of unit_cost_currency, as prices are: for opening stock and imported returns. What stock is worth is stock_position.unit_cost",
        null=True,
    )
    unit_cost_currency = currency("Currency of unit_cost", null=True)
    gtin = text("GTIN-8, -12, -13 or -14", null=True)
    made_at = now("When the row was made")

    class Meta:
        db_table_comment = "Items: goods, kits, charges, services, gift cards"
        constraints = [
            one_of("kind", ITEM_KINDS, "item"),
            one_of("state", ITEM_STATES, "item"),
            one_of("oversell", OVERSELL_POLICIES, "item"),
            check("item_measures_positive", (Q(weight_g__isnull=True) | Q(weight_g__gte=0))),
        ]
        indexes = [
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="item_name_alike"),
            GinIndex(fields=["sku"], opclasses=["gin_trgm_ops"], name="item_sku_alike"),
            models.Index(fields=["gtin"], condition=Q(gtin__isnull=False), name="item_by_gtin"),
        ]


class KitComponent(models.Model):
    """What one kit is made of; the recipe is frozen on the order when the kit is allocated."""

    kit = link("catalog.Item", "The kit", indexed=True)
    component = link("catalog.Item", "The part", indexed=True)
    qty_each = each("Pieces of the part in one kit")
    price_share = exact("Weight of the part in the kit's price", db_default=1)

    class Meta:
        db_table = "catalog_kit_component"
        db_table_comment = "Kit recipes"
        constraints = [
            models.UniqueConstraint(fields=["kit", "component"], name="kit_component_once"),
            check("kit_component_positive", Q(qty_each__gt=0)),
            check("kit_not_in_itself", ~Q(kit=F("component"))),
        ]


class Channel(models.Model):
    """A door that orders come in by."""

    code = text("Short code, as in shop-us; also the partner code of its messages", unique=True)
    name = text("Name")
    kind = text("shopify, magento, amazon, walmart, edi, portal, store, api or file")
    entity = link("catalog.Entity", "Legal entity that sells there")
    currency = currency("Currency of the shop")
    price_list = link("catalog.PriceList", "List that received prices are compared with", null=True)
    prices_include_tax = flag("Prices come with tax inside")
    capture_policy = text("at_sale (the channel took the money), on_shipment (we capture) or on_account (B2B)", db_default="on_shipment")
    gateway = text("Partner code of the payment gateway that captures", null=True)
    needs_fraud_verdict = flag("An order without a verdict waits")
    is_active = flag("Takes orders", True)
    settings = data("Channel settings without secrets", db_default={})

    class Meta:
        db_table_comment = "Sales channels"
        constraints = [one_of("kind", CHANNEL_KINDS, "channel"), one_of("capture_policy", CAPTURE_POLICIES, "channel")]


class Listing(models.Model):
    """A channel's own SKU and the item that it means: the learned mapping."""

    channel = link("catalog.Channel", "Channel")
    channel_sku = text("SKU as the channel writes it")
    item = link("catalog.Item", "Item that it means", indexed=True)
    pack_each = each("Pieces in one unit of the channel", db_default=1)
    is_sellable = flag("May be sold there", True)
    valid_from_on = day("First day of validity", null=True)
    valid_to_on = day("Last day of validity", null=True)
    learned_by = text("Who taught the mapping: seed, import or a person", db_default="seed")

    class Meta:
        db_table_comment = "Channel SKU to item, with pack factor"
        constraints = [models.UniqueConstraint(fields=["channel", "channel_sku"], name="listing_once"), check("listing_pack_positive", Q(pack_each__gt=0))]


class Party(models.Model):
    """A customer, company or supplier."""

    kind = text("person, company or supplier", db_default="person")
    channel = link("catalog.Channel", "Channel that knows it", null=True)
    external_ref = text("The channel's key for it", null=True)
    name = text("Name", null=True)
    email = text("E-mail, lower case", null=True)
    phone = text("Telephone, E.164 where it parses", null=True)
    segment = text("retail, wholesale, vip, staff, blocked ...", db_default="retail")
    credit_limit_minor = models.BigIntegerField(null=True, db_comment="Credit limit in the entity's currency, minor units; null is no credit")
    terms_days = small("Days to pay; 0 is at once", db_default=0)
    tax_exempt_until_on = day("Exemption certificate valid to", null=True)
    made_at = now("When the row was made")

    class Meta:
        db_table_comment = "Customers, companies, suppliers"
        constraints = [models.UniqueConstraint(fields=["channel", "external_ref"], name="party_once")]
        indexes = [models.Index(Lower("email"), name="party_email", condition=Q(email__isnull=False))]


class PriceList(models.Model):
    """A list of expected prices in one currency."""

    code = text("Short code", unique=True)
    currency = currency("Currency of its prices")

    class Meta:
        db_table = "catalog_price_list"
        db_table_comment = "Price lists"


class Price(models.Model):
    """Expected price of an item on a list from a quantity on."""

    price_list = link("catalog.PriceList", "List")
    item = link("catalog.Item", "Item", indexed=True)
    from_qty_each = each("From this quantity on", db_default=1)
    unit_price = exact("Price of one piece, tax as the channel says")
    valid_from_on = day("First day", db_default="2000-01-01")
    valid_to_on = day("Last day; null is open", null=True)

    class Meta:
        db_table_comment = "Expected unit prices"
        constraints = [
            models.UniqueConstraint(fields=["price_list", "item", "from_qty_each", "valid_from_on"], name="price_once"),
            check("price_not_negative", Q(unit_price__gte=0)),
        ]


class Promotion(models.Model):
    """A discount code that may be used."""

    channel = link("catalog.Channel", "Channel; null is any", null=True)
    code = text("Code as customers write it, upper case")
    percent_max = exact("Most per cent of the goods that it may take off")
    valid_from_on = day("First day")
    valid_to_on = day("Last day; null is open", null=True)
    is_active = flag("In force", True)

    class Meta:
        db_table_comment = "Promotions that orders may carry"
        constraints = [models.UniqueConstraint(fields=["channel", "code"], name="promotion_once", nulls_distinct=False)]


class ShippingService(models.Model):
    """A way to ship, with what it can carry."""

    code = text("Short code, as in ground", unique=True)
    name = text("Name")
    carrier = text("Carrier code")
    weight_g_max = whole("Heaviest parcel, grams", db_default=30000)
    takes_hazmat = flag("Carries hazardous goods")
    takes_po_box = flag("Delivers to post-office boxes", True)
    countries = ArrayField(models.TextField(), db_comment="Destinations; empty is everywhere", db_default=[])
    transit_days = small("Usual days in transit", db_default=3)

    class Meta:
        db_table = "catalog_shipping_service"
        db_table_comment = "Shipping services and what they may carry"


class ShippingCode(models.Model):
    """A channel's word for a shipping service."""

    channel = link("catalog.Channel", "Channel")
    channel_code = text("Code or title as the channel writes it")
    service = link("catalog.ShippingService", "Service that it means")

    class Meta:
        db_table = "catalog_shipping_code"
        db_table_comment = "Channel shipping codes to services"
        constraints = [models.UniqueConstraint(fields=["channel", "channel_code"], name="shipping_code_once")]


class TaxRate(models.Model):
    """A rate of tax by jurisdiction and tax class."""

    jurisdiction = text("Country, or country-region: GB, DE, US-CA")
    tax_class = text("standard, reduced, zero or exempt", db_default="standard")
    rate = exact("Share of the net, 0.19 for 19 per cent")
    taxes_shipping = flag("Shipping bears tax there", True)
    valid_from_on = day("First day", db_default="2000-01-01")
    valid_to_on = day("Last day; null is open", null=True)

    class Meta:
        db_table = "catalog_tax_rate"
        db_table_comment = "Tax rates that channels' taxes are recomputed with"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "tax_class", "valid_from_on"], name="tax_rate_once"),
            check("tax_rate_sane", Q(rate__gte=0, rate__lte=1)),
        ]


class FieldOwner(models.Model):
    """Which system is right about a field, when two disagree."""

    table_name = text("Table")
    column_name = text("Column")
    owner = text("System that owns it: headrace, erp, pim, the channel ...")
    changed_at = moment("When the owner last changed", null=True)

    class Meta:
        db_table = "catalog_field_owner"
        db_table_comment = "The owning system of each catalog field"
        constraints = [models.UniqueConstraint(fields=["table_name", "column_name"], name="field_owner_once")]
