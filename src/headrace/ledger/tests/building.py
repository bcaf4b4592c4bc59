"""A shop of two legal entities, and orders of it that have left the warehouse: where the tests of ledger, invoice and settle begin.

Channels: `shop` (USD, captures on shipment at the gateway `pay`), `till` (USD, took the money at the sale), `trade` (USD, on account for 30 days), `jp` (JPY) and `kw`
(KWD) of the first entity, `uk` (GBP) of the second. Orders are written by bare SQL, as capture, validate and ship leave them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from headrace.engine.queries import run
from headrace.engine.stage import stage_named

PLACED = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHIPPED = datetime(2026, 1, 5, 18, tzinfo=UTC)
AS_OF = datetime(2026, 1, 6, 12, tzinfo=UTC)
CHANNELS = (
    ("shop", "HR-US", "USD", "on_shipment", "pay"),
    ("till", "HR-US", "USD", "at_sale", "pay"),
    ("trade", "HR-US", "USD", "on_account", None),
    ("jp", "HR-US", "JPY", "on_shipment", "pay-jp"),
    ("kw", "HR-US", "KWD", "on_shipment", "pay-kw"),
    ("uk", "HR-UK", "GBP", "on_shipment", "pay-uk"),
)
_refs = itertools.count(1)


def make_shop() -> None:
    run("""insert into catalog_entity (code, name, currency, zone, country) values ('HR-US', 'Headrace US', 'USD', 'America/New_York', 'US'),
        ('HR-UK', 'Headrace UK', 'GBP', 'Europe/London', 'GB')""")
    for code, entity, currency, policy, gateway in CHANNELS:
        run(
            """insert into catalog_channel (code, name, kind, entity_id, currency, capture_policy, gateway) select %(c)s, %(c)s, 'api', id, %(cur)s, %(p)s, %(g)s
            from catalog_entity where code = %(e)s""",
            {"c": code, "e": entity, "cur": currency, "p": policy, "g": gateway},
        )
    run("""insert into catalog_node (code, name, kind, entity_id, zone, country, region) select 'EAST', 'EAST', 'warehouse', id, 'America/New_York', 'US', 'NY'
        from catalog_entity where code = 'HR-US'""")
    run("insert into catalog_item (sku, name, item_class) values ('MUG', 'Mug', 'general'), ('BOOK', 'Book', 'books')")
    run("insert into catalog_item (sku, name, kind) values ('KIT', 'Kit', 'kit')")


@dataclass
class OrderLine:
    """A line as captured, amounts in minor units; tax inside goods where the order says so."""

    qty: int
    goods: int
    discount: int = 0
    tax: int = 0
    kind: str = "goods"
    sku: str = "MUG"
    cancelled: int = 0
    recomputed: int | None = None


@dataclass
class Order:
    """An order as written: its id, its lines' ids, and what it was made of."""

    id: int
    lines: list[OrderLine]
    line_ids: list[int] = field(default_factory=list)
    total: int = 0
    channel: str = "shop"
    shipments: list[int] = field(default_factory=list)

    @property
    def row(self) -> Any:
        return run("select * from orders_order where id = %(id)s", {"id": self.id}).one


def write(table: str, **row: Any) -> int:
    slots = ", ".join(f"%({name})s" for name in row)
    return int(run(f"insert into {table} ({', '.join(row)}) values ({slots}) returning id", row).scalar)


