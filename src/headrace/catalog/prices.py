"""List prices and promotions: what received prices and discounts are compared with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from headrace.engine.action import Deed, Refused
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def set_price(deed: Deed, price_list: str, sku: str, unit_price: Decimal, from_qty_each: int, valid_from_on: date) -> None:
    """Put a price on a list from a day on; the one before it of the same quantity ends the day before. Refused where list or item is unknown."""
    if not sql.set_price(deed, price_list=price_list, sku=sku, unit_price=unit_price, from_qty_each=from_qty_each, valid_from_on=valid_from_on).count:
        raise Refused(f"price_list, sku: there is no list {price_list!r} or no item {sku!r}; look them up in the catalog")


def allow_promotion(deed: Deed, code: str, channel: str | None, percent_max: Decimal, valid_from_on: date, valid_to_on: date | None) -> None:
    """Let a discount code be used, on one channel or on all. Refused where the channel is unknown."""
    if not sql.allow_promotion(
        deed,
        code=code.strip().upper(),
        channel=channel,
        percent_max=percent_max,
        valid_from_on=valid_from_on,
        valid_to_on=valid_to_on,
    ).count:
        raise Refused(f"channel: there is no channel {channel!r}")
