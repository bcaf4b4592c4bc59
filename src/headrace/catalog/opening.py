"""Making what a shop's past needs: its entity, door, storeroom and items, where they are missing. Nothing that is there is changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.values.money import decimal_from

sql = load_queries(__package__)

ItemRow = tuple[str, str, str, str, Decimal | None, str]
"""SKU, name, kind, item class, standard cost of one piece in major units (None is unknown), currency."""


def open_shop(
    deed: Deed, *, entity: tuple[str, str, str, str, str], channel: tuple[str, str, str], node: tuple[str, str, str], service: str, settings: dict[str, Any]
) -> None:
    """Entity (code, name, currency, zone, country), channel (code, name, gateway) that takes money at sale, storeroom (code, name, partner that
    confirms) that reaches everywhere, shipping service."""
    code, name, currency, zone, country = entity
    sql.open_entity(code=code, name=name, currency=currency, zone=zone, country=country)
    sql.open_channel(entity=code, code=channel[0], name=channel[1], gateway=channel[2], currency=currency, settings=json.dumps(settings))
    sql.open_node(entity=code, code=node[0], name=node[1], partner=node[2], zone=zone, country=country)
    sql.open_reach(node=node[0])
    sql.open_service(code=service, name=channel[1])
    sql.open_untaxed(country=country)


def know_items(deed: Deed, rows: Sequence[ItemRow]) -> int:
    """Make items that the catalog does not have; gives their number. They bear no tax: a register's prices are taken as they are."""
    sql.make_item_tray()
    copy_rows(sql.copy_items.text, list(rows))
    return int(sql.know_items().count)


def know_spellings(deed: Deed, channel_id: int, pairs: Sequence[tuple[str, str]]) -> None:
    """What a channel's spelling of a code means: (as the channel writes it, our SKU). What was taught before stays."""
    if pairs:
        sql.know_spellings(deed, channel_id=channel_id, spellings=[p[0] for p in pairs], skus=[p[1] for p in pairs])


def items_by_sku(skus: Sequence[str]) -> Answer:
    """id, sku, kind, unit_cost (major units of unit_cost_currency) of the items that are known."""
    return sql.items_by_sku(skus=list(skus))


def standard_cost(item: Any, currency: str) -> Decimal | None:
    """Standard cost of one piece as the stock book takes it: minor units, unrounded. None where it is unknown, or in another currency."""
    if item.unit_cost is None or item.unit_cost_currency != currency:
        return None
    return Decimal(item.unit_cost / decimal_from(1, currency))


def node_by_code(code: str) -> Any | None:
    """id, code, entity_id; None if there is none."""
    found = sql.node_by_code(code=code)
    return found.one if found else None
