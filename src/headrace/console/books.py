"""The books as a controller reads them: overview, trial balance, an account's statement, tax, periods with what blocks their close. Sums are read from slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import cells, deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.finance import ENTITY, NAV, SINCE, UNTIL
from headrace.console.listing import Column, Listing, parse_day
from headrace.console.spreadsheets import as_csv, no_file
from headrace.engine.action import Refused
from headrace.flow.close import checking
from headrace.insight import books, closing, finance
from headrace.insight.operation import last_verification
from headrace.ledger import periods as periods_book
from headrace.ledger import reading

PERIODS_SHOWN = 6
MONTHS_SHOWN = 24
CHECK_SAYS = {
    "payouts": gettext_lazy("Payouts that are not posted"),
    "suspense": gettext_lazy("Lines of posted payouts that nobody explains any more"),
    "shipments": gettext_lazy("Shipments without an invoice"),
    "held": gettext_lazy("Shipments that a case holds back from their invoice"),
    "cases": gettext_lazy("Open cases of finance"),
    "approvals": gettext_lazy("Entries that wait for a second person"),
}


CLOSE_COLUMNS = (
    Column("document", gettext_lazy("Document"), href="{address}"),
    Column("on_day", gettext_lazy("Day"), "day"),
    Column("state", gettext_lazy("State"), "badge"),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}", wide=True),
    Column("amount_minor", gettext_lazy("Amount"), "money"),
)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def months(today: date) -> list[tuple[str, date]]:
    """The last months, the newest first, for a picker."""
    found, month = [], today.replace(day=1)
    for _n in range(MONTHS_SHOWN):
        found.append((month.strftime("%Y-%m"), month))
        month = _month_before(month)
    return found


def span(request: HttpRequest) -> tuple[date, date]:
    """The days that the address names: a month, or from and to; this month where it names none."""
    today = timezone.localdate()
    first = parse_day(f"{request.GET.get('month', '')}-01")
    if first is not None:
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    last = parse_day(request.GET.get("until", "")) or today
    return parse_day(request.GET.get("since", "")) or last.replace(day=1), last


def _entity(request: HttpRequest) -> str | None:
    return next((code for code, _name in finance.entities() if code == request.GET.get("entity")), None)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What the picker of days and entity shows, and the address's query for its links."""
    first, last = span(request)
    entity = _entity(request)
    query = {"entity": entity or "", "since": first.isoformat(), "until": last.isoformat()}
    return {"since": first, "until": last, "entity": entity, "entities": finance.entities(), "months": months(timezone.localdate()), "query": urlencode(query)}


