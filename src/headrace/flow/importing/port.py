"""What a register's file format hands to importing, in the house's own words, and how a format is known.

A register is a file whose rows belong to documents (invoices, credit notes, corrections). A format says which document a row belongs to,
what each document is, and reads it; it never touches a book. Amounts are exact decimals as the file has them, and minor units rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

# What a document of a register is. `order` goes through the line; the others are booked by this room's own stage.
KINDS = ("order", "charge", "credit", "stock", "bad_debt")
Cells = tuple[str, ...]


class Unreadable(Exception):
    """A row that cannot become anything. Names the field (with its row), the value as it stands in the file, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix


class UnusableFile(ValueError):
    """The file as a whole cannot be read. Says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One row on its way in: its document, the house's SKU, price and value (None where the file has no number), and its cells as they are."""

    document: str
    sku: str
    title: str
    price: Decimal | None
    exact: Decimal | None
    cells: Cells


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One row that was read. `exact` is quantity times price, signed as in the file; `minor` is the same rounded once, half away from zero."""

    key: str  # position in the document, from 1
    code: str  # as the file writes it
    sku: str
    title: str | None
    kind: str  # goods, charge or gift_card
    item_class: str
    qty: int
    unit_price: Decimal
    exact: Decimal
    minor: int
    reason: str = "count"  # of a stock correction: count, damage, found, lost, sample


@dataclass(slots=True)
class Document:
    """One document of a register."""

    kind: str
    ref: str
    placed_at: datetime
    customer_ref: str | None
    country: str | None  # ISO 3166; None where the file names no country
    lines: list[RegisterLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop that a register is of: what importing makes where it is missing."""

    entity: str
    entity_name: str
    country: str
    currency: str
    zone: str
    channel: str
    channel_name: str
    node: str
    node_name: str
    warehouse: str  # partner that confirms goods which left long ago
    gateway: str  # till that took the money
    service: str


@dataclass(frozen=True, slots=True)
class RegisterFormat:
    """A file format: how rows are read, what a document's rows are, and what they say.

    rows    streams a file; raises UnusableFile
    sort    (document, its rows) -> [(kind, which rows, from 0)]: most documents are one thing, some are two
    read    (kind, document, rows) -> Document; raises Unreadable
    about   (SKU) -> (kind of item, item class)
    """

    name: str
    shop: Shop
    rows: Callable[[Path], Iterator[StagedRow]]
    sort: Callable[[str, Sequence[Cells]], list[tuple[str, list[int]]]]
    read: Callable[[str, str, Sequence[Cells]], Document]
    about: Callable[[str], tuple[str, str]]


def became(document_kind: str, line_kind: str) -> str:
    """The word of the account for a row."""
    if document_kind == "order":
        return "order_line" if line_kind == "goods" else "charge"
    if document_kind == "credit":
        return "credit" if line_kind == "goods" else "credit_charge"
    return {"charge": "charge", "stock": "stock_adjustment", "bad_debt": "bad_debt"}[document_kind]


@dataclass(slots=True)
class FileOrder:
    """One order of a file as a message in its channel's own format.

    groups  (became, rows, exact sum, minor units): what its rows become, `parked` where capture will not be able to read it
    exact   the sum of its rows as the file says; `unsummed` rows have no number to multiply
    """

    key: str
    body: str
    first_row: int
    rows: int
    currency: str
    exact: Decimal
    unsummed: int
    groups: list[tuple[str, int, Decimal, int]]


_formats: dict[str, RegisterFormat] = {}


def register_format(made: RegisterFormat) -> None:
    """Make a format known; called once per connector, from the registry line."""
    _formats[made.name] = made


def formats() -> dict[str, RegisterFormat]:
    return dict(sorted(_formats.items()))


def format_named(name: str) -> RegisterFormat:
    try:
        return _formats[name]
    except KeyError:
        raise LookupError(f"no register format {name!r}; known are {', '.join(sorted(_formats))}") from None
