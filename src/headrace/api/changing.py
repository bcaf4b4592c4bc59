"""Deeds on one order, for programs: cancel it or a line of it, call it back from its nodes."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Schema

from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, holder_with, router
from headrace.engine.action import action_named
from headrace.governance import access
from headrace.insight import figures

QTY_MAX, LINES_MAX = 2**31 - 1, 2**31 - 1
Number = Annotated[str, Path(..., max_length=200, pattern=r"^[^\x00]+$")]


class Why(Schema):
    """Why it is done, for the order's history."""

    why: str = Field(..., min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")


class Cancel(Why):
    """All that has not left, or of one line (by its number on the order) so many pieces."""

    line: int | None = Field(None, ge=1, le=LINES_MAX)
    qty: int | None = Field(None, ge=1, le=QTY_MAX)


class Cancelled(Schema):
    order: str
    pieces: int


class Recalled(Schema):
    order: str
    answer: str


def _order(number: str, holder: access.KeyHolder) -> int:
    """The one order of this number that the key reaches: a key of one channel knows no other's."""
    found = figures.find_order(number, holder.channel)
    if not found:
        raise Stop(404, Problem(error=f"no order is known as {number!r}", field="number"))
    if len(found) > 1:
        raise Stop(409, Problem(error=f"{number!r} names {len(found)} orders: {', '.join(f'SO-{i}' for i in found)}", field="number"))
    return int(found[0])


@router.post("/orders/{number}/cancel", response={200: Cancelled, **ERRORS}, tags=["orders"], summary="Cancel an order or a line of it")
def cancel(request: HttpRequest, number: Number, body: Cancel) -> Any:
    """Gives back what has not left; refused (422) where an outside warehouse or a packed parcel has it: call it back first."""
    holder = holder_with(request, "orders.edit")
    if body.qty is not None and body.line is None:
        raise Stop(422, Problem(error="line: qty needs the line that it is of", field="line"))
    order = _order(number, holder)
    if body.line is None:
        pieces = action_named("cancel_order")(actor=holder.actor, order_id=order, why=body.why)
    else:
        pieces = action_named("cancel_line")(actor=holder.actor, order_id=order, line=body.line, qty=body.qty, why=body.why)
    return {"order": f"SO-{order}", "pieces": pieces}


@router.post("/orders/{number}/recall", response={200: Recalled, **ERRORS}, tags=["orders"], summary="Call an order back from its nodes")
def recall(request: HttpRequest, number: Number, body: Why) -> Any:
    """`recalled`: all that is not packed came back; `requested`: an outside warehouse must answer first."""
    holder = holder_with(request, "orders.edit")
    order = _order(number, holder)
    return {"order": f"SO-{order}", "answer": action_named("recall_order")(actor=holder.actor, order_id=order, why=body.why)}
