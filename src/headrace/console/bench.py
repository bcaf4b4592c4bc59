"""The bench: one fulfilment, scanned, packed and handed over. Made for a phone and a scanner that types; works without script, too."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, deeds, packing
from headrace.console.access import page, visitor_of
from headrace.console.templatetags.console import badge
from headrace.flow.release.shortfalls import REASONS
from headrace.insight import bench

CODE_CHARS_MAX = 80  # of what a scanner types
SAID_BY_THE_PAGE = ("scan", "qty", "fulfilment")  # fields whose names say nothing more to somebody who stands there
AT_BENCH = ("released", "picking", "packed")


@require_safe
@page("warehouse.work")
def show(request: HttpRequest, number: str) -> HttpResponse:
    """One fulfilment at the bench, with what the last scan came to."""
    return render(request, "console/bench/page.html", _told(request, _found(request, number)))


def _found(request: HttpRequest, number: str) -> dict[str, Any]:
    found = bench.at_bench(number, visitor_of(request).actor)
    if found is None:
        raise Http404(f"there is no fulfilment {number}")
    return found


def _told(request: HttpRequest, f: dict[str, Any]) -> dict[str, Any]:
    """What the page shows: what one can do here now, and why not more."""
    visitor = visitor_of(request)
    is_held = f["state"] in ("planned", *AT_BENCH) and "held" in (f["hold"], f["order_hold"])
    is_ours = not f["partner"] and f["state"] in AT_BENCH and not is_held
    is_given = "shipped_at" in (f["packing"] or {})
    return {
        "f": f,
        "said": request.session.pop("said", None),
        "may_pick": is_ours and not f["packing"],
        "may_pack": is_ours and not is_given,
        "is_given": is_given,
        "is_held": is_held,
        "cases": bench.open_cases(f["order_id"]) if is_held and visitor.may("exceptions.read") else [],
        "short": _short_form(request, f) if is_ours and not is_given and f["left_each"] else None,
        "packing": packing.drawn(f, packing.as_closed(f)),
        "may_see_invoices": visitor.may("ledger.read"),
        "fresh_id": uuid4().hex,
    }


def _short_form(request: HttpRequest, f: dict[str, Any]) -> dict[str, Any] | None:
    return deeds.form_of(
        visitor_of(request), "short_pick", known={"fulfilment": f["number"], "qty": 1}, hidden=("fulfilment",), next_page=f"/fulfilment/f/{f['number']}", risky=True,
        choices={"scan": [(line["sku"], line["sku"]) for line in f["lines"] if line["left_each"] > 0], "reason": [(r, _(r.replace("_", " "))) for r in REASONS]},
        effect=_("These pieces are allocated anew, elsewhere; somebody counts the shelf."),
    )  # fmt: skip


@require_POST
@page("warehouse.work")
def scan(request: HttpRequest, number: str) -> HttpResponse:
    """A scan is pieces picked. With its `scan_id` it counts once, however often it is sent."""
    code = request.POST.get("scan", "").replace("\x00", "").strip()[:CODE_CHARS_MAX]
    given = {"fulfilment": number, "scan": code, "qty": request.POST.get("qty", "").strip() or "1"}
    return _count(request, number, "pick_line", given | _ids(request, "scan_id"), code)


@require_POST
@page("warehouse.work")
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """A scan, by its id, or a piece of a line goes back to the shelf."""
    code = request.POST.get("scan", "").replace("\x00", "").strip()[:CODE_CHARS_MAX]
    given = {"fulfilment": number, **({"scan": code} if code else {}), **_ids(request, "scan_id", "undo_id")}
    return _count(request, number, "unpick_line", given, code)


def _ids(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.POST[name].replace("\x00", "") for name in names if request.POST.get(name)}


def _count(request: HttpRequest, number: str, deed: str, given: dict[str, Any], code: str) -> HttpResponse:
    """Do it and say, large, how the line stands now."""

    outcome = acting.attempt(request, deed, given)
    if outcome.is_done:
        words = _("%(picked)s of %(asked)s") if deed == "pick_line" else _("taken back: %(picked)s of %(asked)s")
        code, done = outcome.answer["sku"], words % outcome.answer
    said = _said(code or number, outcome, done if outcome.is_done else "")
    if "X-Deed" not in request.headers:
        return _back(request, number, said)
    told = _told(request, _found(request, number))
    goods = render_to_string("console/bench/goods.html", told, request)
    return JsonResponse(
        {**said, "goods": goods, "is_picked": told["f"]["is_picked"], "state": badge(told["f"]["state"])}, headers={"Cache-Control": "no-store"}
    )


def _said(code: str, outcome: acting.Outcome, done: str) -> dict[str, Any]:
    """What a deed came to, to be read from an arm's length."""
    field, _colon, why = outcome.says.partition(": ")
    says = why if outcome.refusal and field in SAID_BY_THE_PAGE else outcome.says
    return {"good": outcome.is_done, "code": code, "words": says or done}


def _back(request: HttpRequest, number: str, said: dict[str, Any]) -> HttpResponse:
    """To the bench with the answer, so that loading the page again does nothing again."""
    request.session["said"] = said
    return JsonResponse({"next": reverse("bench", args=[number])}) if "X-Deed" in request.headers else redirect("bench", number=number)


@require_POST
@page("warehouse.work")
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Close the parcels; one more or one less is only drawn, and what makes no sense is said at its field."""
    f, says = _found(request, number), ""
    before = acting.done_before(request, "pack")
    if before is not None:
        return _back(request, number, _said(f["number"], before, ""))
    parcels = packing.typed(f, request.POST)
    if not {"add", "remove"} & set(request.POST):
        read, makes_sense = packing.asked(f, parcels)
        if makes_sense:
            outcome = acting.attempt(request, "pack", {"fulfilment": f["number"], "parcels": read})
            packed = " ".join([_("packed: print the label and hand it over"), *packing.far_off(f, read)])
            said = _said(f["number"], outcome, packed)
            if outcome.refusal is None:
                return _back(request, number, said)
            says = said["words"]
    told = {**_told(request, f), "packing": packing.drawn(f, parcels, says, is_sent=True)}
    if "X-Deed" in request.headers:
        return JsonResponse({"part": render_to_string("console/bench/pack.html", told, request)})
    return render(request, "console/bench/page.html", told, status=422 if says or any(p["faults"] for p in parcels) else 200)


@require_POST
@page("warehouse.work")
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """The parcels have left; the next fulfilment of the node comes up."""
    f = _found(request, number)
    outcome = acting.attempt(request, "ship", {"fulfilment": number})
    if not outcome.is_done:
        return _back(request, number, _said(number, outcome, ""))
    messages.success(request, _("%(number)s: handed over") % {"number": f["number"]}, extra_tags="good")
    following = f"/fulfilment/f/{f['next']}" if f["next"] else f"/fulfilment/{f['node']}"
    return JsonResponse({"next": following}) if "X-Deed" in request.headers else redirect(following)
