"""Orders: found by whatever somebody has in hand, and listed. Each has a page of its own (order_page.py)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import day, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.templatetags.console import words
from headrace.insight import finding


def _statuses() -> list[tuple[str, Any]]:
    return [(status, _(words(status))) for status in finding.STATUSES]


def _rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    before = int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None
    if chosen.get("q"):
        return finding.by_word(chosen["q"], personal=chosen.get("personal", False), before=before, limit=limit)
    straight = {"yes": True, "no": False}.get(chosen["straight"])
    span: dict[str, Any] = {"since": chosen["since"], "until": chosen["until"], "window": day.window_of(chosen.get("from"), chosen.get("to"))}
    place: dict[str, Any] = {"status": chosen["status"], "channel": chosen["channel"], "before": before, "limit": limit}
    return finding.listed(**place, **span, straight=straight, promised=day.promised_by(chosen["promise"]))


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
        Filter("straight", gettext_lazy("Straight through"), choices=(("yes", gettext_lazy("yes")), ("no", gettext_lazy("no, a case stopped it")))),
        Filter("promise", gettext_lazy("Promise"), choices=day.PROMISES),
    ),
    search=gettext_lazy("Order, reference, e-mail, SKU, tracking or invoice number"),
    keeps=("from", "to"),
    empty=gettext_lazy("Connect a channel on the System page, send orders to the API, or bring a file in with `headrace import orders`."),
)


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponseBase:
    """The list; a word that points to one order alone opens that order."""
    may_see = visitor_of(request).may("orders.personal")
    text = request.GET.get("q", "").replace("\x00", "").strip()
    if text and not request.GET.get("after") and request.GET.get("format") != "csv":
        found = finding.by_word(text[: listing.WORD_CHARS_MAX], personal=may_see, limit=2)
        if len(found) == 1:
            return redirect(f"/orders/{found[0]['number']}")
    more = {"cannot_search_people": "@" in text and not may_see, "window": day.window_of(request.GET.get("from"), request.GET.get("to"))}
    return listing.show(request, listing.for_person(LISTING, personal=may_see), template="console/orders.html", more=more)
