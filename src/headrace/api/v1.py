"""The API, version 1: orders in; orders, exceptions, stock, invoices, journal out. Every write is a stored message or a named action."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from headrace.api import changing, deeds, exceptions, intake, looking  # noqa: F401 - they put their endpoints on the router
from headrace.api.problems import Problem, Stop
from headrace.api.scopes import router
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.governance import access


class Key(HttpBearer):
    """An API key in the Authorization header: `Bearer hr_...`."""

    def authenticate(self, request: HttpRequest, token: str) -> access.KeyHolder | None:
        return access.holder_of(token) if token.isascii() else None


class ExactJson(Parser):
    """Bodies by the same reader as every message: no NaN, no half characters, which no database text could hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


api = NinjaAPI(
    title="Headrace",
    version="1",
    description="Orders in; orders, exceptions, stock, invoices and journal out. Every key has scopes; what a scope does not allow is refused. "
    "Lists come in pages: pass `next` on until it is null. Amounts are integer minor units of the currency beside them.",
    auth=Key(),
    parser=ExactJson(),
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_router("", router)


def _json(request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
    return api.create_response(request, problem.dict(exclude_none=True), status=status)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    answer = _json(
        request,
        401,
        Problem(error="Authorization: no valid key; send `Authorization: Bearer hr_...`, and have it rotated if it was lost", field="Authorization"),
    )
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The framework's own refusals: a body that cannot be read."""
    return _json(request, error.status_code, Problem(error=f"body: {error}", field="body", fix="Send one JSON object in UTF-8"))


@api.exception_handler(Stop)
def _stopped(request: HttpRequest, error: Stop) -> HttpResponse:
    return _json(request, error.status, error.problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    where = ".".join(str(p) for p in first.get("loc", ())[1:])
    return _json(
        request,
        422,
        Problem(error="; ".join(f"{'.'.join(str(p) for p in e.get('loc', ())[1:])}: {e.get('msg')}" for e in error.errors[:20]), field=where or None),
    )


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _json(request, 422, Problem(error=str(error)))


@api.exception_handler(NotAllowed)
def _forbidden(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return _json(request, 403, Problem(error=str(error)))


@api.exception_handler(WaitsForApproval)
def _waits(request: HttpRequest, error: WaitsForApproval) -> HttpResponse:
    return _json(request, 409, Problem(error=str(error)))
