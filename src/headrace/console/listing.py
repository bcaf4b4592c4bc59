"""A page that lists rows: declared once as columns and filters, and it can be narrowed, paged, kept as a view and taken away as CSV.

A list is all addresses: what is chosen stands in the query string, so that a view is a link, and the way back is the browser's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from headrace.console import cells, paging, views
from headrace.console.access import visitor_of
from headrace.console.paging import ROWS, query_of
from headrace.console.spreadsheets import as_csv, no_file
from headrace.engine.action import Refused
from headrace.insight import narrowing

CSV_ROWS_MAX = 100_000
CSV_PAGE = 2_000
WORD_CHARS_MAX = 200
YEARS = range(1900, 9000)  # that an address may name: days are added to and taken from it
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
    absent: Any = ""  # what a cell without a value says on the page


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list: a choice (also from the database), a day, an amount, or a word."""

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
    sorts: tuple[str, ...] = field(default=())  # columns by which `rows` can order: it finds `total` or `-total` in `chosen["sort"]`, and its cursors follow
    sorted_by: str = ""  # the order where nobody chose one, as in "-placed_at"
    count: Callable[[dict[str, Any], int], int] | None = None  # `count(chosen, limit)`: how many rows match, counted up to `limit`; only where that is cheap
    marks: str = ""  # the field of a row that a deed on many takes (an id): rows can be marked, and `deeds_on_many` stands below
    deeds_on_many: str = ""  # template of the buttons in that bar


def show(request: HttpRequest, listing: Listing, *, template: str = "console/listing.html", more: Mapping[str, Any] | None = None) -> HttpResponseBase:
    """The page of a list, or the whole of it as CSV where the address ends in `format=csv`."""
    visitor = visitor_of(request)
    if not request.GET and (liked := views.default_of(visitor.name, listing.name)):
        return redirect(f"{listing.address}?{liked}")
    if request.GET.get("format") == "csv":
        return _file(request, listing)
    chosen, columns = choose(request, listing), _columns(request, listing)
    return render(request, template, {**_context(request, listing, chosen, columns), **(more or {})})


def _file(request: HttpRequest, listing: Listing) -> HttpResponseBase:
    """Every matching row; where a filter makes no sense the page shows all and says so, but a file would be taken for what was asked for."""
    told = [_checked(request, f) for f in listing.filters]
    wrong = [says for _value, says in told if says]
    if wrong:
        return no_file(request, wrong)
    try:
        return _csv(request, listing, _chosen(request, listing, [value for value, _says in told]), _columns(request, listing))
    except Refused as error:
        return no_file(request, [str(error)])


def _context(request: HttpRequest, listing: Listing, chosen: dict[str, Any], columns: list[Column]) -> dict[str, Any]:
    place = paging.place_of(request, _word(request, "after"))
    found = listing.rows(chosen, place.after, ROWS + 1)
    rows, has_next = found[:ROWS], len(found) > ROWS
    counted = listing.count(chosen, paging.COUNTED_MAX + 1) if listing.count and (has_next or not place.page) else None
    visitor, query = visitor_of(request), query_of(request)
    may_see = visitor.may("orders.personal")
    filters = [{"filter": f, "value": chosen[f.name] or "", "options": f.options()} for f in listing.filters]
    return {
        "listing": listing,
        "chosen": chosen,
        "columns": [_headed(request, listing, c) for c in columns],
        "filters": filters,
        "narrowed": _narrowed(request, filters),
        "all_columns": [{"column": c, "on": c in columns} for c in [*columns, *(c for c in listing.columns if c not in columns)]],
        "rows": [{"row": row, "mark": row.get(listing.marks, ""), "cells": cells.row_of(columns, row, may_see)} for row in rows],
        "query": query,
        "next_query": place.next_query(request, rows[-1]["cursor"]) if has_next else "",
        "previous_query": place.previous_query(request),
        "position": paging.position(place, len(rows), has_next, counted),
        "csv_query": query_of(request, format="csv"),
        "csv_rows_max": CSV_ROWS_MAX,
        "is_narrowed": any(v not in (None, "") for name, v in chosen.items() if name not in (*listing.keeps, "sort")),
        "is_first": place.after is None,
        "kept": [(name, request.GET[name]) for name in (*listing.keeps, "sort") if request.GET.get(name)],
        "views": views.of(visitor.name, listing.name, query),
    }


