"""The parts of a room that has many: a few groups in one row, and the pages of the group where one is in a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from headrace.console.access import Visitor


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a room. `also` are beginnings of addresses that belong to it without being below its own."""

    title: Any
    address: str
    permission: str
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        return any(path == a or path.startswith(f"{a}/") for a in (self.address, *self.also))


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are used together, under one name. A group of one page needs no second row."""

    title: Any
    parts: tuple[Part, ...]


SYSTEM = (
    Group(_("Overview"), (Part(_("Overview"), "/system", "orders.read"),)),
    Group(
        _("Messages"),
        (
            Part(_("Dead letters"), "/system/dead", "partners.operate", ("/system/replays",)),
            Part(_("Inbox"), "/system/inbox", "partners.operate"),
            Part(_("Outbox"), "/system/outbox", "partners.operate"),
            Part(_("Partners"), "/system/partners", "partners.operate"),
        ),
    ),
    Group(
        _("Audit"),
        (
            Part(_("What was done"), "/system/audit", "audit.read"),
            Part(_("Chain"), "/system/chain", "audit.read"),
            Part(_("Access review"), "/system/access", "audit.read"),
        ),
    ),
    Group(
        _("People and keys"),
        (
            Part(_("Users"), "/system/users", "users.manage"),
            Part(_("Roles"), "/system/roles", "users.manage"),
            Part(_("Sessions"), "/system/sessions", "users.manage"),
            Part(_("API keys"), "/system/keys", "keys.manage"),
        ),
    ),
)

CATALOG = (
    Group(
        _("Goods"),
        (
            Part(_("Items"), "/catalog/items", "stock.read", ("/catalog/new-item",)),
            Part(_("Kits"), "/catalog/kits", "stock.read"),
        ),
    ),
    Group(
        _("Selling"),
        (
            Part(_("Listings"), "/catalog/listings", "stock.read"),
            Part(_("Unmapped"), "/catalog/unmapped", "stock.read", ("/catalog/map-many",)),
            Part(_("Prices"), "/catalog/prices", "stock.read"),
            Part(_("Promotions"), "/catalog/promotions", "stock.read"),
            Part(_("Tax rates"), "/catalog/taxes", "stock.read"),
        ),
    ),
    Group(
        _("Network"),
        (
            Part(_("Nodes"), "/catalog/nodes", "stock.read", ("/catalog/new-node",)),
            Part(_("Channels"), "/catalog/channels", "stock.read"),
            Part(_("Shipping"), "/catalog/services", "stock.read"),
            Part(_("Customers"), "/catalog/parties", "stock.read"),
        ),
    ),
    Group(_("Import and export"), (Part(_("Import and export"), "/catalog/import", "catalog.write"),)),
    Group(_("First steps"), (Part(_("First steps"), "/first-steps", "stock.read"),)),
)

ROOMS = {"system": SYSTEM, "catalog": CATALOG}


def of_room(room: str, visitor: Visitor, path: str) -> dict[str, list[dict[str, Any]]]:
    """What this person may open of it: `groups`, and `pages` of the group where they are. Each has title, address and whether it is `here`."""
    groups: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    for group in ROOMS[room]:
        open_to_them = [p for p in group.parts if visitor.may(p.permission)]
        if not open_to_them:
            continue
        here = max((p for p in group.parts if p.holds(path)), key=lambda p: len(p.address), default=None)
        if here is not None and here.address == "/system" and path != "/system":
            here = None
        groups.append({"title": group.title, "address": open_to_them[0].address, "here": here is not None})
        if here is not None and len(open_to_them) > 1:
            pages = [{"title": p.title, "address": p.address, "here": p is here} for p in open_to_them]
    return {"groups": groups, "pages": pages}
