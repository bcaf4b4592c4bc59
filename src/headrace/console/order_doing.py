"""Doing a deed from the page of an order: refused where somebody else has changed the order meanwhile, with nothing of what was typed lost."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, order_effects, order_page
from headrace.console.access import page, visitor_of
from headrace.console.order_deeds import FRESH
from headrace.console.order_view import event
from headrace.engine import by_name
from headrace.insight import order_story


@require_POST
@page("orders.read")
def do(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Do the deed; the action checks the permission. A refusal shows the page anew with the form as it was typed, and says why."""
    found, action = order_page.order_id(number), by_name.named().get(name)
    if action is None:
        raise Http404(f"no action {name}")
    before = acting.done_before(request, name)
    if before is not None:
        before.tell(request)
        return redirect(f"/orders/SO-{found}")
    seen = request.POST.get("seen", "")
    if name in FRESH and seen and seen != order_story.version(found):
        news = [event({**e, "facts": {}, "document": None, "message_id": None}) for e in order_story.since(found, seen)]
        return _refused(request, found, name, _("The order has changed since you looked. Nothing was done; look at it as it is now and press again."), news)
    outcome = acting.attempt(request, name, lambda: {**_given(request, name), "order_id": found})
    if outcome.refusal is not None:
        return _refused(request, found, name, outcome.says, [])
    outcome.tell(request, done=_("%(deed)s: done.") % {"deed": _(action.says)})
    return redirect(f"/orders/SO-{found}")


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    given = acting.fields_given(request, name)
    given.pop("seen", None)
    return given


def _refused(request: HttpRequest, found: int, name: str, why: str, news: list[dict[str, Any]]) -> HttpResponse:
    typed = {k: v for k, v in request.POST.items() if k not in ("csrfmiddlewaretoken", "next", "seen", "once")}
    uncovered = visitor_of(request).may("orders.personal")
    return order_page.show(request, found, uncovered=uncovered, refused={"name": name, "why": why, "typed": typed, "news": news})


@require_safe
@page("orders.edit")
def effect(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """What the deed would do to this order with what stands in its form now, by the rules of the deed itself; nothing is changed."""
    found = order_page.order_id(number)
    told = order_effects.foreseen(found, name, request.GET.get("line", ""), request.GET.get("qty", ""))
    return render(request, "console/order/effect.html", {"told": told})
