"""What the catalog knows about channels, SKUs and customers, asked for many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def channels(codes: Collection[str]) -> dict[str, Any]:
    """Channels by code; a code that is missing is no channel."""
    return {row.code: row for row in sql.channels_by_code(codes=sorted(codes))}


def items_for(pairs: Collection[tuple[int, str]], as_of: datetime) -> dict[tuple[int, str], Any]:
    """(channel id, SKU) to item_id, pack_each, kind. A pair that is missing is not mapped, and no lesson changes that before the transaction ends."""
    if not pairs:
        return {}
    sql.hold_listings()
    channel_ids, skus = (list(column) for column in zip(*sorted(pairs), strict=True))
    return {(row.channel_id, row.sku): row for row in sql.items_for_skus(channel_ids=channel_ids, skus=skus, as_of=as_of)}


def know_charges(rows: Sequence[tuple[str, str, str]]) -> None:
    """Make charges (SKU, name, item class) that the catalog does not have: tax exempt, and nothing that lies on a shelf."""
    skus, names, classes = (list(column) for column in zip(*sorted(rows), strict=True))
    sql.know_charges(skus=skus, names=names, classes=classes)


def parties(rows: Sequence[tuple[int, str, str | None, str | None, str | None, str | None]]) -> dict[tuple[int, str], int]:
    """Know customers by (channel id, ref, name, email, phone, segment). Gives their ids by (channel id, ref)."""
    if not rows:
        return {}
    channel_ids, refs, names, emails, phones, segments = (list(column) for column in zip(*rows, strict=True))
    found = sql.know_parties(channel_ids=channel_ids, refs=refs, names=names, emails=emails, phones=phones, segments=segments)
    return {(row.channel_id, row.external_ref): row.id for row in found}


def learn_listing(deed: Deed, channel_id: int, channel_sku: str, item_id: int, pack_each: int) -> None:
    """Keep what a channel's SKU means. Comes before the deed locks anything else: it waits for those who write orders by what was known before."""
    sql.lock_listings()
    sql.learn_listing(deed, channel_id=channel_id, channel_sku=channel_sku, item_id=item_id, pack_each=pack_each)


def item_by_sku(sku: str) -> Any | None:
    found = sql.item_by_sku(sku=sku)
    return found.one if found else None
