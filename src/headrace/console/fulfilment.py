"""Papers of fulfilments: packing slips and labels. Nodes and queues are in floor_board.py, the bench is in bench.py."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from headrace.console.access import page
from headrace.console.papers import slips, zebra
from headrace.insight import warehouse


def _found(number: str) -> dict[str, Any]:
    found = warehouse.fulfilment(number)
    if found is None:
        raise Http404(f"there is no fulfilment {number}")
    return found


def _paper(content: bytes | str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "no-store"  # it names a customer
    return answer


@require_safe
@page("warehouse.work")
def slip(request: HttpRequest, number: str) -> HttpResponse:
    return _paper(slips.packing_slip(_found(number)), "application/pdf", f"{number}-slip.pdf")


@require_safe
@page("warehouse.work")
def label(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """The label as PDF or ZPL; only what is packed has one."""
    f = _found(number)
    if not f["parcels"]:
        raise Http404(f"{number} has no closed parcels yet")
    return (
        _paper(zebra.zpl(f), "application/zpl; charset=utf-8", f"{number}.zpl")
        if form == "zpl"
        else _paper(slips.label(f), "application/pdf", f"{number}-label.pdf")
    )
