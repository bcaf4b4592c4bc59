"""Files of rows for a spreadsheet, made while they are sent."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse


class _Line:
    """What csv writes to: it gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows under their heads as `name`.csv. Texts are made safe (`cells.safe`) by whoever gives them."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield writer.writerow([str(head) for head in heads])
        for row in rows:
            yield writer.writerow(row)

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
