"""Several corrections of stock at once: pasted from a spreadsheet, looked at row by row with their value, then done; every row is answered."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting
from headrace.console.access import page, visitor_of
from headrace.console.counting import NAV
from headrace.engine import sockets
from headrace.insight import inventory
from headrace.stock.counting import REASONS
from headrace.supply.count.looking import Look, look_at, with_skus

SHEET_ROWS_MAX = 2_000  # corrections of one sheet in the browser; `headrace stock adjust` takes more
SHEET_CHARS_MAX = 400_000
COLUMNS = ("sku", "node", "qty", "reason", "bucket")
CALLED = {"gtin": "sku", "ean": "sku", "item": "sku", "pieces": "qty", "quantity": "qty", "why": "reason"}
ANSWERED_MAX = 2_000


class Unreadable(Exception):
    """The sheet cannot be read at all. Says why."""


def rows_in(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a pasted sheet: tabs, semicolons or commas; with a head that names its columns, or in the order of `columns`. Blank lines are no rows."""
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) > SHEET_ROWS_MAX + 1:
        raise Unreadable(_("These are %(n)s rows; the page takes %(most)s at once.") % {"n": len(lines), "most": SHEET_ROWS_MAX})
    mark = next((mark for mark in ("\t", ";", ",") if any(mark in line for line in lines)), "\t")
    cells = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    head = columns
    if cells and (named := _head_of(cells[0])):
        head, cells = named, cells[1:]
    if any(len(row) > len(head) for row in cells):
        raise Unreadable(_("A row has more columns than these: %(columns)s.") % {"columns": ", ".join(head)})
    return [dict(zip(head, row, strict=False)) for row in cells]


def rows_of(text: str, node: str = "", reason: str = "") -> list[dict[str, str]]:
    """Corrections of a pasted sheet. An empty node or reason is the one of the form; a row that says less than it must is kept, and told later."""
    return [_row(row, node, reason) for row in rows_in(text, COLUMNS)]


def _head_of(row: Sequence[str]) -> list[str]:
    """The columns that a first row names; nothing where it is a row of goods."""
    named = [CALLED.get(cell.lower(), cell.lower()) for cell in row]
    return named if "sku" in named and "qty" in named else []


def _row(told: dict[str, str], node: str, reason: str) -> dict[str, str]:
    """Reasons and buckets also in the reader's own words, a minus also as typographers write it."""
    words = {_(word).lower(): word for word in (*REASONS, "on_hand", "damaged", "quarantine")} | {_("on hand"): "on_hand"}
    said = {**told, "node": told.get("node") or node, "reason": told.get("reason") or reason, "qty": told.get("qty", "").replace("−", "-").replace(" ", "")}
    for name in ("reason", "bucket"):
        said[name] = words.get(said.get(name, "").lower(), said.get(name, ""))
    return {name: value for name, value in said.items() if value}


def _page(request: HttpRequest, typed: dict[str, str], **more: Any) -> HttpResponse:
    context = {
        **NAV,
        "typed": typed,
        "nodes": inventory.nodes(),
        "reasons": [(r, _(r)) for r in REASONS],
        "rows_max": SHEET_ROWS_MAX,
        "limits": sockets.policy_in_force("stock_corrections", timezone.now())[1],
        **more,
    }
    return render(request, "console/stock/corrections.html", context, status=422 if more.get("fault") else 200)


@require_safe
@page("stock.adjust")
def show(request: HttpRequest) -> HttpResponse:
    """The empty sheet, or what was answered to the last one with the rows that were refused."""
    left = request.session.pop("corrections", {})
    return _page(request, left.get("typed", {"rows": request.GET.get("rows", "")}), answers=left.get("answers"))


@require_POST
@page("stock.adjust")
def send(request: HttpRequest) -> HttpResponse:
    """Look at the sheet, or do it where that is asked for and nothing about it has to be said first."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in ("rows", "node", "reason", "note")}
    if len(typed["rows"]) > SHEET_CHARS_MAX:
        return _page(request, typed, fault=_("The sheet is too long: the page takes %(most)s letters at once.") % {"most": f"{SHEET_CHARS_MAX:,}"})
    try:
        rows = with_skus(rows_of(typed["rows"], typed["node"], typed["reason"]))
    except (Unreadable, csv.Error) as fault:
        return _page(request, typed, fault=str(fault))
    if not rows:
        return _page(request, typed, fault=_("There is no row yet: paste some from a spreadsheet, or type them."))
    if request.POST.get("go") != "do":
        return _page(request, typed, **_looked(rows, visitor_of(request).actor))
    if not typed["note"].strip():
        return _page(request, typed, fault=_("Say in the note what happened."), **_looked(rows, visitor_of(request).actor))
    return _do(request, typed, rows)


def _looked(rows: Sequence[dict[str, str]], actor: str) -> dict[str, Any]:
    look: Look = look_at(rows, timezone.now(), actor)
    return {"look": look, "looked": list(zip(rows, look.effects, strict=True)), "worths": sorted(look.worth.items())}


def _do(request: HttpRequest, typed: dict[str, str], rows: list[dict[str, str]]) -> HttpResponse:
    outcome = acting.attempt(request, "adjust_stock", {"rows": rows, "note": typed["note"].strip()}, called=_("The whole sheet"))
    if outcome.refusal is not None:
        return _page(request, typed, fault=outcome.says, **_looked(rows, visitor_of(request).actor))
    if not outcome.is_done:
        outcome.tell(request)
        return redirect("/stock/corrections")
    answers = outcome.answer
    refused = [row for row, answer in zip(rows, answers, strict=True) if answer["what"] == "refused"]
    left = "\n".join("\t".join(row.get(name, "") for name in COLUMNS) for row in refused)
    done, bad = len(rows) - len(refused), len(refused)
    if done:
        messages.success(request, ngettext("%(n)s correction done.", "%(n)s corrections done.", done) % {"n": done}, extra_tags="good")
    if bad:
        says = ngettext("%(n)s row was refused; it stands in the sheet again.", "%(n)s rows were refused; they stand in the sheet again.", bad)
        messages.error(request, says % {"n": bad}, extra_tags="bad")
    request.session["corrections"] = {"typed": {"rows": left, "note": typed["note"] if refused else ""}, "answers": answers[:ANSWERED_MAX]}
    return redirect("/stock/corrections")
