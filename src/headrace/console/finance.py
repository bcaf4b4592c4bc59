"""Finance: invoices, payments, payouts and what they were matched to, journal, trial balance, tax, periods. Every amount opens to the rows behind it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.insight import finance, finding
from headrace.insight.operation import last_verification
from headrace.ledger import periods as book
from headrace.ledger import reading

PERIODS_SHOWN = 12
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
        SINCE,
        UNTIL,
    ),
    search=gettext_lazy("INV-17 or SO-3"),
    empty=gettext_lazy("An invoice is made when goods have left."),
)
PAYMENTS = Listing(
    "payments",
    gettext_lazy("Payments"),
    "/finance/payments",
    (
        Column("at", gettext_lazy("At"), "moment"),
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
        Column("lines", gettext_lazy("Lines"), "count", wide=True),
        Column("unmatched", gettext_lazy("Unmatched"), "count", href="/finance/payouts/{id}?match=unmatched"),
        Column("gross_minor", gettext_lazy("Gross"), "money", wide=True),
        Column("fee_minor", gettext_lazy("Fees"), "money", wide=True),
        Column("reserve_minor", gettext_lazy("Reserve"), "money", extra=True),
        Column("deposit_minor", gettext_lazy("Deposit"), "money"),
        Column("difference_minor", gettext_lazy("Unexplained"), "money", wide=True),
    ),
    rows=finance.payouts,
    filters=(
        Filter("gateway", gettext_lazy("Partner"), choices=finance.gateways),
        Filter("state", gettext_lazy("State"), choices=tuple((s, gettext_lazy(s)) for s in ("received", "matched", "posted"))),
        Filter("match", gettext_lazy("Match"), choices=(("unmatched", gettext_lazy("with unmatched lines")),)),
    ),
    empty=gettext_lazy("Payouts come as settlement reports of gateways and marketplaces."),
)
LINE_COLUMNS = (
    Column("line_no", "#", "count"),
    Column("kind", gettext_lazy("Kind"), "words"),
    Column("external_ref", gettext_lazy("Reference"), "code", wide=True),
    Column("match", gettext_lazy("Match"), "badge"),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}"),
    Column("invoice", gettext_lazy("Invoice"), href="/finance/invoices/{invoice}", wide=True),
    Column("paid_minor", gettext_lazy("Our payment"), "money", wide=True),
    Column("gross_minor", gettext_lazy("Gross"), "money", wide=True),
    Column("fee_minor", gettext_lazy("Fee"), "money", wide=True),
    Column("net_minor", gettext_lazy("Net"), "money"),
    Column("note", gettext_lazy("Note"), "long", extra=True),
)
MATCH = Filter(
    "match",
    gettext_lazy("Match"),
    choices=(("matched", gettext_lazy("matched")), ("unmatched", gettext_lazy("unmatched")), ("needs none", gettext_lazy("needs none"))),
)
UNMATCHED = Listing(
    "unmatched",
    gettext_lazy("Unmatched payout lines"),
    "/finance/unmatched",
    (
        Column("payout", gettext_lazy("Payout"), href="/finance/payouts/{payout_id}"),
        Column("partner", gettext_lazy("Partner")),
        Column("paid_on", gettext_lazy("Paid on"), "day"),
        *LINE_COLUMNS,
    ),
    rows=lambda chosen, after, limit: finance.payout_lines({**chosen, "match": "unmatched"}, after, limit),
    empty=gettext_lazy("Every line of every payout is matched to one of our payments."),
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
        Column("origin", gettext_lazy("Document"), "words", wide=True),
        Column("accounts", gettext_lazy("Accounts"), "long"),
        Column("amount_minor", gettext_lazy("Amount"), "money"),
        Column("late_for_on", gettext_lazy("Late for"), "day", extra=True),
    ),
    rows=finance.journal,
    filters=(Filter("rule", gettext_lazy("Rule"), choices=finance.posting_rules), ENTITY, SINCE, UNTIL),
    empty=gettext_lazy("Entries are made by what happens: shipments, invoices, payments, receipts."),
)


@require_safe
@page("ledger.read")
def show(request: HttpRequest) -> HttpResponse:
    """What a controller looks at first."""
    return render(request, "console/finance.html", {**finance.overview(), "periods": book.periods()[:PERIODS_SHOWN], "verification": last_verification()})


def _list(which: Listing) -> Any:
    @require_safe
    @page("ledger.read")
    def show_list(request: HttpRequest) -> HttpResponseBase:
        return listing.show(request, which, more=NAV)

    return show_list


invoices, payments, payouts, unmatched, journal = map(_list, (INVOICES, PAYMENTS, PAYOUTS, UNMATCHED, JOURNAL))


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
        filters=(MATCH,),
    )
    return listing.show(request, which, template="console/payout.html", more={"payout": found, **NAV})


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


def _span(request: HttpRequest) -> tuple[date, date]:
    """The days that the address names; this month where it names none."""
    today = timezone.localdate()

    def day(name: str, default: date) -> date:
        try:
            return date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            return default

    last = day("until", today)
    return day("since", last.replace(day=1)), last


def _entity(request: HttpRequest) -> str | None:
    return next((code for code, _name in finance.entities() if code == request.GET.get("entity")), None)


@require_safe
@page("ledger.read")
def trial_balance(request: HttpRequest) -> HttpResponse:
    """What every account holds; closings of an entity and currency sum to zero, and the page says so."""
    first, last = _span(request)
    entity = _entity(request)
    rows = reading.trial_balance(entity, first, last)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["entity"], row["currency"]), []).append(row)
    told = [
        {"entity": e, "currency": c, "rows": part, **{f"{k}_minor": sum(r[f"{k}_minor"] for r in part) for k in ("opening", "debit", "credit", "closing")}}
        for (e, c), part in groups.items()
    ]
    return render(request, "console/trial_balance.html", {"groups": told, "since": first, "until": last, "entity": entity, "entities": finance.entities()})


@require_safe
@page("ledger.read")
def account(request: HttpRequest, code: str) -> HttpResponseBase:
    """Every leg of an account, down to its document."""

    def rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        try:
            found = reading.account_rows(
                code,
                chosen["entity"],
                chosen["since"],
                chosen["until"],
                before=int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None,
                limit=limit,
            )
        except LookupError:
            raise Http404(f"nobody has posted to an account {code}") from None
        return [{**row, "cursor": row["id"], "order_number": f"SO-{row['order_id']}" if row["order_id"] else None} for row in found]

    columns = (
        Column("entry_id", gettext_lazy("Entry"), href="/finance/entries/{entry_id}"),
        Column("posted_on", gettext_lazy("Posted on"), "day"),
        Column("rule", gettext_lazy("Rule"), "code", wide=True),
        Column("account", gettext_lazy("Account"), wide=True),
        Column("document", gettext_lazy("Document"), "long"),
        Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}", wide=True),
        Column("amount_minor", gettext_lazy("Amount"), "money"),
    )
    return listing.show(request, Listing(f"account-{code}", code, f"/finance/accounts/{code}", columns, rows=rows, filters=(ENTITY, SINCE, UNTIL)), more=NAV)


@require_safe
@page("ledger.read")
def tax(request: HttpRequest) -> HttpResponse:
    """Tax by jurisdiction, as documents say it, beside what the books hold."""
    first, last = _span(request)
    rows = finance.tax(_entity(request), first, last)
    context = {
        "rows": rows,
        "since": first,
        "until": last,
        "entity": _entity(request),
        "entities": finance.entities(),
        "off": [r for r in rows if r["difference_minor"]],
    }
    return render(request, "console/tax.html", context)


@require_safe
@page("ledger.read")
def periods(request: HttpRequest) -> HttpResponse:
    """The state of each month, with the deeds that open and close them."""
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    visitor, known, choices = visitor_of(request), {"month": month}, {"entity": finance.entities()}
    effects = {
        "close_period": _("Nothing is posted into it any more; what comes late goes into the next month, marked so."),
        "reopen_period": _("Entries may be posted into it again, until it is closed anew."),
        "open_period": _("Entries may be posted into it."),
        "set_exchange_rate": _("Reports in another currency use it from that day on."),
        "post_manual_entry": _("One leg a line: account, a blank, amount; debits positive, credits negative. They must sum to zero."),
    }
    forms = [deeds.form_of(visitor, name, known=known, choices=choices, effect=effect, next_page="/finance/periods") for name, effect in effects.items()]
    return render(request, "console/periods.html", {"periods": book.periods(), "deeds": deeds.offered(forms)})
