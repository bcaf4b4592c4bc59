"""Bringing a register in: its documents go to the inbox raw, part by part; each part is one deed, and is there whole or not at all.

A part that was brought in before changes nothing: messages are known by their content, and only new ones open stock for what they take away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import orjson

from headrace.catalog import knowing, opening
from headrace.engine import inbox
from headrace.engine.action import Deed, action
from headrace.engine.partners import know_partner
from headrace.engine.queries import load_queries
from headrace.flow.importing.port import Document, RegisterFormat, Unreadable, became, format_named
from headrace.governance import policies
from headrace.ledger import costing, importing
from headrace.stock import moving
from headrace.values.money import decimal_from, round_minor

sql = load_queries(__package__)
DOCUMENTS_PER_PART = 1_000
WAREHOUSE_RATE_PER_S = 5_000  # the storeroom of the past answers as fast as it is asked
HISTORY = "register"  # inbox kind of documents that are no orders
# A register has sums and days but no addresses, and what it sold has long been sold: checks that guard new orders do not judge the past.
PAST_IS_PAST = (
    "address.missing",
    "address.incomplete",
    "order.high_value",
    "order.duplicate",
    "quantity.unusual",
)


@dataclass(slots=True)
class Piece:
    """Rows of a document that are one thing, and the message they become. `document` is None where they cannot be read."""

    kind: str
    ref: str
    body: str
    first_row: int
    exacts: list[Decimal | None]
    document: Document | None


@action(permission="catalog.write", says="Open the shop that a register is of", own_door=True)
def open_register_shop(deed: Deed, *, format: str) -> int:  # noqa: A002 - the word that people type
    """Make what is missing of entity, channel, storeroom and items of the register that lies in the trays. Gives the number of new items.

    Standard cost: half of the price in the middle of all prices at which the register has the item; unknown where it never has a price.
    """
    fmt = format_named(format)
    shop = fmt.shop
    deed.subject = f"channel:{shop.channel}"
    opening.open_shop(
        deed,
        entity=(shop.entity, shop.entity_name, shop.currency, shop.zone, shop.country),
        channel=(shop.channel, shop.channel_name, shop.gateway),
        node=(shop.node, shop.node_name, shop.warehouse),
        service=shop.service,
        settings={"format": fmt.name, "default_service": shop.service, "invoice_on": "shipment", "node": shop.node},
    )
    know_partner(shop.warehouse, WAREHOUSE_RATE_PER_S)
    return opening.know_items(deed, [_item(fmt, row) for row in sql.items_of_register()])


def _item(fmt: RegisterFormat, row: Any) -> opening.ItemRow:
    kind, item_class = fmt.about(row.sku)
    cost = None
    if kind == "goods" and row.middle_price is not None:
        cost = decimal_from(round_minor(row.middle_price / 2, fmt.shop.currency), fmt.shop.currency)
    return (row.sku, row.name, kind, item_class, cost, fmt.shop.currency)


def ease_validation(actor: str, channel: str) -> None:
    """Put a validation policy in force that lets this channel's past through, unless one says something about the channel already."""
    version, body = policies.in_force("validation", _now())
    if channel in body["channels"]:
        return
    eased = {**body, "channels": {**body["channels"], channel: {"severity": dict.fromkeys(PAST_IS_PAST, "off")}}}
    draft = policies.draft_policy(actor=actor, name="validation", body=eased, note=f"the past of {channel} is taken as it was (on version {version})")
    policies.publish_policy(actor=actor, name="validation", version=draft)


def _now() -> Any:
    return sql.moment().scalar


@action(permission="orders.write", says="Bring a part of a register in", own_door=True)
def bring_in_part(deed: Deed, *, format: str, source: str, first: int, last: int) -> dict[str, int]:  # noqa: A002 - the word that people type
    """Documents `first` to `last` of the register in the trays: stored raw, accounted for, and stock opened for what they take away.

    Gives the numbers of documents that were `new` and `known` as messages.
    """
    fmt = format_named(format)
    deed.subject = f"import:{source[:12]}:{first}-{last}"
    pieces = [piece for row in sql.documents_of_part(source=source, first=first, last=last) for piece in _pieces(fmt, row)]
    stored = inbox.store(
        fmt.shop.channel,
        [inbox.Message("order" if p.kind == "order" else HISTORY, p.ref, p.body, {"source": source[:12], "row": p.first_row}) for p in pieces],
        wake=False,
    )
    new = [p for p, s in zip(pieces, stored, strict=True) if s.is_new]
    readable = [p.document for p in new if p.document]
    _know_spellings(deed, fmt, readable)
    _open_stock(deed, fmt, readable)
    importing.record_rows(source, [(p.ref, s.id, *group, fmt.shop.currency) for p, s in zip(pieces, stored, strict=True) for group in _groups(p)])
    return {"new": len(new), "known": len(pieces) - len(new)}


def _pieces(fmt: RegisterFormat, row: Any) -> Iterator[Piece]:
    """The messages of one document. The body holds the rows as they are, so that the same rows are the same message wherever they stand."""
    cells = [tuple(orjson.loads(c)) for c in row.cells]
    for kind, at in fmt.sort(row.document, cells):
        of = [cells[n] for n in at]
        try:
            document = fmt.read(kind, row.document, of)
        except Unreadable:  # the stage that takes the message parks it, with the field, the value and the remedy
            document = None
        body = orjson.dumps({"format": fmt.name, "kind": kind, "document": row.document, "rows": of}).decode()
        yield Piece(kind, row.document, body, row.first_row, [row.exacts[n] for n in at], document)


def _groups(piece: Piece) -> list[tuple[str, int, Decimal, int]]:
    """(became, rows, exact sum, minor units to be booked)."""
    if piece.document is None:
        return [("parked", len(piece.exacts), sum((e for e in piece.exacts if e is not None), Decimal(0)), 0)]
    rows: Counter[str] = Counter()
    exact: dict[str, Decimal] = defaultdict(Decimal)
    minor: Counter[str] = Counter()
    for line in piece.document.lines:
        word = became(piece.kind, line.kind)
        rows[word] += 1
        exact[word] += line.exact
        minor[word] += line.minor
    return [(word, n, exact[word], minor[word]) for word, n in rows.items()]


def _know_spellings(deed: Deed, fmt: RegisterFormat, documents: Sequence[Document]) -> None:
    pairs = sorted({(line.code, line.sku) for d in documents for line in d.lines if line.code != line.sku})
    if pairs:
        opening.know_spellings(deed, knowing.channels([fmt.shop.channel])[fmt.shop.channel].id, pairs)


def _open_stock(deed: Deed, fmt: RegisterFormat, documents: Sequence[Document]) -> None:
    """What the past took off the shelf must have lain there: opening stock is what these documents sell and write off."""
    taken: Counter[str] = Counter()
    for d in documents:
        for line in d.lines:
            if line.kind == "goods" and (d.kind == "order" or (d.kind == "stock" and line.qty < 0)):
                taken[line.sku] += abs(line.qty)
    node = opening.node_by_code(fmt.shop.node)
    assert node is not None, f"the node {fmt.shop.node} is gone"
    rows = [
        moving.StockRow(i.id, node.id, "opening", taken[i.sku], opening.standard_cost(i, fmt.shop.currency) or Decimal(0), "opening", origin="import")
        for i in opening.items_by_sku(sorted(taken))
        if i.kind == "goods"
    ]
    if rows:
        before = replace(deed, at=min(deed.at, *(d.placed_at for d in documents)))
        costing.post_stock(before, moving.move_stock(before, rows))