def _file(request: HttpRequest, name: str, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> HttpResponseBase:
    """Rows as CSV: money as decimals with its currency. Where the address names days or an entity that are none, a file would be of others."""
    told = {n: request.GET[n] for n in ("month", "since", "until", "entity") if request.GET.get(n)}
    wrong = [
        _("%(field)s: “%(value)s” is no date; write it as %(example)s.") % {"field": n, "value": v[:40], "example": "2026-01" if n == "month" else "2026-01-31"}
        for n, v in told.items()
        if n != "entity" and parse_day(f"{v}-01" if n == "month" else v) is None
    ]
    if "entity" in told and _entity(request) is None:
        wrong.append(_("entity: “%(value)s” is no entity of ours.") % {"value": told["entity"][:40]})
    if wrong:
        return no_file(request, wrong)
    return as_csv(name, [c.title for c in columns], ([cells.plain_cell(c, row, False) for c in columns] for row in rows))


@require_safe
@page("ledger.read")
def show(request: HttpRequest) -> HttpResponse:
    """What a controller looks at first: what is owed and held, what waits, what blocks the close."""
    today, entity = timezone.localdate(), _entity(request)
    month = _month_before(today).strftime("%Y-%m")
    context = {
        "entity": entity,
        "entities": finance.entities(),
        "receivable": books.receivable(today, entity),
        "held": books.holdings(entity),
        "waiting": books.payouts_waiting(),
        "payouts": finance.payouts_waiting(),
        "periods": periods_book.periods(entity)[-PERIODS_SHOWN:],
        "checklists": [_checklist(code, month) for code, _name in finance.entities() if entity in (None, code)],
        "verification": last_verification(),
    }
    return render(request, "console/finance.html", context)


def _checklist(entity: str, month: str) -> dict[str, Any]:
    found = checking.what_blocks(entity, month, timezone.now())
    items = [{**item, "title": CHECK_SAYS[item["what"]], "address": f"/finance/close/{item['what']}?entity={entity}&month={month}"} for item in found]
    return {"entity": entity, "month": month, "first": date.fromisoformat(f"{month}-01"), "checks": items, "clear": not any(item["n"] for item in items)}


TRIAL_COLUMNS = (
    Column("entity", gettext_lazy("Entity")),
    Column("account", gettext_lazy("Account")),
    Column("kind", gettext_lazy("Kind")),
    *(
        Column(f"{n}_minor", t, "money")
        for n, t in (("opening", gettext_lazy("Opening")), ("debit", gettext_lazy("Debit")), ("credit", gettext_lazy("Credit")))
    ),
    Column("closing_minor", gettext_lazy("Closing"), "money"),
)


@require_safe
@page("ledger.read")
def trial_balance(request: HttpRequest) -> HttpResponseBase:
    """What every account holds; closings of an entity and currency sum to zero, and the page says so. `compare` puts the days before beside it."""
    chosen = _chosen(request)
    rows = reading.trial_balance(chosen["entity"], chosen["since"], chosen["until"])
    if request.GET.get("format") == "csv":
        return _file(request, "trial-balance", TRIAL_COLUMNS, rows)
    compare = request.GET.get("compare") in ("before", "year")
    before = _span_before(chosen["since"], chosen["until"], request.GET["compare"]) if compare else None
    then = {(r["entity"], r["currency"], r["account"]): r for r in reading.trial_balance(chosen["entity"], *before)} if before else {}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        other = then.get((row["entity"], row["currency"], row["account"]), {"debit_minor": 0, "credit_minor": 0})
        moved, moved_then = row["debit_minor"] - row["credit_minor"], other["debit_minor"] - other["credit_minor"]
        groups.setdefault((row["entity"], row["currency"]), []).append(
            {**row, "moved_minor": moved, "then_minor": moved_then, "change_minor": moved - moved_then}
        )
    sums = ("opening", "debit", "credit", "closing")
    told = [{"entity": e, "currency": c, "rows": part, **{f"{k}_minor": sum(r[f"{k}_minor"] for r in part) for k in sums}} for (e, c), part in groups.items()]
    return render(request, "console/trial_balance.html", {**chosen, "groups": told, "before": before, "compare": request.GET.get("compare", "")})


def _span_before(first: date, last: date, which: str) -> tuple[date, date]:
    """As many days before, whole months staying whole; or the same days a year before."""
    whole_month = first.day == 1 and (last + timedelta(days=1)).day == 1
    if which == "year":
        return (_year_before(first), _year_before(last))
    if whole_month and first.month == last.month:
        return _month_before(first), first - timedelta(days=1)
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


ACCOUNT_COLUMNS = (
    Column("entry_id", gettext_lazy("Entry"), href="/finance/entries/{entry_id}"),
    Column("posted_on", gettext_lazy("Posted on"), "day"),
    Column("rule", gettext_lazy("Rule"), "code", wide=True),
    Column("account", gettext_lazy("Account"), extra=True),
    Column("document", gettext_lazy("Document"), "long"),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}", wide=True),
    Column("debit_minor", gettext_lazy("Debit"), "money"),
    Column("credit_minor", gettext_lazy("Credit"), "money"),
)
BALANCE = Column("balance_minor", gettext_lazy("Balance"), "money", wide=True)


