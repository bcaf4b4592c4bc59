"""Tables of the catalog as files: taken away whole, changed in a spreadsheet, brought back, looked at field by field, and applied as one deed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, listing, long_uploads, uploads
from headrace.console.access import page, visitor_of
from headrace.console.catalog import NAV
from headrace.console.listing import Column, Filter, Listing
from headrace.console.models import Upload
from headrace.console.tasks import go_on_with_upload
from headrace.engine import scoping
from headrace.engine.action import Refused
from headrace.engine.row_files import UnreadableFile, lines_of, rows_of
from headrace.insight import assortment
from headrace.supply.assortment.books import BOOKS
from headrace.supply.assortment.previewing import OUTCOMES

MEGABYTE = 2**20
TABLES: dict[str, tuple[Any, Any]] = {
    "items": (gettext_lazy("Items"), gettext_lazy("by SKU")),
    "listings": (gettext_lazy("Listings"), gettext_lazy("by channel and its SKU")),
    "prices": (gettext_lazy("Prices"), gettext_lazy("by list, SKU, quantity and first day")),
    "kits": (gettext_lazy("Recipes of kits"), gettext_lazy("the rows of a kit are its whole recipe")),
    "nodes": (gettext_lazy("Nodes"), gettext_lazy("by code")),
    "zones": (gettext_lazy("Zones of nodes"), gettext_lazy("by node, country and region")),
}
WORDS = {"created": gettext_lazy("new"), "updated": gettext_lazy("changed"), "unchanged": gettext_lazy("unchanged"), "refused": gettext_lazy("refused")}
LONG_DEEDS = ("compare_long_upload", "apply_long_upload", "stop_upload", "restart_upload")
ROWS = (
    Column("row_no", gettext_lazy("Row"), "count"),
    Column("what", gettext_lazy("Becomes"), "badge"),
    Column("key", gettext_lazy("Which"), "code"),
    Column("told", gettext_lazy("What changes")),
    Column("column", gettext_lazy("Column")),
    Column("value", gettext_lazy("Value"), "code"),
    Column("remedy", gettext_lazy("What is wrong, and what would be right")),
)


@require_safe
@page("catalog.write")
def show(request: HttpRequest) -> HttpResponse:
    """Bring a file in, or take a table away."""
    tables = [{"name": name, "title": title, "key": key, "columns": ", ".join(BOOKS[name].columns)} for name, (title, key) in TABLES.items()]
    context = {
        "tables": tables,
        "may_bring": visitor_of(request).may_do("keep_upload"),
        "chosen": request.GET.get("table", "items"),
        "kept": [{"upload": u, "title": TABLES[u.table][0]} for u in uploads.of(visitor_of(request).name)],
        "megabytes_max": uploads.UPLOAD_BYTES_MAX // MEGABYTE,
        "rows_max": uploads.UPLOAD_ROWS_MAX,
        "at_once_max": uploads.UPLOAD_AT_ONCE_MAX,
        **NAV,
    }
    return render(request, "console/catalog_import.html", context)


@require_POST
@page("catalog.write")
def bring(request: HttpRequest) -> HttpResponse:
    """Keep the file and compare it; the page that comes next shows what it would do."""
    table = request.POST.get("table", "")
    outcome = acting.attempt(request, uploads.keep_upload, lambda: _brought(request, table), refusals=(UnreadableFile,))
    if outcome.refusal is not None:
        messages.error(request, _("The file was not taken in. %(why)s") % {"why": outcome.says}, extra_tags="bad")
        return redirect(f"/catalog/import?table={table}" if table in TABLES else "/catalog/import")
    if not outcome.is_done:
        outcome.tell(request)
        return redirect("/catalog/import")
    number = int(outcome.answer)
    _begin(number)
    return redirect(f"/catalog/import/{number}")


@require_POST
@page("catalog.write")
def go(request: HttpRequest, number: int) -> HttpResponse:
    """A deed on a long file, taken up at once by the process that does periodic work."""
    kept, name = _own(request, number), request.POST.get("deed", "")
    if name not in LONG_DEEDS:
        raise Http404(f"there is no deed {name}")
    outcome = acting.attempt(request, name, {"upload_id": kept.id})
    outcome.tell(request)
    if outcome.is_done:
        _begin(kept.id)
    return redirect(f"/catalog/import/{number}")


def _begin(number: int) -> None:
    if Upload.objects.filter(id=number, phase__in=long_uploads.RUNNING, stopped=False).exists():
        with scoping.without_limits():  # the queue of jobs is no table of theirs; the deed keeps to the limits of whoever asked
            go_on_with_upload.defer(upload_id=number)


def _brought(request: HttpRequest, table: str) -> dict[str, Any]:
    """The file, read."""
    if table not in TABLES:
        raise Refused(_("table: “%(table)s” is none of %(known)s") % {"table": table[:40], "known": ", ".join(TABLES)})
    given = request.FILES.get("file")
    if given is None or given.size is None or given.size > uploads.UPLOAD_BYTES_MAX:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size > uploads.UPLOAD_BYTES_MAX:
            raise Refused(
                _("file: %(size)s MB, at most %(most)s MB can be looked at here; send it in parts, or use “headrace catalog import”")
                % {"size": f"{size / MEGABYTE:.1f}", "most": uploads.UPLOAD_BYTES_MAX // MEGABYTE}
            )
        raise Refused(_("file: none; choose a CSV or JSONL file"))
    rows = rows_of(given.read(), given.name or "")
    if not rows:
        raise Refused(_("file: %(name)s has no row below its header; put at least one there") % {"name": given.name})
    return {"table": table, "file_name": given.name or "", "rows": rows}


def _own(request: HttpRequest, number: int) -> Upload:
    kept = Upload.objects.filter(id=number, owner=visitor_of(request).name).first() if number < 2**62 else None
    if kept is None:
        raise Http404(f"there is no file {number} of yours")
    return kept


@require_safe
@page("catalog.write")
def look(request: HttpRequest, number: int) -> HttpResponseBase:
    """What a kept file would do: row by row, field by field; with what is wrong told by row, column, value and remedy."""
    kept = _own(request, number)
    counts = {what: getattr(kept, what) for what in OUTCOMES}
    chosen, setback = request.GET.get("what", ""), long_uploads.WORK.setback(kept.id)
    without = ("column", "value", "remedy") if chosen in ("created", "updated", "unchanged") or not kept.refused else ("told",) if chosen == "refused" else ()
    which = Listing(
        "preview",
        kept.file_name or TABLES[kept.table][0],
        f"/catalog/import/{number}",
        tuple(c for c in ROWS if c.name not in without),
        rows=lambda asked, after, limit: [_told(row) for row in uploads.rows_of(kept, asked["what"], after, limit)],
        filters=(Filter("what", gettext_lazy("Becomes"), choices=tuple(WORDS.items())),),
    )
    more = {
        "upload": kept,
        "title": TABLES[kept.table][0],
        "counts": [{"what": what, "word": WORDS[what], "n": n, "on": chosen == what} for what, n in counts.items()],
        "would_change": kept.created + kept.updated,
        "is_running": kept.phase in long_uploads.RUNNING and not kept.stopped and not (setback and setback["is_failed"]),
        "setback": setback,
        **NAV,
    }
    answer = listing.show(request, which, template="console/catalog_preview.html", more=more)
    if request.htmx and not more["is_running"]:  # type: ignore[attr-defined]
        answer["HX-Refresh"] = "true"  # the phase has ended: the whole page is another now
    return answer


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The changes as one reads them: what was, what will be."""
    said = [
        f"{column}: {was or '∅'} → {becomes or '∅'}" if was or row["what"] == "updated" else f"{column}: {becomes}" for column, was, becomes in row["changes"]
    ]
    return {**row, "told": "; ".join(said)}


@require_safe
@page("stock.read")
def export(request: HttpRequest, table: str) -> HttpResponseBase:
    """A whole table as the file that bringing in takes."""
    if table not in TABLES:
        raise Http404(f"there is no table {table}")
    answer = StreamingHttpResponse(lines_of(BOOKS[table].columns, assortment.every_row(table)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return answer
