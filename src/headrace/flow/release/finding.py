"""The line of a fulfilment that a scan means."""

from __future__ import annotations

from typing import Any

from headrace.engine.action import Refused
from headrace.orders import releasing


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
