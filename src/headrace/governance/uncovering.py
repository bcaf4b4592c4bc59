"""Looking at the personal data of one order without having it in one's role: for a reason, and on record."""

from __future__ import annotations

from headrace.engine.action import Deed, Refused, action

WHY_CHARS_MIN = 5


@action(permission="orders.uncover", says="Show personal data once", own_door=True)
def uncover_order(deed: Deed, *, order_id: int, why: str) -> None:
    """Put on record who looks at whose data and why; the page that asked shows it once."""
    if len(why.strip()) < WHY_CHARS_MIN:
        raise Refused(f"why: {why!r}; say in a few words what the data is needed for")
    deed.subject = f"order:SO-{order_id}"
