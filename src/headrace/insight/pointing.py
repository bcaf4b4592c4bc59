"""What a few letters point to: items, and the open cases of orders that were found. Each look is short, because it is made while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.queries import load_queries
from headrace.exception_queue.reasons import reasons

sql = load_queries(__package__)
_ID_DIGITS_MAX = 18


def items(word: str, *, limit: int) -> list[dict[str, Any]]:
    return [row._asdict() for row in sql.items_by_beginning(q=word, limit=limit)]


def cases(word: str, order_ids: Sequence[int], *, limit: int) -> list[dict[str, Any]]:
    """Open cases with their sentence: the one of this number, and those of these orders."""
    number = int(word) if word.isascii() and word.isdigit() and len(word) <= _ID_DIGITS_MAX else None
    found = sql.open_cases_of(case_id=number, order_ids=list(order_ids), limit=limit)
    return [{**row._asdict(), "says": row.reason_code, "sentence": _sentence(row)} for row in found]


def _sentence(row: Any) -> str:
    declared = reasons().get(row.reason_code)
    return declared.sentence(row.detail) if declared else str(row.reason_code)
