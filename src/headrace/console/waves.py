"""Waves of a node: made from marked rows of the queue or from its first ones, walked with a pick list, and seen to their end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.floor_board import node_of
from headrace.console.floor_queue import FIRST_USUALLY, queue_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.templatetags.console import words
from headrace.engine.action import Refused
from headrace.flow.release.waving import WAVE_MAX
from headrace.insight import floor, waves

REFUSED_SHOWN = 5
COLUMNS = (
    Column("number", gettext_lazy("Wave"), href="/fulfilment/{node}/waves/{number}"),
    Column("state", gettext_lazy("State"), "badge"),
    Column("fulfilments", gettext_lazy("Fulfilments"), "count"),
    Column("packed", gettext_lazy("Packed or gone"), "count"),
    Column("pieces", gettext_lazy("Pieces"), "count"),
    Column("picked", gettext_lazy("Gathered"), "count"),
    Column("made_at", gettext_lazy("Made"), "moment"),
    Column("who", gettext_lazy("By")),
)


def _states() -> list[tuple[str, Any]]:
    return [(state, words(state)) for state in waves.STATES]


@require_safe
@page("warehouse.work")
def show(request: HttpRequest, node: str) -> HttpResponseBase:
    """The waves of a node, the newest first."""
    found = node_of(node)
    which = Listing(
        "waves",
        _("Waves of %(node)s") % {"node": found.name},
        f"/fulfilment/{found.code}/waves",
        COLUMNS,
        rows=lambda chosen, after, limit: [
            {**row, "node": found.code, "who": row["made_by"].removeprefix("user:")} for row in waves.listed(found.id, chosen, after, limit)
        ],
        filters=(Filter("state", gettext_lazy("State"), choices=_states),),
        count=lambda chosen, limit: len(waves.listed(found.id, chosen, None, limit)) if chosen.get("state") == "open" else 0,
        empty=_("Make a wave in the queue: mark what is to be gathered together, or take the first ones."),
    )
    return listing.show(request, which, template="console/floor/waves.html", more={"node": found})


@require_safe
@page("warehouse.work")
def one(request: HttpRequest, node: str, number: str) -> HttpResponse:
    """The pick list of a wave with how far it is gathered, and its fulfilments. Asked by the page itself, only the inside."""
    found = node_of(node)
    told = waves.wave(found.id, number)
    if told is None:
        raise Http404(f"{node} has no wave {number}")
    visitor = visitor_of(request)
    home = f"/fulfilment/{found.code}/waves/{told['number']}"
    inside = [m for m in told["members"] if m["left_at"] is None or told["state"] == "dissolved"]
    free = deeds.form_of(
        visitor, "dissolve_wave", known={"node": found.code, "wave": told["number"]}, hidden=("node", "wave"), next_page=f"/fulfilment/{found.code}/waves", risky=True,
        effect=_("What is not packed yet is free for another wave. What was scanned stays scanned."),
    )  # fmt: skip
    context = {
        "node": found,
        "wave": told,
        "inside": inside,
        "taken_out": [m for m in told["members"] if m not in inside],
        "held": [m for m in inside if m["is_held"] and m["state"] in ("released", "picking")],
        "next": next((m for m in inside if m["state"] in ("picking", "released") and not m["is_held"]), None),
        "dissolve": free if told["state"] == "open" else None,
        "home": home,
    }
    return render(request, "console/floor/_wave.html" if request.htmx else "console/floor/wave.html", context)  # type: ignore[attr-defined]


@require_POST
@page("warehouse.work")
def make(request: HttpRequest, node: str) -> HttpResponse:
    """A wave of the marked rows, or of the first ones of the list as it is narrowed. Leads to the new wave, and says what had to stay out."""
    found = node_of(node)
    home, marked = f"/fulfilment/{found.code}", request.POST.getlist("fulfilments")[: WAVE_MAX + 1]
    outcome = acting.attempt(request, "make_wave", lambda: {"node": found.code, "fulfilments": marked or _first_of(request, found)})
    if not outcome.is_done:
        outcome.tell(request)
        return redirect(f"{home}/waves" if outcome.is_twice else home)
    tell_refused(request, outcome.answer["rows"])
    return redirect(f"{home}/waves/{outcome.answer['wave']}")


def _first_of(request: HttpRequest, found: Any) -> list[str]:
    """The first of the list that may be gathered: as its filters stand, what is released, is not held and is in no wave."""
    text = request.POST.get("first", "").strip() or str(FIRST_USUALLY)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= WAVE_MAX):
        raise Refused(_("first: write a number from 1 to %(most)s") % {"most": WAVE_MAX})
    narrowed = listing.choose(request, queue_of(found))
    chosen = {**narrowed, "state": narrowed.get("state") or "released", "held": "no", "in_wave": "no"}
    return [f"FO-{row.id}" for row in floor.queue_found(found.id, chosen, None, int(text))]


def tell_refused(request: HttpRequest, rows: list[dict[str, Any]]) -> None:
    """What stayed out, and why; the first few by name."""
    refused = [row for row in rows if not row["done"]]
    if refused:
        whys = "; ".join(row["why"] or row["key"] for row in refused[:REFUSED_SHOWN]) + (" …" if len(refused) > REFUSED_SHOWN else "")
        told = ngettext("%(n)s stayed out: %(whys)s", "%(n)s stayed out: %(whys)s", len(refused)) % {"n": len(refused), "whys": whys}
        messages.warning(request, told, extra_tags="warn")
