"""Count documents as people look at them: what is to be counted, blind, and how what was counted differs from the books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
WHICH = ("todo", "again", "counted")
CLASSES_MAX = 200


def _before(after: str | None) -> int | None:
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None


def counts(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Count documents, the newest first."""
    return [row._asdict() for row in sql.counts_listed(node=chosen.get("node"), state=chosen.get("state"), before=_before(after), limit=limit)]


def head(count_id: int) -> dict[str, Any] | None:
    """A document with its progress, and the approval that it waits for."""
    found = sql.count_head(count_id=count_id)
    return found.one._asdict() if found else None


def lines(count_id: int, *, which: str | None, after: str | None = None, from_sku: str | None = None, limit: int) -> list[dict[str, Any]]:
    """Lines by SKU, without a word of what the books say."""
    found = sql.lines_to_count(count_id=count_id, which=which, after=after, from_sku=from_sku, limit=limit)
    return [row._asdict() for row in found]


def books(line_ids: Sequence[int]) -> dict[int, Any]:
    """What the books say now (on_hand_each, reserved_each) by line; for those who may see it."""
    return {row.id: row for row in sql.books_now(line_ids=list(line_ids))}


def by_code(count_id: int, code: str) -> Any | None:
    """The item (sku, name, is_on_it) of a scanned code; None where no item has it."""
    found = sql.line_by_code(count_id=count_id, code=code)
    return found.one if found else None


def variances(count_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Lines with how they differ from the book of their moment and what that is worth, the largest worth first.

    `which`: differs, found, missing, right, again (to be counted again), refused (could not be posted), not_counted.
    """
    found = sql.variances_listed(count_id=count_id, which=chosen.get("which"), q=chosen.get("q"), after=after, limit=limit)
    return [row._asdict() for row in found]


def sums(count_id: int) -> dict[str, Any]:
    """How many lines of each kind, pieces and value found and missing, and what posting is worth (both directions added)."""
    told: dict[str, Any] = sql.variance_sums(count_id=count_id).one._asdict()
    return told


def entries(count_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Every quantity that was written down, the newest first."""
    return [row._asdict() for row in sql.count_entries_listed(count_id=count_id, sku=chosen.get("q"), before=_before(after), limit=limit)]


def item_classes() -> list[str]:
    return list(sql.item_classes(limit=CLASSES_MAX).column("item_class"))
