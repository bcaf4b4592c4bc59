"""The page of one order: where it stands, why, what happened, and what may be done about it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, order_deeds, order_view
from headrace.console.access import page, visitor_of
from headrace.governance.uncovering import uncover_order
from headrace.insight import decisions, figures, order_card, order_story
from headrace.insight.personal import masked_case, masked_order

VOICES = (
    ("channel", gettext_lazy("Channel")),
    ("stock", gettext_lazy("Stock and routing")),
    ("warehouse", gettext_lazy("Warehouse")),
    ("money", gettext_lazy("Money")),
    ("people", gettext_lazy("People")),
)


def order_id(number: str) -> int:
    """The order's id; a page that is not there where there is no such order."""
    digits = number.upper().removeprefix("SO-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19) or not order_card.exists(int(digits)):
        raise Http404(f"there is no order {number}")
    return int(digits)


@require_safe
@page("orders.read")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One order whole; people without orders.personal see that there is a customer, not who."""
    return show(request, order_id(number), uncovered=visitor_of(request).may("orders.personal"))


@require_safe
@page("orders.read")
def live(request: HttpRequest, number: str) -> HttpResponse:
    """What the open page asks now and then: nothing while the order is as it was seen, else its parts anew."""
    found = order_id(number)
    if request.GET.get("seen") == order_story.version(found):
        return HttpResponse(status=204)
    return show(request, found, uncovered=visitor_of(request).may("orders.personal"), template="console/order/live.html")


@require_POST
@page("orders.uncover")
def uncover(request: HttpRequest, number: str) -> HttpResponse:
    """The same page once with personal data, for a reason that goes on record. Not kept anywhere: the next look is masked again."""
    found = order_id(number)
    outcome = acting.attempt(request, uncover_order, {"order_id": found, "why": request.POST.get("why", "")})
    if not outcome.is_done:
        outcome.tell(request)
        return redirect(f"/orders/SO-{found}")
    answer = show(request, found, uncovered=True, once=True)
    answer["Cache-Control"] = "no-store"
    return answer


def show(
    request: HttpRequest, found: int, *, uncovered: bool, once: bool = False, template: str = "console/order.html", refused: dict[str, Any] | None = None
) -> HttpResponse:
    """The page, or its live part. `refused` is a deed that was not done: its name, why, and what had been typed."""
    visitor = visitor_of(request)
    seen = order_story.version(found)  # before the rest is read: what changes in between is news
    told = order_view.about(found)
    if not uncovered:
        told = {**masked_order(told), "cases": [masked_case(c) for c in told["cases"]]}
        told["facts"] = order_view.facts_of(told["extra"])
    shown = request.GET.get("show", "")
    context = {
        "order": told,
        "seen": seen,
        "is_once": once,
        "story": _story(found, shown, personal=uncovered),
        "voices": VOICES,
        "shown": shown,
        "decisions": _decisions(found),
        "policy_name": "routing",
        "why_here": order_card.why_here(told),
        "others": order_view.others(found, personal=uncovered),
        "papers": order_view.papers(told, visitor),
        "is_masked": not uncovered,
        "may_uncover": visitor.may("orders.uncover"),
        "may_books": visitor.may("ledger.read"),
        "may_raw": visitor.may("orders.personal") and visitor.may("orders.read"),
        "may_warehouse": visitor.may("warehouse.work"),
        "refused": refused,
        **order_deeds.about(visitor, told, seen=seen, refused=refused),
    }
    return render(request, template, context, status=409 if refused else 200)


def _story(found: int, shown: str, *, personal: bool) -> list[dict[str, Any]]:
    told = [order_view.event(e) for e in order_story.story(found, personal=personal)]
    return [e for e in reversed(told) if shown not in dict(VOICES) or e["voice"] == shown]


def _decisions(found: int) -> list[dict[str, Any]]:
    currencies = decisions.currencies_of_nodes()
    return [{**d, "candidates": decisions.candidates(d, currencies), "titles": decisions.titles(d["sorts"])} for d in reversed(figures.allocation(found))]


@require_safe
@page("orders.read")
def dry_look(request: HttpRequest, number: str) -> HttpResponse:
    """Where routing would send the order now; nothing is changed."""
    return render(request, "console/order/dry_look.html", {"goes": decisions.would_choose_now(order_id(number))})
