"""The API, version 1: orders in; orders, exceptions, stock, invoices, journal out. Every write is a stored message or a named action."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, NinjaAPI, Path, Query, Schema
from ninja.errors import ValidationError
from ninja.security import HttpBearer

from headrace.connectors.channels.headrace_json.translate import translate
from headrace.engine import inbox
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk, resolving
from headrace.flow.capture.port import Unreadable
from headrace.governance import access
from headrace.insight import figures

sql = load_queries(__package__)
PAGE_MAX, PAGE_USUAL = 200, 50
BULK_MAX = 1_000
CASES_MAX = 1_000
ID_MAX = 2**62


class Key(HttpBearer):
    """An API key in the Authorization header: `Bearer hr_...`."""

    def authenticate(self, request: HttpRequest, token: str) -> access.KeyHolder | None:
        return access.holder_of(token) if token.isascii() else None


api = NinjaAPI(
    title="Headrace",
    version="1",
    description="Orders in; orders, exceptions, stock, invoices and journal out.",
    auth=Key(),
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
)


class Problem(Schema):
    """What is wrong: the field, the value, the remedy."""

    error: str
    field: str | None = None
    value: str | None = None
    fix: str | None = None


class Accepted(Schema):
    """Stored for good. `new` is false for a message that we had; then `outcome` tells what became of it."""

    message: int
    new: bool
    outcome: str | None = None
    order: str | None = None


class RowAnswer(Schema):
    """The answer for one row of a bulk, in the order sent."""

    row: int
    accepted: Accepted | None = None
    problem: Problem | None = None


class Bulk(Schema):
    """Orders in our own format (see the documentation of connectors/channels/headrace_json)."""

    orders: list[dict[str, Any]] = Field(..., min_length=1, max_length=BULK_MAX)


class BulkAnswer(Schema):
    accepted: int
    refused: int
    rows: list[RowAnswer]


class Page(Schema):
    """A page, and the cursor of the next one (null at the end)."""

    rows: list[dict[str, Any]]
    next: int | None = None


class Deed(Schema):
    """Cases to act on, and why."""

    cases: list[Annotated[int, Field(ge=1, le=ID_MAX)]] = Field(..., min_length=1, max_length=CASES_MAX)
    note: str | None = Field(None, max_length=2_000)
    to: str | None = Field(None, max_length=200)
    until: datetime | None = None


class DeedAnswer(Schema):
    done: int
    refused: int
    rows: list[dict[str, Any]]


ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
Cursor = Annotated[int | None, Query(None, ge=1, le=ID_MAX, description="`next` of the page before")]
Limit = Annotated[int, Query(PAGE_USUAL, ge=1, le=PAGE_MAX)]
Word = Annotated[str | None, Query(None, max_length=200, pattern=r"^[^\x00]*$")]


class Stop(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status, self.problem = status, problem


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


def _holder(request: HttpRequest, scope: str) -> access.KeyHolder:
    holder: access.KeyHolder = request.auth  # type: ignore[attr-defined]
    if not holder.may(scope):
        raise Stop(403, Problem(error=f"this key lacks the scope {scope}; ask an administrator for a key that has it"))
    return holder


def _channel(holder: access.KeyHolder, asked: str | None) -> str:
    channel = asked or holder.channel
    if not channel:
        raise Stop(422, Problem(error="channel: this key is for no channel; name one with ?channel=", field="channel"))
    if holder.channel and channel != holder.channel:
        raise Stop(403, Problem(error=f"channel: this key may only send for {holder.channel}", field="channel", value=channel))
    return channel


def _read(order: Any, channel: str) -> inbox.Message | Problem:
    """Check an order before it is stored, so that the sender hears at once what is wrong with it."""
    body = orjson.dumps(order).decode()
    try:
        read = translate(body, {}, {"code": channel, "prices_include_tax": False, "settings": {}})
    except Unreadable as error:
        return Problem(error=str(error), field=error.field_name, value=str(error.value)[:200], fix=error.fix)
    return inbox.Message("order", read.external_ref, body)


def _accepted(s: inbox.Stored) -> Accepted:
    return Accepted(message=s.id, new=s.is_new, outcome=s.outcome, order=f"SO-{s.document_id}" if s.document_id else None)


@api.post("/orders", response={202: Accepted, **ERRORS}, tags=["orders"], summary="Send an order")
def send_order(request: HttpRequest, order: dict[str, Any], channel: Word) -> Any:
    """Stored before it is answered; the line takes it from there. Sending the same again gives the same answer, so a retry is always safe."""
    door = _channel(_holder(request, "orders.write"), channel)
    message = _read(order, door)
    if isinstance(message, Problem):
        raise Stop(422, message)
    with transaction.atomic():
        return 202, _accepted(inbox.store(door, [message])[0])


@api.post("/orders/bulk", response={202: BulkAnswer, **ERRORS}, tags=["orders"], summary="Send many orders")
def send_orders(request: HttpRequest, bulk: Bulk, channel: Word) -> Any:
    """Each row is answered for itself; a bad one does not stop the others."""
    door = _channel(_holder(request, "orders.write"), channel)
    read = [_read(order, door) for order in bulk.orders]
    good = [m for m in read if isinstance(m, inbox.Message)]
    with transaction.atomic():
        stored = iter(inbox.store(door, good))
    rows = [RowAnswer(row=n, problem=m) if isinstance(m, Problem) else RowAnswer(row=n, accepted=_accepted(next(stored))) for n, m in enumerate(read, 1)]
    return 202, BulkAnswer(accepted=len(good), refused=len(read) - len(good), rows=rows)


def _page(rows: Any, limit: int) -> HttpResponse:
    """Rows whose JSON the database built, joined without building it again."""
    following = str(rows[-1].id) if len(rows) == limit else "null"
    return HttpResponse(f'{{"rows":[{",".join(r.body for r in rows)}],"next":{following}}}', content_type="application/json")


@api.get("/orders", response={200: Page, **ERRORS}, tags=["orders"], summary="Orders, the newest first")
def list_orders(request: HttpRequest, before: Cursor, status: Word, channel: Word, limit: Limit) -> Any:
    _holder(request, "orders.read")
    return _page(sql.orders_page(before=before, status=status, channel=channel, limit=limit), limit)


@api.get("/orders/{number}", response={200: dict[str, Any], **ERRORS}, tags=["orders"], summary="One order, whole")
def show_order(request: HttpRequest, number: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]) -> Any:
    """By our number, or the channel's reference. Personal data only for keys with orders.personal."""
    holder = _holder(request, "orders.read")
    found = figures.find_order(number)
    if not found:
        raise Stop(404, Problem(error=f"no order is known as {number!r}", field="number"))
    order = figures.order(found[0])
    if not holder.may("orders.personal"):
        order["addresses"] = [{k: v if k in ("kind", "country", "region", "postcode") else mask(v) for k, v in a.items()} for a in order["addresses"]]
    return order