@require_safe
@page("ledger.read")
def account(request: HttpRequest, code: str) -> HttpResponseBase:
    """The statement of an account: what it held, every leg down to its document, what it holds; with a running balance where it is of one entity and currency."""
    chosen = {name: request.GET.get(name) for name in ("entity", "since", "until")}
    holdings: list[dict[str, Any]] = []

    def rows(picked: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        holdings[:] = books.statement(code, picked["entity"], picked["since"], picked["until"])
        number, _colon, balance = (after or "").partition(":")
        low, high = books.entry_numbers(picked["since"], picked["until"], code)
        try:
            before = int(number) if number.isdecimal() and len(number) < 19 else high + 1
            found = reading.account_rows(code, picked["entity"], picked["since"], picked["until"], before=before, after=low - 1, limit=limit)
        except LookupError:
            raise Http404(f"nobody has posted to an account {code}") from None
        return list(_with_balance(found, _carried(holdings, balance, bool(after))))

    one = len(books.statement(code, _entity(request), None, None)) == 1
    which = Listing(
        f"account-{code}", code, f"/finance/accounts/{code}", (*ACCOUNT_COLUMNS, *((BALANCE,) if one else ())), rows=rows, filters=(ENTITY, SINCE, UNTIL)
    )
    return listing.show(request, which, template="console/account.html", more={"holdings": holdings, "account": code, "since": chosen["since"], **NAV})


def _carried(holdings: list[dict[str, Any]], balance: str, is_later: bool) -> int | None:
    """The balance after the page's first row: carried over from the page before, or the closing; None where there are several."""
    if len(holdings) != 1:
        return None
    if is_later:
        return int(balance) if balance.lstrip("-").isdecimal() and len(balance) < 19 else None
    return int(holdings[0]["closing_minor"])


def _with_balance(found: list[dict[str, Any]], balance: int | None) -> Iterator[dict[str, Any]]:
    for row in found:
        amount = row["amount_minor"]
        told = {**row, "debit_minor": amount if amount > 0 else None, "credit_minor": -amount if amount < 0 else None, "balance_minor": balance}
        if balance is not None:
            balance -= amount
        yield {**told, "cursor": f"{row['id']}:{'' if balance is None else balance}", "order_number": f"SO-{row['order_id']}" if row["order_id"] else None}


TAX_COLUMNS = (
    Column("entity", gettext_lazy("Entity")),
    Column("jurisdiction", gettext_lazy("Jurisdiction")),
    Column("rate", gettext_lazy("Rate in percent")),
    Column("documents", gettext_lazy("Documents"), "count"),
    *(
        Column(f"{name}_minor", title, "money")
        for name, title in (
            ("taxable", gettext_lazy("Taxable")), ("exempt", gettext_lazy("Not taxed")), ("tax", gettext_lazy("Tax")), ("credited", gettext_lazy("Credited")), ("owed", gettext_lazy("Owed")),
            ("marketplace", gettext_lazy("Of it collected by marketplaces")), ("booked", gettext_lazy("In the books")), ("difference", gettext_lazy("Difference")),
        )
    ),
)  # fmt: skip


@require_safe
@page("ledger.read")
def tax(request: HttpRequest) -> HttpResponseBase:
    """Tax by jurisdiction, as documents say it, beside what the books hold; where they differ, by what."""
    chosen = _chosen(request)
    rows = books.tax(chosen["entity"], chosen["since"], chosen["until"])
    if request.GET.get("format") == "csv":
        return _file(request, "tax", TAX_COLUMNS, rows)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["entity"], row["currency"]), []).append(row)
    names = ("documents", "taxable_minor", "exempt_minor", "tax_minor", "credited_minor", "marketplace_minor", "owed_minor", "booked_minor", "difference_minor")
    told = [{"entity": e, "currency": c, "rows": part, "sum": {n: sum(r[n] for r in part) for n in names}} for (e, c), part in groups.items()]
    return render(request, "console/tax.html", {**chosen, "groups": told})


JOURNAL_COLUMNS = (
    Column("entry", gettext_lazy("Entry")), Column("entity", gettext_lazy("Entity")), Column("posted_on", gettext_lazy("Posted on"), "day"), Column("rule", gettext_lazy("Rule")),
    Column("document", gettext_lazy("Document")), Column("document_id", gettext_lazy("Number of the document")), Column("account", gettext_lazy("Account")),
    Column("debit_minor", gettext_lazy("Debit"), "money"), Column("credit_minor", gettext_lazy("Credit"), "money"), Column("undoes", gettext_lazy("Undoes")),
    Column("late_for_on", gettext_lazy("Late for"), "day"),
)  # fmt: skip


