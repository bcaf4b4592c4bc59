"""`headrace stock` and `headrace catalog`: goods that come in, go over, are counted and corrected; the catalog from a file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from headrace.cli import rows as row_words
from headrace.cli.explaining import show_nodes
from headrace.cli.output import actor, as_json, command, fail, say, table

app = typer.Typer(no_args_is_help=True, help="Stock: what lies where; receive, transfer, count, adjust.")
catalog_app = typer.Typer(no_args_is_help=True, help="The catalog: items, listings, prices, kits, nodes, zones from a file.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Goods = Annotated[list[str] | None, typer.Argument(help="SKU=QTY, as many as there are.", show_default=False)]
Node = Annotated[str, typer.Option("--node", help="Code of the node.")]
File = Annotated[Path | None, typer.Option("--file", help="CSV with a header, or JSON lines, instead of SKU=QTY.", exists=True, dir_okay=False)]
LIST_MAX = 10_000


@app.command("show")
@command
def show(sku: Annotated[str, typer.Argument(help="Our SKU.")], json: Json = False) -> None:
    """What lies where of one item, and what may be promised; `headrace explain availability` shows the rows behind it."""
    from headrace.catalog import knowing
    from headrace.insight.availability import availability

    item = knowing.item_by_sku(sku)
    if item is None:
        raise fail(f"there is no item {sku!r}; `headrace stock list` shows what lies on the shelves")
    nodes = availability(sku)["nodes"]
    if json:
        as_json({"sku": sku, "nodes": nodes})
    elif nodes:
        show_nodes(nodes)
    else:
        say("No node has ever held it.")


@app.command("list")
@command
def list_stock(
    node: Annotated[str | None, typer.Option(help="Only this node.")] = None,
    like: Annotated[str | None, typer.Option(help="Only SKUs that begin so.")] = None,
    after: Annotated[str | None, typer.Option(help="Go on after this SKU.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=LIST_MAX, help="How many positions at most.")] = 100,
    json: Json = False,
) -> None:
    """Positions by SKU and node."""
    from headrace.insight.availability import shelves

    found = shelves(node=node, begins=like, after=after, limit=limit)
    if json:
        as_json({"positions": found})
        return
    names = ("on_hand_each", "reserved_each", "sellable_each", "damaged_each", "quarantine_each", "in_transit_each")
    table("", ("sku", "node", *(n.removesuffix("_each").replace("_", " ") for n in names)), [(r["sku"], r["node"], *(r[n] for n in names)) for r in found])
    if len(found) >= limit:
        say(f"there may be more: --after {found[-1]['sku']}", style="dim")


@app.command("adjust")
@command
def adjust(
    note: Annotated[str, typer.Option(help="What happened, in words.")],
    goods: Goods = None,
    node: Annotated[str | None, typer.Option("--node", help="Code of the node, for rows that name none.")] = None,
    reason: Annotated[str | None, typer.Option(help="found, damage, loss ..., for rows that name none.")] = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Correct stock by so many pieces (minus takes away). Columns of a file: sku, node, qty, reason, bucket."""
    from headrace.supply.count.actions import adjust_stock

    wanted = row_words.either(goods, file, "qty", node=node, reason=reason)
    row_words.answer(adjust_stock(actor=actor(), rows=wanted, note=note), as_one_line=json)


@app.command("count")
@command
def count(
    goods: Goods = None,
    node: Annotated[str | None, typer.Option("--node", help="Code of the node, for rows that name none.")] = None,
    note: Annotated[str, typer.Option(help="Which count it was.")] = "counted",
    file: File = None,
    json: Json = False,
) -> None:
    """Enter what was counted on the shelf, reserved or not. Columns of a file: sku, node, counted."""
    from headrace.supply.count.actions import count_stock

    wanted = row_words.either(goods, file, "counted", node=node)
    row_words.answer(count_stock(actor=actor(), rows=wanted, note=note), as_one_line=json)


@app.command("receive")
@command
def receive(
    node: Node,
    reference: Annotated[str, typer.Option(help="The delivery's own key; the same one again changes nothing.")],
    goods: Goods = None,
    cost: Annotated[str | None, typer.Option(help="Price of one piece, major units, for rows that name none.")] = None,
    purchase_order: Annotated[str | None, typer.Option(help="Number of the purchase order that it fills.")] = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Goods came in: the whole delivery or nothing. Columns of a file: sku, qty, unit_cost."""
    from headrace.supply.receive.actions import receive_goods

    wanted = row_words.either(goods, file, "qty", unit_cost=cost)
    done = receive_goods(actor=actor(), node=node, reference=reference, rows=wanted, purchase_order=purchase_order)
    again = " (was received before; nothing changed)" if done.is_repeat else ""
    as_json(done) if json else say(f"received {done.pieces:,} pieces{again}; {done.orders_woken:,} waiting orders look again")


@app.command("transfer")
@command
def transfer(
    from_node: Annotated[str, typer.Argument(help="Code of the node that sends.")],
    to_node: Annotated[str, typer.Argument(help="Code of the node that gets them.")],
    goods: Goods = None,
    expected_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of arrival.")] = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Send goods to another node: the whole transfer or nothing. Columns of a file: sku, qty."""
    from headrace.supply.transfer.actions import send_transfer

    wanted = row_words.either(goods, file, "qty")
    day = expected_on.date() if expected_on else None
    done = send_transfer(actor=actor(), from_node=from_node, to_node=to_node, rows=wanted, expected_on=day)
    as_json(done) if json else say(f"{done.number}: {done.pieces:,} pieces on the way; `headrace stock arrived {done.number}` when they are there")


@app.command("arrived")
@command
def arrived(
    number: Annotated[str, typer.Argument(help="Number of the transfer, as in TR-17.")],
    goods: Goods = None,
    final: Annotated[bool, typer.Option("--final", help="What did not come is lost.")] = False,
    file: File = None,
    json: Json = False,
) -> None:
    """A transfer arrived: all of it, or the goods that are named."""
    from headrace.supply.transfer.actions import receive_transfer

    came: list[dict[str, Any]] | None = row_words.either(goods, file, "qty") if goods or file else None
    done = receive_transfer(actor=actor(), transfer=number, rows=came, is_final=final)
    as_json(done) if json else say(f"{done.number}: {done.pieces:,} pieces arrived, {done.on_the_way:,} still on the way, {done.lost:,} lost")


class What(StrEnum):
    """Tables of the catalog that a file may hold."""

    ITEMS = "items"
    LISTINGS = "listings"
    PRICES = "prices"
    KITS = "kits"
    NODES = "nodes"
    ZONES = "zones"


@catalog_app.callback()
def _catalog() -> None:
    """The catalog: items, listings, prices, kits, nodes, zones from a file."""


@catalog_app.command("import")
@command
def load(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSON lines.", exists=True, dir_okay=False)],
    what: Annotated[What, typer.Option(help="What a row is.")] = What.ITEMS,
    json: Json = False,
) -> None:
    """Create and change rows of the catalog; what a row does not say stays as it is. Orders that waited for a SKU are checked again."""
    from headrace.supply.assortment import actions

    deeds = {
        What.ITEMS: actions.load_items,
        What.LISTINGS: actions.load_listings,
        What.PRICES: actions.load_prices,
        What.KITS: actions.load_kits,
        What.NODES: actions.load_nodes,
        What.ZONES: actions.load_reaches,
    }
    row_words.answer(deeds[what](actor=actor(), rows=row_words.from_file(file)), as_one_line=json)
