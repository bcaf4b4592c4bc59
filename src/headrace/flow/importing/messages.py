"""Orders from a file in a channel's own format: into the inbox raw, captured, and every row accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db import transaction

from headrace.catalog import knowing
from headrace.engine import inbox
from headrace.exception_queue import reasons
from headrace.flow.importing.account import Account, account
from headrace.flow.importing.port import FileOrder
from headrace.flow.importing.running import take
from headrace.ledger import importing

MESSAGES_PER_WRITE = 2_000
READ_BYTES = 1 << 20


def import_orders(
    path: Path, channel: str, orders: Iterable[FileOrder], mapping: Path | None = None, *, say: Callable[[str], None] = lambda _: None
) -> Account:
    """Import a file's orders, as read with this mapping. A file that was half read when the process died is simply read again: what is there already changes nothing.

    An unknown channel is an error before anything is stored.
    """
    known = knowing.channels([channel]).get(channel)
    if known is None:
        raise LookupError(f"channel: {channel!r} is no channel; make it in the catalog first, or choose another with --channel")
    reasons.sync()
    source = _hash_of(channel, *([mapping] if mapping else []), path)
    rows, unsummed, total = 0, 0, Decimal(0)
    stream = iter(orders)
    while chunk := list(islice(stream, MESSAGES_PER_WRITE)):
        _store(channel, known.currency, source, chunk)
        rows += sum(o.rows for o in chunk)
        unsummed += sum(o.unsummed for o in chunk)
        total += sum((o.exact for o in chunk), Decimal(0))
        say(f"{rows:,} rows are in")
    take(source)
    return account(path.name, source, rows, total, unsummed)


def _store(channel: str, currency: str, source: str, chunk: list[FileOrder]) -> None:
    """Messages and their account in one transaction: a kill leaves both or none."""
    with transaction.atomic():
        stored = inbox.store(channel, [inbox.Message("order", o.key, o.body) for o in chunk])
        importing.record_rows(
            source, [(f"row {o.first_row}", s.id, *group, o.currency or currency) for o, s in zip(chunk, stored, strict=True) for group in o.groups]
        )


def _hash_of(channel: str, *paths: Path) -> str:
    """The same file by another channel, or read with another mapping, is another account."""
    digest = hashlib.sha256(channel.encode())
    for path in paths:
        with path.open("rb") as file:
            while part := file.read(READ_BYTES):
                digest.update(part)
    return digest.hexdigest()
