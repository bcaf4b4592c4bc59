"""Who calls and what they may, and the kinds of parameter that endpoints share."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from headrace.api.problems import Problem, Stop
from headrace.governance import access

router = Router()  # one for all: a path whose methods stood on two would answer to the first alone
PAGE_MAX, PAGE_USUAL = 200, 50
NAME_CHARS_MAX = 80
_SLOT = re.compile(r"<(?:\w+:)?(\w+)>")
ID_MAX = 2**62
ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
Cursor = Annotated[int | None, Query(None, ge=1, le=ID_MAX, description="`next` of the page before")]
Limit = Annotated[int, Query(PAGE_USUAL, ge=1, le=PAGE_MAX)]
Word = Annotated[str | None, Query(None, max_length=200, pattern=r"^[^\x00]*$")]


class Page(Schema):
    """A page, and the cursor of the next one (null at the end)."""

    rows: list[dict[str, Any]]
    next: int | None = None


def holder_with(request: HttpRequest, scope: str | None) -> access.KeyHolder:
    """The program that calls, if its key has the scope (None: any key will do); else 403, which names it."""
    holder: access.KeyHolder = request.auth  # type: ignore[attr-defined]
    if scope is not None and not holder.may(scope):
        raise Stop(403, Problem(error=f"this key lacks the scope {scope}; ask an administrator for a key that has it"))
    _refuse_unknown_parameters(request)
    return holder


def refuse_key_of_one_channel(holder: access.KeyHolder) -> None:
    """For deeds that name documents of any channel."""
    if holder.channel is not None:
        raise Stop(403, Problem(error=f"this key is for channel {holder.channel} alone; an action may reach beyond it"))


def _refuse_unknown_parameters(request: HttpRequest) -> None:
    """A misspelt filter that were passed over would give rows that nobody asked for."""
    known = _parameters()[str(request.method).lower(), _SLOT.sub(r"{\1}", f"/{request.resolver_match.route}")]  # type: ignore[union-attr]
    for name, values in request.GET.lists():
        if name in known and len(values) > 1:
            raise Stop(422, Problem(error=f"{name}: {len(values)} values; send one", field=name, fix="send one value"))
        if name not in known:
            fix = f"write one of {', '.join(sorted(known))}" if known else "this address takes no parameters"
            raise Stop(
                422, Problem(error=f"{name[:NAME_CHARS_MAX]!r} is no parameter of this address; {fix}", field="query", value=name[:NAME_CHARS_MAX], fix=fix)
            )


@cache
def _parameters() -> dict[tuple[str, str], frozenset[str]]:
    """Names of the query parameters by method and path, as the API describes itself."""
    from headrace.api.v1 import api

    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    return {
        (method, path): frozenset(p["name"] for p in told.get("parameters", ()) if p["in"] == "query")
        for path, ways in paths.items()
        for method, told in ways.items()
    }
