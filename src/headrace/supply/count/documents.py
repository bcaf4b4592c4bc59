"""Count documents: a node's items are chosen, counted blind by as many people as there are, counted again where they differ much, and posted.

A count is compared with what the books said when it was written down, and posts that difference: what moves between the count and the posting stays moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.engine.rows import Row, RowFault, RowResult, check_size, text, unknown_columns, whole
from headrace.governance import approvals, policies
from headrace.stock import documents, moving
from headrace.stock.counting import Correction
from headrace.stock.documents import Entry
from headrace.supply import places
from headrace.supply.count import rules
from headrace.supply.count.actions import PIECES_MAX, correct, on_the_bench
from headrace.values.money import decimal_from

sql = load_queries(__package__)
COUNT_LINES_MAX = 20_000  # items of one count document; a larger node is counted in parts
NAME_CHARS_MAX = 120
GRADES = ("A", "B", "C")
COUNTED_SINCE = "another count has corrected it since it was counted here; count it again"
ENTRY_COLUMNS = ("sku", "counted", "rounds")
ROUNDS_SEEN_MAX = 32_767  # times that a line was counted
_NUMBER = re.compile(r"(?:CT-)?(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Opened:
    """A count document that was opened."""

    count: str
    lines: int


@action(permission="stock.count", says="Open a count")
def open_count(
    deed: Deed,
    *,
    node: str,
    name: str,
    skus: list[str] | None = None,
    begins: str | None = None,
    named: str | None = None,
    item_class: str | None = None,
    grade: str | None = None,
    not_counted_since: date | None = None,
) -> Opened:
    """A count of what a node has or had; each of the others narrows it. `skus` (or GTINs) names items, `begins` is how SKUs begin, `named` a part of names.

    `grade` is A, B or C: the items that make the first 80 % of the node's value, those up to 95 %, and the rest. `not_counted_since` leaves out what was
    counted on that day or later. Nothing is locked: goods go on moving while they are counted.
    """
    place = places.node(node)
    deed.subject = f"count:{node}"
    if not name.strip() or len(name) > NAME_CHARS_MAX:
        raise Refused(f"name: {name[:NAME_CHARS_MAX]!r}; say in up to {NAME_CHARS_MAX} letters what is counted, as in “Aisle 3”")
    if grade and grade not in GRADES:
        raise Refused(f"grade: {grade!r}; write one of {', '.join(GRADES)}")
    narrowed = {
        "begins": begins or None,
        "named": named or None,
        "item_class": item_class or None,
        "grade": grade or None,
        "not_counted_since": not_counted_since,
    }
    if skus:
        if any(narrowed.values()):
            raise Refused("skus: a list of items is not narrowed further; leave out the list or the rest")
        items = _items_named(skus)
    else:
        since = _begin_of(not_counted_since, place) if not_counted_since else None
        like = f"%{_escaped(named)}%" if named else None
        items = sql.items_to_count(
            node_id=place.id, begins=begins or None, named=like, item_class=item_class or None, grade=grade or None, since=since, limit=COUNT_LINES_MAX + 1
        ).column("id")
    _check_lines(len(items), node)
    told = f"{len(items)} items" if skus else ", ".join(f"{what} {value}" for what, value in narrowed.items() if value) or "all items"
    count_id = documents.open_document(deed, place.id, name.strip(), told, items)
    deed.subject = f"count:{count_id}"
    deed.before_after = {"lines": [0, len(items)]}
    return Opened(f"CT-{count_id}", len(items))


def _check_lines(lines: int, node: str) -> None:
    if not lines:
        raise Refused(f"node: nothing at {node} is like that; choose less narrowly")
    if lines > COUNT_LINES_MAX:
        raise Refused(f"node: more than {COUNT_LINES_MAX:,} items at {node} are like that; count them in parts")


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _begin_of(on: date, place: Any) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(place.zone))


def _items_named(codes: Sequence[str]) -> list[int]:
    wanted = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    known = goods_by_code(wanted)
    missing = [code for code in wanted if code not in known]
    if missing:
        raise Refused(f"skus: there is no item {', '.join(missing[:20])}{' …' if len(missing) > 20 else ''}; correct the list and send it again")
    bad = [known[code].sku for code in wanted if known[code].kind != "goods"]
    if bad:
        raise Refused(f"skus: {', '.join(bad[:20])} is no goods, and only goods lie on a shelf; name a kit's parts")
    return list(dict.fromkeys(known[code].id for code in wanted))


def goods_by_code(codes: Sequence[str]) -> dict[str, Any]:
    """Items (id, sku, kind) by SKU or GTIN as they were given."""
    return {row.code: row for row in sql.items_by_code(codes=[code for code in codes if "\x00" not in code])}


@action(permission="stock.count", says="Add items to the count")
def add_to_count(deed: Deed, *, count: str | int, skus: list[str]) -> Opened:
    """Items (by SKU or GTIN) that were found and are not on the count; those that are on it stay as they are."""
    known = _open(deed, count)
    added = documents.add_items(known.id, _items_named(skus))
    _check_lines(known.lines + added, known.node)
    deed.before_after = {"lines": [known.lines, known.lines + added]}
    return Opened(f"CT-{known.id}", known.lines + added)


@action(permission="stock.count", says="Write counts down")
def enter_counts(deed: Deed, *, count: str | int, rows: Sequence[Row]) -> list[RowResult]:
    """Write down what lies there. Rows: `sku` (or GTIN) and `counted`; without `counted` the last entry is taken back.

    With `rounds`, how often the line had been counted when the sheet was read, the same count by the same person counts once however often it is sent.
    Each is compared with what the books say now, less what is picked and lies on the bench. What differs by more than the policy tolerates is to be counted again; nothing is posted yet.
    """
    known = _open(deed, count)
    check_size(rows)
    items = goods_by_code([str(row["sku"]).strip() for row in rows if isinstance(row, Mapping) and row.get("sku") is not None])
    lines = documents.lines_of(known.id, sorted({item.id for item in items.values()}))
    _version, policy = policies.in_force("stock_counts", deed.at)
    smallest = decimal_from(1, places.currencies([known.node_id])[known.node_id])
    picked = on_the_bench([(item_id, known.node_id) for item_id in lines])
    entries: dict[int, Entry] = {}
    results = []
    for n, row in enumerate(rows, 1):
        key = str(row.get("sku", "")) if isinstance(row, Mapping) else ""
        try:
            line, counted, seen = _row(row, items, lines, entries)
        except RowFault as fault:
            results.append(RowResult(n, key, "refused", str(fault)))
            continue
        is_repeat = seen is not None and line.rounds > seen and line.counted_by == deed.actor
        if counted == line.counted_each and (is_repeat or not line.is_to_recount):
            results.append(RowResult(n, key, "unchanged"))
            continue
        on_shelf = line.on_hand_each - picked[line.item_id, known.node_id]
        again = counted is not None and rules.asks_recount(
            counted, on_shelf, line.unit_cost * smallest, policy, rounds=line.rounds + 1, before_each=line.counted_each
        )
        entries[line.id] = Entry(line.id, counted, on_shelf, picked[line.item_id, known.node_id], again)
        results.append(RowResult(n, key, "done"))
    _write(deed, known, lines, entries)
    return results


def _row(row: Row, items: Mapping[str, Any], lines: Mapping[int, Any], entries: Mapping[int, Entry]) -> tuple[Any, int | None, int | None]:
    if not isinstance(row, Mapping):
        raise RowFault(f"{row!r}: a row is a table of column and value")
    unknown_columns(row, ENTRY_COLUMNS)
    sku = text(row, "sku")
    if sku not in items:
        raise RowFault(f"sku: there is no item {sku!r}")
    line = lines.get(items[sku].id)
    if line is None:
        raise RowFault(f"sku: {sku} is not on this count; add it first")
    if line.posted_at is not None:
        raise RowFault(f"sku: {sku} is posted already")
    if line.id in entries:
        raise RowFault(f"sku: {sku} stands in an earlier row too; add the two up")
    counted, seen = (
        None if row.get(name) in (None, "") else whole(row, name, most=most) for name, most in (("counted", PIECES_MAX), ("rounds", ROUNDS_SEEN_MAX))
    )
    return line, counted, seen


def _write(deed: Deed, known: Any, lines: Mapping[int, Any], entries: Mapping[int, Entry]) -> None:
    if not entries:
        return
    before = {line.id: line for line in lines.values()}
    counted = sum((e.counted_each is not None) - (before[e.line_id].counted_each is not None) for e in entries.values())
    to_recount = sum(e.is_to_recount - before[e.line_id].is_to_recount for e in entries.values())
    documents.write_entries(deed, known.id, list(entries.values()), counted=counted, to_recount=to_recount)
    deed.before_after = {"counted": [known.counted, known.counted + counted]}


@action(permission="stock.adjust", says="Have it counted again")
def ask_recount(deed: Deed, *, count: str | int, line_ids: list[int]) -> int:
    """Ask for lines to be counted again, whatever the policy tolerates. Gives how many were."""
    known = _open(deed, count)
    asked = documents.ask_recount(known.id, line_ids)
    if not asked:
        raise Refused(f"line_ids: none of these is a counted line of CT-{known.id} that is not posted yet")
    return asked


@action(permission="stock.adjust", says="Post the count")
def post_count(deed: Deed, *, count: str | int, seen: str, despite_recounts: bool = False, note: str = "counted") -> list[RowResult]:
    """Post the differences. `seen` is the digest of the document that was looked at: where somebody has counted since, look again.

    Each line moves by what it differed when it was counted, so that what came and went since stays so. What is not counted stays as it is. A line
    that cannot be posted (less than is promised would be left, or another count has corrected the item since) stays open, with the reason why; the
    others are posted. Worth more than policy lets one person correct in one deed or in a day, it waits for a second one.
    """
    approvals.one_at_a_time(deed)
    known = _open(deed, count)
    if not note.strip():
        raise Refused("note: ''. A count needs a sentence about it.")
    if documents.digest(known.id) != seen:
        raise Refused(f"seen: somebody has counted on CT-{known.id} since you looked; look at it again and post it then")
    if known.to_recount and not despite_recounts:
        raise Refused(f"despite_recounts: {known.to_recount} lines are still to be counted again; have that done, or say that they stand as they are")
    lines = documents.counted_lines(known.id)
    if not lines:
        raise Refused(f"count: nothing on CT-{known.id} is counted that is not posted already")
    results = _post(deed, known, lines, note.strip())
    if all(r.done for r in results):
        documents.end(deed, known.id, "posted", note.strip())
    return results


def _post(deed: Deed, known: Any, lines: Sequence[Any], note: str) -> list[RowResult]:
    """The differences as corrections of the shelf, by the same way as every other count."""
    stale = _counted_elsewhere(known, lines)
    results = {n: RowResult(n, line.sku, *(("refused", COUNTED_SINCE) if line.id in stale else ("unchanged",))) for n, line in enumerate(lines, 1)}
    differing = {
        n: Correction(line.item_id, known.node_id, line.counted_each - line.book_each, "count", "count")
        for n, line in enumerate(lines, 1)
        if line.counted_each != line.book_each and line.id not in stale
    }
    told = correct(deed, differing, results, f"CT-{known.id}: {note}")
    documents.mark_posted(deed, known.id, known.node_id, {line.id: None if r.done else r.why for line, r in zip(lines, told, strict=True)})
    if stale:
        documents.ask_recount(known.id, sorted(stale))
    return told


def _counted_elsewhere(known: Any, lines: Sequence[Any]) -> set[int]:
    """Lines whose difference another count has posted meanwhile; posted twice, the pieces would be gone twice. The positions are locked before it is looked for."""
    differing = [line for line in lines if line.counted_each != line.book_each]
    moving.on_hand_of(sorted({(line.item_id, known.node_id) for line in differing}))
    return documents.counted_elsewhere_since(known.id, [line.id for line in differing])


@action(permission="stock.adjust", says="Cancel the count")
def cancel_count(deed: Deed, *, count: str | int, why: str) -> None:
    """Nothing of it is posted any more; what was written down is kept."""
    known = _open(deed, count)
    if not why.strip():
        raise Refused("why: ''. Say in words why the count is given up.")
    documents.end(deed, known.id, "cancelled", why.strip())


def _open(deed: Deed, count: str | int) -> Any:
    """The document, locked and open."""
    found = _NUMBER.fullmatch(str(count).strip().upper())
    known = documents.lock(int(found[1])) if found else None
    if known is None:
        raise Refused(f"count: there is no count {count!r}; write it as in CT-7")
    deed.subject = f"count:{known.id}"
    if known.state != "open":
        raise Refused(f"count: CT-{known.id} is {known.state}; open a new one")
    return known
