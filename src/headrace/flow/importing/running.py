"""Bringing a whole register in: lay it out, open its shop, store it part by part, book it, account for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from headrace.engine import inbox
from headrace.engine.queries import load_queries
from headrace.engine.stage import stages
from headrace.exception_queue import reasons
from headrace.flow.importing.account import Account, account
from headrace.flow.importing.bringing_in import DOCUMENTS_PER_PART, bring_in_part, ease_validation, open_register_shop
from headrace.flow.importing.port import format_named
from headrace.flow.importing.staging import lay_out

sql = load_queries(__package__)
PAYOUT_LINES_MAX = 5_000
PATIENCE_S = 60.0  # that another worker gets for the messages it has in hand
LOOK_AGAIN_S = 0.05
Say = Callable[[str], None]


def import_register(path: Path, name: str, *, actor: str, say: Say = lambda _: None) -> Account:
    """Import a register whole. Ending in the middle loses nothing, and doing it again changes nothing. Raises UnusableFile."""
    fmt = format_named(name)
    reasons.sync()
    laid = lay_out(path, fmt)
    say(f"{laid.rows:,} rows in {laid.documents:,} documents, {laid.sum_file} {fmt.shop.currency}")
    items = open_register_shop(actor=actor, format=name)
    ease_validation(actor, fmt.shop.channel)
    say(f"{items:,} items are new in the catalog")
    new = 0
    for first in range(1, laid.documents + 1, DOCUMENTS_PER_PART):
        last = min(first + DOCUMENTS_PER_PART - 1, laid.documents)
        new += bring_in_part(actor=actor, format=name, source=laid.source, first=first, last=last)["new"]
        say(f"{last:,} of {laid.documents:,} documents are in, {new:,} of them new")
    take(laid.source)
    return account(path.name, laid.source, laid.rows, laid.sum_file, laid.unsummed)


def take(source: str) -> None:
    """Let the stages take a file's messages, and nothing else. What another worker has in hand is waited for."""
    until = time.monotonic() + PATIENCE_S
    while (waiting := sql.waiting_messages(source=source)) and time.monotonic() < until:
        for kind, rows in groupby(waiting, key=lambda m: m.kind):
            ids = [m.id for m in rows]
            stage = next(s for s in stages() if s.of == "inbox" and s.takes == kind)
            for first in range(0, len(ids), stage.documents_max):
                if stage.run_for(ids[first : first + stage.documents_max]).taken:
                    until = time.monotonic() + PATIENCE_S
        time.sleep(LOOK_AGAIN_S)


def pay_out(name: str) -> int:
    """The till's monthly statements, as it would send them: what it took less what it gave back goes to the bank. Gives their number.

    The register says nothing of money; that everything was paid when it was sold and given back when it was credited is this import's assumption.
    """
    shop = format_named(name).shop
    open_payments = sql.to_pay_out(channel=shop.channel, gateway=shop.gateway)
    messages = [
        m for (month_on, currency), rows in groupby(open_payments, key=lambda p: (p.month_on, p.currency)) for m in _statements(month_on, currency, list(rows))
    ]
    with transaction.atomic():
        inbox.store(shop.gateway, messages)
    return len(messages)


def _statements(month_on: date, currency: str, rows: list[Any]) -> list[inbox.Message]:
    made = []
    for first in range(0, len(rows), PAYOUT_LINES_MAX):
        part = rows[first : first + PAYOUT_LINES_MAX]
        lines = [
            {
                "kind": "charge" if p.kind == "captured" else "refund",
                "ref": p.external_ref,
                "gross_minor": p.amount_minor if p.kind == "captured" else -p.amount_minor,
                "fee_minor": 0,
            }
            for p in part
        ]
        key = f"{month_on:%Y-%m}:{part[0].external_ref}:{len(part)}"
        body = {
            "payout": key,
            "currency": currency,
            "deposit_minor": sum(x["gross_minor"] for x in lines),
            "paid_on": _last_day(month_on).isoformat(),
            "lines_expected": len(lines),
            "lines": lines,
        }
        made.append(inbox.Message("payout", key, orjson.dumps(body).decode()))
    return made


def _last_day(month_on: date) -> date:
    following = date(month_on.year + month_on.month // 12, month_on.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
