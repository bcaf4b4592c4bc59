"""Inventory: what each node has of each item, every quantity down to its ledger rows; adjustments and counts."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import listing
from headrace.console.access import page, visitor_of
from headrace.console.counting import NAV
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import inventory

NODE = Filter("node", gettext_lazy("Node"), choices=inventory.nodes)
WHICH = (
    ("none", gettext_lazy("nothing to promise")),
    ("below", gettext_lazy("below safety")),
    ("aside", gettext_lazy("damaged or in quarantine")),
    ("coming", gettext_lazy("in transit")),
    ("oversold", gettext_lazy("promised twice")),
)
BY_ITEM = (("item", gettext_lazy("all nodes of an item together")),)
YES = (("yes", gettext_lazy("by how far it is")),)
COLUMNS = (
    Column("sku", "SKU", href="/stock/{sku}"),
    Column("name", gettext_lazy("Name"), "long", wide=True),
    Column("node", gettext_lazy("Node")),
    Column("on_hand_each", gettext_lazy("On hand"), "count", href="/stock/{sku}/moves?node={node}&bucket=on_hand"),
    Column("reserved_each", gettext_lazy("Reserved"), "count", href="/stock/{sku}/reservations?node={node}"),
    Column("safety_each", gettext_lazy("Safety"), "count", wide=True),
    Column("sellable_each", gettext_lazy("To promise"), "count", href="/stock/{sku}"),
    Column("on_order_each", gettext_lazy("On order"), "count", href="/stock/{sku}/on-order?node={node}", wide=True),
    Column("in_transit_each", gettext_lazy("In transit"), "count", href="/stock/{sku}/moves?node={node}&bucket=in_transit", wide=True),
    Column("damaged_each", gettext_lazy("Damaged"), "count", href="/stock/{sku}/moves?node={node}&bucket=damaged", wide=True),
    Column("quarantine_each", gettext_lazy("Quarantine"), "count", href="/stock/{sku}/moves?node={node}&bucket=quarantine", wide=True),
    Column("gtin", "GTIN", "code", extra=True),
    Column("cost_each", gettext_lazy("Unit cost"), "unit_price", extra=True),
    Column("value_minor", gettext_lazy("Value"), "money", extra=True),
)
SPLIT = (
    Column("waiting_each", gettext_lazy("not released"), "count", href="/stock/{sku}/reservations?node={node}&far=waiting"),
    Column("at_work_each", gettext_lazy("at the node"), "count", href="/stock/{sku}/reservations?node={node}&far=at_work"),
)
NOT_BY_ITEM = ("node", "cost_each")
LISTING = Listing(
    "stock",
    gettext_lazy("Inventory"),
    "/stock",
    COLUMNS,
    rows=inventory.positions,
    filters=(
        NODE,
        Filter("which", gettext_lazy("Which"), choices=WHICH),
        Filter("by", gettext_lazy("Together"), choices=BY_ITEM),
        Filter("split", gettext_lazy("Reserved"), choices=YES),
    ),
    search=gettext_lazy("SKU, GTIN, or part of the name"),
    empty=gettext_lazy("Nothing has been received yet. Goods come in by receipts, or at first with `headrace import stock`."),
)


@require_safe
@page("stock.read")
def show(request: HttpRequest) -> HttpResponseBase:
    """Every position, or every item with its nodes together."""
    sought = request.GET.get("q", "").replace("\x00", "").strip()[: listing.WORD_CHARS_MAX]
    ids, is_cut = inventory.found(sought)
    if is_cut:
        told = {"q": sought, "most": f"{inventory.FOUND_MAX:,}"}
        messages.warning(
            request,
            _("More than %(most)s items match “%(q)s”, and only %(most)s of them are listed. Write more of the SKU or of the name.") % told,
            extra_tags="warn",
        )
    which = LISTING
    if request.GET.get("by") == "item":
        which = replace(LISTING, columns=tuple(c for c in COLUMNS if c.name not in NOT_BY_ITEM))
    elif request.GET.get("split") == "yes":
        place = next(n for n, c in enumerate(COLUMNS) if c.name == "safety_each")
        which = replace(LISTING, columns=(*COLUMNS[:place], *SPLIT, *COLUMNS[place:]))
    which = listing.for_person(which, ids=ids)
    return listing.show(request, which, template="console/stock.html", more={**NAV, "may_count": visitor_of(request).may("stock.count")})
