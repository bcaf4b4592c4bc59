"""Deeds at the desk: done without leaving it, looked at again at once, and tried beforehand so that the effect stands beside the button."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, case_forms
from headrace.console.access import page, visitor_of
from headrace.engine import by_name
from headrace.exception_queue import at_once
from headrace.exception_queue.at_once import Looked
from headrace.exception_queue.bulk import CAN_BE_UNDONE
from headrace.insight import caseload
from headrace.insight.personal import masked_case

ITEMS_OFFERED = 12


@require_POST
@page("exceptions.read")
def do(request: HttpRequest, name: str) -> JsonResponse:
    """Do it, and say what became of it: done, say, tone, undo (cases that may be taken back), goes_on (nothing is left to do here)."""
    if name not in by_name.named():
        raise Http404(f"no action {name}")
    case_id = _case_of(request)
    outcome = acting.attempt(request, name, lambda: _given(request, name))
    if outcome.refusal is not None:
        return JsonResponse({"done": False, "say": _sentence(outcome.says), "tone": "bad"})
    if not outcome.is_done:
        return JsonResponse({"done": True, "say": outcome.says, "tone": "", "goes_on": True})
    answer = outcome.answer
    rows = [row for row in answer if isinstance(row, dict) and "done" in row] if isinstance(answer, list) else []
    refused = [row for row in rows if not row["done"]]
    if rows and len(refused) == len(rows):
        return JsonResponse({"done": False, "say": _sentence(refused[0]["why"]), "tone": "bad"})
    told = {
        "done": True,
        "say": _done(name, rows, refused),
        "tone": "good",
        "undo": [row["case_id"] for row in rows if row["done"]] if name in CAN_BE_UNDONE else [],
    }
    if name in case_forms.LOOKED_AT and case_id is not None and len(rows) < 2:
        looked = at_once.look(case_id)
        told |= {"say": words(request, looked), "tone": _tone(looked), "goes_on": looked.what == "passed", "looked": looked.what}
    return JsonResponse(told)


@require_POST
@page("exceptions.read")
def would(request: HttpRequest, number: int, name: str) -> JsonResponse:
    """The effect of a deed on one case before it is done: it is tried with these values and rolled back."""
    if name not in case_forms.LOOKED_AT:
        raise Http404(f"{name} cannot be tried")
    looked = at_once.would(visitor_of(request).actor, number, name, _given(request, name))
    return JsonResponse({"say": words(request, looked, trial=True), "tone": _tone(looked)})


def words(request: HttpRequest, looked: Looked, *, trial: bool = False) -> str:
    """What became of a document, or would become of it."""
    may_see = visitor_of(request).may("orders.personal")
    sentences = "; ".join(case["sentence"] if may_see else masked_case(case)["sentence"] for case in looked.cases)
    values = {"stage": _(looked.stage or ""), "next": _(looked.goes_to or ""), "why": sentences}
    if looked.what == "passed" and looked.goes_to:
        return (_("It would pass and go on to %(next)s.") if trial else _("Passed, went on to %(next)s.")) % values
    if looked.what == "passed":
        return _("It would pass.") if trial else _("Passed.")
    if looked.what == "back":
        return (_("It would come back: %(why)s") if trial else _("It came back: %(why)s")) % values
    if looked.what == "held":
        return (_("It would still be held: %(why)s") if trial else _("Done; it is still held: %(why)s")) % values
    if looked.what == "refused":
        return _sentence(looked.why)
    return _("A worker takes it up next.") if trial else _("Sent back; a worker takes it up next.")


def _tone(looked: Looked) -> str:
    return {"passed": "good", "waits": "", "refused": "bad"}.get(looked.what, "warn")


def _done(name: str, rows: list[Any], refused: list[Any]) -> str:
    if len(rows) < 2:
        return _("%(deed)s: done.") % {"deed": _says(name)}
    done = len(rows) - len(refused)
    if not refused:
        return ngettext("%(deed)s: %(n)s done.", "%(deed)s: %(n)s done.", done) % {"deed": _says(name), "n": done}
    values = {"deed": _says(name), "n": done, "m": len(refused), "why": refused[0]["why"]}
    return ngettext("%(deed)s: %(n)s done, %(m)s refused: %(why)s", "%(deed)s: %(n)s done, %(m)s refused: %(why)s", done) % values


def _says(name: str) -> str:
    return _(by_name.named()[name].says)


def _sentence(text: str) -> str:
    """As a sentence of its own."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".") if text else ""


def _case_of(request: HttpRequest) -> int | None:
    number = request.POST.get("case", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    """What the form gives the action; `case` only says where it was done."""
    given = {key: value for key, value in acting.fields_given(request, name).items() if key not in ("case", "own_until")}
    if given.get("until") == "own":
        given["until"] = case_forms.moment_of(request.POST.get("own_until", ""))
    return given


@require_safe
@page("exceptions.read")
def items(request: HttpRequest) -> HttpResponse:
    """Items that the words may mean, as the choices of a field."""
    return render(request, "console/_item_options.html", {"items": caseload.items_like(request.GET.get("item", "")[:80], ITEMS_OFFERED)})