def _headed(request: HttpRequest, listing: Listing, column: Column) -> dict[str, Any]:
    """A column with its head: how its cells stand, and where it can be sorted the way in which it is sorted and the address that turns it round."""
    now = _sort(request, listing) or listing.sorted_by
    can_be = column.name in listing.sorts
    way = "" if now.removeprefix("-") != column.name else "descending" if now.startswith("-") else "ascending"
    first = f"-{column.name}" if column.kind in (*cells.NUMBERS, "moment", "due", "age", "day") else column.name
    turned = {"": first, "descending": column.name, "ascending": f"-{column.name}"}[way]
    head = {"name": column.name, "title": column.title, "kind": column.kind, "wide": column.wide, "is_number": column.kind in cells.NUMBERS}
    return {**head, "can_be_sorted": can_be, "way": way if can_be else "", "sort_query": query_of(request, sort=turned) if can_be else ""}


def _sort(request: HttpRequest, listing: Listing) -> str | None:
    told = _word(request, "sort")
    return told if told and told.removeprefix("-") in listing.sorts else None


def _narrowed(request: HttpRequest, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What narrows the list now, each in words with the address without it."""
    titles = {f["filter"].name: {str(v): t for v, t in f["options"]} for f in filters}
    return [
        {"title": f["filter"].title, "value": titles[f["filter"].name].get(str(f["value"]), f["value"]), "query": query_of(request, **{f["filter"].name: ""})}
        for f in filters
        if f["value"] not in (None, "")
    ]


def without_marks(listing: Listing) -> Listing:
    """The list for somebody who may do none of the deeds on many."""
    return replace(listing, marks="", deeds_on_many="")


def for_person(listing: Listing, **fixed: Any) -> Listing:
    """The list with values that hold for whoever looks, which its rows may ask for (whether personal data may be searched, say)."""
    rows = listing.rows
    return replace(listing, rows=lambda chosen, after, limit: rows({**chosen, **fixed}, after, limit))


def choose(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    """What the address chooses; a value that a filter does not know is said on the page and left out."""
    told = [_checked(request, f) for f in listing.filters]
    nothing = _("It narrows nothing here.")
    for _value, says in told:
        if says:
            messages.warning(request, f"{says} {nothing}", extra_tags="warn")
    return _chosen(request, listing, [value for value, _says in told])


def _chosen(request: HttpRequest, listing: Listing, values: list[Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = dict(zip((f.name for f in listing.filters), values, strict=True))
    if listing.search:
        chosen["q"] = _word(request, "q")
    if listing.sorts:
        chosen["sort"] = _sort(request, listing)
    for name in listing.keeps:
        chosen[name] = _word(request, name)
    return chosen


def parse_day(text: str) -> date | None:
    """A day of a year that an address may name; None for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _checked(request: HttpRequest, which: Filter) -> tuple[Any, str]:
    """What the address chooses of a filter, and what is wrong with it: then nothing is chosen."""
    value = _word(request, which.name)
    if value is None:
        return None, ""
    told = {"field": which.title, "value": value}
    if which.kind == "day":
        day = parse_day(value)
        return day, "" if day else _("%(field)s: “%(value)s” is no date; write it as 2026-01-31.") % told
    if which.kind == "choice" and value not in {v for v, _title in which.options()}:
        return None, _("%(field)s: “%(value)s” is not one of the choices.") % told
    if which.kind == "amount" and not narrowing.is_amount(value):
        return None, _("%(field)s: “%(value)s” is no amount; write it as 1234.50.") % told
    return value, ""


def _word(request: HttpRequest, name: str) -> str | None:
    """A parameter of the address, cleaned of what no database text can hold; None where it is absent or empty."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:WORD_CHARS_MAX] or None


def _columns(request: HttpRequest, listing: Listing) -> list[Column]:
    asked = (_word(request, "columns") or "").split(",")
    known = {c.name: c for c in listing.columns}
    wanted = [known[name] for name in dict.fromkeys(asked) if name in known]
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


def _csv(request: HttpRequest, listing: Listing, chosen: dict[str, Any], columns: Iterable[Column]) -> StreamingHttpResponse:
    """Every matching row (up to `CSV_ROWS_MAX`), money as decimals, moments in UTC; a text that a spreadsheet would run as a formula is quoted."""
    may_see = visitor_of(request).may("orders.personal")
    shown = list(columns)
    rows = ([cells.plain_cell(c, row, may_see) for c in shown] for row in every_row(listing, chosen, CSV_ROWS_MAX))
    return as_csv(listing.name, [c.title for c in shown], rows)
