"""Files of rows for a spreadsheet, made while they are sent."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render


class _Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows under their heads as `name`.csv. Texts are made safe (`cells.safe`) by whoever gives them.

    The first row is read before the answer begins: what makes no sense about the question (a month that is none, a filter that a query cannot take) shows
    then, as the page that it is to a browser, and not as a file that breaks off.
    """
    writer, waiting = csv.writer(_Line()), iter(rows)
    first = list(islice(waiting, 1))

    def lines() -> Iterator[str]:
        yield writer.writerow([str(head) for head in heads])
        for row in chain(first, waiting):
            yield writer.writerow(row)

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def no_file(request: HttpRequest, wrong: Sequence[str]) -> HttpResponse:
    """Instead of a file that would hold something else than was asked for: what is wrong with the question. A page shows all and says so; a file has no place for it.

    Links to files carry no `download`, with which a browser would hide this page behind a failed download; a file is one by its Content-Disposition.
    """
    rest = request.GET.copy()
    rest.pop("format", None)
    back = f"{request.path}?{rest.urlencode()}" if rest else request.path
    return render(request, "console/no_file.html", {"wrong": wrong, "back": back}, status=400)
