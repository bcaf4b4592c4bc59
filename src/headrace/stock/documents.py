"""Count documents: which items are counted, what was counted against which book quantity, and what of it was posted. Whoever decides lives in `supply`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A quantity written down for a line, beside what the books expected on the shelf at that moment, and what was picked and lay on the bench then.

    `counted_each` None takes the last entry back.
    """

    line_id: int
    counted_each: int | None
    book_each: int
    picked_each: int
    is_to_recount: bool


def open_document(deed: Deed, node_id: int, name: str, chosen_by: str, item_ids: Sequence[int]) -> int:
    """A new document with these items. Gives its id."""
    count_id = int(sql.open_count(deed, node_id=node_id, name=name, chosen_by=chosen_by, lines=len(item_ids)).scalar)
    sql.write_count_lines(count_id=count_id, item_ids=list(item_ids))
    return count_id


def add_items(count_id: int, item_ids: Sequence[int]) -> int:
    """More items for a document; those on it stay as they are. Gives how many are new."""
    added = int(sql.write_count_lines(count_id=count_id, item_ids=list(item_ids)).scalar)
    sql.grow_count(count_id=count_id, added=added)
    return added


def lock(count_id: int) -> Any | None:
    """A document (id, state, node_id, node, lines, counted, to_recount), locked; None if there is none."""
    found = sql.lock_count(count_id=count_id)
    return found.one if found else None


def lines_of(count_id: int, item_ids: Sequence[int]) -> dict[int, Any]:
    """Lines by item, locked, each with on_hand_each and unit_cost (minor units) as they are now."""
    return {row.item_id: row for row in sql.lines_to_count(count_id=count_id, item_ids=list(item_ids))}


def write_entries(deed: Deed, count_id: int, entries: Sequence[Entry], *, counted: int, to_recount: int) -> None:
    """Write quantities down. `counted` and `to_recount` say by how many lines the document's progress shifts."""
    written = sql.write_count_entries(
        deed,
        line_ids=[e.line_id for e in entries],
        counted=[e.counted_each for e in entries],
        books=[e.book_each for e in entries],
        picked=[e.picked_each for e in entries],
        recounts=[e.is_to_recount for e in entries],
    )
    assert written.count == len(entries), f"wrote {written.count} of {len(entries)} lines of count {count_id}"
    sql.shift_count(count_id=count_id, counted=counted, to_recount=to_recount)


def ask_recount(count_id: int, line_ids: Sequence[int]) -> int:
    """Ask for these lines to be counted again. Gives how many were."""
    asked = sql.ask_recount(count_id=count_id, line_ids=list(line_ids)).count
    sql.reckon_count(count_id=count_id)
    return asked


def counted_lines(count_id: int) -> Answer:
    """What was counted and is not posted: id, item_id, sku, counted_each, book_each."""
    return sql.counted_lines(count_id=count_id)


def counted_elsewhere_since(count_id: int, line_ids: Sequence[int]) -> set[int]:
    """Lines whose item another count of the node has corrected since they were counted."""
    return set(sql.counted_elsewhere_since(count_id=count_id, line_ids=list(line_ids)).column("id"))


def digest(count_id: int) -> str:
    """Of what is to be posted: another one means that it is not what somebody looked at."""
    return str(sql.count_digest(count_id=count_id).scalar)


def mark_posted(deed: Deed, count_id: int, node_id: int, faults: dict[int, str | None]) -> None:
    """Lines by id with why each could not be posted, or None where it is."""
    sql.mark_count_lines(deed, count_id=count_id, node_id=node_id, line_ids=list(faults), faults=list(faults.values()))
    sql.reckon_count(count_id=count_id)


def end(deed: Deed, count_id: int, state: str, note: str) -> None:
    """Posted or cancelled: nothing is written into it any more."""
    ended = sql.end_count(deed, count_id=count_id, state=state, note=note)
    assert ended.count == 1, f"count {count_id} was not open"
