"""Waves: fulfilments that are gathered in one walk past the shelves. A wave is finished when all that is in it is packed or gone; nobody has to say so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.orders import releasing, waving
from headrace.orders.bench import fulfilment_id

WAVE_MAX = 100  # fulfilments in a wave
TO_GATHER = ("released", "picking")


def _asked(fulfilments: Sequence[str | int]) -> list[int]:
    ids = list(dict.fromkeys(fulfilment_id(f) for f in fulfilments))
    if not 0 < len(ids) <= WAVE_MAX:
        raise Refused(f"fulfilments: {len(ids)}; name 1 to {WAVE_MAX}")
    return ids


@action(permission="warehouse.work", says="Make a wave")
def make_wave(deed: Deed, *, node: str, fulfilments: Sequence[str | int]) -> dict[str, Any]:
    """Gather these fulfilments of a node together: what is released or being picked, not held, and in no other wave.

    Gives the number of the wave and a row for each fulfilment: key, done, why. Where none can be taken, nothing is made.
    """
    ids = _asked(fulfilments)
    found = {f.id: f for f in releasing.find(deed, ids)}
    taken = waving.waves_of(ids)
    whys = {i: _why_not(found.get(i), node, taken.get(i)) for i in ids}
    fit = [i for i, why in whys.items() if not why]
    if not fit:
        raise Refused(f"fulfilments: none can be put into a wave; {'; '.join(list(whys.values())[:3])}")
    rows = [{"key": f"FO-{i}", "done": not why, "why": why} for i, why in whys.items()]
    number = waving.make(deed, found[fit[0]].node_id, fit)
    deed.subject = f"wave:{number}"
    return {"wave": number, "rows": rows}


def _why_not(f: Any | None, node: str, wave: str | None) -> str:
    """Why a fulfilment cannot be put into a wave of this node; empty where it can."""
    if f is None:
        return "there is no such fulfilment"
    if f.node != node:
        return f"{f.number} is at {f.node}"
    if f.partner:
        return f"{f.number} is gathered by {f.partner}"
    if f.state not in TO_GATHER:
        return f"{f.number} is {f.state}"
    if f.hold == "held" or f.order_hold == "held":
        return f"{f.number} is on hold"
    return f"{f.number} is in {wave}" if wave else ""


def _wave(deed: Deed, node: str, wave: str | int) -> Any:
    digits = str(wave).upper().removeprefix("WV-")
    found = waving.lock(node, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    if found is None:
        raise Refused(f"wave: {node} has no {wave}")
    if found.dissolved_at is not None:
        raise Refused(f"wave: {found.number} was broken up already")
    deed.subject = f"wave:{found.number}"
    return found


@action(permission="warehouse.work", says="Take out of the wave")
def take_out_of_wave(deed: Deed, *, node: str, wave: str | int, fulfilments: Sequence[str | int]) -> list[dict[str, Any]]:
    """These fulfilments go on alone, or in another wave. Gives a row for each: key, done, why."""
    ids, found = _asked(fulfilments), _wave(deed, node, wave)
    out = waving.take_out(deed, found.id, ids)
    return [{"key": f"FO-{i}", "done": i in out, "why": "" if i in out else f"FO-{i} is not in {found.number}"} for i in ids]


@action(permission="warehouse.work", says="Break the wave up")
def dissolve_wave(deed: Deed, *, node: str, wave: str | int) -> int:
    """What is not packed yet is free for another wave; what was scanned stays scanned. Gives the number of fulfilments set free.

    A person whose role covers a part of the wave sets that part free; the wave stays for the rest.
    """
    found = _wave(deed, node, wave)
    inside = waving.members(found.id)
    with sockets.limits_of(deed.actor, dissolve_wave.permission) or nullcontext():
        seen = waving.members(found.id)
    if len(seen) == len(inside):
        return waving.dissolve(deed, found.id)
    if not seen:
        raise Refused(f"wave: nothing of {found.number} is in what your role covers")
    deed.before_after = {"fulfilments": [len(inside), len(inside) - len(seen)]}
    return waving.free(deed, found.id, seen)