def mask(value: str | None) -> str | None:
    """Personal data as others may see it: that it is there, not what it is."""
    return None if value is None else "***"


@api.get("/exceptions", response={200: Page, **ERRORS}, tags=["exceptions"], summary="Open cases, the most urgent first")
def list_exceptions(request: HttpRequest, team: Word, reason: Word, limit: Limit) -> Any:
    _holder(request, "exceptions.read")
    now = run("select clock_timestamp()").scalar
    return {"rows": desk.cases(now, team=team, reason=reason, limit=limit), "next": None}


@api.get("/exceptions/counts", response={200: Page, **ERRORS}, tags=["exceptions"], summary="Open cases by reason, with value at risk")
def count_exceptions(request: HttpRequest) -> Any:
    _holder(request, "exceptions.read")
    return {"rows": desk.counts(run("select clock_timestamp()").scalar), "next": None}


@api.get("/exceptions/{case}", response={200: dict[str, Any], **ERRORS}, tags=["exceptions"], summary="One case, with evidence, procedure and offers")
def show_exception(request: HttpRequest, case: Annotated[int, Path(..., ge=1, le=ID_MAX)]) -> Any:
    _holder(request, "exceptions.read")
    found = desk.case(case)
    if found is None:
        raise Stop(404, Problem(error=f"there is no case {case}", field="case"))
    return found


DEEDS = {
    "retry": resolving.retry,
    "accept": resolving.accept,
    "close": resolving.close,
    "assign": resolving.assign,
    "claim": resolving.claim,
    "snooze": resolving.snooze,
    "comment": resolving.comment,
}
WANTS = {"retry": ("note",), "accept": ("note",), "close": ("note",), "assign": ("to",), "claim": (), "snooze": ("until",), "comment": ("note",)}


@api.post("/exceptions/{deed}", response={200: DeedAnswer, **ERRORS}, tags=["exceptions"], summary="Act on cases")
def act_on_exceptions(request: HttpRequest, deed: Annotated[str, Path(..., pattern="^(retry|accept|close|assign|claim|snooze|comment)$")], body: Deed) -> Any:
    """Retry, accept (with a reason), close, assign, claim, snooze or comment; every case gets its own answer."""
    holder: access.KeyHolder = request.auth  # type: ignore[attr-defined]
    given = {name: getattr(body, name) for name in WANTS[deed]}
    missing = [n for n, v in given.items() if v is None and deed not in ("retry",)]
    if missing:
        raise Stop(422, Problem(error=f"{missing[0]}: {deed} needs it", field=missing[0]))
    if body.until is not None and body.until.tzinfo is None:
        raise Stop(422, Problem(error="until: the moment needs its zone", field="until"))
    results = DEEDS[deed](actor=holder.actor, case_ids=body.cases, **given)
    done = sum(r.done for r in results)
    return {"done": done, "refused": len(results) - done, "rows": [{"case": r.case_id, "done": r.done, "why": r.why} for r in results]}


@api.get("/stock", response={200: Page, **ERRORS}, tags=["stock"], summary="Positions by item and node")
def list_stock(request: HttpRequest, before: Cursor, sku: Word, node: Word, limit: Limit) -> Any:
    _holder(request, "stock.read")
    return _page(sql.stock_page(before=before, sku=sku, node=node, limit=limit), limit)


@api.get("/stock/{sku}", response={200: dict[str, Any], **ERRORS}, tags=["stock"], summary="A SKU's availability, down to its ledger rows")
def explain_stock(request: HttpRequest, sku: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]) -> Any:
    _holder(request, "stock.read")
    found = figures.availability(sku)
    if not found["nodes"]:
        raise Stop(404, Problem(error=f"no node has ever held {sku!r}", field="sku"))
    return found


@api.get("/invoices", response={200: Page, **ERRORS}, tags=["ledger"], summary="Invoices and credit memos, the newest first")
def list_invoices(request: HttpRequest, before: Cursor, limit: Limit, order: Annotated[int | None, Query(None, ge=1, le=ID_MAX)]) -> Any:
    _holder(request, "ledger.read")
    return _page(sql.invoices_page(before=before, order_id=order, limit=limit), limit)


@api.get("/journal", response={200: Page, **ERRORS}, tags=["ledger"], summary="Journal entries with their legs, the newest first")
def list_journal(request: HttpRequest, before: Cursor, rule: Word, limit: Limit) -> Any:
    _holder(request, "ledger.read")
    return _page(sql.journal_page(before=before, rule=rule, limit=limit), limit)
