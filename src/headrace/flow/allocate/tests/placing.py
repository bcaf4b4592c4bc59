"""Orders that validate has let through, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from headrace.engine.queries import run
from headrace.engine.stage import Outcome
from headrace.governance.policies import draft_policy, in_force, publish_policy
from headrace.orders.tests.building import run_stage

AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)
ACTOR = "cli:test"
NEW_YORK = ("US", "NY")


def place(ref: str, lines: Mapping[str, int], *, ship_to: tuple[str, str | None] = NEW_YORK, extra: str | None = None, **columns: Any) -> int:
    """An order at `validated` that wants these pieces by SKU; every piece costs the customer 10.00. Gives its id."""
    total = sum(lines.values())
    about = {"priority": 50, "promised_by": None, **columns, "r": ref, "q": total, "at": AS_OF, "x": extra}
    order_id = run(
        """insert into orders_order (channel_id, entity_id, external_ref, source_version, state, currency, goods_minor, total_minor, qty_ordered_each, placed_at, captured_at,
        priority, promised_by, extra) select id, entity_id, %(r)s, 1, 'validated', 'USD', 1000 * %(q)s::bigint, 1000 * %(q)s::bigint, %(q)s, %(at)s, %(at)s, %(priority)s,
        %(promised_by)s::timestamptz, %(x)s::jsonb from catalog_channel where code = 'shop' returning id""",
        about,
    ).scalar
    where = {"o": order_id, "c": ship_to[0], "r": ship_to[1]}
    run("insert into orders_address (order_id, kind, country, region) values (%(o)s, 'ship', %(c)s, %(r)s)", where)
    for n, (sku, qty) in enumerate(lines.items(), 1):
        run(
            """insert into orders_line (order_id, line_no, external_ref, sku, item_id, unit_price, goods_minor, qty_ordered_each)
            select %(o)s, %(n)s, 'L' || %(n)s, sku, id, 10, 1000 * %(q)s, %(q)s from catalog_item where sku = %(s)s""",
            {"o": order_id, "n": n, "s": sku, "q": qty},
        )
    return int(order_id)


def allocate(*, days: float = 0) -> Outcome:
    """Allocate what waits, and sleepers whose time has come, so many days after the beginning. A failing batch is an error of ours."""
    moment = AS_OF + timedelta(days=days)
    outcome: Outcome = run_stage("allocate", moment)
    outcome += run_stage("reallocate", moment)
    outcome += run_stage("wake_preorders", moment)
    poison = run("select detail ->> 'traceback' as trace from exception_queue_case where reason_code = 'ENGINE-01'")
    assert not poison, poison[0].trace
    assert outcome.taken == outcome.moved + outcome.parked
    return outcome


def shelf(sku: str, node: str, on_hand: int) -> None:
    """Set what is on a shelf, with the move that makes it so."""
    where = {"s": sku, "n": node, "q": on_hand}
    run(
        """insert into stock_move (item_id, node_id, kind, qty_each, origin, at) select p.item_id, p.node_id, 'count', %(q)s - p.on_hand_each, 'test', '2026-01-01'
        from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
        where i.sku = %(s)s and n.code = %(n)s and p.on_hand_each <> %(q)s""",
        where,
    )
    run(
        """update stock_position p set on_hand_each = %(q)s from catalog_item i, catalog_node n
        where i.id = p.item_id and n.id = p.node_id and i.sku = %(s)s and n.code = %(n)s""",
        where,
    )


def only(sku: str, **nodes: int) -> None:
    """The item is at these nodes and nowhere else."""
    for code in ("EAST", "WEST", "THIRD", "MAKER"):
        shelf(sku, code, nodes.get(code, 0))


def order(order_id: int) -> Any:
    return run("select * from orders_order where id = %(id)s", {"id": order_id}).one


def reserved(order_id: int) -> list[tuple[str, str, int]]:
    """(SKU, node, pieces) that live reservations hold."""
    found = run(
        """select i.sku, n.code, r.qty_each from stock_reservation r join orders_line l on l.id = r.line_id join catalog_item i on i.id = r.item_id
        join catalog_node n on n.id = r.node_id where l.order_id = %(o)s and r.ended_at is null order by n.code, i.sku, r.qty_each""",
        {"o": order_id},
    )
    return [tuple(r) for r in found]


def decisions(order_id: int) -> list[Any]:
    return run("select attempt, policy_version, batch_id, detail from orders_decision where order_id = %(o)s order by attempt", {"o": order_id})


def cases(order_id: int) -> list[Any]:
    """Open cases: code, line_id, detail."""
    return run(
        "select reason_code as code, line_id, detail from exception_queue_case where order_id = %(o)s and state <> 'resolved' order by reason_code, id",
        {"o": order_id},
    )


def item(sku: str, **columns: Any) -> None:
    """Change an item: oversell, available_on, hazmat_class."""
    now = {"oversell": "backorder", "available_on": None, "hazmat_class": None, **columns, "s": sku}
    run("update catalog_item set oversell = %(oversell)s, available_on = %(available_on)s::date, hazmat_class = %(hazmat_class)s where sku = %(s)s", now)


def on_order(sku: str, qty: int, expected_on: date, state: str = "sent") -> None:
    """An open line of a purchase order to a supplier."""
    run(
        """with supplier as (insert into catalog_party (kind, name) values ('supplier', 'Maker Ltd') returning id),
        po as (insert into purchasing_purchase_order (number, supplier_id, entity_id, node_id, state, currency)
            select 'PO-' || s.id, s.id, n.entity_id, n.id, %(t)s, 'USD' from supplier s, catalog_node n where n.code = 'EAST' returning id)
        insert into purchasing_purchase_order_line (purchase_order_id, item_id, qty_each, unit_cost, expected_on) select po.id, i.id, %(q)s, 1, %(d)s from po, catalog_item i
        where i.sku = %(s)s""",
        {"s": sku, "q": qty, "d": expected_on, "t": state},
    )


def tune(**changes: Any) -> int:
    """Put a routing policy in force with these changes, from long ago; gives its version."""
    _, body = in_force("routing", datetime.now(UTC))
    version = draft_policy(actor=ACTOR, name="routing", body={**body, **changes}, note="for the test")
    publish_policy(actor=ACTOR, name="routing", version=version)
    run("update governance_policy set valid_to = null where name = 'routing' and version < %(v)s", {"v": version})
    run("update governance_policy set valid_from = '2020-01-01' where name = 'routing' and version = %(v)s", {"v": version})
    return version
