"""What every page stands in: the rooms on the left that this person may enter, and what is marked as theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from headrace.console import preferences
from headrace.console.access import visitor_of


@dataclass(frozen=True, slots=True)
class Room:
    """A place in the navigation."""

    name: str
    title: Any
    address: str
    permission: str
    icon: str


ROOMS = (
    Room("today", _("Today"), "/", "orders.read", "sun"),
    Room("exceptions", _("Exceptions"), "/exceptions", "exceptions.read", "flag"),
    Room("orders", _("Orders"), "/orders", "orders.read", "bag"),
    Room("fulfilment", _("Fulfilment"), "/fulfilment", "warehouse.work", "truck"),
    Room("stock", _("Inventory"), "/stock", "stock.read", "box"),
    Room("catalog", _("Catalog"), "/catalog/items", "stock.read", "tag"),
    Room("finance", _("Finance"), "/finance", "ledger.read", "coins"),
    Room("rules", _("Rules"), "/rules", "orders.read", "rules"),
    Room("approvals", _("Approvals"), "/approvals?state=asked", "approvals.answer", "flag"),
    Room("system", _("System"), "/system", "orders.read", "gear"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; nothing for strangers."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    visitor = visitor_of(request)
    return {
        "visitor": visitor,
        "liked": preferences.of(request),
        "undo": request.session.pop("undo", None) if request.method == "GET" and "HX-Request" not in request.headers else None,
        "rooms": [room for room in ROOMS if visitor.may(room.permission)],
        "here": request.path.split("/")[1] or "today",
    }