@require_safe
@page("ledger.read")
def journal_file(request: HttpRequest) -> HttpResponseBase:
    """The journal of a period for an auditor: every leg, as CSV."""
    chosen = _chosen(request)
    rows = finance.journal_of_days(chosen["entity"], chosen["since"], chosen["until"])
    return _file(request, f"journal-{chosen['since']}-{chosen['until']}", JOURNAL_COLUMNS, rows)


@require_safe
@page("ledger.read")
def periods(request: HttpRequest) -> HttpResponse:
    """The state of each month, what blocks the close of one, and the deeds that open and close them."""
    today = timezone.localdate()
    month = next((m for m, _day in months(today) if m == request.GET.get("month")), _month_before(today).strftime("%Y-%m"))
    entities = finance.entities()
    entity = _entity(request) or (entities[0][0] if entities else None)
    visitor = visitor_of(request)
    checklist = _checklist(entity, month) if entity else None
    effects = {
        "close_period": _("Nothing is posted into it any more; what comes late goes into the next month, marked so."),
        "reopen_period": _("Entries may be posted into it again, until it is closed anew."),
        "open_period": _("Entries may be posted into it."),
    }
    forms = [
        deeds.form_of(
            visitor, name, known={"month": month, "entity": entity}, choices={"entity": entities}, effect=effect, next_page=f"/finance/periods?month={month}&entity={entity}",
            without=("despite",) if checklist and checklist["clear"] else (), risky=name != "open_period",
        )
        for name, effect in effects.items()
    ]  # fmt: skip
    context = {
        "periods": periods_book.periods(),
        "deeds": deeds.offered(forms),
        "checklist": checklist,
        "month": month,
        "entity": entity,
        "entities": entities,
        "months": months(today),
    }
    return render(request, "console/periods.html", context)


RATES = Listing(
    "rates",
    gettext_lazy("Exchange rates"),
    "/finance/rates",
    (
        Column("on_day", gettext_lazy("Day"), "day"),
        Column("from_currency", gettext_lazy("One")),
        Column("rate", gettext_lazy("is worth")),
        Column("to_currency", gettext_lazy("in")),
        Column("source", gettext_lazy("Source")),
    ),
    rows=books.rates,
    empty=gettext_lazy("Set one where documents of another currency are reported in the entity's own."),
)


@require_safe
@page("ledger.read")
def rates(request: HttpRequest) -> HttpResponseBase:
    """Exchange rates, and the form that sets one."""
    form = deeds.form_of(visitor_of(request), "set_exchange_rate", effect=_("Reports in another currency use it from that day on."), next_page="/finance/rates")
    return listing.show(request, RATES, template="console/rates.html", more={"deeds": deeds.offered([form]), **NAV})


@require_safe
@page("ledger.read")
def close_rows(request: HttpRequest, what: str) -> HttpResponseBase:
    """What one item of a close's checklist counts, row by row."""
    if what not in closing.ITEMS:
        raise Http404(f"the checklist has no item {what}")

    def rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        try:
            return closing.rows(what, chosen["entity"] or "", chosen["month"] or "", timezone.now(), after, limit)
        except Refused as error:
            if request.GET.get("format") == "csv":  # told on the page that comes instead of the file
                raise
            raise Http404(str(error)) from None

    which = Listing(
        f"close-{what}", CHECK_SAYS[what], f"/finance/close/{what}", CLOSE_COLUMNS, rows=rows, keeps=("entity", "month"), empty=gettext_lazy("Nothing of this waits."),
    )  # fmt: skip
    month = request.GET.get("month", "")
    first = next((day for told, day in months(timezone.localdate()) if told == month), None)
    more = {**NAV, "entity": request.GET.get("entity", ""), "month": month, "first": first}
    return listing.show(request, which, template="console/finance/close_rows.html", more=more)
