"""Where somebody is in a list: pages by keyset, forwards by the cursor of a page's last row and back along the cursors that were passed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

from django.http import HttpRequest

ROWS = 50
TRAIL_MAX = 30  # pages that can be gone back one by one; from further on it is one step to the first
TRAIL_CHARS_MAX = 3_000
PAGE_NO_MAX = 1_000_000
COUNTED_MAX = 10_000  # rows of a list counted no further: "10,000+" says enough
PLACE = ("after", "trail", "page")  # parameters that say where in the list, not what of it
NOT_KEPT = (*PLACE, "format", "all")


def query_of(request: HttpRequest, **changed: Any) -> str:
    """The address's own query with some parts changed; it starts again at the first page unless `after` is given."""
    kept = {k: v for k, v in request.GET.items() if k not in NOT_KEPT}
    return urlencode({k: v for k, v in {**kept, **changed}.items() if v not in (None, "")})


@dataclass(frozen=True, slots=True)
class Place:
    """One page of a list: the cursor after which it begins, those of the pages before it, and its number from 1."""

    after: str | None
    trail: tuple[str, ...]
    page: int

    @property
    def first_row(self) -> int:
        return (self.page - 1) * ROWS + 1

    def next_query(self, request: HttpRequest, cursor: Any) -> str:
        trail = (*self.trail, self.after or "")[-TRAIL_MAX:]
        return query_of(request, after=cursor, trail=_written(trail), page=self.page + 1)

    def previous_query(self, request: HttpRequest) -> str:
        """The page before, or the first one where the way back is not known."""
        if not self.trail or self.page <= 2:
            return query_of(request)
        return query_of(request, after=self.trail[-1], trail=_written(self.trail[:-1]), page=self.page - 1)


def place_of(request: HttpRequest, after: str | None) -> Place:
    if after is None:
        return Place(None, (), 1)
    told, number = request.GET.get("trail", "")[:TRAIL_CHARS_MAX], request.GET.get("page", "")
    trail = tuple(unquote(part) for part in told.split("~"))[-TRAIL_MAX:] if told else ()
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 8 and 1 < int(number) <= PAGE_NO_MAX else 0
    return Place(after, trail, page)


def _written(trail: tuple[str, ...]) -> str:
    """Cursors in one word; the first page's is empty."""
    return "~".join(quote(str(cursor), safe="").replace("~", "%7E") for cursor in trail)


@dataclass(frozen=True, slots=True)
class Position:
    """Which rows are shown, of how many: `total` is None where it is not known, and `more` means that there are more than were counted. No numbers on a page
    that somebody jumped to."""

    first: int
    last: int
    total: int | None
    more: bool


def position(place: Place, shown: int, has_next: bool, counted: int | None) -> Position | None:
    """A page that is the last one knows the total by itself; otherwise it is what was counted, if anything was."""
    if not shown or place.page < 1:
        return None
    last = place.first_row + shown - 1
    total = counted if has_next else last
    return Position(place.first_row, last, None if total is None else min(total, COUNTED_MAX) if has_next else total, has_next and (counted or 0) > COUNTED_MAX)
