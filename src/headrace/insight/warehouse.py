"""What the packing bench looks at: one fulfilment with its lines and parcels."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def fulfilment(number: str) -> dict[str, Any] | None:
    """One fulfilment (FO-17) with its lines, its parcels where it is packed, and the next one in its node's queue."""
    digits = number.upper().removeprefix("FO-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return None
    found = sql.fulfilment_card(fulfilment_id=int(digits))
    if not found:
        return None
    told = found.one._asdict()
    lines = [row._asdict() for row in sql.fulfilment_lines(fulfilment_id=told["id"])]
    following = sql.next_in_queue(node=told["node"], fulfilment_id=told["id"])
    parcels = (told["packing"] or {}).get("parcels", [])
    return {
        **told,
        "lines": lines,
        "parcels": parcels,
        "next": following.one.number if following else None,
        "left_each": sum(line["left_each"] for line in lines),
        "picked_each": sum(line["qty_picked_each"] for line in lines),
        "weight_g": sum((line["weight_g"] or 0) * line["left_each"] for line in lines),
    }
