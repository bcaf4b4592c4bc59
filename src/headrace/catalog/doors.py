"""Legal entities, the doors that orders come in by, ways to ship, price lists: what a shop is made of before the first order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def entity(code: str) -> Any | None:
    """id, code, name, currency, zone, country, tax_number; None if there is none."""
    found = sql.entity_by_code(code=code)
    return found.one if found else None


def write_entity(deed: Deed, values: Mapping[str, Any]) -> bool:
    """A new legal entity; False where one has that code."""
    return bool(sql.write_entity(deed, **values))


def channel(code: str) -> Any | None:
    """A channel, locked, with the codes of its entity and price list; None if there is none."""
    found = sql.channel_by_code(code=code)
    return found.one if found else None


def write_channel(deed: Deed, values: Mapping[str, Any]) -> None:
    """A channel as given whole: new, or in the place of the one with its code, whose kind, entity and currency stay."""
    sql.write_channel(deed, **{**values, "settings": json.dumps(values["settings"])})


def write_shipping_service(deed: Deed, values: Mapping[str, Any]) -> None:
    """A shipping service by its code: new, or in the place of the one that is there."""
    sql.write_shipping_service(deed, **values)


def write_price_list(deed: Deed, code: str, currency: str) -> bool:
    """A new price list; False where one has that code."""
    return bool(sql.write_price_list(deed, code=code, currency=currency))


def price_list_currency(code: str) -> str | None:
    found = sql.price_list_by_code(code=code)
    return found.one.currency if found else None
