"""The catalog and the network as people look at them: items, kits, listings, SKUs that nobody knows, customers, nodes, prices; and whole tables to take away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
SHOWN_MAX = 200  # rows of one kind on the page of an item or node
PAGE = 5_000
HISTORY_SHOWN = 8
ACCOUNT_ORDERS_MAX, ACCOUNT_SHOWN = 5_000, 20  # of a customer on account: orders that are added up, and those that are shown
Rows = list[dict[str, Any]]
TABLES = {
    "items": sql.export_items, "listings": sql.export_listings, "prices": sql.export_prices, "kits": sql.export_kits, "nodes": sql.export_nodes, "zones": sql.export_zones,
}  # fmt: skip


def items(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """Items by SKU; `q` is the beginning of a SKU, a GTIN or a part of the name."""
    return _rows(sql.items_listed(kind=chosen.get("kind"), state=chosen.get("state"), q=chosen.get("q"), after=after, limit=limit))


def item(sku: str, today: date) -> dict[str, Any] | None:
    """One item with its parts, the kits it is in, its listings and prices; None where there is none."""
    found = sql.item_card(sku=sku)
    if not found:
        return None
    card = found.one._asdict()
    return {
        **card,
        "shelves": _rows(sql.shelves_of_item(item_id=card["id"], limit=SHOWN_MAX)),
        "recipe": _rows(sql.parts_of_item(item_id=card["id"])),
        "kits": _rows(sql.kits_with_item(item_id=card["id"], limit=SHOWN_MAX)),
        "listings": _rows(sql.listings_of_item(item_id=card["id"], limit=SHOWN_MAX)),
        "prices": _rows(sql.prices_of_item(item_id=card["id"], today=today, limit=SHOWN_MAX)),
    }


def kits(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    return _rows(sql.kits_listed(q=chosen.get("q"), part=chosen.get("part"), after=after, limit=limit))


def listings(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    channel, _sign, channel_sku = (after or "").partition("~")
    place: dict[str, Any] = {"after_channel": channel or None, "after_sku": channel_sku}
    return _rows(sql.listings_listed(channel=chosen.get("channel"), sku=chosen.get("sku"), q=chosen.get("q"), limit=limit, **place))


def unmapped(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """SKUs that nobody knows, with the number of orders that wait; those that hold up most first."""
    orders, channel, currency, sku = [*(after or "").split("~", 3), "", "", "", ""][:4]
    place: dict[str, Any] = {
        "after_orders": int(orders) if orders.isascii() and orders.isdigit() and len(orders) < 10 else None,
        "after_channel": channel,
        "after_currency": currency,
        "after_sku": sku,
    }
    return _rows(sql.unmapped_listed(channel=chosen.get("channel"), q=chosen.get("q"), limit=limit, **place))


def waiting(channel: str, sku: str, after: str | None, limit: int) -> Rows:
    """The orders that wait for one SKU of a channel to be mapped."""
    return _rows(sql.orders_waiting_for_sku(channel=channel, sku=sku, after=_number(after), limit=limit))


def alike(wanted: list[tuple[str, str]], each: int) -> list[Rows]:
    """For each (SKU, title) that nobody knows, the items that it might mean, the likest first, with their likeness in per cent."""
    found: list[Rows] = [[] for _ in wanted]
    if wanted:
        for row in sql.items_alike(skus=[sku for sku, _ in wanted], titles=[title for _, title in wanted], each=each):
            found[row.n - 1].append(row._asdict())
    return found


def freed_by(channel: str, sku: str) -> Rows:
    """What a mapping of this SKU would set free: orders and their worth, by currency."""
    return _rows(sql.what_a_mapping_frees(channel=channel, sku=sku))


def history(subject: str) -> Rows:
    """The newest deeds about an item, node or channel: at, actor, deed, before_after."""
    return _rows(sql.history_of(subject=subject, limit=HISTORY_SHOWN))


def load_of(code: str) -> dict[str, int]:
    """Fulfilments that a node has in hand, by state."""
    return {row.state: row.n for row in sql.load_of_node(code=code)}


def account(party_id: int) -> dict[str, Any]:
    """The newest orders on a customer's account; what they owe and what is past due, over as many as are looked at."""
    rows = _rows(sql.account_of_party(party_id=party_id, today=sql.moment().scalar.date(), limit=ACCOUNT_ORDERS_MAX))
    sums = {name: sum(row[name] for row in rows) for name in ("owed_minor", "past_due_minor")}
    return {"orders": rows[:ACCOUNT_SHOWN], "n": len(rows), "is_whole": len(rows) < ACCOUNT_ORDERS_MAX, **sums}


