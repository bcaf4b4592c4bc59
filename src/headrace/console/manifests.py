"""Handing over to a carrier: all that is packed for it at once, and the manifest that its driver signs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import listing, sending
from headrace.console.access import page, visitor_of
from headrace.console.floor_board import node_of
from headrace.console.listing import Column, Listing
from headrace.console.papers.manifest import manifest
from headrace.console.waves import tell_refused
from headrace.engine import by_name
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
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
    found, actor, token = node_of(node), visitor_of(request).actor, request.POST.get("once", "")
    if not sending.take(token, actor):
        return redirect(f"/fulfilment/{found.code}/manifests")
    try:
        given = {"node": found.code, "carrier": request.POST.get("carrier", "").replace("\x00", "")}
        told = by_name.do("hand_over_all", actor=actor, given=given)
    except WaitsForApproval as waits:
        messages.info(request, _("It waits for a second person (approval %d).") % waits.approval_id)
        return redirect(f"/fulfilment/{found.code}")
    except (Refused, NotAllowed) as error:
        sending.give_back(token, actor)
        messages.error(request, str(error), extra_tags="bad")
        return redirect(f"/fulfilment/{found.code}")
    left = sum(row["done"] for row in told["rows"])
    messages.success(request, ngettext("%(n)s fulfilment handed over.", "%(n)s fulfilments handed over.", left) % {"n": left}, extra_tags="good")
    tell_refused(request, told["rows"])
    return redirect(f"/fulfilment/{found.code}/manifests/{told['manifest']}")
