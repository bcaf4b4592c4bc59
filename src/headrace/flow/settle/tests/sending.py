"""What a gateway sends, and where its messages end."""

from __future__ import annotations

import itertools
import json
from typing import Any

from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.ledger.tests.building import Order, OrderLine, invoices, place, run_stage, ship

_keys = itertools.count(1)


def invoiced(*goods: int, channel: str = "shop", **values: Any) -> tuple[Order, list[Any]]:
    """An order with a line and a shipment for each amount, invoiced; gives it with its invoices."""
    order = place(*(OrderLine(1, amount) for amount in goods), channel=channel, **values)
    for n in range(len(goods)):
        ship(order, *(int(n == m) for m in range(len(goods))))
    run_stage("invoice")
    return order, invoices(order)


def say(kind: str, reference: str, amount: int, payment: str | None = None, *, gateway: str = "pay", currency: str = "USD", **more: Any) -> int:
    """A message about money arrives; gives its number."""
    key = payment or f"auto-{next(_keys)}"
    body = {"kind": kind, "reference": reference, "amount_minor": amount, "currency": currency, "at": "2026-01-06T10:00:00Z", "payment": key, **more}
    return inbox.store(gateway, [inbox.Message("payment", f"{key}-{next(_keys)}", json.dumps(body))])[0].id


def line(kind: str, gross: int, ref: str | None = None, fee: int = 0) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "gross_minor": gross, "fee_minor": fee}


def pay_out(key: str, deposit: int, *lines: dict[str, Any], gateway: str = "pay", currency: str = "USD", expected: int | None = None) -> int:
    """A payout arrives and is received; gives the message."""
    body = {"payout": key, "currency": currency, "deposit_minor": deposit, "paid_on": "2026-01-07", "lines_expected": expected, "lines": list(lines)}
    message_id = inbox.store(gateway, [inbox.Message("payout", f"{key}-{next(_keys)}", json.dumps(body))])[0].id
    run_stage("receive_payouts")
    return message_id


def became(message_id: int) -> tuple[str, str | None]:
    row = run("select state, outcome from engine_inbox where id = %(id)s", {"id": message_id}).one
    return row.state, row.outcome


def payout(key: str) -> Any:
    return run("select * from ledger_payout where external_ref = %(k)s", {"k": key}).one


def case(code: str) -> Any:
    """The one open case of a reason: its values."""
    return run("select detail from exception_queue_case where reason_code = %(c)s and state <> 'resolved'", {"c": code}).scalar
