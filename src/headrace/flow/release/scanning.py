"""Scans at the bench: each counts once, however often its request arrives, and each can be taken back."""

from __future__ import annotations

from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.flow.release.finding import line_for, lines_of_scan, picked
from headrace.orders import documents, releasing, scanning
from headrace.orders.bench import AT_WORK, found, must_be_inside, must_stand

SCAN_ID_CHARS_MAX = 64  # of the name that a client gives its scan, as in a UUID
Answer = dict[str, Any]


@action(permission="warehouse.work", says="Pick")
def pick_line(deed: Deed, *, fulfilment: str | int, scan: str, qty: int = 1, scan_id: str | None = None) -> Answer:
    """A scanned SKU, GTIN or line number was picked. Gives line, sku, and pieces picked and asked of it. A wrong or surplus piece is refused.

    With a `scan_id` that the client makes for each scan (any text up to 64 characters), the same scan asked again counts once and is answered the same.
    """
    f = found(deed, fulfilment)
    _check_id("scan_id", scan_id)
    earlier = scanning.known(f.id, scan_id)
    if earlier is not None:
        return _answered(f, earlier, scan_id, is_same=earlier.code == scan and earlier.qty_each == qty)
    _must_be_open(f)
    line = line_for(f, scan)
    before = picked(line)
    if not 1 <= qty <= line.left_each - before:
        raise Refused(f"qty: {qty} of {line.sku}; {before} of {line.left_each} are picked already")
    releasing.count_picks({line.id: qty})
    if f.state == "released":
        releasing.move([f.id], "picking", ["released"])
    return _count(deed, f, line, scan_id, code=scan, qty=qty)


@action(permission="warehouse.work", says="Take back")
def unpick_line(deed: Deed, *, fulfilment: str | int, scan: str | None = None, qty: int = 1, scan_id: str | None = None, undo_id: str | None = None) -> Answer:
    """Pieces that were picked go back to the shelf. Gives line, sku, and pieces picked and asked of it now.

    Either a scan is taken back whole, by its `scan_id`, or `qty` pieces of a scanned SKU, GTIN or line number. A scan is taken back once, however
    often it is asked; for pieces of a line, an `undo_id` that the client makes does the same. Never more than is picked.
    """
    f = found(deed, fulfilment)
    _check_id("scan_id", scan_id)
    _check_id("undo_id", undo_id)
    earlier = scanning.taken_back(f.id, scan_id) or scanning.known(f.id, undo_id)
    if earlier is not None:
        same = earlier.takes_back == scan_id if scan_id else earlier.code == scan and earlier.qty_each == -qty
        return _answered(f, earlier, undo_id, is_same=same)
    _must_be_open(f)
    line, qty = _what_goes_back(f, scan, qty, scan_id)
    if not 1 <= qty <= picked(line):
        raise Refused(f"qty: {qty} of {line.sku}; {picked(line)} are picked and can be taken back")
    releasing.count_picks({line.id: -qty})
    documents.tell(deed, "unpicked", {f.order_id: {"fulfilment": f.number, "sku": line.sku, "qty": qty}})
    return _count(deed, f, line, undo_id, code=scan or scan_id or "", qty=-qty, takes_back=scan_id)


def _check_id(name: str, value: str | None) -> None:
    if value is not None and not 0 < len(value) <= SCAN_ID_CHARS_MAX:
        raise Refused(f"{name}: {value[:SCAN_ID_CHARS_MAX]!r} has {len(value)} characters; write 1 to {SCAN_ID_CHARS_MAX}, as in a UUID")


def _must_be_open(f: Any) -> None:
    """Before its parcels are closed, and again when they were opened or went and left something behind."""
    must_stand(f, AT_WORK)
    must_be_inside(f)
    if f.packing:
        raise Refused(f"fulfilment: {f.number} is packed; pack it again with what is in the parcels, or say what could not be found")


def _answered(f: Any, earlier: Any, asked: str | None, *, is_same: bool) -> Answer:
    if not is_same:
        raise Refused(f"scan_id: {asked!r} was used on {f.number} for {earlier.qty_each} of {earlier.sku}; give every scan an id of its own")
    return {"line": earlier.line_id, "sku": earlier.sku, "picked": earlier.picked_each, "asked": earlier.asked_each}


def _what_goes_back(f: Any, scan: str | None, qty: int, scan_id: str | None) -> tuple[Any, int]:
    """The line and the pieces: of a scan, or of the last line of this item that has any."""
    if scan_id:
        row = scanning.known(f.id, scan_id)
        if row is None or row.qty_each < 1:
            raise Refused(f"scan_id: {scan_id!r} is no scan of {f.number}; take pieces of a line back by its SKU")
        return next(x for x in releasing.lines([f.id]) if x.id == row.line_id), row.qty_each
    if not scan:
        raise Refused("scan: nothing is named; write a SKU, or the scan_id of the scan that is taken back")
    lines = lines_of_scan(f, scan)
    return next((x for x in reversed(lines) if picked(x)), lines[0]), qty


def _count(deed: Deed, f: Any, line: Any, scan_id: str | None, *, code: str, qty: int, takes_back: str | None = None) -> Answer:
    """Keep the answer under its id, for when it is asked again."""
    now = picked(line) + qty
    if scan_id or takes_back:
        scanning.keep(
            deed, fulfilment_id=f.id, line_id=line.id, scan_id=scan_id, code=code, qty_each=qty, picked_each=now, asked_each=line.left_each, takes_back=takes_back
        )  # fmt: skip
    return {"line": line.id, "sku": line.sku, "picked": now, "asked": line.left_each}
