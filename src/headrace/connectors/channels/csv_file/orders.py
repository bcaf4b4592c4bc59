"""Orders from files: CSV (one row per line, the rows of an order together) and JSONL (one order per line), streamed at flat memory."""

from __future__ import annotations

import csv
import gzip
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from headrace.connectors.channels.headrace_json.translate import translate
from headrace.flow.capture.port import Unreadable
from headrace.flow.importing.port import FileOrder, UnusableFile
from headrace.values.money import MoneyError, decimal_of

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


def orders(path: Path, kind: str, mapping: Path | None = None) -> Iterator[FileOrder]:
    """Stream the orders of a file (kind: csv or jsonl). Raises UnusableFile. One that cannot be read is an order, too: capture parks it with its reason."""
    return _csv_orders(path, _mapping(mapping)) if kind == "csv" else _jsonl_orders(path)


def _file_order(body: str, first_row: int, sums: Sequence[Decimal | None], of_rows: bool) -> FileOrder:
    """`sums` are the rows' values as the file says; None reads them from the order itself (JSONL)."""
    unsummed = sum(1 for s in sums if s is None)
    exact = sum((s for s in sums if s is not None), Decimal(0))
    try:
        order = translate(body, {}, {"code": "", "settings": {}})
    except Unreadable:
        return FileOrder(f"row-{first_row}", body, first_row, len(sums), "", exact, unsummed, [("parked", len(sums), exact, 0)])
    if not of_rows:
        exact = sum((x.qty * x.unit_price for x in order.lines), Decimal(0))
        return FileOrder(order.external_ref, body, first_row, 1, order.currency, exact, 0, [("order", 1, exact, sum(x.goods_minor for x in order.lines))])
    groups: dict[str, tuple[str, int, Decimal, int]] = {}
    for x, own in zip(order.lines, sums, strict=True):
        word = "order_line" if x.kind == "goods" else "charge"
        _, n, so_far, minor = groups.get(word, (word, 0, Decimal(0), 0))
        groups[word] = (word, n + 1, so_far + (own or 0), minor + x.goods_minor)
    return FileOrder(order.external_ref, body, first_row, len(sums), order.currency, exact, unsummed, list(groups.values()))


def _open(path: Path) -> io.TextIOBase:
    raw: Any = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - the caller closes it
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _jsonl_orders(path: Path) -> Iterator[FileOrder]:
    with _open(path) as file:
        for n, line in enumerate(_decoded(file, path), 1):
            if line.strip():
                yield _file_order(line.strip(), n, [None], of_rows=False)


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
                yield _file_order(_body(current), first, [_value(row) for row in current], of_rows=True)
                current, first = [], n
            current.append(row)
        if current:
            yield _file_order(_body(current), first, [_value(row) for row in current], of_rows=True)


def _header(names: list[str], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    twice = sorted(name for name, n in Counter(names).items() if n > 1 and name)
    if twice:
        raise UnusableFile(f"{path.name}: the columns {', '.join(twice)} stand twice; rename one of each")
    places = {ours: names.index(mapping.get(ours, ours)) for ours in COLUMNS if mapping.get(ours, ours) in names}
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise UnusableFile(f"{path.name}: no column for {', '.join(missing)}; the file has {', '.join(names) or 'no header'}. Map them with --mapping.")
    return places


def _value(row: Mapping[str, str]) -> Decimal | None:
    """Quantity times price as the file has them."""
    try:
        return decimal_of(row["qty"]) * decimal_of(row["unit_price"])
    except MoneyError:
        return None


def _body(rows: list[dict[str, str]]) -> str:
    """One order in our own JSON format; what cannot be read stays as it is, and the translator names it."""
    head = rows[0]
    order: dict[str, Any] = {
        "order": head["order"],
        "version": int(head["version"]) if head.get("version", "").isdecimal() else 1,
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
    qty: int | str = int(row["qty"]) if row["qty"].isdecimal() else row["qty"]
    line = {
        "line": row.get("line") or str(n),
        "sku": row["sku"],
        "qty": qty,
        "unit_price": row["unit_price"],
        "discount": row.get("discount") or None,
        "tax": row.get("tax") or None,
    }
    return line | {name: row[name] for name in ("title", "kind") if row.get(name)}
