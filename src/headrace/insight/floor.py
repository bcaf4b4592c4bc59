"""What a warehouse lead looks at: every node with what it has to do, the queue of one, what left it, and by when the rest must."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from headrace.engine.queries import load_queries, run

sql = load_queries(__package__)

HOURS_SHOWN = 8  # of what left, on the board
STATES = ("planned", "released", "picking", "packed", "handed_over")
_PLACE = re.compile(r"(infinity|[0-9]{4}-[0-9 :.+-]{6,30})~(-?[0-9]{1,5})~([0-9]{1,18})")
_NUMBER = re.compile(r"(SO|FO)-([0-9]{1,18})", re.IGNORECASE)
SINGLE = {"one": True, "several": False}
YES_NO = {"yes": True, "no": False}


def moment() -> datetime:
    told: datetime = run("select clock_timestamp()").scalar
    return told


def board(as_of: datetime, node_id: int | None = None) -> list[dict[str, Any]]:
    """Each node, or the one, with its counts, the next cut-off, and what left it: `today` and `hours`, the oldest first. What is most urgent comes first."""
    gone: dict[int, dict[int, int]] = {}
    today: dict[int, int] = {}
    for row in sql.gone_from_nodes(as_of=as_of, node_id=node_id):
        gone.setdefault(row.node_id, {})[row.hours_ago] = row.gone
        today[row.node_id] = today.get(row.node_id, 0) + row.today
    return [
        {**n._asdict(), "today": today.get(n.id, 0), "hours": [gone.get(n.id, {}).get(ago, 0) for ago in reversed(range(HOURS_SHOWN))]}
        for n in sql.nodes_at_work(as_of=as_of, node_id=node_id)
    ]


def node(code: str, as_of: datetime) -> Any | None:
    """id, code, name, partner, and the moment at which its day began; None where there is no such node."""
    return None if "\x00" in code else next(iter(sql.midnight_of_node(node=code, as_of=as_of)), None)


def gone(node_id: int, since: datetime, until: datetime, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Shipments that left a node within a time, the latest first."""
    before = int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None
    return [row._asdict() for row in sql.gone_listed(node_id=node_id, since=since, until=until, before=before, limit=limit)]


def queue(node_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """The queue of a node as the filters narrow it, what leaves first first."""
    found = {row.id: row.cursor for row in queue_found(node_id, chosen, after, limit)}
    return [{**row._asdict(), "cursor": found[row.id]} for row in sql.queue_rows(ids=list(found))]


def queue_found(node_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[Any]:
    """Only their keys, with their place in the queue."""
    place = _place(after or "")
    return list(
        sql.queue_found(
            node_id=node_id,
            limit=limit,
            after_at=place[1] if place else None,
            after_priority=int(place[2]) if place else None,
            after_id=int(place[3]) if place else None,
            **{name: chosen.get(name) for name in ("state", "carrier", "service", "priority")},
            is_single=SINGLE.get(chosen.get("lines") or ""),
            is_held=YES_NO.get(chosen.get("held") or ""),
            in_wave=YES_NO.get(chosen.get("in_wave") or ""),
            **_leaving(node_id, chosen.get("cut_off")),
            **_sought(str(chosen.get("q") or "").strip()),
        )
    )


def _place(after: str) -> re.Match[str] | None:
    """A place in the queue; an address that somebody has changed so that its moment is none begins at the first."""
    place = _PLACE.fullmatch(after)
    try:
        return place if place is None or place[1] == "infinity" or datetime.fromisoformat(place[1]).tzinfo else None
    except ValueError:
        return None


def _leaving(node_id: int, which: str | None) -> dict[str, Any]:
    """Between which cut-offs: past theirs (late), within the hour, or at the next one of the node."""
    now = moment()
    if which == "late":
        return {"leaves_from": None, "leaves_until": now - timedelta(microseconds=1)}
    if which == "hour":
        return {"leaves_from": now, "leaves_until": now + timedelta(hours=1)}
    if which == "next":
        at = sql.next_cut_off(node_id=node_id, as_of=now).scalar or now
        return {"leaves_from": at, "leaves_until": at}
    return {"leaves_from": None, "leaves_until": None}


def _sought(text: str) -> dict[str, Any]:
    """FO-17, SO-9, or else a SKU."""
    named = _NUMBER.fullmatch(text)
    kind = named[1].upper() if named else ""
    return {
        "order_id": int(named[2]) if named and kind == "SO" else None,
        "fulfilment_id": int(named[2]) if named and kind == "FO" else None,
        "sku": text if text and not named else None,
    }


def packed_by_carrier(node_id: int) -> list[dict[str, Any]]:
    """What waits, closed, for each carrier: fulfilments and parcels."""
    return [row._asdict() for row in sql.packed_by_carrier(node_id=node_id)]


def ways_to_ship() -> list[Any]:
    """Shipping services: code, name, carrier."""
    return list(sql.ways_to_ship())
