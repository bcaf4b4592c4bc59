"""Finance: invoices, payments, payouts and what they were matched to, the journal. Every amount opens to the rows behind it; balances are in books.py."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.papers import bills
from headrace.console.templatetags.console import DOCUMENTS
from headrace.insight import finance, finding

AGES = (
    ("open", gettext_lazy("all that is open")),
    ("current", gettext_lazy("not due yet")),
    ("to_30", gettext_lazy("1 to 30 days late")),
    ("to_60", gettext_lazy("31 to 60 days late")),
    ("to_90", gettext_lazy("61 to 90 days late")),
    ("over_90", gettext_lazy("more than 90 days late")),
)
ORIGINS = ("invoice", "credit_memo", "payment", "application", "shipment", "payout", "payout_line", "correction", "stock_move", "adjustment", "write_off")
NAV = {"nav": "console/_finance_nav.html"}
ENTITY = Filter("entity", gettext_lazy("Entity"), choices=finance.entities)
SINCE, UNTIL = Filter("since", gettext_lazy("From"), "day"), Filter("until", gettext_lazy("to"), "day")
INVOICES = Listing(
    "invoices",
    gettext_lazy("Invoices"),
    "/finance/invoices",
    (
        Column("number", gettext_lazy("Number"), href="/finance/invoices/{number}"),
        Column("kind", gettext_lazy("Kind"), "words"),
        Column("state", gettext_lazy("State"), "badge"),
        Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}", wide=True),
        Column("channel", gettext_lazy("Channel"), wide=True),
        Column("entity", gettext_lazy("Entity"), extra=True),
        Column("issued_on", gettext_lazy("Issued"), "day"),
        Column("due_on", gettext_lazy("Due"), "day", extra=True),
        Column("tax_jurisdiction", gettext_lazy("Jurisdiction"), extra=True),
        Column("goods_minor", gettext_lazy("Goods"), "money", extra=True),
        Column("tax_minor", gettext_lazy("Tax"), "money", wide=True),
        Column("total_minor", gettext_lazy("Total"), "money"),
        Column("paid_minor", gettext_lazy("Paid"), "money", wide=True),
        Column("open_minor", gettext_lazy("Open"), "money", wide=True),
    ),
    rows=finance.invoices,
    filters=(
        Filter("kind", gettext_lazy("Kind"), choices=(("invoice", gettext_lazy("invoices")), ("credit_memo", gettext_lazy("credit memos")))),
        Filter("state", gettext_lazy("State"), choices=tuple((s, gettext_lazy(s.replace("_", " "))) for s in ("issued", "captured", "on_account", "settled"))),
        Filter("channel", gettext_lazy("Channel"), choices=finding.channels),
        ENTITY,
        Filter("age", gettext_lazy("Not paid"), choices=AGES),
        SINCE,
        UNTIL,
    ),
    search=gettext_lazy("INV-17, SO-3 or a total as in 58.50"),
    keeps=("currency", "jurisdiction"),
    empty=gettext_lazy("An invoice is made when goods have left."),
)
PAYMENTS = Listing(
    "payments",
    gettext_lazy("Payments"),
    "/finance/payments",
    (
        Column("at", gettext_lazy("At"), "moment", href="/finance/payments/{id}"),
        Column("kind", gettext_lazy("Kind"), "badge"),
        Column("gateway", gettext_lazy("Gateway")),
        Column("external_ref", gettext_lazy("Reference"), "code", wide=True),
        Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
        Column("invoice", gettext_lazy("Invoice"), href="/finance/invoices/{invoice}", wide=True),
        Column("payout", gettext_lazy("Payout"), href="/finance/payouts/{payout_id}", wide=True),
        Column("amount_minor", gettext_lazy("Amount"), "money"),
    ),
    rows=finance.payments,
    filters=(
        Filter("kind", gettext_lazy("Kind"), choices=tuple((k, gettext_lazy(k)) for k in ("authorised", "captured", "refunded", "voided", "chargeback"))),
        Filter("gateway", gettext_lazy("Gateway"), choices=finance.gateways),
        Filter("paid_out", gettext_lazy("Paid out"), choices=(("yes", gettext_lazy("yes")), ("no", gettext_lazy("not yet")))),
    ),
    search=gettext_lazy("The gateway's reference"),
    empty=gettext_lazy("Payments come from the channels and gateways by themselves."),
)
PAYOUTS = Listing(
    "payouts",
    gettext_lazy("Payouts"),
    "/finance/payouts",
    (
        Column("external_ref", gettext_lazy("Payout"), href="/finance/payouts/{id}"),
        Column("partner", gettext_lazy("Partner")),
        Column("paid_on", gettext_lazy("Paid on"), "day"),
        Column("state", gettext_lazy("State"), "badge"),
        Column("match", gettext_lazy("Match"), "badge", extra=True),
        Column("lines", gettext_lazy("Lines"), "count", wide=True),
        Column("unmatched", gettext_lazy("Unmatched"), "count", href="/finance/payouts/{id}?match=unmatched"),
        Column("gross_minor", gettext_lazy("Gross"), "money", wide=True),
        Column("fee_minor", gettext_lazy("Fees"), "money", wide=True),
        Column("reserve_minor", gettext_lazy("Reserve"), "money", extra=True),
        Column("deposit_minor", pgettext_lazy("payout", "Deposit"), "money"),
        Column("difference_minor", gettext_lazy("Unexplained"), "money", wide=True),
    ),
    rows=finance.payouts,
    filters=(
        Filter("gateway", gettext_lazy("Partner"), choices=finance.gateways),
        Filter("state", gettext_lazy("State"), choices=tuple((s, gettext_lazy(s)) for s in ("received", "matched", "posted"))),
        Filter("match", gettext_lazy("Match"), choices=(("waiting", gettext_lazy("not posted")), ("unmatched", gettext_lazy("with unmatched lines")))),
    ),
    empty=gettext_lazy("Payouts come as settlement reports of gateways and marketplaces."),
)
JOURNAL = Listing(
    "journal",
    gettext_lazy("Journal"),
    "/finance/journal",
    (
        Column("id", gettext_lazy("Entry"), href="/finance/entries/{id}"),
        Column("posted_on", gettext_lazy("Posted on"), "day"),
        Column("rule", gettext_lazy("Rule"), "code"),
        Column("entity", gettext_lazy("Entity"), wide=True),
        Column("document", gettext_lazy("Document"), "document", wide=True),
        Column("accounts", gettext_lazy("Accounts"), "long"),
        Column("amount_minor", gettext_lazy("Amount"), "money"),
        Column("late_for_on", gettext_lazy("Late for"), "day", extra=True),
    ),
    rows=finance.journal,
    filters=(
        Filter("rule", gettext_lazy("Rule"), choices=finance.posting_rules),
        ENTITY,
        Filter("origin", gettext_lazy("Document"), choices=tuple((o, DOCUMENTS[o]) for o in ORIGINS)),
        Filter("late", gettext_lazy("Late"), choices=(("yes", gettext_lazy("for a closed month")),)),
        SINCE,
        UNTIL,
    ),
    search=gettext_lazy("An amount as in 58.50, or a word of a note"),
    keeps=("account",),
    empty=gettext_lazy("Entries are made by what happens: shipments, invoices, payments, receipts."),
)


def _list(which: Listing) -> Any:
    @require_safe
    @page("ledger.read")
    def show_list(request: HttpRequest) -> HttpResponseBase:
        return listing.show(request, which, more=NAV)

    return show_list


invoices, payments, payouts, journal = map(_list, (INVOICES, PAYMENTS, PAYOUTS, JOURNAL))


@require_safe
@page("ledger.read")
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice: lines that sum to it, what was paid, and its entries."""
    found = finance.invoice(number)
    if found is None:
        raise Http404(f"there is no invoice {number}")
    return render(request, "console/invoice.html", {"invoice": found})


@require_safe
@page("ledger.read")
def invoice_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The invoice or credit memo as a PDF; who may not see personal data gets it without the customer's address."""
    found = finance.invoice(number)
    if found is None:
        raise Http404(f"there is no invoice {number}")
    parties = finance.parties(found["id"])
    if not visitor_of(request).may("orders.personal"):
        parties = {**parties, **dict.fromkeys(("name", "company", "line1", "line2", "city"), None)}
    answer = HttpResponse(bills.bill(found, parties), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found["number"]}.pdf"'
    answer["Cache-Control"] = "no-store"  # it names a customer
    return answer


@require_safe
@page("ledger.read")
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry: legs, the rule's why, its document."""
    found = finance.entry(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no entry {number}")
    undo = deeds.form_of(
        visitor_of(request), "undo_entry", known={"entry_id": number}, hidden=("entry_id",), next_page=f"/finance/entries/{number}", risky=True,
        effect=_("A new entry with the same legs the other way round is posted; this one stays."),
    )  # fmt: skip
    return render(request, "console/entry.html", {"entry": found, "deeds": [] if found["undone_by"] else deeds.offered([undo])})
