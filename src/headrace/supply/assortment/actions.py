"""The catalog as people and other systems keep it: rows in, a result for each, and whoever waited for the change looks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from headrace.catalog import loading
from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries
from headrace.engine.rows import Row, RowFault, RowResult, check_size, text, unknown_columns, whole
from headrace.exception_queue.resolving import clear_cases
from headrace.orders import capturing, documents
from headrace.supply.assortment.columns import ITEMS, LISTINGS, NODES, PRICES, REACHES, Table, optional_amount
from headrace.supply.assortment.merging import Check, merge

sql = load_queries(__package__)
KIT_COLUMNS = ("kit", "sku", "qty", "price_share")


def _load(
    deed: Deed,
    table: Table,
    rows: Sequence[Row],
    known: Callable[[Sequence[Any]], loading.Known],
    write: Callable[[Deed, Sequence[Any]], int],
    check: Check = lambda given, whole: None,
) -> tuple[list[RowResult], list[dict[str, Any]]]:
    """Create what is new, change what differs, refuse what makes no sense. Gives the answers, and the rows written."""
    check_size(rows)
    merged = merge(table, rows, known, check)
    if merged.rows:
        written = write(deed, merged.rows)
        assert written == len(merged.rows), f"wrote {written} of {len(merged.rows)} rows"
    deed.before_after = merged.before_after
    return merged.results, merged.rows


@action(permission="catalog.write", says="Load items")
def load_items(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change items by `sku`; a new one needs a `name`. Columns that a row does not have stay as they are. Orders that waited for a
    SKU that is now there are checked again."""
    deed.subject = f"items:{len(rows)}"
    results, written = _load(deed, ITEMS, rows, loading.known_items, loading.write_items, _check_item)
    _map_waiting(deed, [row["sku"] for row in written])
    return results


