"""The one door of every form: a named action, by the person at the console, with its answer told on the page that comes next.

`attempt` is the mechanism, for pages that go on in their own way; `do` is the page of every form that only names its action.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from headrace.console import door, sending
from headrace.console.access import asked_from, sign_in_first, visitor_of
from headrace.engine import by_name
from headrace.engine.action import Action, NotAllowed, Refused, WaitsForApproval
from headrace.exception_queue.bulk import CAN_BE_UNDONE
from headrace.values.money import minor_from

ROW_DIGITS_MAX = 10  # of the number of a row in a sheet
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed: its answer where it was done, else a sentence for whoever asked for it."""

    answer: Any = None
    says: str = ""  # it waits, was done before or is refused
    approval_id: int | None = None
    refusal: Exception | None = None

    @property
    def is_done(self) -> bool:
        return not self.says

    @property
    def is_twice(self) -> bool:
        """The form was sent twice; it was done the first time."""
        return bool(self.says) and self.approval_id is None and self.refusal is None

    def tell(self, request: HttpRequest, *, done: str = "") -> None:
        """Say it on the page that comes next; `done` is what is said where it was done, unless that page tells in its own way."""
        if self.refusal is not None:
            messages.error(request, self.says, extra_tags="bad")
        elif self.says:
            messages.info(request, self.says)
        elif done:
            messages.success(request, done, extra_tags="good")


def attempt(
    request: HttpRequest, deed: str | Action, given: Given | Callable[[], Given], *, called: str = "", refusals: tuple[type[Exception], ...] = ()
) -> Outcome:
    """Do a deed once with what its form gives, by name (its values are checked then) or an action with a door of its own.

    given     what the action takes, or what reads it from the form: that may refuse as well
    called    what the sentences call the deed, where not by its own name
    refusals  errors besides Refused and NotAllowed with which what was given is turned down
    Whatever else is raised goes on, and the form may be sent again: its token stands only with its deed.
    """
    actor = visitor_of(request).actor
    action = by_name.named()[deed] if isinstance(deed, str) else deed
    told = {"deed": called or _(action.says)}
    turned_down: tuple[type[Exception], ...] = (Refused, NotAllowed, *refusals)
    try:
        with sending.with_token(sending.token_of(request, actor)):
            parameters = given() if callable(given) else given
            return Outcome(by_name.do(deed, actor=actor, given=parameters) if isinstance(deed, str) else deed(actor=actor, **parameters))
    except WaitsForApproval as waits:
        says = _("%(deed)s: waits for a second person (approval %(number)s).") % {**told, "number": waits.approval_id}
        return Outcome(says=says, approval_id=waits.approval_id)
    except sending.SentTwice:
        return Outcome(says=_sent_twice(told["deed"]))
    except turned_down as error:
        return Outcome(says=str(error) or told["deed"], refusal=error)


def done_before(request: HttpRequest, deed: str) -> Outcome | None:
    """The answer to a form whose deed was done already; None where it was not. For pages that look at the document before they come to the deed."""
    if not sending.is_done(sending.token_of(request, visitor_of(request).actor)):
        return None
    return Outcome(says=_sent_twice(_(by_name.named()[deed].says)))


def _sent_twice(deed: str) -> str:
    return _("%(deed)s: done once. The form was sent twice.") % {"deed": deed}


@require_POST
def do(request: HttpRequest, name: str) -> HttpResponse:
    """Do the action with the form's fields; the action itself checks the permission, and the answer says what became of it.

    Answers by a redirect to the page that the form names; with `X-Deed`, as the console's own script asks, as JSON: `next`, or `says` and `field` of a refusal.
    """
    action = by_name.named().get(name)
    if not request.user.is_authenticated:
        return sign_in_first(request, action.permission if action else "")
    if action is None:
        raise Http404(f"no action {name}")
    proof = door.prove_first(request, action.permission, asked_from(request))
    if proof is not None:
        return proof
    outcome = attempt(request, name, lambda: fields_given(request, name))
    if outcome.refusal is not None:
        return _refused(request, action, outcome.refusal)
    outcome.tell(request)
    if outcome.is_done:
        if not request.POST.get("quietly"):
            _tell(request, _(action.says), outcome.answer)
        if name in CAN_BE_UNDONE:
            request.session["undo"] = [row["case_id"] for row in outcome.answer if row["done"]]
    return _on(request)


def _on(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"next": _next(request)}) if "X-Deed" in request.headers else redirect(_next(request))


def _refused(request: HttpRequest, action: Action, error: Exception) -> HttpResponse:
    """Back to the form: at once where the page sent it by itself, otherwise on the next page, which shows it as it was left."""
    says, field = f"{_(action.says)}: {error}", getattr(error, "field", None) or _named_first(action, str(error))
    at_field = str(error).removeprefix(f"{field}: ")  # beside the field its name need not be said again
    if "X-Deed" in request.headers:
        return JsonResponse({"says": says, "field": field, "at_field": at_field}, status=422)
    sending.leave(request, action.name, says, field, at_field)
    messages.error(request, says, extra_tags="bad")
    return redirect(_next(request))


