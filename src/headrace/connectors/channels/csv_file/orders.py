"""Orders from files: CSV (one row per line) and JSONL (one order per line), streamed at flat memory into the inbox.

A file that was half read when the process died is simply read again: a message that is there already is counted as known and changes nothing.
"""

from __future__ import annotations

import csv
import gzip
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from headrace.connectors.channels.headrace_json.translate import translate
from headrace.engine import inbox
from headrace.flow.capture.port import Unreadable

MESSAGES_PER_WRITE = 2_000
PROBLEMS_SHOWN_MAX = 50
ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone", "email")
COLUMNS = (
    "order",
    "placed_at",
    "currency",
    "total",
    "sku",
    "qty",
    "unit_price",
    "line",
    "title",
    "kind",
    "discount",
    "tax",
    "service",
    "shipping",
    "shipping_tax",
    "customer",
    "customer_name",
    "segment",
    "gateway",
    "payment_ref",
    "paid",
    "authorised",
    "fraud",
    "po_number",
    "note",
    "version",
    *ADDRESS,
)
REQUIRED = ("order", "placed_at", "currency", "total", "sku", "qty", "unit_price")


class UnusableFile(ValueError):
    """The file as a whole cannot be read. Says what is missing and what to do."""


@dataclass(slots=True)
class Counts:
    """What became of a file's rows."""

    rows: int = 0
    became: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, **self.became, "problems": self.problems}

    def problem(self, text: str) -> None:
        if len(self.problems) < PROBLEMS_SHOWN_MAX:
            self.problems.append(text)


@dataclass(slots=True)
class FileOrder:
    """One order as the file has it: its body in our own format, and how many rows it took, the first of them."""

    body: str
    rows: int
    first_row: int


def import_orders(path: Path, kind: str, channel: str, mapping: Path | None = None) -> Counts:
    """Read a file into the inbox. Every row counts as new, known, or parked: an order that cannot be read is stored too, and capture parks it with its reason."""
    counts = Counts()
    chunk: list[FileOrder] = []
    for order in _csv_orders(path, _mapping(mapping)) if kind == "csv" else _jsonl_orders(path):
        chunk.append(order)
        if len(chunk) == MESSAGES_PER_WRITE:
            _store(chunk, channel, counts)
            chunk = []
    _store(chunk, channel, counts)
    return counts


def _store(chunk: list[FileOrder], channel: str, counts: Counts) -> None:
    read = [_read(order, counts) for order in chunk]
    with transaction.atomic():
        stored = inbox.store(channel, [inbox.Message("order", key, order.body) for order, (key, _) in zip(chunk, read, strict=True)])
    for order, (_, good), s in zip(chunk, read, stored, strict=True):
        counts.rows += order.rows
        counts.became["known" if not s.is_new else "new" if good else "parked"] += order.rows


def _read(order: FileOrder, counts: Counts) -> tuple[str, bool]:
    """The order's key, and whether capture will be able to read it."""
    try:
        return translate(order.body, {}, {"code": "", "settings": {}}).external_ref, True
    except Unreadable as error:
        counts.problem(f"row {order.first_row}: {error}")
        return f"row-{order.first_row}", False


def _open(path: Path) -> io.TextIOBase:
    raw: Any = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - the caller closes it
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _jsonl_orders(path: Path) -> Iterator[FileOrder]:
    with _open(path) as file:
        for n, line in enumerate(_decoded(file, path), 1):
            if line.strip():
                yield FileOrder(line.strip(), 1, n)


def _decoded(file: io.TextIOBase, path: Path) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{path.name}: byte {error.start} is no UTF-8; save the file as UTF-8 and import it again") from None


def _mapping(path: Path | None) -> Mapping[str, str]:
    """Our column names to the file's, from TOML: `sku = "Article number"`."""
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise UnusableFile(f"{path}: {error}") from None
    table = table.get("columns", table)
    unknown = [name for name in table if name not in COLUMNS]
    if unknown:
        raise UnusableFile(f"{path.name}: {', '.join(unknown)} are no columns of ours; known are {', '.join(COLUMNS)}")
    return {str(k): str(v) for k, v in table.items()}


def _csv_orders(path: Path, mapping: Mapping[str, str]) -> Iterator[FileOrder]:
    """Rows that follow each other with the same `order` make one order."""
    with _open(path) as file:
        rows = csv.reader(_decoded(file, path))
        places = _header(next(rows, []), mapping, path)
        current: list[dict[str, str]] = []
        first = 2
        for n, cells in enumerate(rows, 2):
            if not any(cells):
                continue
            row = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
            if current and row["order"] != current[0]["order"]:
                yield FileOrder(_body(current), len(current), first)
                current, first = [], n
            current.append(row)
        if current:
            yield FileOrder(_body(current), len(current), first)


def _header(names: list[str], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    twice = sorted(name for name, n in Counter(names).items() if n > 1 and name)
    if twice:
        raise UnusableFile(f"{path.name}: the columns {', '.join(twice)} stand twice; rename one of each")
    places = {ours: names.index(mapping.get(ours, ours)) for ours in COLUMNS if mapping.get(ours, ours) in names}
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise UnusableFile(f"{path.name}: no column for {', '.join(missing)}; the file has {', '.join(names) or 'no header'}. Map them with --mapping.")
    return places


def _body(rows: list[dict[str, str]]) -> str:
    """One order in our own JSON format; what cannot be read stays as it is, and the translator names it."""
    head = rows[0]
    order: dict[str, Any] = {
        "order": head["order"],
        "version": int(head["version"]) if head.get("version", "").isdigit() else 1,
        "currency": head["currency"],
        "placed_at": head["placed_at"],
        "total": head["total"],
        "lines": [_line(n, row) for n, row in enumerate(rows, 1)],
        "shipping": {"service": head.get("service") or None, "amount": head.get("shipping") or None, "tax": head.get("shipping_tax") or None},
        "ship_to": {f: head[f] for f in ADDRESS if head.get(f)} or None,
        "customer": {
            "ref": head.get("customer") or None,
            "name": head.get("customer_name") or None,
            "email": head.get("email") or None,
            "segment": head.get("segment") or None,
        },
        "payments": [
            {"kind": kind, "gateway": head.get("gateway") or "file", "ref": head.get("payment_ref") or None, "amount": head[column], "at": head["placed_at"]}
            for kind, column in (("captured", "paid"), ("authorised", "authorised"))
            if head.get(column)
        ],
    }
    order |= {name: head[name] for name in ("fraud", "po_number", "note") if head.get(name)}
    return orjson.dumps(order).decode()


def _line(n: int, row: dict[str, str]) -> dict[str, Any]:
    qty: int | str = int(row["qty"]) if row["qty"].isdigit() else row["qty"]
    line = {
        "line": row.get("line") or str(n),
        "sku": row["sku"],
        "qty": qty,
        "unit_price": row["unit_price"],
        "discount": row.get("discount") or None,
        "tax": row.get("tax") or None,
    }
    return line | {name: row[name] for name in ("title", "kind") if row.get(name)}
