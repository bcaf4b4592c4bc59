"""The API, version 1: orders in; orders, exceptions, stock, invoices, journal out. Every write is a stored message or a named action."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import HttpBearer

from headrace.api import exceptions, intake, looking  # noqa: F401 - they put their endpoints on the router
from headrace.api.problems import Problem, Stop
from headrace.api.scopes import router
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.governance import access


class Key(HttpBearer):
    """An API key in the Authorization header: `Bearer hr_...`."""

    def authenticate(self, request: HttpRequest, token: str) -> access.KeyHolder | None:
        return access.holder_of(token) if token.isascii() else None


api = NinjaAPI(
    title="Headrace",
    version="1",
    description="Orders in; orders, exceptions, stock, invoices and journal out. Every key has scopes; what a scope does not allow is refused. "
    "Lists come in pages: pass `next` on until it is null. Amounts are integer minor units of the currency beside them.",
    auth=Key(),
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_router("", router)


def _json(request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
    return api.create_response(request, problem.dict(exclude_none=True), status=status)


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
