"""Capture: turn messages into orders, exactly once, whatever the order they arrive in.

Takes  inbox messages of kind `order`.      Gives  orders at `captured`, or revised, or cancelled; every message finished with its outcome.
Reads  catalog (channels, SKUs, parties).   Writes (through the books) orders, payments, deposits.
"""

from __future__ import annotations

from typing import Any

from headrace.catalog import knowing
from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park
from headrace.flow.capture import revising
from headrace.flow.capture.port import CHARGES, Unreadable, translator_for
from headrace.flow.capture.reasons import CHANNEL_UNKNOWN, CURRENCY_DIFFERS, UNREADABLE
from headrace.flow.capture.rows import order_row
from headrace.flow.capture.rules import newest_first
from headrace.flow.capture.writing import Plan, Taken, add_money, settings_of, write_children, write_payments
from headrace.orders import capturing, documents

VALUE_CHARS_MAX = 200
RACES_MAX = 5


@stage(of="inbox", takes="order", gives="done", after=10, beside=True)
def capture(batch: Batch) -> None:
    readable = _read(batch)
    plan = Plan()
    winners = _newest_of_each(readable, plan)
    plan.items = _known_items(batch, winners)
    plan.parties = knowing.parties(
        [
            (t.channel.id, t.order.customer_ref, t.order.customer_name, t.order.email, t.order.phone, t.order.customer_segment)
            for t in winners
            if t.order.customer_ref
        ]
    )
    for _ in range(RACES_MAX):
        if not winners:
            break
        winners = _write(batch, winners, plan)
    assert not winners, f"{len(winners)} orders were neither new nor known after {RACES_MAX} looks"
    _keep_money_of_superseded(batch, plan)
    inbox.finish(batch, plan.outcomes)


@stage(of="inbox", takes="notice", gives="done", after=12)
def channel_notices(batch: Batch) -> None:
    """Messages that only tell of an order (a refund, an edit, a risk) are kept with it: the whole order comes in a message of its own."""
    messages = inbox.read(batch)
    channels = knowing.channels({m.partner for m in messages})
    known = [(m, channels[m.partner].id) for m in messages if m.partner in channels]
    orders = {(o.channel_id, o.external_ref): o.id for o in capturing.find([c for _, c in known], [m.message_key for m, _ in known])}
    of_message = {m.id: orders.get((c, m.message_key)) for m, c in known}
    inbox.finish(batch, {m.id: ("noted", of_message.get(m.id)) for m in messages})


def _read(batch: Batch) -> list[Taken]:
    """Translate; park what cannot be read. The raw message stays in the inbox either way."""
    messages = inbox.read(batch)
    channels = knowing.channels({m.partner for m in messages})
    taken: list[Taken] = []
    unreadable, unknown, foreign = [], [], []
    settings = {code: settings_of(c) for code, c in channels.items()}
    for m in messages:
        channel = channels.get(m.partner)
        translate = translator_for(channel.kind) if channel else None
        if channel is None or not channel.is_active or translate is None:
            unknown.append({"id": m.id, "field": "channel", "value": m.partner})
            continue
        try:
            order = translate(m.body, m.headers or {}, settings[m.partner])
        except Unreadable as error:
            unreadable.append({"id": m.id, "channel": m.partner, "field": error.field_name, "value": str(error.value)[:VALUE_CHARS_MAX], "fix": error.fix})
            continue
        if order.currency != channel.currency and order.currency not in channel.settings.get("currencies", ()):
            foreign.append({"id": m.id, "channel": m.partner, "field": "currency", "value": order.currency, "expected": channel.currency})
            continue
        taken.append(Taken(m.id, channel, order))
    park(batch, UNREADABLE, unreadable)
    park(batch, CHANNEL_UNKNOWN, unknown)
    park(batch, CURRENCY_DIFFERS, foreign)
    return taken


def _known_items(batch: Batch, winners: list[Taken]) -> dict[tuple[int, str], Any]:
    """Items by (channel, SKU). Tips, duties and fees are charges that every shop has: the first one makes the item."""
    asked = {(t.channel.id, line.sku) for t in winners for line in t.order.lines}
    items = knowing.items_for(asked, batch.as_of)
    charges = {sku for _, sku in asked - items.keys() if sku in CHARGES}
    if charges:
        knowing.know_charges([(sku, *CHARGES[sku]) for sku in charges])
        items = knowing.items_for(asked, batch.as_of)
    return items


def _newest_of_each(readable: list[Taken], plan: Plan) -> list[Taken]:
    """One message per order goes on; older ones of the same batch are superseded by it."""
    by_order: dict[tuple[int, str], list[Taken]] = {}
    for t in readable:
        by_order.setdefault(t.key, []).append(t)
    winners = []
    for same in by_order.values():
        if len(same) > 1:
            by_id = {t.message_id: t for t in same}
            ranked = newest_first((t.message_id, t.order) for t in same)
            winners.append(by_id[ranked[0][0]])
            plan.superseded += [(by_id[message_id], ranked[0][0]) for message_id, _ in ranked[1:]]
        else:
            winners.append(same[0])
    return winners


def _keep_money_of_superseded(batch: Batch, plan: Plan) -> None:
    """An older message of the same batch says nothing about goods any more, but its payments happened."""
    older: list[tuple[int, Taken, bool]] = []
    for t, winner in plan.superseded:
        _, order_id = plan.outcomes[winner]
        plan.outcomes[t.message_id] = ("superseded", order_id)
        if order_id is not None:
            older.append((order_id, t, True))
    add_money(batch, older)


def _write(batch: Batch, winners: list[Taken], plan: Plan) -> list[Taken]:
    """One look: revise what is known, write what is new. Gives those that another worker wrote first, to be looked at again."""
    known = {(row.channel_id, row.external_ref): row for row in capturing.find([t.channel.id for t in winners], [t.order.external_ref for t in winners])}
    old = [(t, known[t.key]) for t in winners if t.key in known]
    new = [t for t in winners if t.key not in known]
    if old:
        plan.outcomes.update(revising.revise(batch, old, plan))
    return _write_new(batch, new, plan) if new else []


def _write_new(batch: Batch, new: list[Taken], plan: Plan) -> list[Taken]:
    ids = capturing.take_ids(len(new))
    numbered = list(zip(ids, new, strict=True))
    written = capturing.write_orders(batch, [order_row(i, t.channel, t.order, t.message_id, plan.party_of(t), plan.items) for i, t in numbered])
    mine = [(i, t) for i, t in numbered if i in written]
    write_children(batch, mine, plan)
    write_payments(batch, mine)
    cancelled = [i for i, t in mine if t.order.cancelled]
    if cancelled:
        capturing.cancel_units(cancelled)
        documents.move(batch, cancelled, to="cancelled")
    plan.outcomes.update({t.message_id: ("cancelled" if t.order.cancelled else "captured", i) for i, t in mine})
    return [t for i, t in numbered if i not in written]
