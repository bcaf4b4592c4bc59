"""An entry by hand: rows of accounts with debits and credits that must sum to zero; above the limit it waits for a second person, which the page says before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting
from headrace.console.access import page, visitor_of
from headrace.engine import sockets
from headrace.engine.action import Refused
from headrace.insight import finance
from headrace.values.money import decimal_from, minor_from

ROWS = 6
FIELDS = ("entity", "currency", "posted_on", "note")


@require_safe
@page("ledger.post")
def show(request: HttpRequest) -> HttpResponse:
    """The empty form, or the one that was refused with what was typed."""
    typed = request.session.pop("entry_typed", {})
    rows = typed.get("rows") or []
    limit = sockets.policy_in_force("closing", timezone.now())[1]["entry_alone_minor_max"]
    currency = typed.get("currency") or next((c for _code, c in finance.currencies()), "USD")
    context = {
        "typed": typed,
        "rows": rows + [("", "", "")] * (ROWS - len(rows)),
        "entities": finance.entities(),
        "accounts": finance.accounts(),
        "limit_minor": limit,
        "limit_major": str(decimal_from(limit, currency)),
        "currency": currency,
        "today": timezone.localdate(),
    }
    return render(request, "console/manual.html", context)


@require_POST
@page("ledger.post")
def post(request: HttpRequest) -> HttpResponse:
    """Post it. What is refused comes back as it was typed, with the reason."""
    rows = list(zip(*(request.POST.getlist(name) for name in ("account", "debit", "credit")), strict=False))
    rows = [row for row in rows if any(part.strip() for part in row)]
    given: dict[str, Any] = {name: request.POST[name] for name in FIELDS if request.POST.get(name)}
    opens = {"opens_accounts": True} if request.POST.get("opens_accounts") else {}
    outcome = acting.attempt(request, "post_manual_entry", lambda: {**given, "legs": [_leg(row, given.get("currency", "")) for row in rows], **opens})
    if not outcome.is_done:
        outcome.tell(request)
        if outcome.refusal is not None:
            request.session["entry_typed"] = {**given, "rows": rows}
        shows_it = outcome.approval_id and visitor_of(request).may("approvals.answer")
        return redirect(f"/approvals/{outcome.approval_id}" if shows_it else "/finance/manual")
    written = outcome.answer
    entry_id = written["entry_id"] if isinstance(written, dict) else written.entry_id
    messages.success(request, _("Posted as entry %(number)s.") % {"number": entry_id}, extra_tags="good")
    return redirect(f"/finance/entries/{entry_id}")


def _leg(row: tuple[str, str, str], currency: str) -> list[Any]:
    """Account and minor units, debit positive."""
    account, debit, credit = (part.strip() for part in row)
    debit, credit = debit.replace(",", ""), credit.replace(",", "")
    if bool(debit) == bool(credit):
        raise Refused(_("%(account)s: write either a debit or a credit") % {"account": account or "?"})
    try:
        return [account, minor_from(debit, currency) if debit else -minor_from(credit, currency)]
    except ValueError as error:
        raise Refused(f"{account}: {error}") from None
