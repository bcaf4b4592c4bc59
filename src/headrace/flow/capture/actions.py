"""What people do about capture: teach a mapping."""

from __future__ import annotations

from headrace.catalog import knowing
from headrace.engine.action import Deed, Refused, action
from headrace.exception_queue.resolving import clear_cases
from headrace.orders import capturing, documents

PACK_MAX = 10_000


@action(permission="catalog.write", says="Map the SKU")
def map_sku(deed: Deed, *, channel: str, channel_sku: str, item: str, pack_each: int = 1) -> int:
    """Teach what a channel's SKU means. Every order that waited for it is checked again. Gives their number."""
    deed.subject = f"listing:{channel}:{channel_sku}"
    door = knowing.channels([channel]).get(channel)
    if door is None:
        raise Refused(f"channel: there is no channel {channel!r}")
    found = knowing.item_by_sku(item)
    if found is None:
        raise Refused(f"item: there is no item with the SKU {item!r}; create it first")
    if not 1 <= pack_each <= PACK_MAX:
        raise Refused(f"pack_each: {pack_each} must lie between 1 and {PACK_MAX:,}")
    knowing.learn_listing(deed, door.id, channel_sku, found.id, pack_each)
    waiting = capturing.map_waiting_lines(door.id, channel_sku, found.id, pack_each)
    if waiting:
        documents.tell(deed, "mapped", dict.fromkeys(waiting, {"sku": channel_sku, "item": item}))
        documents.ORDER.unhold(deed, ids=waiting)
        clear_cases(deed, "sku.mapped", waiting)
    return len(waiting)
