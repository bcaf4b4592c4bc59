"""Loading the catalog: many items, nodes, zones, listings, prices and recipes at once. One look at what is there, one statement that writes.

Every `known_*` gives rows by their key as the writers take them, locked; every `write_*` takes whole rows and creates or replaces by that key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)

Key = tuple[Any, ...]
Known = dict[Key, dict[str, Any]]


def _by(rows: Iterable[Any], *columns: str) -> Known:
    return {tuple(getattr(row, column) for column in columns): row._asdict() for row in rows}


def _text(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(rows), default=str)


def known_items(keys: Sequence[Key]) -> Known:
    return _by(sql.items_known(keys=[sku for (sku,) in keys]), "sku")


def write_items(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_items(deed, rows=_text(rows)).count


def known_nodes(keys: Sequence[Key]) -> Known:
    return _by(sql.nodes_known(keys=[code for (code,) in keys]), "code")


def write_nodes(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_nodes(deed, rows=_text(rows)).count


def known_reaches(keys: Sequence[Key]) -> Known:
    return _by(sql.reaches_known(nodes=sorted({node for node, _, _ in keys})), "node", "country", "region")


def write_reaches(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_reaches(deed, rows=_text(rows)).count


def known_listings(keys: Sequence[Key]) -> Known:
    found = sql.listings_known(channels=sorted({channel for channel, _ in keys}), skus=sorted({sku for _, sku in keys}))
    return _by(found, "channel", "channel_sku")


def write_listings(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_listings(deed, rows=_text(rows)).count


def known_prices(keys: Sequence[Key]) -> Known:
    found = sql.prices_known(lists=sorted({key[0] for key in keys}), skus=sorted({key[1] for key in keys}))
    return _by(found, "price_list", "sku", "from_qty_each", "valid_from_on")


def write_prices(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_prices(deed, rows=_text(rows)).count


def known_recipes(kits: Sequence[str]) -> dict[str, dict[str, tuple[int, Any]]]:
    """Parts of kits: kit to SKU to (pieces, weight in the kit's price)."""
    found: dict[str, dict[str, tuple[int, Any]]] = {}
    for row in sql.recipes_known(kits=list(kits)):
        found.setdefault(row.kit, {})[row.sku] = (row.qty_each, row.price_share)
    return found


def write_recipes(deed: Deed, rows: Sequence[Mapping[str, Any]]) -> int:
    return sql.write_recipes(deed, rows=_text(rows)).count


def codes() -> dict[str, set[str]]:
    """Codes that rows may name, by kind: entity, channel, price_list, node."""
    found: dict[str, set[str]] = {"entity": set(), "channel": set(), "price_list": set(), "node": set()}
    for row in sql.codes_known():
        found[row.kind].add(row.code)
    return found


def kinds(skus: Sequence[str]) -> dict[str, str]:
    """Kind (goods, kit ...) of the items that are there, by SKU."""
    return {row.sku: row.kind for row in sql.kinds_of_items(skus=sorted(set(skus)))}
