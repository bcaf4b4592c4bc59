"""One item: what may be promised of it and why, now or at a moment; every number opens to its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import listing
from headrace.console.access import page, visitor_of
from headrace.console.counting import NAV
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import figures, inventory
from headrace.stock.counting import REASONS

ADJUSTMENTS_SHOWN = 8
ASIDE = ("damaged", "quarantine", "in_transit")
NODE = Filter("node", gettext_lazy("Node"), choices=inventory.nodes)
MOVES = (
    Column("at", gettext_lazy("At"), "moment"),
    Column("node", gettext_lazy("Node")),
    Column("bucket", gettext_lazy("Bucket"), "words"),
    Column("kind", gettext_lazy("Kind"), "words"),
    Column("qty_each", gettext_lazy("Pieces"), "count"),
    Column("cost_minor", gettext_lazy("Value"), "money", wide=True),
    Column("document", gettext_lazy("Document"), "document", href="{address}", wide=True),
    Column("reason", gettext_lazy("Reason"), "words", wide=True),
    Column("who", gettext_lazy("Who"), "person", wide=True),
)
RESERVATIONS = (
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
    Column("fulfilment", gettext_lazy("Fulfilment"), href="/fulfilment/f/{fulfilment}"),
    Column("fulfilment_state", gettext_lazy("State"), "badge"),
    Column("node", gettext_lazy("Node")),
    Column("qty_each", gettext_lazy("Pieces"), "count"),
    Column("ordered_as", gettext_lazy("Ordered as"), wide=True),
    Column("reserved_at", gettext_lazy("Since"), "moment", wide=True),
    Column("expires_at", gettext_lazy("Lapses"), "moment", wide=True),
)
ON_ORDER = (
    Column("purchase_order", gettext_lazy("Purchase order")),
    Column("supplier", gettext_lazy("Supplier"), wide=True),
    Column("state", gettext_lazy("State"), "badge"),
    Column("node", gettext_lazy("Node")),
    Column("open_each", gettext_lazy("Open"), "count"),
    Column("qty_each", gettext_lazy("Ordered"), "count", wide=True),
    Column("qty_received_each", gettext_lazy("Received"), "count", wide=True),
    Column("expected_on", gettext_lazy("Expected"), "day"),
)
ADJUSTMENTS = (
    Column("made_at", gettext_lazy("At"), "moment"),
    Column("node", gettext_lazy("Node")),
    Column("qty_each", gettext_lazy("Pieces"), "count"),
    Column("reason", gettext_lazy("Reason"), "words"),
    Column("cost_minor", gettext_lazy("Value"), "money"),
    Column("note", gettext_lazy("What was said"), "long"),
    Column("source", gettext_lazy("Who"), "person"),
    Column("bucket", gettext_lazy("Bucket"), "words", extra=True),
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
        asked = asked if asked.tzinfo else timezone.make_aware(asked)
        timezone.localtime(asked)  # at the ends of the calendar it would be in no year
    except (ValueError, OverflowError):
        return None
    return asked


@require_safe
@page("stock.read")
def one(request: HttpRequest, sku: str) -> HttpResponse:
    """The item: the sum that makes what may be promised, node by node, with what is set aside or on its way beside it."""
    item, moment, visitor = _item(sku), _moment(request), visitor_of(request)
    told = figures.availability(sku, moment)
    as_of = timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""
    on_order = inventory.on_order(item["id"]) if moment is None else {}
    nodes = [] if told["parts"] else [_explained(sku, n, on_order, as_of) for n in _with_awaited(told["nodes"], on_order)]
    may_adjust = visitor.may_do("adjust_stock") and not told["parts"]
    context = {
        **NAV,
        "item": item,
        "sku": sku,
        "told": told,
        "as_of": as_of,
        "as_of_query": f"&{urlencode({'as_of': as_of})}" if as_of else "",
        "nodes": nodes,
        "sum": _sum(sku, nodes, as_of) if nodes else None,
        "kits": told["nodes"] if told["parts"] else [],
        "has_on_order": moment is None,
        "adjustments": inventory.adjustments(item["id"], {"node": None}, None, ADJUSTMENTS_SHOWN),
        "may_adjust": may_adjust,
        "may_count": visitor.may("stock.count") and not told["parts"],
        "reasons": [(r, _(r)) for r in REASONS],
        "all_nodes": inventory.nodes() if may_adjust else (),
        "buckets": ("on_hand", "damaged", "quarantine"),
    }
    return render(request, "console/stock/item.html", context)


def _with_awaited(nodes: list[dict[str, Any]], on_order: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the item, and those that only have some of it on order."""
    names = ("on_hand_each", "reserved_each", "safety_each", "sellable_each", *(f"{bucket}_each" for bucket in ASIDE))
    known = {n["node"] for n in nodes}
    return sorted([*nodes, *({"node": node, **dict.fromkeys(names, 0)} for node in on_order if node not in known)], key=lambda n: str(n["node"]))


