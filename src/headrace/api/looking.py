"""Orders, stock, invoices and journal out, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query

from headrace.api.personal import masked_order
from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, ID_MAX, Cursor, Limit, Page, Word, holder_with, router
from headrace.engine.queries import load_queries
from headrace.insight import figures

sql = load_queries(__package__)


def _page(rows: Any, limit: int) -> HttpResponse:
    """Rows whose JSON the database built, joined without building it again."""
    following = str(rows[-1].id) if len(rows) == limit else "null"
    return HttpResponse(f'{{"rows":[{",".join(r.body for r in rows)}],"next":{following}}}', content_type="application/json")


@router.get("/orders", response={200: Page, **ERRORS}, tags=["orders"], summary="Orders, the newest first")
def list_orders(request: HttpRequest, before: Cursor, status: Word, channel: Word, limit: Limit) -> Any:
    holder_with(request, "orders.read")
    return _page(sql.orders_page(before=before, status=status, channel=channel, limit=limit), limit)


@router.get("/orders/{number}", response={200: dict[str, Any], **ERRORS}, tags=["orders"], summary="One order, whole")
def show_order(request: HttpRequest, number: Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]) -> Any:
    """By our number, or the channel's reference. Personal data only for keys with orders.personal."""
    holder = holder_with(request, "orders.read")
    found = figures.find_order(number)
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
