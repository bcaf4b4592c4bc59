"""The tables of the catalog that rows may keep, by the word that people name them with: how rows are compared with what is there, and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from headrace.catalog import loading
from headrace.engine.action import Deed
from headrace.engine.rows import Row, RowFault
from headrace.supply.assortment.columns import ITEMS, LISTINGS, NODES, PRICES, REACHES, Table
from headrace.supply.assortment.merging import Check, Merged, merge
from headrace.supply.assortment.recipes import KIT_COLUMNS, merge_recipes


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: the columns of its file, what rows would do to it on a day, what writes them, and the action that does both."""

    action: str
    columns: tuple[str, ...]
    merged: Callable[[Sequence[Row], date], Merged]
    write: Callable[[Deed, Sequence[Mapping[str, Any]]], int]


def _kept(action: str, table: Table, known: Callable[[Sequence[Any]], loading.Known], write: Any, check: Check = lambda given, whole: None) -> Kept:
    return Kept(action, tuple(table.columns), lambda rows, _today: merge(table, rows, known, check), write)


def _check_item(given: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    if {"unit_cost", "unit_cost_currency"} & set(given) and (item["unit_cost"] is None) != (item["unit_cost_currency"] is None):
        raise RowFault("unit_cost, unit_cost_currency: one needs the other")
    if item["oversell"] == "preorder" and item["available_on"] is None:
        raise RowFault("available_on: missing; a preorder needs the first day it can ship")


def _check_node(_given: Mapping[str, Any], node: Mapping[str, Any]) -> None:
    if node["country"] is None:
        raise RowFault("country: missing")


def _check_listing(_given: Mapping[str, Any], listing: Mapping[str, Any]) -> None:
    if listing["valid_from_on"] and listing["valid_to_on"] and listing["valid_to_on"] < listing["valid_from_on"]:
        raise RowFault(f"valid_to_on: {listing['valid_to_on']} is before {listing['valid_from_on']}")


def _merge_prices(rows: Sequence[Row], today: date) -> Merged:
    """A price that names no day is one from today on."""
    dated = [{**row, "valid_from_on": row.get("valid_from_on") or today} if isinstance(row, dict) else row for row in rows]
    return merge(PRICES, dated, loading.known_prices, lambda given, whole: None)


BOOKS = {
    "items": _kept("load_items", ITEMS, loading.known_items, loading.write_items, _check_item),
    "listings": _kept("load_listings", LISTINGS, loading.known_listings, loading.write_listings, _check_listing),
    "prices": Kept("load_prices", tuple(PRICES.columns), _merge_prices, loading.write_prices),
    "kits": Kept("load_kits", KIT_COLUMNS, lambda rows, _today: merge_recipes(rows), loading.write_recipes),
    "nodes": _kept("load_nodes", NODES, loading.known_nodes, loading.write_nodes, _check_node),
    "zones": _kept("load_reaches", REACHES, loading.known_reaches, loading.write_reaches),
}
