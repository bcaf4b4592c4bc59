"""The one door of every form: a named action, by the person at the console, with its answer told on the page that comes next."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from headrace.console.access import visitor_of
from headrace.engine import by_name
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.exception_queue.bulk import CAN_BE_UNDONE
from headrace.values.money import minor_from

NOT_OURS = ("csrfmiddlewaretoken", "next")


@require_POST
@login_required
def do(request: HttpRequest, name: str) -> HttpResponse:
    """Do the action with the form's fields; the action itself checks the permission, and the answer says what became of it."""
    action = by_name.named().get(name)
    if action is None:
        raise Http404(f"no action {name}")
    try:
        answer = by_name.do(name, actor=visitor_of(request).actor, given=_given(request, name))
        _tell(request, action.says, answer)
        if name in CAN_BE_UNDONE:
            request.session["undo"] = [row["case_id"] for row in answer if row["done"]]
    except WaitsForApproval as waits:
        messages.info(request, f"{action.says}: waits for a second person (approval {waits.approval_id}).")
    except (Refused, NotAllowed) as error:
        messages.error(request, f"{action.says}: {error}", extra_tags="bad")
    return redirect(_next(request))


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    """A form's fields as the action takes them: lists gather their values, `changes.city` is a part of `changes`, an empty field is left out."""
    shapes = by_name.form(name).model_json_schema()["properties"]
    given: dict[str, Any] = {}
    for field, values in request.POST.lists():
        if field in NOT_OURS:
            continue
        whole, dot, part = field.partition(".")
        if dot and part.partition(".")[1]:
            _into_row(given.setdefault(whole, {}), part, values[-1])
        elif dot:
            given.setdefault(whole, {})[part] = values[-1] or None
        elif _is_list(shapes.get(field, {})):
            chosen = [value for value in values if value]
            if chosen:
                given[field] = _list(field, chosen, request.POST)
        elif values[-1] != "":
            given[field] = values[-1]
    return {name: _whole_rows(value) if name == "rows" and isinstance(value, dict) else value for name, value in given.items()}


def _into_row(rows: dict[str, dict[str, str]], part: str, value: str) -> None:
    """`rows.3.qty` is the quantity of the fourth row of a sheet."""
    number, _dot, column = part.partition(".")
    rows.setdefault(number, {})[column] = value.strip()


def _whole_rows(rows: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """The rows of a sheet in its order, without those in which somebody left a field empty."""
    return [row for _number, row in sorted(rows.items(), key=lambda r: int(r[0]) if r[0].isascii() and r[0].isdigit() else 0) if all(row.values())]


def _list(field: str, values: list[str], form: Any) -> Any:
    """A list as a form gives it: several values, one JSON list, or for the legs of an entry one line each: account, blank, amount in the form's currency."""
    text = values[0].strip()
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
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


def _tell(request: HttpRequest, says: str, answer: Any) -> None:
    rows = answer if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "why" in answer[0] else []
    refused = [row for row in rows if not row.get("done", row.get("what") != "refused")]
    for row in refused[:5]:
        messages.error(request, f"{says}: {row.get('key') or 'case ' + str(row.get('case_id'))}: {row['why']}", extra_tags="bad")
    done = len(rows) - len(refused)
    if not rows:
        messages.success(request, f"{says}: done.", extra_tags="good")
    elif done:
        messages.success(request, f"{says}: {done} done" + (f", {len(refused)} refused." if refused else "."), extra_tags="good")


def _next(request: HttpRequest) -> str:
    """Where the form asks to go on, if that is one of our own pages."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else "/"