def _named_first(action: Action, says: str) -> str | None:
    """The field that a refusal names before its colon, as in `address: 'ftp://x' must begin with https://`."""
    first, colon, _rest = says.partition(":")
    return first if colon and first in by_name.form(action.name).model_fields else None


def fields_given(request: HttpRequest, name: str) -> dict[str, Any]:
    """A form's fields as the action takes them: lists gather their values, `changes.city` is a part of `changes`, an empty field is left out.

    A button of several beside the same fields names in `leaves_out` those that its deed does not take.
    """
    shapes = by_name.form(name).model_json_schema()["properties"]
    given: dict[str, Any] = {}
    left_out = {*sending.OURS, *request.POST.get("leaves_out", "").split()}
    for field, values in request.POST.lists():
        if field in left_out:
            continue
        whole, dot, part = field.partition(".")
        if dot and part.partition(".")[1]:
            _into_row(_parts(given, whole), part, values[-1])
        elif dot:
            _parts(given, whole)[part] = values[-1] or None
        elif _is_list(shapes.get(field, {})):
            chosen = [value for value in values if value]
            if chosen:
                given[field] = _list(field, chosen, request.POST)
        elif values[-1] != "":
            given[field] = values[-1]
    meant_by = request.POST.get("row_meant_by", "")
    return {name: _meant_rows(value, meant_by) if name == "rows" and isinstance(value, dict) else value for name, value in given.items()}


def _parts(given: dict[str, Any], whole: str) -> dict[str, Any]:
    """What is given in parts, to be added to."""
    parts = given.setdefault(whole, {})
    if not isinstance(parts, dict):
        raise Refused(f"{whole}: given as a whole and in parts")
    return parts


def _into_row(rows: dict[str, dict[str, str]], part: str, value: str) -> None:
    """`rows.3.qty` is the quantity of the fourth row of a sheet."""
    number, _dot, column = part.partition(".")
    _parts(rows, number)[column] = value.strip()


def _meant_rows(rows: dict[str, dict[str, str]], meant_by: str) -> list[dict[str, str]]:
    """The rows of a sheet in its order, without those that nobody filled in: all is empty, or the field by which the form knows that a row is meant.

    Where a row is filled in by half, its empty fields are left out, so that the action says what is missing.
    """
    if not all(isinstance(row, dict) for row in rows.values()):
        raise Refused("rows: each is a table of column and value")
    inside = [row for _place, row in sorted(rows.items(), key=lambda r: int(r[0]) if r[0].isascii() and r[0].isdigit() and len(r[0]) < ROW_DIGITS_MAX else 0)]
    return [{name: value for name, value in row.items() if value} for row in inside if (row.get(meant_by) if meant_by else any(row.values()))]


def _list(field: str, values: list[str], form: Any) -> Any:
    """A list as a form gives it: several values, one JSON list, or for the legs of an entry one line each: account, blank, amount in the form's currency."""
    text = values[0].strip()
    if text.startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return values  # the action says what it takes
    return [_leg(line, form.get("currency", "")) for line in text.splitlines() if line.strip()] if field == "legs" else values


def _leg(line: str, currency: str) -> list[Any]:
    """Account and amount in minor units; what is no amount of this currency stays as written, so that the action names it."""
    account, _blank, amount = line.strip().rpartition(" ")
    try:
        return [account.strip(), minor_from(amount, currency)]
    except ValueError:
        return [account.strip(), amount]


def _is_list(shape: dict[str, Any]) -> bool:
    """Also a list that may be left out."""
    return "array" in {part.get("type") for part in (shape, *shape.get("anyOf", ()))}


def _tell(request: HttpRequest, deed: str, answer: Any) -> None:
    rows = answer if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "why" in answer[0] else []
    refused = [row for row in rows if not row.get("done", row.get("what") != "refused")]
    for row in refused[:5]:
        which = row.get("key") or _("case %(number)s") % {"number": row.get("case_id")}
        messages.error(request, f"{deed}: {which}: {row['why']}", extra_tags="bad")
    told = {"deed": deed, "done": len(rows) - len(refused), "refused": len(refused)}
    if not rows:
        messages.success(request, _("%(deed)s: done.") % told, extra_tags="good")
    elif told["done"] and refused:
        messages.success(request, _("%(deed)s: %(done)s done, %(refused)s refused.") % told, extra_tags="good")
    elif told["done"]:
        messages.success(request, _("%(deed)s: %(done)s done.") % told, extra_tags="good")


def _next(request: HttpRequest) -> str:
    """Where the form asks to go on, if that is one of our own pages."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else "/"
