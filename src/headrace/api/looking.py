"""Orders, stock, invoices and journal out, page by page."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import BeforeValidator

from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, ID_MAX, Cursor, Limit, Page, Word, holder_with, router
from headrace.engine.queries import load_queries
from headrace.insight import figures
from headrace.insight.personal import masked_order
from headrace.ledger import reading

sql = load_queries(__package__)


def _page(rows: Any, limit: int) -> HttpResponse:
    """Rows whose JSON the database built, joined without building it again."""
    following = str(rows[-1].id) if len(rows) == limit else "null"
    return HttpResponse(f'{{"rows":[{",".join(r.body for r in rows)}],"next":{following}}}', content_type="application/json")


@router.get("/orders", response={200: Page, **ERRORS}, tags=["orders"], summary="Orders, the newest first")
def list_orders(request: HttpRequest, before: Cursor, status: Word, channel: Word, limit: Limit) -> Any:
    """A key of one channel sees the orders of that one."""
    holder = holder_with(request, "orders.read")
    if holder.channel and channel not in (None, holder.channel):
        raise Stop(403, Problem(error=f"channel: this key may only see {holder.channel}", field="channel", value=channel))
    return _page(sql.orders_page(before=before, status=status, channel=holder.channel or channel, limit=limit), limit)


@router.get("/orders/{number}", response={200: dict[str, Any], **ERRORS}, tags=["orders"], summary="One order, whole")
def show_order(request: HttpRequest, number: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]) -> Any:
    """By our number, or the channel's reference. Personal data only for keys with orders.personal; a key of one channel sees the orders of that one."""
    holder = holder_with(request, "orders.read")
    found = figures.find_order(number, holder.channel)
    if not found:
        raise Stop(404, Problem(error=f"no order is known as {number!r}", field="number"))
    order = figures.order(found[0])
    return order if holder.may("orders.personal") else masked_order(order)


@router.get("/stock", response={200: Page, **ERRORS}, tags=["stock"], summary="Positions by item and node")
def list_stock(request: HttpRequest, before: Cursor, sku: Word, node: Word, limit: Limit) -> Any:
    holder_with(request, "stock.read")
    return _page(sql.stock_page(before=before, sku=sku, node=node, limit=limit), limit)


@router.get("/stock/{sku}", response={200: dict[str, Any], **ERRORS}, tags=["stock"], summary="A SKU's availability, down to its ledger rows")
def explain_stock(request: HttpRequest, sku: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]) -> Any:
    holder_with(request, "stock.read")
    found = figures.availability(sku)
    if not found["nodes"]:
        raise Stop(404, Problem(error=f"no node has ever held {sku!r}", field="sku"))
    return found


@router.get("/invoices", response={200: Page, **ERRORS}, tags=["ledger"], summary="Invoices and credit memos, the newest first")
def list_invoices(request: HttpRequest, before: Cursor, limit: Limit, order: Annotated[int | None, Query(None, ge=1, le=ID_MAX)]) -> Any:
    holder_with(request, "ledger.read")
    return _page(sql.invoices_page(before=before, order_id=order, limit=limit), limit)


@router.get("/journal", response={200: Page, **ERRORS}, tags=["ledger"], summary="Journal entries with their legs, the newest first")
def list_journal(request: HttpRequest, before: Cursor, rule: Word, limit: Limit) -> Any:
    holder_with(request, "ledger.read")
    return _page(sql.journal_page(before=before, rule=rule, limit=limit), limit)


def _as_written(value: Any) -> Any:
    """A bare number is no date, though it could be read as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write a date, as in 2026-01-31")
    return value


Day = Annotated[date | None, BeforeValidator(_as_written)]
First = Annotated[Day, Query(None, alias="from", description="First day; all before it is the opening")]
Last = Annotated[Day, Query(None, alias="to", description="Last day")]


@router.get("/ledger/trial-balance", response={200: Page, **ERRORS}, tags=["ledger"], summary="What every account holds")
def show_trial_balance(request: HttpRequest, entity: Word, first: First, last: Last) -> Any:
    """Opening, debit, credit and closing in minor units, by entity, currency and account; closings of an entity and currency sum to zero."""
    holder_with(request, "ledger.read")
    return {"rows": reading.trial_balance(entity, first, last), "next": None}


@router.get("/ledger/accounts/{code}", response={200: Page, **ERRORS}, tags=["ledger"], summary="An account, down to its documents")
def show_account(
    request: HttpRequest,
    code: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")],
    entity: Word,
    first: First,
    last: Last,
    before: Cursor,
    limit: Limit,
) -> Any:
    """Every leg of an account (or of all accounts of a root), the newest first, with its entry, its document in words and its order."""
    holder_with(request, "ledger.read")
    try:
        rows = reading.account_rows(code, entity, first, last, before=before, limit=limit)
    except LookupError:
        raise Stop(404, Problem(error=f"nobody has posted to an account {code!r}", field="code")) from None
    return {"rows": rows, "next": rows[-1]["id"] if len(rows) >= limit else None}
