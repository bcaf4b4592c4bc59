"""Orders: found by whatever somebody has in hand, listed, and each on a page of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.console import listing, order_deeds
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.templatetags.console import words
from headrace.engine.action import Refused
from headrace.governance.uncovering import uncover_order
from headrace.insight import decisions, figures, finding, order_card
from headrace.insight.personal import masked_case, masked_order


def _statuses() -> list[tuple[str, Any]]:
    return [(status, _(words(status))) for status in finding.STATUSES]


def _rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    before = int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None
    if chosen.get("q"):
        return finding.by_word(chosen["q"], personal=chosen.get("personal", False), before=before, limit=limit)
    return finding.listed(status=chosen["status"], channel=chosen["channel"], since=chosen["since"], until=chosen["until"], before=before, limit=limit)


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
    ),
    search=gettext_lazy("Order, reference, e-mail, SKU, tracking or invoice number"),
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
    more = {"cannot_search_people": "@" in text and not may_see}
    return listing.show(request, listing.for_person(LISTING, personal=may_see), template="console/orders.html", more=more)


def _order_id(number: str) -> int:
    digits = number.upper().removeprefix("SO-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19) or not order_card.exists(int(digits)):
        raise Http404(f"there is no order {number}")
    return int(digits)


@require_safe
@page("orders.read")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One order whole; people without orders.personal see that there is a customer, not who."""
    return _page(request, _order_id(number), uncovered=visitor_of(request).may("orders.personal"))


@require_POST
@page("orders.uncover")
def uncover(request: HttpRequest, number: str) -> HttpResponse:
    """The same page once with personal data, for a reason that goes on record. Not kept anywhere: the next look is masked again."""
    order_id = _order_id(number)
    try:
        uncover_order(actor=visitor_of(request).actor, order_id=order_id, why=request.POST.get("why", ""))
    except Refused as error:
        messages.error(request, str(error), extra_tags="bad")
        return redirect(f"/orders/SO-{order_id}")
    answer = _page(request, order_id, uncovered=True)
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, order_id: int, *, uncovered: bool) -> HttpResponse:
    visitor = visitor_of(request)
    told = {**figures.order(order_id), **order_card.about(order_id)}
    if not uncovered:
        told = {**masked_order(told), "cases": [masked_case(c) for c in told["cases"]]}
    told["open_each"] = told["qty_ordered_each"] - told["qty_cancelled_each"]
    told["extra"] = told["extra"] or {}
    context = {
        "order": told,
        "timeline": _timeline(told["timeline"], request.GET.get("show", "")),
        "kinds": KINDS,
        "shown": request.GET.get("show", ""),
        "decisions": [{**d, "candidates": decisions.candidates(d)} for d in figures.allocation(order_id)],
        "why_here": order_card.why_here(told),
        "deeds": order_deeds.offered(visitor, told),
        "is_masked": not uncovered,
        "may_uncover": visitor.may("orders.uncover"),
        "may_books": visitor.may("ledger.read"),
    }
    return render(request, "console/order.html", context)


KINDS = (
    ("channel", gettext_lazy("Channel")),
    ("stock", gettext_lazy("Stock and routing")),
    ("warehouse", gettext_lazy("Warehouse")),
    ("money", gettext_lazy("Money")),
    ("people", gettext_lazy("People")),
)
_STOCK_EVENTS = ("allocated", "backordered", "preordered", "deallocated", "reallocated", "validated")
_WAREHOUSE_EVENTS = ("released", "picking", "picked", "packed", "shipped", "recalled", "recall_requested", "short", "delivered", "rejected")
_MONEY_EVENTS = ("invoiced", "settled", "closed", "refunded")


def _kind(event: dict[str, Any]) -> str:
    """Which of the five voices an event of the timeline is."""
    what, who = event["what"], event["who"] or ""
    if who.startswith(("user:", "api:", "cli:")):
        return "people"
    if what.startswith("message") or what in ("captured", "revised"):
        return "channel"
    if what.startswith(("invoice", "credit memo", "payment")) or what in _MONEY_EVENTS:
        return "money"
    if what.startswith("shipment") or what in _WAREHOUSE_EVENTS:
        return "warehouse"
    return "trouble" if what == "parked" else "stock"


def _timeline(events: list[dict[str, Any]], shown: str) -> list[dict[str, Any]]:
    told = [{**e, "kind": _kind(e)} for e in events]
    return [e for e in told if shown not in dict(KINDS) or e["kind"] == shown]
