"""What a warehouse looks at: the queue of each node, one fulfilment at the bench, the pick list of a wave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from headrace.engine.queries import load_queries, run

sql = load_queries(__package__)


def queues() -> list[dict[str, Any]]:
    """Each active node with what it has to do: counts by state, pieces, the next cut-off, how many are past it."""
    return [row._asdict() for row in sql.node_queues(as_of=run("select clock_timestamp()").scalar)]


def queue(node: str, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """The queue of a node, what leaves first first."""
    at, priority, number = (after or "~~").split("~") if (after or "~~").count("~") == 2 else ("", "", "")
    is_place = bool(at) and re.fullmatch(r"-?[0-9]{1,5}", priority) is not None and re.fullmatch(r"[0-9]{1,18}", number) is not None
    place = (
        {"after_at": at, "after_priority": int(priority), "after_id": int(number)} if is_place else {"after_at": None, "after_priority": None, "after_id": None}
    )
    return [row._asdict() for row in sql.queue_listed(node=node, state=chosen["state"], limit=limit, **place)]


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


def wave(fulfilment_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What is still to be picked for these fulfilments, item by item."""
    return [row._asdict() for row in sql.wave_lines(fulfilment_ids=list(fulfilment_ids))]
