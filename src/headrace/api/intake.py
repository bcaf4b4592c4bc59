"""Orders in: one or many, each answered for itself, stored before it is answered."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import Body, Field, Schema, Status

from headrace.api.once import answered_once
from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, Word, holder_with, router
from headrace.connectors.channels.headrace_json.translate import translate
from headrace.engine import inbox
from headrace.engine.queries import load_queries
from headrace.flow.capture.port import CanonicalOrder, Unreadable
from headrace.governance import access

sql = load_queries(__package__)
BULK_MAX = 1_000
VALUE_CHARS_MAX = 200
VIA = {"via": "api"}


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


def _channel(holder: access.KeyHolder, asked: str | None) -> str:
    channel = asked or holder.channel
    if not channel:
        raise Stop(422, Problem(error="channel: this key is for no channel; name one with ?channel=", field="channel"))
    if holder.channel and channel != holder.channel:
        raise Stop(403, Problem(error=f"channel: this key may only send for {holder.channel}", field="channel", value=channel))
    return channel


def _translated(body: str, channel: str) -> CanonicalOrder:
    return translate(body, {}, {"code": channel, "prices_include_tax": False, "settings": {}})


def _read(orders: list[dict[str, Any]], channel: str) -> list[inbox.Message | Problem]:
    """Check orders before they are stored, so that the sender hears at once what is wrong with each."""
    read: list[tuple[CanonicalOrder, str] | Problem] = []
    for order in orders:
        body = orjson.dumps(order).decode()
        try:
            read.append((_translated(body, channel), body))
        except Unreadable as error:
            read.append(Problem(error=str(error)[:1_000], field=error.field_name, value=str(error.value)[:VALUE_CHARS_MAX], fix=error.fix))
    before = _sent_before({row[0].external_ref for row in read if not isinstance(row, Problem)}, channel)
    return [row if isinstance(row, Problem) else _message(*row, before) for row in read]


def _sent_before(refs: set[str], channel: str) -> dict[tuple[str, int], CanonicalOrder]:
    """What programs sent before about these orders, by reference and version."""
    sent = sql.order_messages(partner=channel, keys=sorted(refs)) if refs else ()
    orders = (_translated(row.body, channel) for row in sent)
    return {(o.external_ref, o.version): o for o in orders}


def _message(order: CanonicalOrder, body: str, before: dict[tuple[str, int], CanonicalOrder]) -> inbox.Message | Problem:
    key = (order.external_ref, order.version)
    if before.setdefault(key, order) != order:
        return Problem(
            error=f"version: {order.version} of {order.external_ref} was sent before with other content, which stands",
            field="version",
            value=str(order.version),
            fix="Raise the version with every change",
        )
    return inbox.Message("order", order.external_ref, body, VIA)


def _accepted(s: inbox.Stored) -> Accepted:
    return Accepted(message=s.id, new=s.is_new, outcome=s.outcome, order=f"SO-{s.document_id}" if s.document_id else None)


@router.post("/orders", response={202: Accepted, **ERRORS}, tags=["orders"], summary="Send an order")
def send_order(request: HttpRequest, order: Body[dict[str, Any]], channel: Word) -> Any:
    """Stored before it is answered; the line takes it from there. Sending the same again gives the same answer, so a retry is always safe.

    An `Idempotency-Key` header makes that hold for the call as a whole: the same key with other content is refused (409).
    """
    holder = holder_with(request, "orders.write")
    door = _channel(holder, channel)

    def deed() -> tuple[int, Accepted]:
        message = _read([order], door)[0]
        if isinstance(message, Problem):
            raise Stop(409 if message.field == "version" and message.fix and message.fix.startswith("Raise") else 422, message)
        return 202, _accepted(inbox.store(door, [message])[0])

    return Status(*answered_once(request, holder.name, deed))


@router.post("/orders/bulk", response={202: BulkAnswer, **ERRORS}, tags=["orders"], summary="Send many orders")
def send_orders(request: HttpRequest, bulk: Bulk, channel: Word) -> Any:
    """Each row is answered for itself; a bad one does not stop the others. At most 1,000 orders and 16 MiB a call."""
    holder = holder_with(request, "orders.write")
    door = _channel(holder, channel)

    def deed() -> tuple[int, BulkAnswer]:
        read = _read(bulk.orders, door)
        good = [m for m in read if isinstance(m, inbox.Message)]
        stored = iter(inbox.store(door, good))
        rows = [RowAnswer(row=n, problem=m) if isinstance(m, Problem) else RowAnswer(row=n, accepted=_accepted(next(stored))) for n, m in enumerate(read, 1)]
        return 202, BulkAnswer(accepted=len(good), refused=len(read) - len(good), rows=rows)

    return Status(*answered_once(request, holder.name, deed))
