"""Fulfilment at the bench: scan, pick, pack, label, hand over. Made for a phone and a scanner that types. Nodes and queues are in floor_board.py."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import deeds
from headrace.console.access import page, visitor_of
from headrace.console.papers import slips, zebra
from headrace.engine import by_name
from headrace.engine.action import NotAllowed, Refused
from headrace.flow.release.shortfalls import REASONS
from headrace.insight import floor, warehouse

WAVE_MAX = 100


@require_safe
@page("warehouse.work")
def wave(request: HttpRequest, node: str) -> HttpResponse:
    """The pick list of the first fulfilments of the queue, item by item, to print or to walk with."""
    found = floor.node(node, floor.moment())
    if found is None:
        raise Http404(f"there is no node {node}")
    rows = floor.queue_found(found.id, {"state": "released"}, None, WAVE_MAX)
    return render(request, "console/wave.html", {"node": node, "lines": warehouse.wave([r.id for r in rows]), "fulfilments": len(rows)})


def _found(number: str) -> dict[str, Any]:
    found = warehouse.fulfilment(number)
    if found is None:
        raise Http404(f"there is no fulfilment {number}")
    return found


@require_safe
@page("warehouse.work")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One fulfilment at the bench, with what the last scan came to."""
    return _bench(request, _found(number), request.session.pop("said", None))


def _bench(request: HttpRequest, f: dict[str, Any], said: dict[str, Any] | None = None) -> HttpResponse:
    visitor, home = visitor_of(request), f"/fulfilment/f/{f['number']}"
    short = deeds.form_of(
        visitor, "short_pick", known={"fulfilment": f["number"], "qty": 1}, hidden=("fulfilment",), next_page=home, risky=True,
        choices={"scan": [(line["sku"], line["sku"]) for line in f["lines"] if line["left_each"] > 0], "reason": [(r, _(r.replace("_", " "))) for r in REASONS]},
        effect=_("These pieces are allocated anew, elsewhere; somebody counts the shelf."),
    )  # fmt: skip
    at_work = not f["partner"] and f["hold"] == "clear" and f["order_hold"] == "clear"
    context = {
        "f": f,
        "said": said,
        "may_pick": at_work and f["state"] in ("released", "picking"),
        "may_pack": at_work and f["state"] in ("released", "picking", "packed") and "shipped_at" not in (f["packing"] or {}),
        "is_picked": f["picked_each"] >= f["left_each"] > 0,
        "short": short if at_work and f["left_each"] else None,
        "address": slips.ship_to(f) if visitor.may("orders.personal") or f["packing"] else [],
    }
    return render(request, "console/bench.html", context)


@require_POST
@page("warehouse.work")
def scan(request: HttpRequest, number: str) -> HttpResponse:
    """One scan is one piece picked; the answer is on the page, large, and the field waits for the next."""
    code = request.POST.get("scan", "").replace("\x00", "").strip()
    try:
        qty = request.POST.get("qty", "1").strip() or "1"
        picked = by_name.do("pick_line", actor=visitor_of(request).actor, given={"fulfilment": number, "scan": code, "qty": qty})
        said = {"good": True, "code": code, "words": _("%(picked)s of %(asked)s") % picked}
    except (Refused, NotAllowed) as error:
        said = {"good": False, "code": code, "words": str(error)}
    return _told(request, number, said)


def _told(request: HttpRequest, number: str, said: dict[str, Any]) -> HttpResponse:
    """Back to the bench with the answer, so that loading the page again does nothing again."""
    request.session["said"] = said
    return redirect("bench", number=number)


@require_POST
@page("warehouse.work")
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Close the parcels, each with its weight; everything left is in them."""
    weights = [w.strip() for w in request.POST.getlist("weight_g") if w.strip()] or [""]
    parcels = [{"weight_g": int(w)} if w.isascii() and w.isdigit() else ({"weight_g": w} if w else {}) for w in weights]
    try:
        by_name.do("pack", actor=visitor_of(request).actor, given={"fulfilment": number, "parcels": parcels})
        said = {"good": True, "code": number, "words": _("packed: print the label and hand it over")}
    except (Refused, NotAllowed) as error:
        said = {"good": False, "code": number, "words": str(error)}
    return _told(request, number, said)


@require_POST
@page("warehouse.work")
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """The parcels have left; the next fulfilment of the node comes up."""
    f = _found(number)
    try:
        by_name.do("ship", actor=visitor_of(request).actor, given={"fulfilment": number})
    except (Refused, NotAllowed) as error:
        return _told(request, number, {"good": False, "code": number, "words": str(error)})
    return redirect(f"/fulfilment/f/{f['next']}" if f["next"] else f"/fulfilment/{f['node']}")


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
