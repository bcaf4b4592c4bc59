"""Orders: found by whatever somebody has in hand, and listed. Each has a page of its own (order_page.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from headrace.console import day, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.templatetags.console import words
from headrace.insight import finding, narrowing


def _statuses() -> list[tuple[str, Any]]:
    return [(status, _(words(status))) for status in finding.STATUSES]


def _rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """A page of the list. A search is narrowed by the filters as well; what was found, and how, is kept beside each order."""
    before = int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None
    walk = chosen.get("walk") or narrowing.Walk(limited=False)
    chosen = {**chosen, "window": day.window_of(chosen.get("from"), chosen.get("to")), "promised": day.promised_by(chosen.get("promise"))}
    if not chosen.get("q"):
        return narrowing.listed(chosen, before=before, limit=limit, walk=walk)
    how = chosen.get("found")
    if how is None:
        how = finding.hits(chosen["q"], personal=chosen.get("personal", False), before=before, limit=finding.HITS_MAX)
    ids = narrowing.keys(chosen, before=before, limit=limit, walk=walk, ids=list(how))
    return [{**row, "how": how[row["id"]]} for row in finding.rows(ids)]


def _unshipped() -> list[tuple[str, Any]]:
    return [(str(n), ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in (1, 2, 3, 5, 7, 14, 30)]


YES_NO = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
PAYMENTS = (
    ("unpaid", gettext_lazy("not paid")),
    ("authorised", gettext_lazy("authorised")),
    ("part_paid", gettext_lazy("paid in part")),
    ("paid", gettext_lazy("paid")),
    ("refunded", gettext_lazy("given back, all or in part")),
)
COLUMNS = (
    Column("number", gettext_lazy("Order"), href="/orders/{number}"),
    Column("external_number", gettext_lazy("Channel's number"), wide=True),
    Column("channel", gettext_lazy("Channel"), wide=True),
    Column("status", gettext_lazy("Status"), "badge"),
    Column("customer", gettext_lazy("Customer"), personal=True, wide=True),
    Column("email", gettext_lazy("E-mail"), personal=True, extra=True),
    Column("city", gettext_lazy("City"), extra=True, personal=True),
    Column("country", gettext_lazy("Country"), wide=True),
    Column("qty_ordered_each", gettext_lazy("Pieces"), "count", wide=True),
    Column("qty_shipped_each", gettext_lazy("Shipped"), "count", wide=True),
    Column("total_minor", gettext_lazy("Total"), "money"),
    Column("captured_minor", gettext_lazy("Paid"), "money", extra=True),
    Column("invoiced_minor", gettext_lazy("Invoiced"), "money", extra=True),
    Column("refunded_minor", gettext_lazy("Refunded"), "money", extra=True),
    Column("cases", gettext_lazy("Open cases"), "count", extra=True),
    Column("nodes", gettext_lazy("Nodes"), extra=True),
    Column("entity", gettext_lazy("Entity"), extra=True),
    Column("service", gettext_lazy("Service"), extra=True),
    Column("priority", gettext_lazy("Priority"), "count", extra=True),
    Column("promised_by", gettext_lazy("Promised by"), "moment", extra=True),
    Column("placed_at", gettext_lazy("Placed"), "moment", wide=True),
    Column("captured_at", gettext_lazy("Came in"), "moment", extra=True),
    Column("how", gettext_lazy("Found by"), "words", extra=True),
)
LISTING = Listing(
    "orders",
    gettext_lazy("Orders"),
    "/orders",
    COLUMNS,
    rows=_rows,
    filters=(
        Filter("status", gettext_lazy("Status"), choices=_statuses),
        Filter("channel", gettext_lazy("Channel"), choices=finding.channels),
        Filter("since", gettext_lazy("Came in from"), "day"),
        Filter("until", gettext_lazy("to"), "day"),
        Filter("promise", gettext_lazy("Promise"), choices=day.PROMISES),
        Filter("unshipped", gettext_lazy("Not shipped for"), choices=_unshipped),
        Filter("node", gettext_lazy("Node"), choices=narrowing.nodes),
        Filter("country", gettext_lazy("Country"), choices=narrowing.countries),
        Filter("entity", gettext_lazy("Entity"), choices=narrowing.entities),
        Filter("total_from", gettext_lazy("Value from"), "amount"),
        Filter("total_to", gettext_lazy("Value to"), "amount"),
        Filter("payment", gettext_lazy("Payment"), choices=PAYMENTS),
        Filter("straight", gettext_lazy("Straight through"), choices=(("yes", gettext_lazy("yes")), ("no", gettext_lazy("no, a case stopped it")))),
        Filter("hold", gettext_lazy("On hold"), choices=(("held", gettext_lazy("held")), ("clear", gettext_lazy("not held")))),
        Filter("segment", gettext_lazy("Segment"), choices=narrowing.segments),
        Filter("tag", gettext_lazy("Tag"), "word"),
        Filter("returns", gettext_lazy("Returns"), choices=YES_NO),
        Filter("test", gettext_lazy("Test orders"), choices=YES_NO),
    ),
    keeps=("from", "to"),
    marks="order_id",
    deeds_on_many="console/order/many.html",
    search=gettext_lazy("Number, e-mail, name, phone, SKU, tracking, invoice, payment or PO number, postcode"),
    empty=gettext_lazy("Connect a channel on the System page, send orders to the API, or bring a file in with `headrace import orders`."),
)


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponseBase:
    """The list; a text that points to one order alone opens that order."""
    may_see = visitor_of(request).may("orders.personal")
    text = request.GET.get("q", "").replace("\x00", "").strip()[: listing.WORD_CHARS_MAX]
    is_file = request.GET.get("format") == "csv"
    found: dict[int, str] | None = None
    if text and not request.GET.get("after") and not is_file and not any(request.GET.get(f.name) for f in LISTING.filters):
        found = finding.hits(text, personal=may_see, limit=finding.HITS_MAX)
        alone = finding.rows(list(found)) if len(found) == 1 else []
        if alone:
            return redirect(f"/orders/{alone[0]['number']}")
    walk = narrowing.Walk(limited=not is_file)
    asked = request.GET.get("columns")
    more = {"cannot_search_people": bool(text) and not may_see, "walk": walk, "window": day.window_of(request.GET.get("from"), request.GET.get("to"))}
    shown = replace(LISTING, columns=_with_how(COLUMNS)) if text and not asked else LISTING
    return listing.show(request, listing.for_person(shown, personal=may_see, walk=walk, found=found), template="console/orders.html", more=more)


def _with_how(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """What was found says how."""
    return tuple(replace(c, extra=False) if c.name == "how" else c for c in columns)
