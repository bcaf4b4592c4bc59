"""A small shop built by bare SQL, and orders that stand allocated: where the tests of release and ship begin.

Two built-in warehouses (EAST, WEST), an outside one (THIRD, partner wms-third) and a drop-ship supplier (MAKER, partner maker). Items A, B, C cost
350, 120 and 99 cents; a KIT is one A and two B. Every node holds 100 of each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from headrace.engine import inbox
from headrace.engine.queries import run
from headrace.engine.stage import stage_named

PLACED = datetime(2026, 1, 5, 9, tzinfo=UTC)
NODES = (("EAST", "warehouse", None), ("WEST", "warehouse", None), ("THIRD", "3pl", "wms-third"), ("MAKER", "supplier", "maker"))
ITEMS = {"A": "350", "B": "120", "C": "99"}
RECIPE = {"A": 1, "B": 2}


def make_shop() -> None:
    run("insert into catalog_entity (code, name, currency, zone, country) values ('HR-US', 'Headrace US', 'USD', 'America/New_York', 'US')")
    run("""insert into catalog_channel (code, name, kind, entity_id, currency) select c, c, k, e.id, 'USD' from catalog_entity e,
        (values ('shop', 'shopify'), ('door', 'api')) v(c, k)""")
    for code, kind, partner in NODES:
        run(
            """insert into catalog_node (code, name, kind, entity_id, zone, country, region, partner) select %(c)s, %(c)s, %(k)s, id, 'America/New_York', 'US', 'NY', %(p)s
            from catalog_entity""",
            {"c": code, "k": kind, "p": partner},
        )
    run("insert into catalog_node_reach (node_id, country, transit_days, cost_minor) select id, 'US', 2, 500 from catalog_node")
    for sku, cost in ITEMS.items():
        run(
            "insert into catalog_item (sku, name, weight_g, gtin, unit_cost) values (%(s)s, %(s)s, 200, '400' || ascii(%(s)s::text), %(c)s::numeric)",
            {"s": sku, "c": cost},
        )
    run("insert into catalog_item (sku, name, kind) values ('KIT', 'Kit', 'kit')")
    for sku, qty in RECIPE.items():
        run(
            """insert into catalog_kit_component (kit_id, component_id, qty_each) select k.id, c.id, %(q)s from catalog_item k, catalog_item c
            where k.sku = 'KIT' and c.sku = %(s)s""",
            {"s": sku, "q": qty},
        )
    run(
        """insert into stock_position (item_id, node_id, on_hand_each, unit_cost) select i.id, n.id, 100, i.unit_cost from catalog_item i, catalog_node n where i.kind = 'goods'"""
    )
    run(
        """insert into stock_move (item_id, node_id, kind, qty_each, cost_minor, origin) select item_id, node_id, 'opening', 100, 100 * unit_cost, 'test' from stock_position"""
    )


@dataclass
class Built:
    """An order as built: ids of it, of its lines by SKU, and of its fulfilments by node."""

    id: int
    lines: dict[str, int] = field(default_factory=dict)
    fulfilments: dict[str, int] = field(default_factory=dict)

    def number(self, node: str) -> str:
        return f"FO-{self.fulfilments[node]}"


def make_order(
    ref: str, at: Mapping[str, Sequence[tuple[str, int]]], *, channel: str = "shop", state: str = "allocated", pack_each: int = 1, planned_at: datetime = PLACED
) -> Built:
    """An order whose pieces are reserved at nodes: node to (SKU, pieces). A SKU twice at a node makes two lines."""
    wanted = [(n, node, sku, qty) for node, goods in at.items() for n, (sku, qty) in enumerate(goods)]
    total = sum(qty for *_, qty in wanted)
    order = run(
        """insert into orders_order (channel_id, entity_id, external_ref, external_number, source_version, state, currency, goods_minor, total_minor, qty_ordered_each,
        qty_allocated_each, placed_at, captured_at, attempt) select id, entity_id, %(r)s, '#' || %(r)s::text, 1, %(s)s, 'USD', 1000 * %(q)s::bigint, 1000 * %(q)s::bigint, %(q)s, %(q)s,
        %(at)s, %(at)s, 1 from catalog_channel where code = %(c)s returning id""",
        {"r": ref, "s": state, "q": total, "at": PLACED, "c": channel},
    ).scalar
    run(
        """insert into orders_address (order_id, kind, name, line1, city, region, postcode, country) values (%(o)s, 'ship', 'Jane Roe', '100 Main Street', 'Springfield', 'IL',
        '62701', 'US')""",
        {"o": order},
    )
    built = Built(order)
    for node, goods in at.items():
        built.fulfilments[node] = run(
            """insert into orders_fulfilment (order_id, node_id, attempt, qty_each, planned_at) select %(o)s, id, 1, %(q)s, %(at)s from catalog_node where code = %(n)s
            returning id""",
            {"o": order, "n": node, "q": sum(qty for _, qty in goods), "at": planned_at},
        ).scalar
    keys: dict[tuple[int, str], int] = {}
    for n, node, sku, qty in wanted:
        key = (n if len(at) == 1 else 0, sku)  # over several nodes the same SKU is the same line
        if key not in keys:
            asked = sum(q for m, _, s, q in wanted if s == sku and (len(at) > 1 or m == n))
            keys[key] = _line(order, len(keys) + 1, sku, asked, pack_each)
            built.lines.setdefault(sku, keys[key])
        _reserve(built.fulfilments[node], keys[key], node, sku, qty)
    return built


def _line(order: int, line_no: int, sku: str, qty: int, pack_each: int) -> int:
    return int(
        run(
            """insert into orders_line (order_id, line_no, external_ref, sku, item_id, unit_price, goods_minor, pack_each, qty_ordered_each, qty_allocated_each)
        select %(o)s, %(n)s, 'L' || %(n)s, sku, id, 10, 1000 * %(q)s, %(p)s, %(q)s, %(q)s from catalog_item where sku = %(s)s returning id""",
            {"o": order, "n": line_no, "s": sku, "q": qty, "p": pack_each},
        ).scalar
    )


def _reserve(fulfilment: int, line: int, node: str, sku: str, qty: int) -> None:
    parts = RECIPE if sku == "KIT" else {sku: 1}
    for part, per in parts.items():
        values = {"f": fulfilment, "l": line, "n": node, "s": part, "q": qty * per, "p": per, "at": PLACED}
        run(
            "insert into orders_fulfilment_line (fulfilment_id, line_id, item_id, per_kit_each, qty_each) select %(f)s, %(l)s, id, %(p)s, %(q)s from catalog_item where sku = %(s)s",
            values,
        )
        run(
            """insert into stock_reservation (line_id, item_id, node_id, fulfilment_id, qty_each, per_kit_each, reserved_at) select %(l)s, i.id, n.id, %(f)s, %(q)s, %(p)s, %(at)s
            from catalog_item i, catalog_node n where i.sku = %(s)s and n.code = %(n)s""",
            values,
        )
        run(
            """update stock_position set reserved_each = reserved_each + %(q)s where item_id = (select id from catalog_item where sku = %(s)s)
            and node_id = (select id from catalog_node where code = %(n)s)""",
            values,
        )


def run_stage(name: str, as_of: datetime | None = None) -> Any:
    """Run a stage until it finds nothing to do; gives the sum of outcomes."""
    total = stage_named(name).run(as_of=as_of)
    while (again := stage_named(name).run(as_of=as_of)).taken:
        total += again
    return total


def send(partner: str, kind: str, key: str, **body: Any) -> int:
    """A message of a partner arrives. Gives its number."""
    return inbox.store(partner, [inbox.Message(kind, key, json.dumps(body))])[0].id


def confirm(partner: str, key: str, fulfilment: str, **body: Any) -> int:
    return send(partner, "shipment", key, fulfilment=fulfilment, shipped_at="2026-01-05T18:00:00Z", **body)


def row(table: str, row_id: int) -> Any:
    return run(f"select * from {table} where id = %(id)s", {"id": row_id}).one  # noqa: S608 - tables are named by the tests


def message(message_id: int) -> tuple[str, str | None]:
    found = row("engine_inbox", message_id)
    return found.state, found.outcome


def open_cases() -> list[str]:
    return run("select reason_code from exception_queue_case where state <> 'resolved' order by reason_code").column("reason_code")


def position(sku: str, node: str) -> Any:
    return run(
        """select p.* from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where i.sku = %(s)s and n.code = %(n)s""",
        {"s": sku, "n": node},
    ).one


def history(order: int) -> list[str]:
    return run("select event from orders_history where order_id = %(o)s order by id", {"o": order}).column("event")


FAULTS = {
    "reserved is the sum of live reservations": """select p.item_id, p.node_id from stock_position p left join (select item_id, node_id, sum(qty_each) as qty from stock_reservation
        where ended_at is null group by 1, 2) r using (item_id, node_id) where p.reserved_each <> coalesce(r.qty, 0)""",
    "on hand is the sum of moves": """select p.item_id, p.node_id from stock_position p left join (select item_id, node_id, sum(qty_each) as qty from stock_move where bucket = 'on_hand'
        group by 1, 2) m using (item_id, node_id) where p.on_hand_each <> coalesce(m.qty, 0)""",
    "aside is the sum of moves": """select p.item_id, p.node_id from stock_position p left join (select item_id, node_id, sum(qty_each) filter (where bucket = 'quarantine') as q,
        sum(qty_each) filter (where bucket = 'damaged') as d from stock_move group by 1, 2) m using (item_id, node_id)
        where p.quarantine_each <> coalesce(m.q, 0) or p.damaged_each <> coalesce(m.d, 0)""",
    "a line ships what its shipments say": """select l.id from orders_line l left join (select line_id, sum(qty_each) as qty from orders_shipment_line group by 1) s on s.line_id = l.id
        where l.qty_shipped_each <> coalesce(s.qty, 0)""",
    "a shipment holds its lines": """select s.id from orders_shipment s left join (select shipment_id, sum(qty_each) as qty from orders_shipment_line group by 1) l on l.shipment_id = s.id
        where s.qty_each <> coalesce(l.qty, 0)""",
    "an order is the sum of its lines": """select o.id from orders_order o join (select order_id, sum(qty_allocated_each) as a, sum(qty_shipped_each) as s from orders_line group by 1) l
        on l.order_id = o.id where o.qty_allocated_each <> l.a or o.qty_shipped_each <> l.s or o.qty_released_each < o.qty_shipped_each or o.qty_released_each > o.qty_ordered_each""",
    "what is allocated is reserved or shipped": """select fl.id from orders_fulfilment_line fl join orders_fulfilment f on f.id = fl.fulfilment_id
        left join (select fulfilment_id, line_id, item_id, sum(qty_each) filter (where ended_at is null) as live, sum(qty_each) filter (where ended_how = 'shipped') as shipped
            from stock_reservation group by 1, 2, 3) r on r.fulfilment_id = fl.fulfilment_id and r.line_id = fl.line_id and r.item_id = fl.item_id
        where coalesce(r.shipped, 0) <> fl.qty_shipped_each
            or coalesce(r.live, 0) <> case when f.state = 'cancelled' then 0 else fl.qty_each - fl.qty_short_each - fl.qty_shipped_each end""",
    "a fulfilment counts its lines": """select f.id from orders_fulfilment f join (select fulfilment_id, sum(asked) as asked, sum(shipped) as shipped from (select fulfilment_id, line_id,
            min((qty_each - qty_short_each) / per_kit_each) as asked, min(qty_shipped_each / per_kit_each) as shipped from orders_fulfilment_line group by 1, 2) x group by 1) l
        on l.fulfilment_id = f.id where f.qty_shipped_each <> l.shipped or f.qty_each <> l.asked""",
    "entries balance": "select entry_id from ledger_leg group by entry_id, currency having sum(amount_minor) <> 0",
    "goods that left were costed": """select 1 where coalesce((select -sum(cost_minor) from stock_move where kind = 'ship'), 0) <> coalesce((select sum(l.amount_minor) from ledger_leg l
        join ledger_account a on a.id = l.account_id where a.root = 'cogs'), 0)""",
}


def assert_books_hold() -> None:
    """The invariants that no deed of release or ship may break."""
    broken = {name: [tuple(r) for r in found] for name, query in FAULTS.items() if (found := run(query))}
    assert not broken, broken