def _check_item(given: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    if {"unit_cost", "unit_cost_currency"} & set(given) and (item["unit_cost"] is None) != (item["unit_cost_currency"] is None):
        raise RowFault("unit_cost, unit_cost_currency: one needs the other")
    if item["oversell"] == "preorder" and item["available_on"] is None:
        raise RowFault("available_on: missing; a preorder needs the first day it can ship")


@action(permission="catalog.write", says="Load nodes")
def load_nodes(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change nodes by `code`; a new one needs `name`, `kind`, `entity`, `zone` and `country`."""
    deed.subject = f"nodes:{len(rows)}"
    return _load(deed, NODES, rows, loading.known_nodes, loading.write_nodes, _check_node)[0]


def _check_node(_given: Mapping[str, Any], node: Mapping[str, Any]) -> None:
    if node["country"] is None:
        raise RowFault("country: missing")


@action(permission="catalog.write", says="Load zones of nodes")
def load_reaches(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change where nodes ship to: `node`, `country`, `region` (* is any), `transit_days`, `cost_minor` of a usual parcel. Orders that
    no node could serve are not sent on by this: press Retry on their cases."""
    deed.subject = f"zones:{len(rows)}"
    return _load(deed, REACHES, rows, loading.known_reaches, loading.write_reaches)[0]


@action(permission="catalog.write", says="Load listings")
def load_listings(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change what channels' SKUs mean: `channel`, `channel_sku`, `sku`, `pack_each`. Orders that waited for one are checked again."""
    deed.subject = f"listings:{len(rows)}"
    results, written = _load(deed, LISTINGS, rows, loading.known_listings, loading.write_listings, _check_listing)
    _map_waiting(deed, [row["channel_sku"] for row in written])
    return results


def _check_listing(_given: Mapping[str, Any], listing: Mapping[str, Any]) -> None:
    if listing["valid_from_on"] and listing["valid_to_on"] and listing["valid_to_on"] < listing["valid_from_on"]:
        raise RowFault(f"valid_to_on: {listing['valid_to_on']} is before {listing['valid_from_on']}")


@action(permission="catalog.write", says="Load prices")
def load_prices(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change list prices: `price_list`, `sku`, `unit_price` (major units), `from_qty_each`, `valid_from_on` (today unless it says).
    The price before ends the day before; one that was there for a later day already keeps its day."""
    deed.subject = f"prices:{len(rows)}"
    today = deed.at.date()
    dated = [{**row, "valid_from_on": row.get("valid_from_on") or today} if isinstance(row, dict) else row for row in rows]
    return _load(deed, PRICES, dated, loading.known_prices, loading.write_prices)[0]


@action(permission="catalog.write", says="Load kits")
def load_kits(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Write recipes: `kit`, `sku` of a part, `qty` of it in one kit, `price_share`. The rows of a kit are its whole recipe, and it stands or
    falls as one. Orders that waited for a recipe look again; orders that are allocated keep the recipe they had."""
    deed.subject = f"kits:{len(rows)}"
    check_size(rows)
    parts, faults = _parts(rows)
    bad = {kit: n for n, kit in ((n, _kit_of(rows[n - 1])) for n in faults) if kit}
    known = loading.known_recipes(sorted({part["kit"] for part in parts.values()}))
    new: dict[str, dict[str, tuple[int, Any]]] = {}
    for part in parts.values():
        new.setdefault(part["kit"], {})[part["sku"]] = (part["qty_each"], part["price_share"])
    changed = {kit for kit, recipe in new.items() if kit not in bad and known.get(kit) != recipe}
    loading.write_recipes(deed, [part for part in parts.values() if part["kit"] in changed])
    waiting = sql.orders_waiting_for_kits(kits=sorted(changed)).column("order_id") if changed else []
    if waiting:
        clear_cases(deed, "catalog.changed", waiting)
    deed.before_after = {"recipes": [0, len(changed)], "refused": [0, len(bad)]}
    return [_kit_result(n, row, parts, faults, bad, known, changed) for n, row in enumerate(rows, 1)]


def _kit_of(row: Any) -> str | None:
    return str(row["kit"]).strip() if isinstance(row, dict) and row.get("kit") is not None else None


def _parts(rows: Sequence[Row]) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    named = [str(row[c]).strip() for row in rows if isinstance(row, dict) for c in ("kit", "sku") if row.get(c) is not None and "\x00" not in str(row[c])]
    kinds, parts, faults, seen = loading.kinds(named), {}, {}, dict[tuple[str, str], int]()
    for n, row in enumerate(rows, 1):
        try:
            if not isinstance(row, dict):
                raise RowFault(f"{row!r}: a row is a table of column and value")
            unknown_columns(row, KIT_COLUMNS)
            kit, sku = text(row, "kit"), text(row, "sku")
            for name, value, kind in (("kit", kit, "kit"), ("sku", sku, "goods")):
                if kinds.get(value) != kind:
                    raise RowFault(f"{name}: {value!r} is {'a ' + kinds[value] if value in kinds else 'not there'}; it must be an item of kind {kind}")
            if (kit, sku) in seen:
                raise RowFault(f"sku: the same as in row {seen[kit, sku]}")
            seen[kit, sku] = n
            share = optional_amount(row, "price_share")
            parts[n] = {"kit": kit, "sku": sku, "qty_each": whole(row, "qty", least=1, most=10_000), "price_share": 1 if share is None else share}
        except RowFault as fault:
            faults[n] = str(fault)
    return parts, faults


def _kit_result(n: int, row: Row, parts: dict[int, Any], faults: dict[int, str], bad: dict[str, int], known: dict[str, Any], changed: set[str]) -> RowResult:
    key = f"{_kit_of(row)} {row.get('sku') if isinstance(row, dict) else ''}"
    if n in faults:
        return RowResult(n, key, "refused", faults[n])
    kit = parts[n]["kit"]
    if kit in bad:
        return RowResult(n, key, "refused", f"kit: row {bad[kit]} of its recipe is refused")
    return RowResult(n, key, "unchanged" if kit not in changed else "updated" if kit in known else "created")


def _map_waiting(deed: Deed, skus: Sequence[str]) -> int:
    """Orders that waited because nobody knew a SKU: their lines get the item, and they are checked again. Gives their number."""
    waiting: set[int] = set()
    for place in sql.waiting_skus(deed, skus=list(skus)) if skus else ():  # one look at what waits; then a statement per SKU that somebody waits for
        orders = capturing.map_waiting_lines(place.channel_id, place.sku, place.item_id, place.pack_each)
        documents.tell(deed, "mapped", dict.fromkeys(orders, {"sku": place.sku, "item": place.item}))
        waiting.update(orders)
    if waiting:
        documents.ORDER.unhold(deed, ids=sorted(waiting))
        clear_cases(deed, "sku.mapped", sorted(waiting))
    return len(waiting)
