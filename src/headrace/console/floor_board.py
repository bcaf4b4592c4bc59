"""The floor at a glance: every node with what it has to do, by when, and how fast it goes; and what left a node."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import listing
from headrace.console.access import page
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import floor

BAR_WIDE, BAR_STEP, BARS_HIGH = 7, 9, 24  # of the picture of the last hours
COUNTS = ("released", "picking", "packed", "planned", "handed_over")
WHEN = (
    ("today", gettext_lazy("today, by the node's clock")),
    ("hour", gettext_lazy("in the last hour")),
    ("yesterday", gettext_lazy("yesterday")),
    ("week", gettext_lazy("in the last 7 days")),
)
GONE_COLUMNS = (
    Column("number", gettext_lazy("Shipment")),
    Column("fulfilment", gettext_lazy("Fulfilment"), href="/fulfilment/f/{fulfilment}"),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
    Column("carrier", gettext_lazy("Carrier")),
    Column("service", gettext_lazy("Service"), wide=True),
    Column("parcels", gettext_lazy("Parcels"), "count"),
    Column("tracking", gettext_lazy("Tracking"), "code", wide=True),
    Column("qty_each", gettext_lazy("Pieces"), "count"),
    Column("shipped_at", gettext_lazy("Handed over"), "moment"),
)


@require_safe
@page("warehouse.work")
def show(request: HttpRequest) -> HttpResponse:
    """Every node with what it has to do; the most urgent first. Asked by the page itself, only the inside."""
    nodes = floor.board(floor.moment())
    highest = max((n for node in nodes for n in node["hours"]), default=0)
    context = {"nodes": [{**node, "bars": bars(node["hours"], highest), "last_hour": node["hours"][-1]} for node in nodes], "hours": floor.HOURS_SHOWN}
    return render(request, "console/floor/_board.html" if request.htmx else "console/floor/board.html", context)  # type: ignore[attr-defined]


def bars(hours: list[int], highest: int) -> list[dict[str, Any]]:
    """A bar for each hour, the oldest first, as high as its share of the busiest hour of any node; an hour without anything keeps a line at the ground."""
    told = []
    for n, count in enumerate(hours):
        high = max(round(BARS_HIGH * count / highest), 2) if count else 1
        told.append({"x": n * BAR_STEP, "y": BARS_HIGH - high, "wide": BAR_WIDE, "high": high, "count": count})
    return told


def node_of(code: str) -> Any:
    """The node with the moment at which its day began; a page that is not there where there is no such node."""
    found = floor.node(code, floor.moment())
    if found is None:
        raise Http404(f"there is no node {code}")
    return found


@require_safe
@page("warehouse.work")
def gone(request: HttpRequest, node: str) -> HttpResponseBase:
    """What left a node: today, in the last hour, yesterday, in the last days."""
    found = node_of(node)

    def rows(chosen: dict[str, Any], after: str | None, limit: int) -> listing.Rows:
        since, until = _within(chosen.get("when") or "today", found.midnight)
        return floor.gone(found.id, since, until, after, limit)

    which = Listing(
        "gone",
        _("Handed over by %(node)s") % {"node": found.name},
        f"/fulfilment/{node}/gone",
        GONE_COLUMNS,
        rows=rows,
        filters=(Filter("when", gettext_lazy("When"), choices=WHEN),),
        count=lambda chosen, limit: len(rows(chosen, None, limit)),
        empty=_("Nothing has left this node in that time."),
    )
    return listing.show(request, which, template="console/floor/gone.html", more={"node": found})


def _within(when: str, midnight: datetime) -> tuple[datetime, datetime]:
    now = floor.moment()
    if when == "hour":
        return now - timedelta(hours=1), now
    if when == "yesterday":
        return midnight - timedelta(days=1), midnight - timedelta(microseconds=1)
    return (midnight if when == "today" else now - timedelta(days=7)), now
