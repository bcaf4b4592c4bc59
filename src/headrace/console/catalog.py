"""Catalog and network: items, kits, listings, SKUs that nobody knows and the orders that wait for them, customers, nodes, prices."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.catalog.models import ITEM_STATES
from headrace.console import catalog_fields as forms
from headrace.console import deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import assortment, finance
from headrace.insight.personal import HIDDEN

NAV = {"nav": "console/_catalog_nav.html"}
SURE_PERCENT = 70  # likeness from which an item stands in the form already; less is only told, so that nobody teaches a guess unread
MANY = 50  # SKUs that are taught on one page
CANDIDATES = 8  # items that are offered for a SKU that nobody knows
EMPTY_PARTS = 3  # lines of a recipe's form for new parts
CHANNEL = Filter("channel", gettext_lazy("Channel"), choices=assortment.channels)
BY_FILE = gettext_lazy("Bring a file in under Import, or with `headrace catalog import`.")
ITEMS = Listing(
    "items",
    gettext_lazy("Items"),
    "/catalog/items",
    (
        Column("sku", "SKU", href="/catalog/items/{sku}"),
        Column("name", gettext_lazy("Name"), "long"),
        Column("kind", gettext_lazy("Kind"), "words", wide=True),
        Column("item_class", gettext_lazy("Class"), wide=True),
        Column("state", gettext_lazy("State"), "badge"),
        Column("oversell", gettext_lazy("When stock is short"), "words", wide=True),
        Column("parts", gettext_lazy("Parts"), "count", href="/catalog/items/{sku}", extra=True),
        Column("weight_g", gettext_lazy("Weight, g"), "count", wide=True),
        Column("tax_class", gettext_lazy("Tax class"), "words", extra=True),
        Column("hs_code", gettext_lazy("HS code"), "code", extra=True),
        Column("country_of_origin", gettext_lazy("Country of origin"), extra=True),
        Column("gtin", "GTIN", "code", extra=True),
        Column("available_on", gettext_lazy("Preorder ships from"), "day", extra=True),
    ),
    rows=assortment.items,
    filters=(
        Filter("kind", gettext_lazy("Kind"), choices=forms.kinds_of_items),
        Filter("state", gettext_lazy("State"), choices=tuple((s, gettext_lazy(s)) for s in ITEM_STATES)),
    ),
    search=gettext_lazy("SKU, GTIN, or part of the name"),
    empty=BY_FILE,
)
KITS = Listing(
    "kits",
    gettext_lazy("Kits"),
    "/catalog/kits",
    (
        Column("sku", "SKU", href="/catalog/items/{sku}"),
        Column("name", gettext_lazy("Name"), "long", wide=True),
        Column("state", gettext_lazy("State"), "badge"),
        Column("recipe", gettext_lazy("Recipe"), "long"),
        Column("parts", gettext_lazy("Parts"), "count", href="/catalog/items/{sku}", wide=True),
    ),
    rows=assortment.kits,
    filters=(Filter("part", gettext_lazy("With the part"), "word"),),
    search=gettext_lazy("SKU of the kit, or how it begins"),
    empty=gettext_lazy("A kit is an item of kind “kit” with a recipe. Make the item first, then its recipe on its page."),
)
LISTINGS = Listing(
    "listings",
    gettext_lazy("Listings"),
    "/catalog/listings",
    (
        Column("channel", gettext_lazy("Channel")),
        Column("channel_sku", gettext_lazy("The channel's SKU"), "code"),
        Column("sku", gettext_lazy("Our item"), href="/catalog/items/{sku}"),
        Column("name", gettext_lazy("Name"), "long", wide=True),
        Column("pack_each", gettext_lazy("Pieces in one"), "count"),
        Column("state", gettext_lazy("State of the item"), "badge", wide=True),
        Column("is_sellable", gettext_lazy("May be sold"), "flag", extra=True),
        Column("valid_from_on", gettext_lazy("First day"), "day", extra=True),
        Column("valid_to_on", gettext_lazy("Last day"), "day", extra=True),
        Column("learned_by", gettext_lazy("Taught by"), "person", wide=True),
    ),
    rows=assortment.listings,
    filters=(CHANNEL, Filter("sku", gettext_lazy("Our SKU"), "word")),
    search=gettext_lazy("The channel's SKU, or how it begins"),
    empty=gettext_lazy("A channel that uses our own SKUs needs none. Others are taught under Unmapped, or by a file."),
)
UNMAPPED = Listing(
    "unmapped",
    gettext_lazy("SKUs that nobody knows"),
    "/catalog/unmapped",
    (
        Column("sku", gettext_lazy("The channel's SKU"), href="/catalog/unmapped/{channel}?sku={sku}"),
        Column("channel", gettext_lazy("Channel")),
        Column("title", gettext_lazy("As the channel calls it"), "long", wide=True),
        Column("orders", gettext_lazy("Orders that wait"), "count", href="/catalog/unmapped/{channel}?sku={sku}"),
        Column("qty_each", gettext_lazy("Units"), "count", wide=True),
        Column("goods_minor", gettext_lazy("Worth"), "money"),
        Column("since", gettext_lazy("Since"), "age", wide=True),
        Column("due_at", gettext_lazy("Due"), "due"),
    ),
    rows=assortment.unmapped,
    filters=(CHANNEL,),
    search=gettext_lazy("The channel's SKU, or how it begins"),
    empty=gettext_lazy("Every SKU that was ordered is known. No order waits for a mapping."),
)
WAITING = (
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
    Column("external_number", gettext_lazy("Channel's number"), wide=True),
    Column("title", gettext_lazy("As the channel calls it"), "long", wide=True),
    Column("qty_ordered_each", gettext_lazy("Units"), "count"),
    Column("total_minor", gettext_lazy("Total"), "money"),
    Column("case_id", gettext_lazy("Case"), href="/exceptions?case={case_id}"),
    Column("opened_at", gettext_lazy("Since"), "moment", wide=True),
    Column("due_at", gettext_lazy("Due"), "due"),
)
PRICES = Listing(
    "prices",
    gettext_lazy("Prices"),
    "/catalog/prices",
    (
        Column("sku", "SKU", href="/catalog/items/{sku}"),
        Column("name", gettext_lazy("Name"), "long", wide=True),
        Column("price_list", gettext_lazy("List")),
        Column("from_qty_each", gettext_lazy("From pieces"), "count", wide=True),
        Column("unit_price", gettext_lazy("Price of one"), "unit_price"),
        Column("valid_from_on", gettext_lazy("First day"), "day"),
        Column("valid_to_on", gettext_lazy("Last day"), "day", wide=True),
    ),
    rows=assortment.prices,
    filters=(Filter("list", gettext_lazy("List"), choices=assortment.price_lists), Filter("day", gettext_lazy("In force on"), "day")),
    search=gettext_lazy("SKU, or how it begins"),
    empty=gettext_lazy("Prices are what received prices are compared with. Bring a file in under Import, or set one on an item's page."),
)
NODES = Listing(
    "nodes",
    gettext_lazy("Nodes"),
    "/catalog/nodes",
    (
        Column("code", gettext_lazy("Code"), href="/catalog/nodes/{code}"),
        Column("name", gettext_lazy("Name")),
        Column("kind", gettext_lazy("Kind"), "words"),
        Column("entity", gettext_lazy("Entity"), wide=True),
        Column("country", gettext_lazy("Country"), wide=True),
        Column("is_active", gettext_lazy("May be chosen"), "flag"),
        Column("is_open_today", gettext_lazy("Ships today"), "flag", wide=True),
        Column("local_time", gettext_lazy("Its clock"), wide=True),
        Column("cut_off", gettext_lazy("Cut-off"), wide=True),
        Column("taken", gettext_lazy("Orders today"), "count", wide=True),
        Column("capacity_orders_per_day", gettext_lazy("Most a day"), "count", wide=True, absent=gettext_lazy("no limit")),
        Column("zones", gettext_lazy("Zones"), "count", href="/catalog/nodes/{code}", extra=True),
        Column("partner", gettext_lazy("Outside system"), extra=True),
    ),
    rows=assortment.nodes,
    filters=(
        Filter("kind", gettext_lazy("Kind"), choices=forms.kinds_of_nodes),
        Filter("active", gettext_lazy("May be chosen"), choices=(("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))),
    ),
    empty=gettext_lazy("A node is a place that holds and ships goods. Bring nodes and their zones in by file."),
)
PARTIES = Listing(
    "parties",
    gettext_lazy("Customers and suppliers"),
    "/catalog/parties",
    (
        Column("id", gettext_lazy("Number"), href="/catalog/parties/{id}"),
        Column("kind", gettext_lazy("Kind"), "words"),
        Column("name", gettext_lazy("Name"), personal=True),
        Column("email", gettext_lazy("E-mail"), personal=True, wide=True),
        Column("phone", gettext_lazy("Telephone"), personal=True, extra=True),
        Column("channel", gettext_lazy("Channel"), wide=True),
        Column("external_ref", gettext_lazy("The channel's key"), "code", wide=True),
        Column("segment", gettext_lazy("Segment"), "words"),
        Column("credit_limit_minor", gettext_lazy("Credit limit"), "money", wide=True),
        Column("terms_days", gettext_lazy("Days to pay"), "count", extra=True),
        Column("tax_exempt_until_on", gettext_lazy("Tax exempt until"), "day", extra=True),
        Column("made_at", gettext_lazy("Known since"), "moment", extra=True),
    ),
    rows=lambda chosen, after, limit: assortment.parties(chosen, after, limit, personal=chosen.get("personal", False)),
    filters=(
        CHANNEL,
        Filter("kind", gettext_lazy("Kind"), choices=tuple((k, gettext_lazy(k)) for k in ("person", "company", "supplier"))),
        Filter("segment", gettext_lazy("Segment"), "word"),
    ),
    search=gettext_lazy("Number, the channel's key, or e-mail"),
    empty=gettext_lazy("Customers come with their orders."),
)


# The deed that a list leads to: whom it would be refused is not led there.
WRITES = {
    "items": "load_items", "kits": "load_kits", "listings": "load_listings", "unmapped": "map_sku", "prices": "set_list_price", "nodes": "load_nodes",
    "parties": "set_credit_limit",
}  # fmt: skip


def _list(which: Listing, template: str = "console/catalog_list.html") -> Any:
    @require_safe
    @page("stock.read")
    def show_list(request: HttpRequest) -> HttpResponseBase:
        shown = listing.for_person(which, personal=visitor_of(request).may("orders.personal"))
        return listing.show(request, shown, template=template, more={**NAV, "may_write": visitor_of(request).may_do(WRITES[which.name]), "table": which.name})

    return show_list


items, kits, listings, unmapped, prices, nodes, parties = map(_list, (ITEMS, KITS, LISTINGS, UNMAPPED, PRICES, NODES, PARTIES))


@require_safe
@page("stock.read")
def item(request: HttpRequest, sku: str) -> HttpResponse:
    """One item: what it is, its recipe, what channels call it, its prices; and what may be changed about it."""
    found = None if "\x00" in sku else assortment.item(sku, timezone.localdate())
    if found is None:
        raise Http404(f"there is no item {sku}")
    visitor, here = visitor_of(request), request.path
    price = deeds.form_of(
        visitor, "set_list_price", known={"sku": sku, "from_qty_each": 1, "valid_from_on": timezone.localdate().isoformat()}, hidden=("sku",), next_page=here,
        choices={"price_list": assortment.price_lists()}, effect=_("From that day on; the price before ends the day before. Orders that wait for a price are checked again."),
    )  # fmt: skip
    context = {
        "item": found,
        "facts": forms.facts(("kind", *forms.ITEM[1:]), found),
        "fields": forms.fields(forms.ITEM, found),
        "recipe_rows": [*found["recipe"], *([{}] * EMPTY_PARTS)] if found["kind"] == "kit" else [],
        "may_write": visitor.may_do("change_item"),
        "channels": assortment.channels(),
        "history": assortment.history(f"item:{found['sku']}"),
        "deeds": deeds.offered([price]),
        **NAV,
    }
    return render(request, "console/item.html", context)


@require_safe
@page("catalog.write")
def new_item(request: HttpRequest) -> HttpResponse:
    """The form of an item that is not there yet; the SKU comes first, so that the form is that item's own."""
    return _new(request, "item", "sku", forms.fields(("kind", *forms.ITEM), forms.NEW_ITEM, {"kind": forms.kinds_of_items()}), "/catalog/items/")


