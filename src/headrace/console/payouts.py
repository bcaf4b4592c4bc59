"""Payouts and their lines: what each deposit consists of, which lines nobody has explained, and the deeds that explain them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import deeds, listing
from headrace.console.access import Visitor, page, visitor_of
from headrace.console.finance import NAV
from headrace.console.listing import WORD_CHARS_MAX, Column, Filter, Listing
from headrace.engine import sockets
from headrace.insight import finance, money
from headrace.ledger.explaining import BEARERS

LINE_COLUMNS = (
    Column("line_no", "#", "count"),
    Column("kind", gettext_lazy("Kind"), "words"),
    Column("external_ref", gettext_lazy("Reference"), "code", wide=True),
    Column("match", gettext_lazy("Match"), "badge", href="/finance/lines/{key}"),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
    Column("invoice", gettext_lazy("Invoice"), href="/finance/invoices/{invoice}", wide=True),
    Column("paid_minor", gettext_lazy("Our payment"), "money", href="/finance/payments/{payment_id}", wide=True),
    Column("gross_minor", gettext_lazy("Gross"), "money", wide=True),
    Column("fee_minor", gettext_lazy("Fee"), "money", wide=True),
    Column("net_minor", gettext_lazy("Net"), "money"),
    Column("note", gettext_lazy("Note"), "long", extra=True),
)
MATCHES = (
    ("matched", gettext_lazy("matched")),
    ("unmatched", gettext_lazy("unmatched")),
    ("written off", gettext_lazy("written off")),
    ("needs none", gettext_lazy("needs none")),
)
UNMATCHED = Listing(
    "unmatched",
    gettext_lazy("Unmatched payout lines"),
    "/finance/unmatched",
    (
        Column("line", gettext_lazy("Line"), href="/finance/lines/{line}"),
        Column("partner", gettext_lazy("Partner")),
        Column("payout", gettext_lazy("Payout"), href="/finance/payouts/{payout_id}", wide=True),
        Column("paid_on", gettext_lazy("Paid on"), "day", wide=True),
        Column("days_old", gettext_lazy("Days old"), "count"),
        Column("kind", gettext_lazy("Kind"), "words"),
        Column("external_ref", gettext_lazy("Reference"), "code", wide=True),
        Column("gross_minor", gettext_lazy("Gross"), "money"),
        Column("fee_minor", gettext_lazy("Fee"), "money", wide=True),
        Column("note", gettext_lazy("Note"), "long", extra=True),
    ),
    rows=lambda chosen, after, limit: finance.payout_lines({**chosen, "match": "unmatched"}, after, limit),
    filters=(Filter("gateway", gettext_lazy("Partner"), choices=finance.gateways),),
    empty=gettext_lazy("Every line of every payout is explained."),
    marks="line",
    deeds_on_many="console/finance/many_lines.html",
)


def bearers() -> list[tuple[str, str]]:
    """Accounts that may bear a difference, in the reader's words."""
    says = {
        "payment_fees": _("Payment fees"),
        "payout_adjustments": _("Payout adjustments"),
        "chargebacks": _("Chargebacks"),
        "bad_debt": _("Bad debt"),
        "rounding": _("Rounding"),
        "other_income": _("Other income"),
    }
    return [(root, says[root]) for root in BEARERS]


def _limits() -> dict[str, int]:
    """What one person decides alone about lines, in minor units: of one payout, and in a day."""
    policy = sockets.policy_in_force("payouts", timezone.now())[1]
    return {"limit_minor": policy["difference_alone_minor_max"], "day_minor": policy["write_off_day_minor_max"]}


@require_safe
@page("ledger.read")
def unmatched(request: HttpRequest) -> HttpResponseBase:
    """Lines that nobody has explained, with the deeds on many."""
    which = UNMATCHED if visitor_of(request).may("ledger.post") else listing.without_marks(UNMATCHED)
    more = {**NAV, "bearers": bearers(), **_limits()}
    return listing.show(request, which, template="console/finance/unmatched.html", more=more)


@require_safe
@page("ledger.read")
def payout(request: HttpRequest, number: int) -> HttpResponseBase:
    """One payout, explained line by line, to the cent."""
    found = finance.payout(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no payout {number}")
    which = Listing(
        f"payout-{number}",
        _("Payout %(ref)s") % {"ref": found["external_ref"]},
        f"/finance/payouts/{number}",
        LINE_COLUMNS,
        rows=lambda chosen, after, limit: finance.payout_lines({**chosen, "payout": str(number)}, after, limit),
        filters=(Filter("match", gettext_lazy("Match"), choices=MATCHES),),
    )
    form = deeds.form_of(
        visitor_of(request),
        "write_off_payout_difference",
        known={"payout_id": number},
        hidden=("payout_id",),
        choices={"account": bearers()},
        effect=_("A line of the payout says what the deposit has more or less than the others, and the account bears it."),
        next_page=f"/finance/payouts/{number}",
        risky=True,
    )
    can_be = found["state"] != "posted" and found["hold"] == "held" and found["difference_minor"] and found["match"] != "incomplete"
    more = {"payout": found, "told": money.explanations(number), "deeds": deeds.offered([form]) if can_be else [], **_limits(), **NAV}
    return listing.show(request, which, template="console/payout.html", more=more)


@require_safe
@page("ledger.read")
def line(request: HttpRequest, key: str) -> HttpResponse:
    """One line: what it is, which payments it may be with the difference to each, what people decided, and the deeds."""
    found = money.payout_line(key)
    if found is None:
        raise Http404(f"there is no payout line {key}")
    visitor, text = visitor_of(request), request.GET.get("q", "").replace("\x00", "").strip()[:WORD_CHARS_MAX]
    is_open = found["is_open"] and not (found["payout_state"] != "posted" and found["hold"] == "clear")
    context = {
        "line": found,
        "q": text,
        "is_being_matched": found["is_open"] and not is_open,
        "meant": money.payments_for(found, text) if is_open and found["kind"] != "difference" else [],
        "document": money.document_named(text) if is_open and text else None,
        "bearers": bearers(),
        **_limits(),
        "may_post": visitor.may("ledger.post"),
        "deeds": deeds.offered(_deeds(visitor, found, is_open)),
    }
    return render(request, "console/finance/line.html", context)


def _deeds(visitor: Visitor, found: dict[str, Any], is_open: bool) -> list[dict[str, Any] | None]:
    given: dict[str, Any] = {"known": {"lines": [found["key"]]}, "hidden": ("lines",), "next_page": f"/finance/lines/{found['key']}", "risky": True}
    write_off = _("The account bears the whole line. Nothing is matched to it; it can be taken back.")
    take_back = _("The line is open again, and its entry gets its contrary. A payment that was recorded from the line stays recorded.")
    return [
        deeds.form_of(visitor, "write_off_payout_lines", choices={"account": bearers()}, effect=write_off, **given) if is_open else None,
        deeds.form_of(visitor, "take_back_payout_lines", effect=take_back, **given) if found["explanation_id"] else None,
    ]
