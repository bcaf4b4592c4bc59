"""How a count differs from the books, and what becomes of it: counted again, posted, or cancelled. For those who may correct stock."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_safe

from headrace.console import counting, deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.engine import sockets
from headrace.governance import corrections
from headrace.insight import counts
from headrace.stock import documents
from headrace.values.money import decimal_from

WHICH = (
    ("differs", gettext_lazy("differs")),
    ("found", gettext_lazy("more than the books say")),
    ("missing", gettext_lazy("less than the books say")),
    ("right", gettext_lazy("right")),
    ("again", gettext_lazy("to be counted again")),
    ("refused", gettext_lazy("could not be posted")),
    ("not_counted", gettext_lazy("not counted")),
)
STATES = (
    gettext_noop("posted"),
    gettext_noop("refused"),
    gettext_noop("count again"),
    gettext_noop("not counted"),
    gettext_noop("right"),
    gettext_noop("differs"),
)
COLUMNS = (
    Column("sku", "SKU", href="/stock/{sku}"),
    Column("name", gettext_lazy("Name"), "long", wide=True),
    Column("state", gettext_lazy("State"), "badge"),
    Column("on_hand_each", gettext_lazy("Book"), "count", wide=True),
    Column("picked_each", gettext_lazy("Picked, on the bench"), "count", wide=True),
    Column("book_each", gettext_lazy("Expected"), "count"),
    Column("counted_each", gettext_lazy("Counted"), "count"),
    Column("off_each", gettext_lazy("Difference"), "count"),
    Column("off_percent", gettext_lazy("of the book"), "percent", extra=True),
    Column("value_minor", gettext_lazy("Value"), "money"),
    Column("rounds", gettext_lazy("Rounds"), "count", href="/stock/counts/{count}/entries?q={sku}", wide=True),
    Column("counted_by", gettext_lazy("Counted by"), "person", wide=True),
    Column("counted_at", gettext_lazy("Counted at"), "moment", extra=True),
    Column("fault", gettext_lazy("Why not posted"), "long", wide=True),
)


@require_safe
@page("stock.adjust")
def show(request: HttpRequest, number: int) -> HttpResponseBase:
    """Every line with how it differs and what that is worth; what posting would do stands above."""
    document = counting.found(number)
    which = Listing(
        "variances",
        _("Differences of %(count)s") % {"count": document["number"]},
        f"/stock/counts/{number}/variances",
        COLUMNS,
        rows=lambda chosen, after, limit: [{**row, "count": number} for row in counts.variances(number, chosen, after, limit)],
        filters=(Filter("which", gettext_lazy("Which"), choices=WHICH),),
        search=gettext_lazy("SKU, or how it begins"),
        marks="line_id" if document["state"] == "open" else "",
        deeds_on_many="console/stock/recount_many.html",
    )
    sums = counts.sums(number)
    more = {**counting.NAV, "document": document, "sums": sums, **_deeds(request, document, sums)}
    return listing.show(request, which, template="console/stock/variances.html", more=more)


def _deeds(request: HttpRequest, document: dict[str, Any], sums: dict[str, Any]) -> dict[str, Any]:
    """The forms of posting and cancelling, and whether a second person is needed."""
    if document["state"] != "open":
        return {}
    visitor, limits = visitor_of(request), sockets.policy_in_force("stock_corrections", timezone.now())[1]
    home = f"/stock/counts/{document['id']}/variances"
    post = deeds.form_of(
        visitor, "post_count", known={"count": document["number"], "seen": documents.digest(document["id"]), "note": _("counted")}, hidden=("count", "seen"),
        without=() if sums["again"] else ("despite_recounts",), effect=_("The differences are posted with their value; what came and went since the count stays so."),
        next_page=home, risky=True,
    )  # fmt: skip
    cancel = deeds.form_of(visitor, "cancel_count", known={"count": document["number"]}, hidden=("count",), next_page=home, risky=True)
    worths = {document["currency"]: decimal_from(sums["worth_minor"], document["currency"])}
    needs_second = corrections.needs_second(visitor.actor, worths, timezone.now())
    return {"post": post if sums["to_post"] else None, "cancel": cancel, "limits": limits, "needs_second": needs_second}


@require_safe
@page("stock.adjust")
def entries(request: HttpRequest, number: int) -> HttpResponseBase:
    """Every quantity that was written down, with who and when."""
    document = counting.found(number)
    which = Listing(
        "count_entries",
        _("What was written down for %(count)s") % {"count": document["number"]},
        f"/stock/counts/{number}/entries",
        (
            Column("counted_at", gettext_lazy("At"), "moment"),
            Column("sku", "SKU", href="/stock/{sku}"),
            Column("name", gettext_lazy("Name"), "long", wide=True),
            Column("counted_each", gettext_lazy("Counted"), "count"),
            Column("picked_each", gettext_lazy("Picked, on the bench"), "count", wide=True),
            Column("book_each", gettext_lazy("Expected"), "count"),
            Column("off_each", gettext_lazy("Difference"), "count"),
            Column("counted_by", gettext_lazy("Counted by"), "person"),
        ),
        rows=lambda chosen, after, limit: counts.entries(number, chosen, after, limit),
        search=gettext_lazy("SKU"),
        empty=gettext_lazy("Nothing has been written down yet."),
    )
    return listing.show(request, which, more={**counting.NAV, "document": document})