@require_safe
@page("catalog.write")
def new_node(request: HttpRequest) -> HttpResponse:
    """The form of a node that is not there yet."""
    choices = {"kind": forms.kinds_of_nodes(), "entity": finance.entities()}
    return _new(request, "node", "code", forms.fields(("kind", "entity", *forms.NODE), forms.NEW_NODE, choices), "/catalog/nodes/")


def _new(request: HttpRequest, what: str, key: str, fields: list[dict[str, Any]], lands: str) -> HttpResponse:
    context = {"what": what, "key": key, "value": request.GET.get(key, "")[: listing.WORD_CHARS_MAX], "fields": fields, "lands": lands, **NAV}
    return render(request, "console/catalog_new.html", context)


@require_safe
@page("stock.read")
def unmapped_sku(request: HttpRequest, channel: str) -> HttpResponseBase:
    """One SKU that nobody knows: the orders that wait for it, and the items that it might mean."""
    sku = request.GET.get("sku", "").replace("\x00", "")[: listing.WORD_CHARS_MAX]
    if channel not in dict(assortment.channels()):
        raise Http404(f"there is no channel {channel}")
    frees = [] if not sku else assortment.freed_by(channel, sku)
    asked = request.GET.get("find", "").replace("\x00", "").strip()[: listing.WORD_CHARS_MAX]
    rows = assortment.waiting(channel, sku, None, 1)
    title = rows[0]["title"] if rows else ""
    which = Listing(
        "waiting", _("%(sku)s on %(channel)s") % {"sku": sku, "channel": channel}, f"/catalog/unmapped/{channel}", WAITING,
        rows=lambda chosen, after, limit: assortment.waiting(channel, sku, after, limit), keeps=("sku", "find"),
        empty=_("No order waits for it. It is mapped, or was never ordered."),
    )  # fmt: skip
    more = {
        "sku": sku, "channel": channel, "item_title": title, "find": asked, "candidates": _candidates(asked, sku, title), "waits": bool(rows), "frees": frees,
        "may_write": visitor_of(request).may_do("map_sku", {"channel": channel}), **NAV,
    }  # fmt: skip
    return listing.show(request, which, template="console/unmapped_sku.html", more=more)


