"""A page that lists rows: declared once as columns and filters, and it can be narrowed, paged, kept as a view and taken away as CSV.

A list is all addresses: what is chosen stands in the query string, so that a view is a link, and the way back is the browser's own.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from headrace.console import cells, views
from headrace.console.access import visitor_of

ROWS = 50
CSV_ROWS_MAX = 100_000
CSV_PAGE = 2_000
WORD_CHARS_MAX = 200
Rows = list[dict[str, Any]]
Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` says how its cell is written (see cells.py); `href` is an address with the row's fields in braces."""

    name: str
    title: Any
    kind: str = "text"
    href: str = ""
    wide: bool = False  # not on a phone
    extra: bool = False  # only where somebody chose it
    personal: bool = False  # only a sign that it is there, for people who may not see personal data


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list: a choice (also from the database), a day, or a word."""

    name: str
    title: Any
    kind: str = "choice"
    choices: Callable[[], Choices] | Choices = ()

    def options(self) -> Choices:
        return self.choices() if callable(self.choices) else self.choices


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: `rows(chosen, after, limit)` gives dictionaries, each with the `cursor` after which the next page begins.

    `chosen` holds every filter's value or None, and `q` where the list can be searched. `after` is a cursor as text, or None for the first page.
    """

    name: str
    title: Any
    address: str
    columns: tuple[Column, ...]
    rows: Callable[[dict[str, Any], str | None, int], Rows]
    filters: tuple[Filter, ...] = ()
    search: Any = ""  # what may be searched for, as the field says it; no field where empty
    empty: Any = ""  # what an empty list means, and what to do
    keeps: tuple[str, ...] = field(default=())  # parameters of the address that are not filters (an account, a node)


def show(request: HttpRequest, listing: Listing, *, template: str = "console/listing.html", more: Mapping[str, Any] | None = None) -> HttpResponseBase:
    """The page of a list, or the whole of it as CSV where the address ends in `format=csv`."""
    chosen = choose(request, listing)
    columns = _columns(request, listing)
    if request.GET.get("format") == "csv":
        return _csv(request, listing, chosen, columns)
    rows = listing.rows(chosen, _word(request, "after"), ROWS + 1)
    following = rows[ROWS - 1]["cursor"] if len(rows) > ROWS else None
    may_see = visitor_of(request).may("orders.personal")
    context = {
        "listing": listing,
        "chosen": chosen,
        "columns": columns,
        "filters": [{"filter": f, "value": chosen[f.name] or "", "options": f.options()} for f in listing.filters],
        "all_columns": [{"column": c, "on": c in columns} for c in listing.columns],
        "rows": [{"row": row, "cells": [cells.cell(c, row, may_see) for c in columns]} for row in rows[:ROWS]],
        "query": query_of(request),
        "next_query": query_of(request, after=following) if following is not None else "",
        "csv_query": query_of(request, format="csv"),
        "is_narrowed": any(v not in (None, "") for name, v in chosen.items() if name not in listing.keeps),
        "is_first": not request.GET.get("after"),
        "kept": [(name, request.GET[name]) for name in listing.keeps if request.GET.get(name)],
        "views": views.of(visitor_of(request).name, listing.name),
        **(more or {}),
    }
    return render(request, template, context)


def for_person(listing: Listing, **fixed: Any) -> Listing:
    """The list with values that hold for whoever looks, which its rows may ask for (whether personal data may be searched, say)."""
    rows = listing.rows
    return replace(listing, rows=lambda chosen, after, limit: rows({**chosen, **fixed}, after, limit))


def choose(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    """What the address chooses; a value that a filter does not know is said on the page and left out."""
    chosen: dict[str, Any] = {f.name: _checked(request, f) for f in listing.filters}
    if listing.search:
        chosen["q"] = _word(request, "q")
    for name in listing.keeps:
        chosen[name] = _word(request, name)
    return chosen


def _checked(request: HttpRequest, which: Filter) -> Any:
    value = _word(request, which.name)
    if value is None:
        return None
    if which.kind == "day":
        try:
            return date.fromisoformat(value)
        except ValueError:
            messages.warning(
                request, _("%(field)s: “%(value)s” is no date; write it as 2026-01-31.") % {"field": which.title, "value": value}, extra_tags="warn"
            )
            return None
    if which.kind == "choice" and value not in {v for v, _title in which.options()}:
        messages.warning(
            request, _("%(field)s: “%(value)s” is not one of the choices, so all are shown.") % {"field": which.title, "value": value}, extra_tags="warn"
        )
        return None
    return value


def _word(request: HttpRequest, name: str) -> str | None:
    """A parameter of the address, cleaned of what no database text can hold; None where it is absent or empty."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:WORD_CHARS_MAX] or None


def query_of(request: HttpRequest, **changed: Any) -> str:
    """The address's own query with some parts changed; it starts again at the first page unless `after` is given."""
    kept = {k: v for k, v in request.GET.items() if k not in ("after", "format")}
    return urlencode({k: v for k, v in {**kept, **changed}.items() if v not in (None, "")})


def _columns(request: HttpRequest, listing: Listing) -> list[Column]:
    asked = (_word(request, "columns") or "").split(",")
    wanted = [c for c in listing.columns if c.name in asked]
    return wanted or [c for c in listing.columns if not c.extra]


def every_row(listing: Listing, chosen: dict[str, Any], rows_max: int) -> Iterator[dict[str, Any]]:
    """The rows of all pages, read in pages of `CSV_PAGE`."""
    after: str | None = None
    given = 0
    while given < rows_max:
        page = listing.rows(chosen, after, min(CSV_PAGE, rows_max - given))
        yield from page
        given += len(page)
        if len(page) < CSV_PAGE:
            return
        after = str(page[-1]["cursor"])


class _Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _csv(request: HttpRequest, listing: Listing, chosen: dict[str, Any], columns: Iterable[Column]) -> StreamingHttpResponse:
    """Every matching row (up to `CSV_ROWS_MAX`), money as decimals, moments in UTC; a text that a spreadsheet would run as a formula is quoted."""
    writer = csv.writer(_Line())
    may_see = visitor_of(request).may("orders.personal")
    shown = list(columns)

    def lines() -> Iterator[str]:
        yield writer.writerow([str(c.title) for c in shown])
        for row in every_row(listing, chosen, CSV_ROWS_MAX):
            yield writer.writerow([cells.plain_cell(c, row, may_see) for c in shown])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{listing.name}.csv"'
    return answer