def prices(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    sku, price_list, qty, day = _price_place(after)
    place: dict[str, Any] = {"after_sku": sku, "after_list": price_list, "after_qty": qty, "after_day": day}
    return _rows(sql.prices_listed(price_list=chosen.get("list"), on_day=chosen.get("day"), q=chosen.get("q"), limit=limit, **place))


def _price_place(after: str | None) -> tuple[str | None, str | None, int | None, date | None]:
    parts = (after or "").rsplit("~", 3)
    try:
        return parts[0], parts[1], int(parts[2]), date.fromisoformat(parts[3])
    except (IndexError, ValueError):
        return None, None, None, None


def nodes(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    as_of = sql.moment().scalar
    active = {"yes": True, "no": False}.get(chosen.get("active") or "")
    return _rows(sql.nodes_listed(as_of=as_of, kind=chosen.get("kind"), active=active, code=None, after=after, limit=limit))


def node(code: str) -> dict[str, Any] | None:
    """One node with where it ships to, when it is closed, and how its day stands; None where there is none."""
    found = sql.node_card(code=code)
    if not found:
        return None
    as_of = sql.moment().scalar
    card = found.one._asdict()
    day = sql.nodes_listed(as_of=as_of, kind=None, active=None, code=code, after=None, limit=1).one
    return {
        **card,
        "day": day._asdict(),
        "reaches": _rows(sql.zones_of_node(node_id=card["id"], limit=SHOWN_MAX)),
        "closures": _rows(sql.closures_of_node(node_id=card["id"], today=as_of.date(), limit=SHOWN_MAX)),
    }


def parties(chosen: dict[str, Any], after: str | None, limit: int, *, personal: bool) -> Rows:
    """Customers, companies, suppliers, the newest first. An e-mail finds nothing for those who may not see personal data."""
    q = chosen.get("q")
    if q:
        return _rows(sql.parties_found(q=q, email=q if personal and "@" in q else None, id=_number(q), before=_number(after), limit=limit))
    kept = {name: chosen.get(name) for name in ("channel", "segment", "kind")}
    return _rows(sql.parties_listed(before=_number(after), limit=limit, **kept))


def party(number: int) -> dict[str, Any] | None:
    found = [row for row in sql.parties_found(q="", email=None, id=number, before=None, limit=2) if row.id == number]
    return found[0]._asdict() if found else None


def taxes(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """Tax rates by place: jurisdiction, class, per cent, whether shipping bears it, first and last day."""
    return _rows(sql.taxes_listed(q=chosen.get("q"), on_day=chosen.get("day"), after=after, limit=limit))


def shipping_services(_chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """Shipping services with what they may carry, and what channels call them."""
    return _rows(sql.services_listed(after=after, limit=limit))


def promotions(chosen: dict[str, Any], after: str | None, limit: int) -> Rows:
    """Discount codes with how much each may take off, and when."""
    return _rows(sql.promotions_listed(q=chosen.get("q"), today=sql.moment().scalar.date(), after=after, limit=limit))


def channels() -> list[tuple[str, str]]:
    return [(row.code, f"{row.code} {row.name}") for row in sql.channel_codes()]


def price_lists() -> list[tuple[str, str]]:
    return [(row.code, f"{row.code} ({row.currency})") for row in sql.price_list_codes()]


def every_row(what: str) -> Iterator[dict[str, Any]]:
    """The whole table, read in pages."""
    after = None
    while True:
        page = TABLES[what](after=after, limit=PAGE)
        yield from (row._asdict() for row in page)
        if len(page) < PAGE:
            return
        after = page[-1].cursor


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _rows(answer: Any) -> Rows:
    return [row._asdict() for row in answer]