def _candidates(asked: str, sku: str, title: str) -> list[dict[str, Any]]:
    """Items that somebody looked for; else those that are written or called alike."""
    return assortment.items({"q": asked}, None, CANDIDATES) if asked else assortment.alike([(sku, title or "")], CANDIDATES)[0]


@require_safe
@page("catalog.write")
def map_many(request: HttpRequest) -> HttpResponse:
    """The SKUs that hold up most, each with the item that it most probably means: looked over, corrected, and taught in one deed."""
    rows = assortment.unmapped({}, None, MANY)
    for row, found in zip(rows, assortment.alike([(r["sku"], r["title"] or "") for r in rows], 1), strict=True):
        row["guess"] = found[0] if found else None
        row["is_sure"] = bool(found) and found[0]["likeness"] >= SURE_PERCENT
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["goods_minor"]
    context = {"rows": rows, "orders": sum(r["orders"] for r in rows), "sums": sums.items(), **NAV}
    return render(request, "console/map_many.html", context)


@require_safe
@page("stock.read")
def node(request: HttpRequest, code: str) -> HttpResponse:
    """One node: where it stands, what it can do today, where it ships to."""
    found = None if "\x00" in code else assortment.node(code)
    if found is None:
        raise Http404(f"there is no node {code}")
    visitor = visitor_of(request)
    names = ("kind", "entity", *forms.NODE[1:])
    context = {
        "node": found,
        "load": assortment.load_of(code),
        "history": assortment.history(f"node:{code}"),
        "facts": forms.facts(names, found),
        "fields": forms.fields(forms.NODE, found),
        "may_write": visitor.may_do("change_node", {"code": code}),
        "may_zone": visitor.may_do("load_reaches"),
        **NAV,
    }
    return render(request, "console/node.html", context)


