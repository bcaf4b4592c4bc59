"""Which item and which node a row means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.action import Refused
from headrace.engine.queries import load_queries
from headrace.engine.rows import Row, RowFault, text, unknown_columns

sql = load_queries(__package__)


def node(code: str) -> Any:
    """id, code, entity_id, currency of a node; refused where there is none."""
    found = sql.node_by_code(code=code)
    if not found:
        raise Refused(f"node: there is no node {code!r}; `headrace explain availability` and the network page list them")
    return found.one


def nodes(codes: Sequence[str]) -> dict[str, Any]:
    return {row.code: row for row in sql.nodes_by_code(codes=sorted(set(codes)))}


def goods(rows: Sequence[Row]) -> dict[str, Any]:
    """Items (id, sku, kind) by the SKUs that the rows name."""
    skus = sorted({str(row["sku"]).strip() for row in rows if isinstance(row, Mapping) and row.get("sku") is not None and "\x00" not in str(row["sku"])})
    return {row.sku: row for row in sql.items_by_sku(skus=skus)}


def item_of(row: Row, known: Mapping[str, Any], columns: Sequence[str]) -> Any:
    """The item of a row; only goods lie on a shelf."""
    if not isinstance(row, Mapping):
        raise RowFault(f"{row!r}: a row is a table of column and value")
    unknown_columns(row, columns)
    sku = text(row, "sku")
    item = known.get(sku)
    if item is None:
        raise RowFault(f"sku: there is no item {sku!r}; create it first")
    if item.kind != "goods":
        raise RowFault(f"sku: {sku!r} is a {item.kind}, and only goods lie on a shelf" + ("; name the kit's parts" if item.kind == "kit" else ""))
    return item


def currencies(node_ids: Sequence[int]) -> dict[int, str]:
    """Currency of the books that a node's stock is in, by node."""
    return {row.id: row.currency for row in sql.currencies_of_nodes(ids=list(node_ids))}
