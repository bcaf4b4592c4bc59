"""The fulfilment that a deed at a node is about, locked, if it stands where the deed makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.engine.action import Deed, Refused
from headrace.orders import releasing

AT_WORK = ("released", "picking", "packed")  # the node has it and has not shipped all of it


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
