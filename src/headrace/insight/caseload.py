"""What the exceptions desk shows beside its cases: whom they are about, and which items an unknown SKU may mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def customers(order_ids: Sequence[int]) -> dict[int, str]:
    """Order to the name of whoever it goes to: for people who may see personal data."""
    return {row.order_id: row.customer for row in sql.customers_of(order_ids=list(order_ids))} if order_ids else {}


def items_like(words: str, limit: int) -> list[dict[str, Any]]:
    """Items whose SKU begins with the words, whose GTIN they are, or whose name holds them all."""
    parts = [part for part in words.replace("\x00", "").split() if part][:6]
    if not parts:
        return []
    patterns = [f"%{_plain(part)}%" for part in parts]
    return [row._asdict() for row in sql.items_like(q=" ".join(parts), begins=f"{_plain(' '.join(parts))}%", patterns=patterns, limit=limit)]


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
