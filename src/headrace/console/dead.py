"""Dead letters: what gave up, by partner and cause; a look before, a replay of one, a group or all, and what became of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, cells
from headrace.console.access import page
from headrace.console.listing import WORD_CHARS_MAX
from headrace.console.spreadsheets import as_csv, no_file
from headrace.console.system import number_of
from headrace.engine import replaying
from headrace.engine.causes import LEFT_OUT, UNSAID
from headrace.engine.tasks import go_on_with_replay
from headrace.exception_queue.reasons import reasons
from headrace.insight import dead
from headrace.insight.dead import OLD_LETTER_DAYS, Wanted

ROWS = 50
CSV_PAGE = 2_000
STATES = ("todo", "done", "refused")
NARROWS = ("partner", "cause", "kind", "reason", "place")
_TAIL = re.compile(rf"(?:[\s.:]*{LEFT_OUT}[\s.]*){{2,}}$")
AT_ONCE_MAX = replaying.PART_LETTERS  # so many are done before the page answers; more go on in the background


@require_safe
@page("partners.operate")
def show(request: HttpRequest) -> HttpResponse:
    """What gave up on its way out, and what could not be taken in, by cause."""
    out = [{**g, **_addresses("outbox", g)} for g in dead.letters_by_cause()]
    taken_in = [{**g, **_addresses("inbox", g), "says": _sentence(g["reason"], g["place"])} for g in dead.messages_by_reason()]
    context = {
        "out": out,
        "taken_in": taken_in,
        "totals": dead.totals(),
        "latest": replaying.latest(5),
        "unsaid": UNSAID,
    }
    return render(request, "console/system/dead.html", context)


def _sentence(reason: str | None, place: str | None) -> str:
    """Why messages of a group are parked, with the field or stage in its place and no other value: `The message cannot be read: total is …`."""
    declared = reasons().get(reason or "")
    if declared is None:
        return reason or ""
    values = defaultdict(lambda: LEFT_OUT, {name: place for name in ("field", "stage") if place})
    return _TAIL.sub(f" {LEFT_OUT}", _(declared.says).format_map(values))


def _addresses(document: str, group: Mapping[str, Any]) -> dict[str, str]:
    """Where a group's rows are, where its example is, and where its replay is looked at first."""
    narrowed = {name: group[name] for name in NARROWS if group.get(name)}
    state = "dead" if document == "outbox" else "parked"
    nobodys = {"reason": "none"} if document == "inbox" and not group["reason"] else {}
    return {
        "rows": f"/system/{document}?{urlencode({'state': state, **narrowed, **nobodys})}",
        "one": f"/system/{document}/{group['example']}",
        "look": f"/system/dead/look?{urlencode({'document': document, **narrowed})}",
    }


def _wanted(given: Any) -> Wanted:
    """What the address or the form names."""
    told = {name: given.get(name, "").replace("\x00", "").strip()[:WORD_CHARS_MAX] or None for name in NARROWS}
    marked = tuple(int(n) for n in given.getlist("ids")[: replaying.REPLAY_LETTERS_MAX] if n.isascii() and n.isdigit() and len(n) < 19)
    document = "inbox" if given.get("document") == "inbox" else "outbox"
    return Wanted(document, ids=marked or None, leave_old=bool(given.get("leave_old")), **told)


def _said(wanted: Wanted) -> list[tuple[str, str]]:
    """What narrows the letters, in words."""
    titles = {"partner": _("Partner"), "cause": _("Cause"), "kind": _("Kind"), "reason": _("Reason"), "place": _("At")}
    return [(titles[name], str(value)) for name in NARROWS if (value := getattr(wanted, name))]


@require_safe
@page("partners.operate")
def look(request: HttpRequest) -> HttpResponse:
    """What a replay would do, before it does: how many, to whom, how old, and what would wait."""
    wanted = _wanted(request.GET)
    deed = "set_aside" if request.GET.get("deed") == "set_aside" and wanted.document == "outbox" else "replay"
    ids = dead.matching(wanted)
    partners = dead.look(wanted.document, ids)
    context = {
        "wanted": wanted,
        "hidden": [(name, value) for name in NARROWS if (value := getattr(wanted, name))] + [("ids", i) for i in wanted.ids or ()],
        "said": _said(wanted),
        "deed": deed,
        "total": len(ids),
        "is_too_many": len(ids) > replaying.REPLAY_LETTERS_MAX,
        "letters_max": replaying.REPLAY_LETTERS_MAX,
        "partners": partners,
        "old": sum(p["old"] for p in partners),
        "old_days": OLD_LETTER_DAYS,
        "in_background": len(ids) > AT_ONCE_MAX,
        "query": urlencode({name: value for name, value in request.GET.items() if name not in ("deed", "leave_old")}),
    }
    return render(request, "console/system/dead_look.html", context)


@require_POST
@page("partners.operate")
def start(request: HttpRequest) -> HttpResponse:
    """The replay: at once where it is small, otherwise in the background."""
    wanted = _wanted(request.POST)
    about = ", ".join(f"{title}: {value}" for title, value in _said(wanted))
    ids = dead.matching(wanted)
    if request.POST.get("deed") == "set_aside":
        outcome = acting.attempt(request, replaying.start_setting_aside, {"ids": ids, "note": request.POST.get("note", ""), "about": about})
    else:
        outcome = acting.attempt(request, replaying.start_replay, {"document": wanted.document, "ids": ids, "about": about})
    if not outcome.is_done:
        outcome.tell(request)
        return redirect("dead")
    number = outcome.answer
    if len(ids) <= AT_ONCE_MAX:
        replaying.go_on(number)
    else:
        go_on_with_replay.defer(replay_id=number)
    return redirect("replay", number=number)


@require_safe
@page("partners.operate")
def one_replay(request: HttpRequest, number: int) -> HttpResponseBase:
    """How far a replay has come, and what became of each letter; as a file where one is asked for."""
    found = replaying.show(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no replay {number}")
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else ""
    if request.GET.get("format") == "csv":
        if asked != state:
            return no_file(request, [_("state: “%(value)s” is not one of the choices.") % {"value": asked[:40]}])
        return _csv(found, state or None)
    rows = dead.rows_of_replay(found, state=state or None, after=number_of(request.GET.get("after")) or 0, limit=ROWS)
    context = {
        "replay": found,
        "rows": rows,
        "state": state,
        "states": [(s, found[s]) for s in STATES],
        "after": rows[-1]["id"] if len(rows) == ROWS else None,
    }
    is_part = request.htmx  # type: ignore[attr-defined]
    return render(request, "console/system/_replay.html" if is_part else "console/system/replay.html", context)


def _csv(replay: dict[str, Any], state: str | None) -> StreamingHttpResponse:
    """Every row of the result."""

    def told() -> Iterator[list[str]]:
        after = 0
        while rows := dead.rows_of_replay(replay, state=state, after=after, limit=CSV_PAGE):
            for row in rows:
                yield [cells.safe(str(row[name] or "")) for name in ("id", "partner", "record", "state", "why", "stands")]
            after = rows[-1]["id"]

    return as_csv(f"replay-{replay['id']}", [_("letter"), _("partner"), _("record"), _("result"), _("why"), _("stands now at")], told())