def place(
    *lines: OrderLine, channel: str = "shop", shipping: int = 0, shipping_tax: int = 0, inclusive: bool = False, recomputed: int | None = None, **values: Any
) -> Order:
    """One allocated order whose total foots. `values` are columns of the order."""
    goods, discount, tax = (sum(getattr(line, name) for line in lines) for name in ("goods", "discount", "tax"))
    total = goods - discount + shipping + (0 if inclusive else tax + shipping_tax)
    seller = run("select id, entity_id, currency from catalog_channel where code = %(c)s", {"c": channel}).one
    order = Order(0, list(lines), total=total, channel=channel)
    header = {
        "channel_id": seller.id,
        "entity_id": seller.entity_id,
        "currency": seller.currency,
        "external_ref": f"R{next(_refs)}",
        "source_version": 1,
        "state": "allocated",
        "prices_include_tax": inclusive,
        "goods_minor": goods,
        "discount_minor": discount,
        "shipping_minor": shipping,
        "shipping_tax_minor": shipping_tax,
        "tax_minor": tax + shipping_tax,
        "tax_recomputed_minor": recomputed,
        "tax_jurisdiction": "US-NY",
        "total_minor": total,
        "authorised_minor": total,
        "qty_ordered_each": sum(line.qty for line in lines if line.kind == "goods"),
        "placed_at": PLACED,
        "captured_at": PLACED,
    }
    order.id = write("orders_order", **{**header, **values})
    items = {row.sku: row.id for row in run("select sku, id from catalog_item")}
    for n, line in enumerate(lines, 1):
        order.line_ids.append(
            write(
                "orders_line",
                order_id=order.id,
                line_no=n,
                external_ref=str(n),
                kind=line.kind,
                sku=line.sku,
                item_id=items[line.sku],
                unit_price=1,
                goods_minor=line.goods,
                discount_minor=line.discount,
                tax_minor=line.tax,
                qty_ordered_each=line.qty,
                qty_cancelled_each=line.cancelled,
                tax_recomputed_minor=line.recomputed,
            )
        )
    return order


def ship(order: Order, *qtys: int, at: datetime = SHIPPED) -> int:
    """A shipment of so many pieces of each line (all of them without a word); gives its id."""
    wanted = qtys or tuple(line.qty if line.kind == "goods" else 0 for line in order.lines)
    shipment = write(
        "orders_shipment",
        order_id=order.id,
        fulfilment_id=order.id,
        node_id=run("select id from catalog_node").scalar,
        external_ref=f"{order.id}-{len(order.shipments)}",
        shipped_at=at,
        qty_each=sum(wanted),
    )
    for line_id, qty in zip(order.line_ids, wanted, strict=False):
        if qty:
            run("insert into orders_shipment_line (shipment_id, line_id, qty_each) values (%(s)s, %(l)s, %(q)s)", {"s": shipment, "l": line_id, "q": qty})
            counted = "set qty_allocated_each = qty_allocated_each + %(q)s, qty_shipped_each = qty_shipped_each + %(q)s where id = %(id)s"
            run(f"update orders_line {counted}", {"q": qty, "id": line_id})
            run(f"update orders_order {counted}", {"q": qty, "id": order.id})
    order.shipments.append(shipment)
    return shipment


def cancel_rest(order: Order) -> None:
    """What has not shipped is cancelled, as the cancel deed does."""
    run(
        "update orders_line set qty_cancelled_each = qty_ordered_each - qty_shipped_each, qty_allocated_each = qty_shipped_each where order_id = %(o)s and kind = 'goods'",
        {"o": order.id},
    )
    run(
        "update orders_order set qty_cancelled_each = qty_ordered_each - qty_shipped_each, qty_allocated_each = qty_shipped_each where id = %(o)s",
        {"o": order.id},
    )


def run_stage(name: str, as_of: datetime = AS_OF) -> Any:
    """Run a stage until nothing is left; a document that a stage could not digest is an error of ours."""
    total = stage_named(name).run(as_of=as_of)
    while (again := stage_named(name).run(as_of=as_of)).taken:
        total += again
    poison = run("select detail ->> 'traceback' as trace from exception_queue_case where reason_code = 'ENGINE-01'")
    assert not poison, poison[0].trace
    return total


def invoices(order: Order) -> list[Any]:
    return list(run("select * from ledger_invoice where order_id = %(o)s order by number", {"o": order.id}))


def balances() -> dict[str, int]:
    """What every account that is not empty holds, debit positive."""
    rows = run("select a.code, sum(l.amount_minor)::bigint as amount from ledger_leg l join ledger_account a on a.id = l.account_id group by a.code")
    return {row.code: row.amount for row in rows if row.amount}


def open_cases() -> list[str]:
    return run("select reason_code from exception_queue_case where state <> 'resolved' order by reason_code").column("reason_code")
