"""The palette: from a few letters to any room, any page on which something is done, any order, item or case that this person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import shell
from headrace.console.access import Visitor, page, visitor_of
from headrace.console.templatetags.console import money, words
from headrace.insight import finding, pointing
from headrace.insight.personal import masked_case

HITS_MAX = 6  # of each kind
PAGES_MAX = 8
LETTERS_MIN = 2  # from here on documents are looked up
WORD_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class Door:
    """A page inside a room that can be gone to by its name."""

    title: Any
    room: Any
    address: str
    permission: str
    icon: str


_FINANCE, _CATALOG, _SYSTEM = gettext_lazy("Finance"), gettext_lazy("Catalog"), gettext_lazy("System")
DOORS = (
    Door(gettext_lazy("Orders on hold"), gettext_lazy("Orders"), "/orders?status=on_hold", "orders.read", "bag"),
    Door(gettext_lazy("Exceptions past their time"), gettext_lazy("Exceptions"), "/exceptions?late=true", "exceptions.read", "flag"),
    Door(gettext_lazy("My exceptions"), gettext_lazy("Exceptions"), "/exceptions?whose=mine", "exceptions.read", "flag"),
    Door(gettext_lazy("Invoices"), _FINANCE, "/finance/invoices", "ledger.read", "coins"),
    Door(gettext_lazy("Payments"), _FINANCE, "/finance/payments", "ledger.read", "coins"),
    Door(gettext_lazy("Payouts"), _FINANCE, "/finance/payouts", "ledger.read", "coins"),
    Door(gettext_lazy("Unmatched payments"), _FINANCE, "/finance/unmatched", "ledger.read", "coins"),
    Door(gettext_lazy("Journal"), _FINANCE, "/finance/journal", "ledger.read", "coins"),
    Door(gettext_lazy("Trial balance"), _FINANCE, "/finance/trial-balance", "ledger.read", "coins"),
    Door(gettext_lazy("Tax summary"), _FINANCE, "/finance/tax", "ledger.read", "coins"),
    Door(gettext_lazy("Periods"), _FINANCE, "/finance/periods", "ledger.read", "coins"),
    Door(gettext_lazy("New item"), _CATALOG, "/catalog/new-item", "catalog.write", "plus"),
    Door(gettext_lazy("New node"), _CATALOG, "/catalog/new-node", "catalog.write", "plus"),
    Door(gettext_lazy("Unmapped SKUs"), _CATALOG, "/catalog/unmapped", "stock.read", "tag"),
    Door(gettext_lazy("Prices"), _CATALOG, "/catalog/prices", "stock.read", "tag"),
    Door(gettext_lazy("Nodes"), _CATALOG, "/catalog/nodes", "stock.read", "tag"),
    Door(gettext_lazy("Customers"), _CATALOG, "/catalog/parties", "stock.read", "tag"),
    Door(gettext_lazy("Import and export"), _CATALOG, "/catalog/import", "stock.read", "download"),
    Door(gettext_lazy("Messages that came in"), _SYSTEM, "/system/inbox", "partners.operate", "gear"),
    Door(gettext_lazy("Deliveries and dead letters"), _SYSTEM, "/system/outbox", "partners.operate", "gear"),
    Door(gettext_lazy("Partners"), _SYSTEM, "/system/partners", "partners.operate", "gear"),
    Door(gettext_lazy("Audit"), _SYSTEM, "/system/audit", "audit.read", "gear"),
    Door(gettext_lazy("Users"), _SYSTEM, "/system/users", "users.manage", "person"),
    Door(gettext_lazy("Roles"), _SYSTEM, "/system/roles", "users.manage", "person"),
    Door(gettext_lazy("Sessions"), _SYSTEM, "/system/sessions", "users.manage", "person"),
    Door(gettext_lazy("API keys"), _SYSTEM, "/system/keys", "keys.manage", "lock"),
    Door(gettext_lazy("My settings"), "", "/me", "orders.read", "person"),
)


@require_safe
@page("orders.read")
def find(request: HttpRequest) -> HttpResponse:
    """The list under the palette's field, for the letters in `q`."""
    word = request.GET.get("q", "").replace("\x00", "").strip()[:WORD_CHARS_MAX]
    visitor = visitor_of(request)
    groups = [{"title": _("Go to"), "hits": _pages(visitor, word)}]
    if len(word) >= LETTERS_MIN:
        groups = [*_documents(visitor, word), *groups]
    answer = render(request, "console/_found.html", {"groups": [g for g in groups if g["hits"]], "word": word})
    answer["Cache-Control"] = "no-store"
    return answer


def _pages(visitor: Visitor, word: str) -> list[dict[str, Any]]:
    """Rooms first, then the pages in them; every word that is typed must begin a word of the name."""
    wanted = word.casefold().split()
    rooms = [{"icon": r.icon, "title": r.title, "more": "", "address": r.address} for r in shell.rooms_of(visitor)]
    doors = [{"icon": d.icon, "title": d.title, "more": d.room, "address": d.address} for d in DOORS if visitor.may(d.permission)] if wanted else []
    return [hit for hit in (*rooms, *doors) if _fits(f"{hit['title']} {hit['more']}", wanted)][: PAGES_MAX if wanted else None]


def _fits(name: str, wanted: list[str]) -> bool:
    parts = name.casefold().split()
    return all(any(part.startswith(word) for part in parts) for word in wanted)


def _documents(visitor: Visitor, word: str) -> list[dict[str, Any]]:
    """Orders, open cases, items: each only for those who may see its page, and nobody is found by e-mail without the permission for that."""
    orders = finding.by_word(word, personal=visitor.may("orders.personal"), limit=HITS_MAX)
    groups = [{"title": _("Orders"), "hits": [_order(o) for o in orders]}]
    if visitor.may("exceptions.read"):
        found = pointing.cases(word, [o["id"] for o in orders], limit=HITS_MAX)
        shown = found if visitor.may("orders.personal") else [masked_case(c) for c in found]
        groups.append({"title": _("Open cases"), "hits": [_case(c) for c in shown]})
    if visitor.may("stock.read"):
        groups.append({"title": _("Items"), "hits": [_item(i) for i in pointing.items(word, limit=HITS_MAX)]})
    return groups


def _order(row: dict[str, Any]) -> dict[str, Any]:
    more = " · ".join((_(words(row["status"])), money(row["total_minor"], row["currency"])))
    return {"icon": "bag", "title": f"{row['number']}  {row['external_number'] or ''}".strip(), "more": more, "address": f"/orders/{row['number']}"}


def _case(row: dict[str, Any]) -> dict[str, Any]:
    return {"icon": "flag", "title": row["sentence"], "more": row["order_number"] or row["reason_code"], "address": f"/exceptions?case={row['id']}"}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {"icon": "box", "title": f"{row['sku']}  {row['name']}", "more": _("stock"), "address": f"/stock/{quote(row['sku'], safe='')}"}
