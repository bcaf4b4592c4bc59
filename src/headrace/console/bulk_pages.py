"""One deed with many cases, marked or all that match: a look at what it would do, the deed in the background, and what became of each case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, case_card, case_forms, cells, desk_filters
from headrace.console.access import page, visitor_of
from headrace.console.spreadsheets import as_csv, no_file
from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.exception_queue import bulk
from headrace.exception_queue.desk import Wanted
from headrace.exception_queue.reasons import name_of
from headrace.exception_queue.resolving import CASES_PER_CALL_MAX

ROWS = 50
CSV_PAGE = 2_000
STATES = ("todo", "done", "refused")
TAKES: dict[str, tuple[str, ...]] = {
    "retry": (), "claim": (), "give_back": (), "accept": ("note",), "close": ("note",), "comment": ("note",), "assign": ("to",), "snooze": ("until",), "escalate": ("team", "note"),
}  # fmt: skip


def _wanted(request: HttpRequest, chosen: dict[str, str]) -> Wanted:
    """The marked cases where some are marked, else all that match."""
    now = run("select clock_timestamp()").scalar
    marked = [int(n) for n in request.POST.getlist("case_ids")[:CASES_PER_CALL_MAX] if n.isascii() and n.isdigit() and len(n) < 19]
    wanted = desk_filters.wanted_of(chosen, visitor_of(request), now)
    return Wanted(state=None, case_ids=tuple(marked)) if marked else replace(wanted, state=wanted.state or "open")


def _parameters(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the deed takes, as far as it is filled in; the deed's team is `to_team`, because `team` narrows the list."""
    told = {**{k: given.get(k, "") for k in ("note", "to", "until")}, "team": given.get("to_team", "")}
    if told["until"] == "own":
        told["until"] = case_forms.moment_of(given.get("own_until", ""))
    return {k: told[k] for k in TAKES.get(name, ()) if told[k]}


@require_POST
@page("exceptions.read")
def look(request: HttpRequest) -> HttpResponse:
    """What the deed would do: how many cases, of what value, which would be refused and why. Nothing is done yet."""
    chosen = desk_filters.chosen_of(request.POST)
    name = request.POST.get("deed", "retry")
    marked = request.POST.getlist("case_ids")
    context: dict[str, Any] = {"chosen": chosen, "query": desk_filters.query_of(chosen), "name": name, "says": _(case_card.says(name)), "marked": marked}
    context |= {"takes": TAKES.get(name, ()), "given": request.POST, "said": desk_filters.said(chosen)}
    context |= {"people": case_forms.people(visitor_of(request)), "teams": case_forms.teams(), "wakings": case_forms.wakings()}
    context["deeds"] = [(deed, _(case_card.says(deed))) for deed, permission in case_card.ON_MANY if visitor_of(request).may(permission)]
    parameters = _parameters(name, request.POST)
    missing = [field for field in TAKES.get(name, ()) if field not in parameters and not (name == "escalate" and field == "note")]
    if not missing:
        now = run("select clock_timestamp()").scalar
        try:
            context["look"] = bulk.look_first(actor=visitor_of(request).actor, as_of=now, name=name, wanted=_wanted(request, chosen), parameters=parameters)
        except (Refused, NotAllowed) as error:
            context["refusal"] = str(error)
    return render(request, "console/bulk_look.html", context)


@require_POST
@page("exceptions.read")
def start(request: HttpRequest) -> HttpResponse:
    """The deed for all of them, in the background."""
    chosen = desk_filters.chosen_of(request.POST)
    name = request.POST.get("deed", "")
    given = {"name": name, "wanted": _wanted(request, chosen), "parameters": _parameters(name, request.POST)}
    outcome = acting.attempt(request, bulk.start_bulk, given)
    if not outcome.is_done:
        outcome.tell(request)
        return redirect(f"/exceptions?{desk_filters.query_of(chosen)}")
    case_card.begin(outcome.answer)
    return redirect("bulk", number=outcome.answer)


@require_safe
@page("exceptions.read")
def many(request: HttpRequest, number: int) -> HttpResponseBase:
    """How far a deed on many has come, and what became of each case; as a file where one is asked for."""
    found = bulk.show(number)
    if found is None:
        raise Http404(f"there is no bulk deed {number}")
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else ""
    if request.GET.get("format") == "csv":
        if asked != state:
            return no_file(request, [_("state: “%(value)s” is not one of the choices.") % {"value": asked[:40]}])
        return _csv(number, state or None)
    after = request.GET.get("after", "0")
    rows = bulk.rows(number, state=state or None, after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0, limit=ROWS)
    context = {
        "bulk": found,
        "says": _(case_card.says(found["action"])),
        "rows": [{**row, "reason": name_of(row["reason_code"])} for row in rows],
        "state": state,
        "after": rows[-1]["case_id"] if len(rows) == ROWS else None,
        "is_own": found["actor"] == visitor_of(request).actor,
        "states": [(s, found[s]) for s in STATES],
        "latest": bulk.latest(5),
    }
    return render(request, "console/_bulk.html" if request.htmx else "console/bulk.html", context)  # type: ignore[attr-defined]


def _csv(number: int, state: str | None) -> StreamingHttpResponse:
    """Every row of the result."""

    def told() -> Iterator[list[str]]:
        after = 0
        while rows := bulk.rows(number, state=state, after=after, limit=CSV_PAGE):
            for row in rows:
                values = (row["case_id"], row["reason_code"], row["order_number"] or "", row["state"], row["why"] or "")
                yield [cells.safe(str(value)) for value in values]
            after = rows[-1]["case_id"]

    return as_csv(f"bulk-{number}", [_("case"), _("reason"), _("order"), _("result"), _("why")], told())


@require_POST
@page("exceptions.read")
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Take up what was refused or left undone."""
    outcome = acting.attempt(request, "restart_bulk", {"bulk_id": number})
    outcome.tell(request)
    if outcome.is_done:
        case_card.begin(number)
    return redirect("bulk", number=number)
