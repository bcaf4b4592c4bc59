"""Counts: the list of documents, and the sheet on which people write down what lies there. Blind: what the books say is not on it unless it is asked for."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, listing, paging
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import counts, inventory
from headrace.supply.count.documents import GRADES

NAV = {"nav": "console/stock/nav.html"}
SKUS_MAX = 5_000  # items that are named one by one in the form of a count
CODE_CHARS_MAX = 100
STATES = (("open", gettext_lazy("open")), ("posted", gettext_lazy("posted")), ("cancelled", gettext_lazy("cancelled")))
FIELDS = ("node", "name", "begins", "named", "item_class", "grade", "not_counted_since")
LISTING = Listing(
    "counts",
    gettext_lazy("Counts"),
    "/stock/counts",
    (
        Column("number", gettext_lazy("Count"), href="/stock/counts/{id}"),
        Column("name", gettext_lazy("Name"), "long"),
        Column("node", gettext_lazy("Node")),
        Column("state", gettext_lazy("State"), "badge"),
        Column("counted", gettext_lazy("Counted"), "count", href="/stock/counts/{id}?which=counted"),
        Column("lines", gettext_lazy("of"), "count", href="/stock/counts/{id}"),
        Column("to_recount", gettext_lazy("To count again"), "count", href="/stock/counts/{id}?which=again", wide=True),
        Column("opened_by", gettext_lazy("Opened by"), "person", wide=True),
        Column("opened_at", gettext_lazy("Opened"), "moment", wide=True),
        Column("ended_by", gettext_lazy("Ended by"), "person", wide=True),
        Column("ended_at", gettext_lazy("Ended"), "moment", wide=True),
        Column("chosen_by", gettext_lazy("Items chosen by"), extra=True),
        Column("note", gettext_lazy("Note"), extra=True),
    ),
    rows=counts.counts,
    filters=(Filter("node", gettext_lazy("Node"), choices=inventory.nodes), Filter("state", gettext_lazy("State"), choices=STATES)),
    empty=gettext_lazy("Nobody has opened a count. A count names the items of a node that are to be counted, and is filled in by as many people as there are."),
)


@require_safe
@page("stock.read")
def show(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, LISTING, template="console/stock/counts.html", more={**NAV, "may_count": visitor_of(request).may("stock.count")})


@require_safe
@page("stock.count")
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new count, for a node where one is named."""
    return _form(request, {"node": request.GET.get("node", ""), "skus": request.GET.get("skus", "")})


@require_safe
@page("stock.count")
def of_node(request: HttpRequest, node: str) -> HttpResponse:
    """Where counts of a node used to be entered: its new count."""
    if node not in dict(inventory.nodes()):
        raise Http404(f"there is no node {node}")
    return redirect(f"/stock/counts/new?node={node}")


def _form(request: HttpRequest, typed: dict[str, Any], fault: str = "", field: str = "") -> HttpResponse:
    context = {
        **NAV, "typed": typed, "fault": fault, "field": field, "nodes": inventory.nodes(), "classes": counts.item_classes(), "skus_max": SKUS_MAX,
        "grades": [(g, t) for g, t in zip(GRADES, (_("A: the first 80 % of the value"), _("B: up to 95 %"), _("C: the rest")), strict=True)],
    }  # fmt: skip
    return render(request, "console/stock/count_new.html", context, status=422 if fault else 200)


@require_POST
@page("stock.count")
def start(request: HttpRequest) -> HttpResponse:
    """Open it and go there; what is refused comes back as it was typed."""
    typed = {name: request.POST.get(name, "").strip() for name in (*FIELDS, "skus")}
    given: dict[str, Any] = {name: typed[name] for name in FIELDS if typed[name]}
    skus = [code for code in re.split(r"[\s,;]+", typed["skus"]) if code]
    if skus:
        given["skus"] = skus
    if len(skus) > SKUS_MAX:
        return _form(request, typed, f"{len(skus):,} items; name at most {SKUS_MAX:,} one by one", "skus")
    outcome = acting.attempt(request, "open_count", given)
    if outcome.refusal is not None:
        field, colon, why = outcome.says.partition(":")
        at_field = colon and field in (*FIELDS, "skus")
        return _form(request, typed, why.strip() if at_field else outcome.says, field if at_field else "")
    if not outcome.is_done:
        outcome.tell(request)
        return redirect("/stock/counts")
    return redirect(f"/stock/counts/{outcome.answer['count'].removeprefix('CT-')}")


def found(number: int) -> dict[str, Any]:
    document = counts.head(number) if number < 2**62 else None
    if document is None:
        raise Http404(f"there is no count CT-{number}")
    return document


