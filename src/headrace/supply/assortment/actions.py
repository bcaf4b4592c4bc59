"""The catalog as people and other systems keep it: rows in, a result for each, and whoever waited for the change looks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.engine.rows import Row, RowResult, check_size
from headrace.exception_queue.resolving import clear_cases
from headrace.orders import capturing, documents
from headrace.supply.assortment.books import BOOKS
from headrace.supply.assortment.merging import Merged

sql = load_queries(__package__)


def _load(deed: Deed, what: str, rows: Sequence[Row]) -> Merged:
    """Create what is new, change what differs, refuse what makes no sense. Gives the answers, and the rows written."""
    deed.subject = f"{what}:{len(rows)}"
    check_size(rows)
    merged = BOOKS[what].merged(rows, deed.at.date())
    if merged.rows:
        written = BOOKS[what].write(deed, merged.rows)
        assert written == len(merged.rows), f"wrote {written} of {len(merged.rows)} rows"
    deed.before_after = merged.before_after
    return merged


@action(permission="catalog.write", says="Load items")
def load_items(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change items by `sku`; a new one needs a `name`. Columns that a row does not have stay as they are. Orders that waited for a
    SKU that is now there are checked again."""
    merged = _load(deed, "items", rows)
    map_waiting(deed, [row["sku"] for row in merged.rows])
    return merged.results


@action(permission="catalog.write", says="Load nodes")
def load_nodes(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change nodes by `code`; a new one needs `name`, `kind`, `entity`, `zone` and `country`."""
    return _load(deed, "nodes", rows).results


@action(permission="catalog.write", says="Load zones of nodes")
def load_reaches(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change where nodes ship to: `node`, `country`, `region` (* is any), `transit_days`, `cost_minor` of a usual parcel. Orders that
    no node could serve are not sent on by this: press Retry on their cases."""
    return _load(deed, "zones", rows).results


@action(permission="catalog.write", says="Load listings")
def load_listings(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change what channels' SKUs mean: `channel`, `channel_sku`, `sku`, `pack_each`. Orders that waited for one are checked again."""
    merged = _load(deed, "listings", rows)
    map_waiting(deed, [row["channel_sku"] for row in merged.rows])
    return merged.results


@action(permission="catalog.write", says="Load prices")
def load_prices(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Create or change list prices: `price_list`, `sku`, `unit_price` (major units), `from_qty_each`, `valid_from_on` (today unless it says).
    The price before ends the day before; one that was there for a later day already keeps its day."""
    return _load(deed, "prices", rows).results


@action(permission="catalog.write", says="Load kits")
def load_kits(deed: Deed, *, rows: Sequence[Row]) -> list[RowResult]:
    """Write recipes: `kit`, `sku` of a part, `qty` of it in one kit, `price_share`. The rows of a kit are its whole recipe, and it stands or
    falls as one. Orders that waited for a recipe look again; orders that are allocated keep the recipe they had."""
    merged = _load(deed, "kits", rows)
    kits = sorted({part["kit"] for part in merged.rows})
    waiting = sql.orders_waiting_for_kits(kits=kits).column("order_id") if kits else []
    if waiting:
        clear_cases(deed, "catalog.changed", waiting)
    return merged.results


@action(permission="catalog.write", says="Change the item")
def change_item(deed: Deed, *, sku: str, changes: dict[str, Any]) -> str:
    """Change one item field by field, or create it; an empty field empties the column. Gives what became of it."""
    deed.subject = f"item:{sku}"
    what = _change(deed, "items", {"sku": sku}, changes)
    if what != "unchanged":
        map_waiting(deed, [sku])
    return what


@action(permission="catalog.write", says="Change the node")
def change_node(deed: Deed, *, code: str, changes: dict[str, Any]) -> str:
    """Change one node field by field, or create it; an empty field empties the column. Gives what became of it."""
    deed.subject = f"node:{code}"
    return _change(deed, "nodes", {"code": code}, changes)


@action(permission="catalog.write", says="Change the listing")
def change_listing(deed: Deed, *, channel: str, channel_sku: str, changes: dict[str, Any]) -> str:
    """Change what one SKU of a channel means, or teach a new one; an empty field empties the column. Orders that waited for it are checked again."""
    deed.subject = f"listing:{channel}:{channel_sku}"
    what = _change(deed, "listings", {"channel": channel, "channel_sku": channel_sku}, changes)
    if what != "unchanged":
        map_waiting(deed, [channel_sku])
    return what


def _change(deed: Deed, what: str, key: Mapping[str, str], changes: Mapping[str, Any]) -> str:
    """One row, with its history field by field; what makes no sense refuses the whole."""
    book = BOOKS[what]
    strange = sorted(set(changes) & set(key))
    if strange:
        raise Refused(f"changes.{strange[0]}: the key of a row does not change; make a new one")
    merged = book.merged([{**key, **changes}], deed.at.date())
    (result,) = merged.results
    if not result.done:
        raise Refused(result.why)
    if merged.rows:
        book.write(deed, merged.rows)
    deed.before_after = {column: [was, becomes] for column, (was, becomes) in merged.changes.get(1, {}).items()}
    return result.what


def map_waiting(deed: Deed, skus: Sequence[str]) -> int:
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
