"""Laying a register out: the file is streamed into session tables at flat memory, so that rows of one document that stand apart come together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import orjson

from headrace.engine.queries import copy_rows, load_queries
from headrace.flow.importing.port import RegisterFormat, UnusableFile

sql = load_queries(__package__)


@dataclass(slots=True)
class Laid:
    """A register that lies in the session's trays. `source` is a hash of its rows, whatever the file is called and however it is packed.

    sum_file    quantity times price over all rows, exact, as the file has it
    unsummed    rows where the file has no number to multiply
    """

    rows: int = 0
    documents: int = 0
    sum_file: Decimal = Decimal(0)
    unsummed: int = 0
    source: str = ""


def lay_out(path: Path, fmt: RegisterFormat) -> Laid:
    """Stream the file into the trays of this session. Raises UnusableFile."""
    laid = Laid()
    digest = hashlib.sha256(fmt.name.encode())
    sql.make_register_trays()
    copy_rows(sql.copy_register_rows.text, _rows(path, fmt, laid, digest))
    if not laid.rows:
        raise UnusableFile(f"{path.name}: there is no row below the header; nothing to import")
    sql.index_register_rows()
    laid.documents = sql.lay_out_documents().count
    laid.source = digest.hexdigest()
    return laid


def _rows(path: Path, fmt: RegisterFormat, laid: Laid, digest: hashlib._Hash) -> Iterator[tuple[object, ...]]:
    for row in fmt.rows(path):
        laid.rows += 1
        cells = orjson.dumps(row.cells)
        digest.update(row.document.encode() + b"\x1f" + cells)
        if row.exact is None:
            laid.unsummed += 1
        else:
            laid.sum_file += row.exact
        yield (laid.rows, row.document, row.sku, row.title, row.price, row.exact, cells.decode())
