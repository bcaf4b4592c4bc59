"""One payment: what it was, whose, in which payout, and how it stands in the books. Who paid is shown to those who may see it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from headrace.console.access import page, visitor_of
from headrace.insight import money


@require_safe
@page("ledger.read")
def payment(request: HttpRequest, number: int) -> HttpResponse:
    """A payment with all that happened to the money of its order."""
    may_see = visitor_of(request).may("orders.personal")
    found = money.payment(number, personal=may_see) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no payment {number}")
    return render(request, "console/finance/payment.html", {"payment": found, "may_see_personal": may_see})