@require_safe
@page("stock.read")
def sheet(request: HttpRequest, number: int) -> HttpResponse:
    """The sheet: its lines by SKU, a page at a time; what was typed on each page is kept."""
    document = found(number)
    code = request.GET.get("scan", "").replace("\x00", "").strip()[:CODE_CHARS_MAX]
    if code:
        return _scanned(request, document, code)
    which = request.GET.get("which", "")
    which = which if which in counts.WHICH else ""
    at = request.GET.get("at", "").replace("\x00", "")[:CODE_CHARS_MAX] or None
    place = paging.place_of(request, request.GET.get("after", "").replace("\x00", "") or None)
    rows = counts.lines(number, which=which or None, after=place.after, from_sku=at, limit=paging.ROWS + 1)
    shown, has_next = rows[: paging.ROWS], len(rows) > paging.ROWS
    visitor = visitor_of(request)
    sees_books = visitor.may("stock.adjust") and request.GET.get("books") == "1"
    total = {"": document["lines"], "todo": document["lines"] - document["counted"], "again": document["to_recount"], "counted": document["counted"]}[which]
    context = {
        **NAV,
        "document": document,
        "rows": _with_what_was_typed(request, number, shown, counts.books([row["id"] for row in shown]) if sees_books else {}),
        "which": which,
        "tabs": _tabs(document),
        "at": at,
        "sees_books": sees_books,
        "may_see_books": visitor.may("stock.adjust"),
        "may_count": visitor.may("stock.count") and document["state"] == "open",
        "here_query": request.GET.urlencode(),
        "next_query": _next(request, place, shown[-1]["cursor"]) if has_next else "",
        "previous_query": place.previous_query(request) if place.after else "",
        "is_first": place.after is None and at is None,
        "position": None if at else paging.position(place, len(shown), has_next, total),
        "add": request.session.pop(f"add-{number}", None),
    }
    return render(request, "console/stock/count_sheet.html", context)


def _tabs(document: dict[str, Any]) -> list[tuple[str, Any, int]]:
    left = document["lines"] - document["counted"]
    return [
        ("", _("All"), document["lines"]),
        ("todo", _("Not counted"), left),
        ("again", _("To count again"), document["to_recount"]),
        ("counted", _("Counted"), document["counted"]),
    ]


def _next(request: HttpRequest, place: paging.Place, cursor: str) -> str:
    """The way on; from a page that a scan has opened it leads through the whole list again, whose page numbers nobody knows."""
    return paging.query_of(request, at="", after=cursor) if "at" in request.GET else place.next_query(request, cursor)


def _with_what_was_typed(request: HttpRequest, number: int, rows: list[dict[str, Any]], books: dict[int, Any]) -> list[dict[str, Any]]:
    """Lines with what was typed and refused, once, and with what the books say, where that is to be seen."""
    left = request.session.pop(f"typed-{number}", {})
    for row in rows:
        typed, why = left.get(row["sku"], (None, ""))
        was = "" if row["counted_each"] is None else row["counted_each"]
        row.update({"was": was, "value": was if typed is None else typed, "why": why})
        book = books.get(row["id"])
        row.update({"book_each": book.on_hand_each if book else 0, "reserved_each": book.reserved_each if book else 0} if books else {})
    return rows


def _scanned(request: HttpRequest, document: dict[str, Any], code: str) -> HttpResponse:
    """To the line of what was scanned; what is not on the count can be added."""
    line = counts.by_code(document["id"], code)
    kept = "&books=1" if request.GET.get("books") == "1" else ""
    if line is not None and line.is_on_it:
        return redirect(f"/stock/counts/{document['id']}?{paging.query_of(request, scan='', which='', at=line.sku)}")
    if line is None:
        messages.warning(request, _("Nothing has the SKU or GTIN “%(code)s”.") % {"code": code}, extra_tags="warn")
    else:
        request.session[f"add-{document['id']}"] = {"sku": line.sku, "name": line.name}
    return redirect(
        f"/stock/counts/{document['id']}?which={request.GET.get('which', '')}{kept}" if line is None else f"/stock/counts/{document['id']}?{kept[1:]}"
    )


@require_POST
@page("stock.count")
def enter(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what was typed. A page of the sheet sends only what differs from what it showed; the page's script sends each line as it is left."""
    document = found(number)
    rows = [row for row in _rows(request) if row["counted"] != row.pop("was")]
    outcome = acting.attempt(request, "enter_counts", {"count": document["number"], "rows": rows}) if rows else acting.Outcome([])
    if not outcome.is_done:
        if "X-Deed" in request.headers:
            return JsonResponse({"says": outcome.says}, status=422)
        outcome.tell(request)
        return redirect(f"/stock/counts/{number}")
    results: list[dict[str, Any]] = outcome.answer
    refused = {row["sku"]: (row["counted"], result["why"]) for row, result in zip(rows, results, strict=True) if result["what"] == "refused"}
    if "X-Deed" in request.headers:
        now = found(number)
        return JsonResponse(
            {"refused": {sku: why for sku, (_typed, why) in refused.items()}, **{name: now[name] for name in ("lines", "counted", "to_recount")}}
        )
    return _on(request, number, rows, refused)


def _on(request: HttpRequest, number: int, rows: list[dict[str, str]], refused: dict[str, tuple[str, str]]) -> HttpResponse:
    """To the page that was asked for; back to this one where something on it makes no sense."""
    saved = len(rows) - len(refused)
    if saved:
        messages.success(request, ngettext("%(n)s line written down.", "%(n)s lines written down.", saved) % {"n": saved}, extra_tags="good")
    if refused:
        request.session[f"typed-{number}"] = refused
        messages.error(request, _("What is marked could not be written down; the reason stands beside it."), extra_tags="bad")
    to = request.POST.get("to_" + request.POST.get("go", "here"), "") if not refused else request.POST.get("to_here", "")
    return redirect(f"/stock/counts/{number}?{to}")


def _rows(request: HttpRequest) -> list[dict[str, str]]:
    """The rows of the sheet as they were sent: `sku`, `counted`, and what the page showed: `was`, and how many `rounds` there had been."""
    told: dict[str, dict[str, str]] = {}
    for field in request.POST:
        whole, _dot, rest = field.partition(".")
        place, _dot, column = rest.partition(".")
        if whole == "rows" and column in ("sku", "counted", "was", "rounds"):
            told.setdefault(place, {"sku": "", "counted": "", "was": ""})[column] = request.POST[field].strip()
    return list(told.values())
