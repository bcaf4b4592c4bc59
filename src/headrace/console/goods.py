"""Goods that come in and goods that go from node to node: the forms, and the documents that are under way."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, listing
from headrace.console.access import page, visitor_of
from headrace.console.corrections import Unreadable, rows_in
from headrace.console.counting import NAV
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import inventory
from headrace.supply.count.looking import with_skus

NODE = Filter("node", gettext_lazy("Node"), choices=inventory.nodes)
STATES = (("in_transit", gettext_lazy("in transit")), ("received", gettext_lazy("received")))
RECEIPT_COLUMNS, TRANSFER_COLUMNS = ("sku", "qty", "unit_cost"), ("sku", "qty")
TRANSFERS = Listing(
    "transfers",
    gettext_lazy("Transfers"),
    "/stock/transfers",
    (
        Column("number", gettext_lazy("Transfer"), href="/stock/transfers/{id}"),
        Column("from_node", gettext_lazy("From")),
        Column("to_node", gettext_lazy("To")),
        Column("state", gettext_lazy("State"), "badge"),
        Column("qty_each", gettext_lazy("Sent"), "count"),
        Column("qty_received_each", gettext_lazy("Received"), "count", wide=True),
        Column("open_each", gettext_lazy("On the way"), "count", href="/stock/transfers/{id}"),
        Column("lines", gettext_lazy("Items"), "count", wide=True),
        Column("expected_on", gettext_lazy("Expected"), "day", wide=True),
    ),
    rows=inventory.transfers,
    filters=(NODE, Filter("state", gettext_lazy("State"), choices=STATES)),
    empty=gettext_lazy("Send goods to another node with the form above; they are on the way until that node takes them in."),
)
RECEIPTS = Listing(
    "receipts",
    gettext_lazy("Goods in"),
    "/stock/receipts",
    (
        Column("external_ref", gettext_lazy("Reference")),
        Column("node", gettext_lazy("Node")),
        Column("purchase_order", gettext_lazy("Purchase order"), wide=True),
        Column("qty_each", gettext_lazy("Pieces"), "count"),
        Column("lines", gettext_lazy("Items"), "count", wide=True),
        Column("received_at", gettext_lazy("Received"), "moment"),
    ),
    rows=inventory.receipts,
    filters=(NODE,),
    empty=gettext_lazy("Book what a supplier delivers with the form above; orders that wait for it are looked at again by themselves."),
)


@require_safe
@page("stock.read")
def transfers(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, TRANSFERS, template="console/stock/goods.html", more=_form(request, "send_transfer"))


@require_safe
@page("stock.read")
def receipts(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, RECEIPTS, template="console/stock/goods.html", more=_form(request, "receive_goods"))


def _form(request: HttpRequest, name: str) -> dict[str, Any]:
    """The form above the list, with what was typed and why it was refused where it was."""
    left = request.session.pop(f"left-{name}", {})
    may = visitor_of(request).may_do(name)
    return {**NAV, "form": name if may else "", "nodes": inventory.nodes() if may else (), "typed": left.get("typed", {}), "fault": left.get("fault", "")}


@require_POST
@page("stock.adjust")
def send(request: HttpRequest) -> HttpResponse:
    """Goods leave for another node; on to the transfer."""
    answer = _done(request, "send_transfer", ("from_node", "to_node", "expected_on"), TRANSFER_COLUMNS)
    if answer is None:
        return redirect("/stock/transfers")
    messages.success(request, _("%(number)s is on its way.") % {"number": answer["number"]}, extra_tags="good")
    return redirect(f"/stock/transfers/{answer['number'].removeprefix('TR-')}")


@require_POST
@page("stock.adjust")
def receive(request: HttpRequest) -> HttpResponse:
    """Goods come in; what waited for them looks again."""
    answer = _done(request, "receive_goods", ("node", "reference", "purchase_order"), RECEIPT_COLUMNS)
    if answer is not None:
        says = _("These goods were taken in before; nothing was done again.") if answer["is_repeat"] else _("%(n)s pieces taken in.") % {"n": answer["pieces"]}
        messages.success(request, says, extra_tags="good")
    return redirect("/stock/receipts")


def _done(request: HttpRequest, name: str, fields: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, Any] | None:
    """Do it with the rows of the sheet; None where it waits, was sent twice or is refused, which the next page says with all that was typed."""
    typed = {field: request.POST.get(field, "").replace("\x00", "") for field in (*fields, "rows")}

    def given() -> dict[str, Any]:
        rows = with_skus([{k: v for k, v in row.items() if v} for row in rows_in(typed["rows"], columns)])
        return {**{field: typed[field].strip() for field in fields if typed[field].strip()}, "rows": rows}

    outcome = acting.attempt(request, name, given, refusals=(Unreadable, csv.Error))
    if outcome.refusal is not None:
        request.session[f"left-{name}"] = {"typed": typed, "fault": outcome.says}
    else:
        outcome.tell(request)
    answer: dict[str, Any] | None = outcome.answer
    return answer


@require_safe
@page("stock.read")
def transfer(request: HttpRequest, number: int) -> HttpResponse:
    """One transfer: what was sent, what came, and the form for what comes now."""
    found = inventory.transfer(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no transfer TR-{number}")
    may = visitor_of(request).may_do("receive_transfer") and found["state"] == "in_transit"
    return render(request, "console/stock/transfer.html", {**NAV, "transfer": found, "may_receive": may, "lines_max": inventory.TRANSFER_LINES_MAX})
