"""Inventory: what each node has of each item, every quantity down to its ledger rows; adjustments and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import figures, inventory
from headrace.stock.counting import REASONS

NAV = {"nav": "console/stock/nav.html"}
NODE = Filter("node", gettext_lazy("Node"), choices=inventory.nodes)
WHICH = (
    ("none", gettext_lazy("nothing to promise")),
    ("below", gettext_lazy("below safety")),
    ("aside", gettext_lazy("damaged or in quarantine")),
    ("coming", gettext_lazy("in transit")),
    ("oversold", gettext_lazy("promised twice")),
)
LISTING = Listing(
    "stock",
    gettext_lazy("Inventory"),
    "/stock",
    (
        Column("sku", "SKU", href="/stock/{sku}"),
        Column("name", gettext_lazy("Name"), "long", wide=True),
        Column("node", gettext_lazy("Node")),
        Column("on_hand_each", gettext_lazy("On hand"), "count", href="/stock/{sku}/moves?node={node}&bucket=on_hand"),
        Column("reserved_each", gettext_lazy("Reserved"), "count", href="/stock/{sku}"),
        Column("safety_each", gettext_lazy("Safety"), "count", wide=True),
        Column("sellable_each", gettext_lazy("To promise"), "count"),
        Column("damaged_each", gettext_lazy("Damaged"), "count", href="/stock/{sku}/moves?node={node}&bucket=damaged", wide=True),
        Column("quarantine_each", gettext_lazy("Quarantine"), "count", href="/stock/{sku}/moves?node={node}&bucket=quarantine", wide=True),
        Column("in_transit_each", gettext_lazy("In transit"), "count", href="/stock/{sku}/moves?node={node}&bucket=in_transit", wide=True),
        Column("unit_cost", gettext_lazy("Unit cost"), extra=True),
        Column("value_minor", gettext_lazy("Value"), "money", extra=True),
    ),
    rows=inventory.positions,
    filters=(NODE, Filter("which", gettext_lazy("Which"), choices=WHICH)),
    search=gettext_lazy("SKU, or how it begins"),
    empty=gettext_lazy("Nothing has been received yet. Goods come in by receipts, or at first with `headrace import stock`."),
)
MOVES = (
    Column("at", gettext_lazy("At"), "moment"),
    Column("node", gettext_lazy("Node")),
    Column("bucket", gettext_lazy("Bucket"), "words"),
    Column("kind", gettext_lazy("Kind"), "words"),
    Column("qty_each", gettext_lazy("Pieces"), "count"),
    Column("cost_minor", gettext_lazy("Value"), "money", wide=True),
    Column("document", gettext_lazy("Document"), wide=True),
    Column("reason", gettext_lazy("Reason"), "words", wide=True),
    Column("who", gettext_lazy("Who"), wide=True),
)


def _item(sku: str) -> dict[str, Any]:
    item = None if "\x00" in sku else figures.item(sku)
    if item is None:
        raise Http404(f"there is no item {sku}")
    return item


def _moment(request: HttpRequest) -> datetime | None:
    """The moment that the address asks for, in the zone of whoever looks; None is now."""
    try:
        asked = datetime.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    return asked if asked.tzinfo else timezone.make_aware(asked)


@require_safe
@page("stock.read")
def show(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, LISTING, template="console/stock.html", more={**NAV, "may_count": visitor_of(request).may_do("count_stock")})


@require_safe
@page("stock.read")
def one(request: HttpRequest, sku: str) -> HttpResponse:
    """One item: what may be promised of it and why, now or at a moment."""
    item, moment = _item(sku), _moment(request)
    told = figures.availability(sku, moment)
    names = [
        n
        for n in ("on_hand_each", "reserved_each", "safety_each", "sellable_each", "damaged_each", "quarantine_each", "in_transit_each")
        if told["nodes"] and n in told["nodes"][0]
    ]
    context = {
        "item": item,
        "sku": sku,
        "told": told,
        "as_of": timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else "",
        "names": names,
        "nodes": [
            {"node": n["node"], "cells": [{"name": name, "bucket": name.removesuffix("_each"), "value": n[name]} for name in names]} for n in told["nodes"]
        ],
        "sums": [sum(n[name] for n in told["nodes"]) for name in names],
        "may_adjust": visitor_of(request).may("stock.adjust") and not told["parts"],
        "reasons": [(r, _(r)) for r in REASONS],
        "all_nodes": inventory.nodes(),
        "buckets": ("on_hand", "damaged", "quarantine"),
    }
    return render(request, "console/item_stock.html", context)


@require_safe
@page("stock.read")
def moves(request: HttpRequest, sku: str) -> HttpResponseBase:
    """The ledger rows behind a quantity."""
    item, moment = _item(sku), _moment(request)
    which = Listing(
        "moves",
        _("Moves of %(sku)s") % {"sku": sku},
        f"/stock/{sku}/moves",
        MOVES,
        rows=lambda chosen, after, limit: inventory.moves(item["id"], chosen, moment, after, limit),
        filters=(NODE, Filter("bucket", gettext_lazy("Bucket"), choices=tuple((b, _(b.replace("_", " "))) for b in inventory.BUCKETS))),
        keeps=("as_of",),
        empty=gettext_lazy("Nothing of it has ever moved."),
    )
    return listing.show(request, which)
