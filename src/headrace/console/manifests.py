"""Handing over to a carrier: all that is packed for it at once, and the manifest that its driver signs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, listing
from headrace.console.access import page
from headrace.console.floor_board import node_of
from headrace.console.listing import Column, Listing
from headrace.console.papers.manifest import manifest
from headrace.console.waves import tell_refused
from headrace.insight import waves

COLUMNS = (
    Column("number", gettext_lazy("Manifest"), href="/fulfilment/{node}/manifests/{number}"),
    Column("carrier", gettext_lazy("Carrier")),
    Column("fulfilments", gettext_lazy("Fulfilments"), "count"),
    Column("parcels", gettext_lazy("Parcels"), "count"),
    Column("handed_over_at", gettext_lazy("Handed over"), "moment"),
    Column("who", gettext_lazy("By")),
)


@require_safe
@page("warehouse.work")
def show(request: HttpRequest, node: str) -> HttpResponseBase:
    """The manifests of a node, the newest first."""
    found = node_of(node)
    which = Listing(
        "manifests",
        _("Manifests of %(node)s") % {"node": found.name},
        f"/fulfilment/{found.code}/manifests",
        COLUMNS,
        rows=lambda chosen, after, limit: [
            {**row, "who": row["handed_over_by"].removeprefix("user:")} for row in waves.manifests(found.id, chosen, after, limit)
        ],
        empty=_("Hand over all parcels of one carrier in the queue: the manifest comes with it."),
    )
    return listing.show(request, which, template="console/floor/gone.html", more={"node": found})


def _manifest(node: str, number: str) -> tuple[Any, dict[str, Any]]:
    found = node_of(node)
    told = waves.manifest(found.id, number)
    if told is None:
        raise Http404(f"{node} has no manifest {number}")
    return found, told


@require_safe
@page("warehouse.work")
def one(request: HttpRequest, node: str, number: str) -> HttpResponse:
    found, told = _manifest(node, number)
    return render(request, "console/floor/manifest.html", {"node": found, "manifest": told})


@require_safe
@page("warehouse.work")
def paper(request: HttpRequest, node: str, number: str) -> HttpResponse:
    """The same as a PDF to be signed."""
    _found, told = _manifest(node, number)
    answer = HttpResponse(manifest(told), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{told["number"]}.pdf"'
    return answer


@require_POST
@page("warehouse.work")
def make(request: HttpRequest, node: str) -> HttpResponse:
    """All closed parcels of a carrier have left. Leads to the manifest, and says what stayed and why."""
    found = node_of(node)
    outcome = acting.attempt(request, "hand_over_all", {"node": found.code, "carrier": request.POST.get("carrier", "").replace("\x00", "")})
    if not outcome.is_done:
        outcome.tell(request)
        return redirect(f"/fulfilment/{found.code}{'/manifests' if outcome.is_twice else ''}")
    told = outcome.answer
    left = sum(row["done"] for row in told["rows"])
    messages.success(request, ngettext("%(n)s fulfilment handed over.", "%(n)s fulfilments handed over.", left) % {"n": left}, extra_tags="good")
    tell_refused(request, told["rows"])
    return redirect(f"/fulfilment/{found.code}/manifests/{told['manifest']}")