@require_safe
@page("stock.read")
def party(request: HttpRequest, number: int) -> HttpResponse:
    """One customer or supplier; who they are is shown to people who may see personal data."""
    found = assortment.party(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no customer {number}")
    visitor, here = visitor_of(request), request.path
    may_see = visitor.may("orders.personal")
    if not may_see:
        found = {**found, **{name: HIDDEN for name in ("name", "email", "phone") if found[name]}}
    segment = deeds.form_of(
        visitor, "set_customer_segment", known={"party_id": number, "segment": found["segment"]}, hidden=("party_id",), next_page=here,
        effect=_("Orders that its segment held are checked again. Orders of blocked customers are parked."),
    )  # fmt: skip
    credit = deeds.form_of(
        visitor, "set_credit_limit", known={"party_id": number, **{n: found[n] for n in ("credit_limit_minor", "terms_days")}}, hidden=("party_id",), next_page=here,
        effect=_("The limit is in the smallest unit of %(currency)s: 100000 is 1,000.00 where it has cents. Orders that wait for credit are checked again.")
        % {"currency": found["currency"] or "-"},
    )  # fmt: skip
    exemption = deeds.form_of(
        visitor, "set_tax_exemption", known={"party_id": number, "tax_exempt_until_on": found["tax_exempt_until_on"]}, hidden=("party_id",), next_page=here,
        effect=_("Orders placed up to that day bear no tax at home; an empty day ends the exemption. Orders that wait for their tax are checked again."),
    )  # fmt: skip
    return render(
        request,
        "console/party.html",
        {"party": found, "may_see": may_see, "deeds": deeds.offered([segment, credit, exemption]), "account": assortment.account(number), **NAV},
    )
