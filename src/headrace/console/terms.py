"""What orders are checked against beside items and prices: tax rates, shipping services and what channels call them, promotions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.catalog import NAV
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import assortment

TAX_CLASSES = tuple((word, gettext_lazy(word)) for word in ("standard", "reduced", "zero", "exempt"))
TAXES = Listing(
    "taxes",
    gettext_lazy("Tax rates"),
    "/catalog/taxes",
    (
        Column("jurisdiction", gettext_lazy("Place")),
        Column("tax_class", gettext_lazy("Class"), "words"),
        Column("percent", gettext_lazy("Per cent"), "percent"),
        Column("taxes_shipping", gettext_lazy("On shipping too"), "flag", wide=True),
        Column("valid_from_on", gettext_lazy("First day"), "day", wide=True),
        Column("valid_to_on", gettext_lazy("Last day"), "day", wide=True),
    ),
    rows=assortment.taxes,
    filters=(Filter("day", gettext_lazy("In force on"), "day"),),
    search=gettext_lazy("Country, or country and region, as in US-NY"),
    empty=gettext_lazy("Received taxes are computed again with these rates; an order to a place without one is parked. Set the first one below."),
)
SERVICES = Listing(
    "services",
    gettext_lazy("Shipping services"),
    "/catalog/services",
    (
        Column("code", gettext_lazy("Code")),
        Column("name", gettext_lazy("Name")),
        Column("carrier", gettext_lazy("Carrier")),
        Column("transit_days", gettext_lazy("Days in transit"), "count", wide=True),
        Column("weight_g_max", gettext_lazy("Heaviest parcel, g"), "count", wide=True),
        Column("takes_hazmat", gettext_lazy("Hazardous goods"), "flag", wide=True),
        Column("takes_po_box", gettext_lazy("PO boxes"), "flag", wide=True),
        Column("countries", gettext_lazy("Only to"), extra=True),
        Column("words", gettext_lazy("What channels call it"), "long", wide=True),
    ),
    rows=assortment.shipping_services,
    empty=gettext_lazy("Each order travels by a service. Make the first one below."),
)
PROMOTIONS = Listing(
    "promotions",
    gettext_lazy("Promotions"),
    "/catalog/promotions",
    (
        Column("code", gettext_lazy("Code"), "code"),
        Column("channel", gettext_lazy("Channel")),
        Column("percent_max", gettext_lazy("Most off, per cent"), "percent"),
        Column("valid_from_on", gettext_lazy("First day"), "day", wide=True),
        Column("valid_to_on", gettext_lazy("Last day"), "day", wide=True),
        Column("is_in_force", gettext_lazy("In force"), "flag"),
    ),
    rows=assortment.promotions,
    search=gettext_lazy("Code, or how it begins"),
    empty=gettext_lazy("A discount code that is not listed parks the orders that carry it. Allow the first one below."),
)


def _forms(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    visitor, today = visitor_of(request), timezone.localdate().isoformat()
    if name == "taxes":
        form = deeds.form_of(
            visitor, "set_tax_rate", known={"tax_class": "standard", "taxes_shipping": True, "valid_from_on": today}, choices={"tax_class": TAX_CLASSES}, next_page=request.path,
            effect=_("0.19 is 19 per cent. The rate before ends the day before; orders that wait for a rate of that place are checked again."),
        )  # fmt: skip
        return deeds.offered([form])
    if name == "services":
        keep = deeds.form_of(visitor, "keep_shipping_service", known={"carrier": "own", "transit_days": 3, "weight_g_max": 30_000}, next_page=request.path)
        word = deeds.form_of(
            visitor, "map_shipping_code", choices={"channel": assortment.channels(), "service": [(s["code"], s["name"]) for s in assortment.shipping_services({}, None, 200)]},
            next_page=request.path, effect=_("Every order that waits for this word of the channel is checked again."),
        )  # fmt: skip
        return deeds.offered([keep, word])
    allow = deeds.form_of(visitor, "allow_promotion", known={"valid_from_on": today}, choices={"channel": assortment.channels()}, next_page=request.path)
    return deeds.offered([allow])


def _list(which: Listing) -> Any:
    @require_safe
    @page("stock.read")
    def show_list(request: HttpRequest) -> HttpResponseBase:
        return listing.show(request, which, template="console/channels.html", more={**NAV, "deeds": _forms(request, which.name)})

    return show_list


taxes, shipping_services, promotions = map(_list, (TAXES, SERVICES, PROMOTIONS))
