"""The fulfilment that a deed at a node is about, locked, if it stands where the deed makes sense; and the line that a scan means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.flow.release.rules import AT_WORK
from headrace.orders import releasing


def fulfilment_id(fulfilment: str | int) -> int:
    """The id behind FO-17 or 17."""
    text = str(fulfilment).removeprefix("FO-")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Refused(f"fulfilment: {fulfilment!r} is no number of a fulfilment; write it as in FO-17")
    return int(text)


def found(deed: Deed, fulfilment: str | int) -> Any:
    """The fulfilment, locked, wherever it stands."""
    known = releasing.find(deed, [fulfilment_id(fulfilment)])
    if not known:
        raise Refused(f"fulfilment: there is no {fulfilment}")
    deed.subject = f"fulfilment:{known.one.number}"
    return known.one


def at_work(deed: Deed, fulfilment: str | int, states: Sequence[str] = AT_WORK) -> Any:
    """The fulfilment, locked, at one of these states."""
    f = found(deed, fulfilment)
    must_stand(f, states)
    return f


def at_bench(deed: Deed, fulfilment: str | int, states: Sequence[str] = AT_WORK) -> Any:
    """The same for people of the built-in warehouse."""
    f = at_work(deed, fulfilment, states)
    must_be_inside(f)
    return f


def must_stand(f: Any, states: Sequence[str]) -> None:
    if f.state not in states:
        raise Refused(f"fulfilment: {f.number} is {f.state}; this can be done while it is {', '.join(states)}")


def must_be_inside(f: Any) -> None:
    """Worked by people of the house, and free to be worked on."""
    if f.partner:
        raise Refused(f"fulfilment: {f.number} is at {f.node}, which works with {f.partner}; the work there is told by its own messages")
    if f.hold == "held" or f.order_hold == "held":
        raise Refused(f"fulfilment: {f.number} is on hold; resolve the open case of {f.order_number} first")


def lines_of_scan(f: Any, scan: str) -> list[Any]:
    """The lines whose SKU, GTIN or number this is."""
    lines = [x for x in releasing.lines([f.id]) if scan in (x.sku, x.gtin, str(x.id))]
    if not lines:
        raise Refused(f"scan: {scan!r} is not on {f.number}; put it back and look at the pick list")
    return lines


def line_for(f: Any, scan: str) -> Any:
    """The line that a scan or a line number means: the first that still wants the item."""
    lines = lines_of_scan(f, scan)
    return next((x for x in lines if x.left_each > picked(x)), lines[0])


def picked(line: Any) -> int:
    """Pieces picked of what is left to ship; what left without a scan counts as picked."""
    return max(0, int(line.qty_picked_each - line.qty_shipped_each))
