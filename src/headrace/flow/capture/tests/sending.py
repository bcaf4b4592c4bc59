"""Orders as a channel sends them, version by version, and what the books then say."""

from __future__ import annotations

import json
from typing import Any

from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.engine.stage import stage_named

JANE = {"name": "Jane Roe", "line1": "1 Main Street", "city": "Springfield", "region": "IL", "postcode": "62701", "country": "US"}
MOVED = {**JANE, "line1": "9 Elm Street"}


def line(ref: str, sku: str, qty: int, **more: Any) -> dict[str, Any]:
    return {"line": ref, "sku": sku, "qty": qty, "unit_price": "10.00", **more}


def order(ref: str, version: int = 1, lines: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """An order in our own format whose total foots."""
    lines = lines or [line("1", "A", 2)]
    total = sum(10 * (x["qty"]) for x in lines)
    return {
        "order": ref,
        "version": version,
        "currency": "USD",
        "placed_at": "2026-01-05T10:00:00Z",
        "lines": lines,
        "total": f"{total}.00",
        "shipping": {"service": "ground"},
        "ship_to": JANE,
        **more,
    }


def payment(ref: str, kind: str, amount: str) -> dict[str, Any]:
    return {"kind": kind, "gateway": "pay", "ref": f"{ref}:{kind}", "amount": amount, "at": "2026-01-05T10:00:00Z"}


def send(body: dict[str, Any] | str, channel: str = "door", kind: str = "order") -> int:
    """One message arrives. Gives its number."""
    text = body if isinstance(body, str) else json.dumps(body)
    key = str(body.get("order") or body.get("id")) if isinstance(body, dict) else "unreadable"
    return inbox.store(channel, [inbox.Message(kind, key, text)])[0].id


def take(stage: str = "capture") -> None:
    while stage_named(stage).run().taken:
        pass


def outcome(message_id: int) -> tuple[str, str | None]:
    found = run("select state, outcome from engine_inbox where id = %(id)s", {"id": message_id}).one
    return found.state, found.outcome


def order_id(ref: str) -> int:
    return int(run("select id from orders_order where external_ref = %(r)s", {"r": ref}).scalar)


COLUMNS = """o.state, o.commercial, o.hold, o.source_version, o.external_number, o.currency, o.goods_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor,
    o.authorised_minor, o.captured_minor, o.refunded_minor, o.qty_ordered_each, o.qty_cancelled_each, o.qty_allocated_each, o.shipping_code, o.fraud_verdict,
    o.payment_expires_at, o.extra"""


def state_of(ref: str) -> dict[str, Any]:
    """All that the books say of an order, without its number and without how it came to be."""
    values = {"r": ref}
    own = run(f"select {COLUMNS} from orders_order o where external_ref = %(r)s", values)  # sql: constants only
    lines = run(
        """select l.external_ref, l.kind, l.sku, l.item_id, l.unit_price, l.goods_minor, l.discount_minor, l.tax_minor, l.pack_each, l.qty_ordered_each, l.qty_cancelled_each
        from orders_line l join orders_order o on o.id = l.order_id where o.external_ref = %(r)s and l.external_ref not like '%%/before-%%' order by 1""",
        values,
    )
    addresses = run(
        "select a.kind, a.name, a.line1, a.city from orders_address a join orders_order o on o.id = a.order_id where o.external_ref = %(r)s order by 1", values
    )
    money = run(
        """select p.kind, p.gateway, sum(p.amount_minor) from ledger_payment p join orders_order o on o.id = p.order_id where o.external_ref = %(r)s group by 1, 2 order by 1, 2""",
        values,
    )
    ledger = run(
        """select a.code, sum(l.amount_minor) from ledger_leg l join ledger_account a on a.id = l.account_id join ledger_entry e on e.id = l.entry_id
        join ledger_payment p on e.origin = 'payment' and e.origin_id = p.id join orders_order o on o.id = p.order_id where o.external_ref = %(r)s group by 1 order by 1""",
        values,
    )
    parts = {"order": own, "lines": lines, "addresses": addresses, "money": money, "ledger": ledger}
    return {name: [tuple(row) for row in rows] for name, rows in parts.items()}