def _explained(sku: str, n: dict[str, Any], on_order: dict[str, Any], as_of: str) -> dict[str, Any]:
    """One node's numbers with their addresses. What is kept back is what is really missing from the sum: never more than is free."""
    to = _addresses(sku, n["node"], as_of)
    kept = n["on_hand_each"] - n["reserved_each"] - n["sellable_each"]
    return {
        "node": n["node"],
        "to": to,
        "on_hand_each": n["on_hand_each"],
        "reserved_each": n["reserved_each"],
        "kept_each": kept,
        "safety_each": n["safety_each"],
        "is_short": kept < n["safety_each"],
        "sellable_each": n["sellable_each"],
        **{f"{bucket}_each": n[f"{bucket}_each"] for bucket in ASIDE},
        "on_order_each": on_order[n["node"]].on_order_each if n["node"] in on_order else 0,
        "expected_on": on_order[n["node"]].expected_on if n["node"] in on_order else None,
    }


def _addresses(sku: str, node: str, as_of: str) -> dict[str, str]:
    base, here = f"/stock/{quote(sku, safe='')}", {"node": node, "as_of": as_of}
    asked = {name: value for name, value in here.items() if value}
    moves = {bucket: f"{base}/moves?{urlencode({**asked, 'bucket': bucket})}" for bucket in inventory.BUCKETS}
    return {
        **moves,
        "reserved": f"{base}/reservations?{urlencode(asked) or 'all=1'}",
        "on_order": f"{base}/on-order?{urlencode({'node': node} if node else {}) or 'all=1'}",
    }


def _sum(sku: str, nodes: list[dict[str, Any]], as_of: str) -> dict[str, Any]:
    names = ("on_hand_each", "reserved_each", "kept_each", "sellable_each", *(f"{bucket}_each" for bucket in ASIDE), "on_order_each")
    return {"to": _addresses(sku, "", as_of), **{name: sum(n[name] for n in nodes) for name in names}}


def _rows_of(name: str, title: Any, columns: tuple[Column, ...], *, more: tuple[Filter, ...] = (), empty: Any) -> Callable[..., HttpResponseBase]:
    """A page of rows behind a number of the item, narrowed by node."""

    @require_safe
    @page("stock.read")
    def show(request: HttpRequest, sku: str) -> HttpResponseBase:
        item, moment = _item(sku), _moment(request)
        which = Listing(
            name.replace("-", "_"),
            title % {"sku": sku},
            f"/stock/{quote(sku, safe='')}/{name}",
            columns,
            rows=lambda chosen, after, limit: ROWS[name](item["id"], chosen, moment, after, limit),
            filters=(NODE, *more),
            keeps=("as_of",),
            empty=empty,
        )
        return listing.show(request, which, template="console/stock/rows.html", more={**NAV, "sku": sku, "item": item, "moment": moment})

    return show


ROWS: dict[str, Callable[..., list[dict[str, Any]]]] = {
    "moves": inventory.moves,
    "reservations": inventory.reservations,
    "on-order": lambda item_id, chosen, _moment, after, limit: inventory.on_order_lines(item_id, chosen, after, limit),
    "adjustments": lambda item_id, chosen, _moment, after, limit: inventory.adjustments(item_id, chosen, after, limit),
}
BUCKET = Filter("bucket", gettext_lazy("Bucket"), choices=lambda: tuple((b, _(b.replace("_", " "))) for b in inventory.BUCKETS))
MOVES_OF, RESERVED, ON_ORDER_OF, ADJUSTED = (
    gettext_lazy("Moves of %(sku)s"),
    gettext_lazy("Reservations of %(sku)s"),
    gettext_lazy("On order of %(sku)s"),
    gettext_lazy("Corrections of %(sku)s"),
)
moves = _rows_of("moves", MOVES_OF, MOVES, more=(BUCKET,), empty=gettext_lazy("Nothing of it has ever moved."))
FAR = Filter("far", gettext_lazy("State"), choices=(("waiting", gettext_lazy("not released")), ("at_work", gettext_lazy("at the node"))))
reservations = _rows_of("reservations", RESERVED, RESERVATIONS, more=(FAR,), empty=gettext_lazy("Nobody waits for it."))
on_order = _rows_of("on-order", ON_ORDER_OF, ON_ORDER, empty=gettext_lazy("Nothing of it is on order."))
adjustments = _rows_of("adjustments", ADJUSTED, ADJUSTMENTS, empty=gettext_lazy("Nobody has corrected it."))
