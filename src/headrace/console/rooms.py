"""The rooms of the console, in the order in which the navigation shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Room:
    """A place in the navigation. `key` goes there after `g`; `on_phone` stands in the bar at a phone's foot; `waits` names what is counted beside it."""

    name: str
    title: Any
    address: str
    permission: str
    icon: str
    group: Any = ""
    key: str = ""
    on_phone: bool = False
    waits: str = ""
    overdue: str = ""  # what of it is past its time


_WORK, _GOODS, _CONTROL = _("Work"), _("Goods and money"), _("Control")

ROOMS = (
    Room("today", _("Today"), "/", "orders.read", "sun", _WORK, "t", on_phone=True),
    Room("exceptions", _("Exceptions"), "/exceptions", "exceptions.read", "flag", _WORK, "e", on_phone=True, waits="exceptions", overdue="late"),
    Room("orders", _("Orders"), "/orders", "orders.read", "bag", _WORK, "o", on_phone=True),
    Room("fulfilment", pgettext_lazy("room", "Fulfilment"), "/fulfilment", "warehouse.work", "truck", _WORK, "f", on_phone=True),
    Room("stock", _("Inventory"), "/stock", "stock.read", "box", _GOODS, "i"),
    Room("catalog", _("Catalog"), "/catalog/items", "stock.read", "tag", _GOODS, "c"),
    Room("finance", _("Finance"), "/finance", "ledger.read", "coins", _GOODS, "m"),
    Room("rules", _("Rules"), "/rules", "orders.read", "rules", _CONTROL, "r"),
    Room("approvals", _("Approvals"), "/approvals?state=asked", "approvals.answer", "stamp", _CONTROL, "a", waits="approvals"),
    Room("system", _("System"), "/system", "orders.read", "gear", _CONTROL, "s", waits="dead", overdue="dead"),
)


def addresses() -> dict[str, str]:
    """Where each room is, by its name."""
    return {room.name: room.address for room in ROOMS}
