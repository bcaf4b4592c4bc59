"""A delivery is unloaded, shelves are counted and goods are moved while two workers allocate from the same shelves."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.allocate.tests.placing import only, place
from headrace.flow.allocate.tests.test_two_workers import at_once
from headrace.orders.tests import building
from headrace.supply.count.actions import adjust_stock
from headrace.supply.receive.actions import receive_goods
from headrace.supply.transfer.actions import receive_transfer, send_transfer

ACTOR = "cli:warehouse"
DELIVERIES = 12
BATCH = 9
LINE = ("allocate", "reallocate")


def allocate_for_a_while() -> None:
    """Rounds of a worker: new orders first, then whoever was woken."""
    from headrace.engine.stage import stage_named

    for _ in range(DELIVERIES * 2):
        for stage in LINE:
            stage_named(stage).run(limit=BATCH)


def unload() -> None:
    for n in range(DELIVERIES):
        receive_goods(actor=ACTOR, node="EAST" if n % 2 else "WEST", reference=f"DN-{n}", rows=[{"sku": "B", "qty": 6}, {"sku": "A", "qty": 5}])


def move_about() -> None:
    for n in range(DELIVERIES):
        rows: list[dict[str, Any]] = [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 1}]
        try:
            sent = send_transfer(actor=ACTOR, from_node="EAST", to_node="WEST", rows=rows)
            receive_transfer(actor=ACTOR, transfer=sent.number)
        except Refused as refused:
            assert "reserved" in str(refused) or "there are only" in str(refused)  # everything there was promised by then
        adjust_stock(actor=ACTOR, rows=[{"sku": "B", "node": "EAST", "qty": 1 if n % 2 else -1, "reason": "found" if n % 2 else "lost"}], note="stocktake")


@pytest.mark.usefixtures("fresh_database")
def test_nobody_is_oversold_nobody_waits_for_ever_and_every_piece_is_accounted_for() -> None:
    building.make_shop()
    only("A", EAST=10, WEST=10)
    only("B", EAST=10, WEST=10)
    for n in range(100):
        place(str(n), ({"A": 1}, {"B": 1, "A": 1}, {"KIT": 1})[n % 3])
    at_once(allocate_for_a_while, allocate_for_a_while, unload, move_about)
    run("update orders_order set wake_at = now() where state = 'backordered'")
    allocate_for_a_while()
    building.assert_books_hold()
    assert run("select count(*) from stock_position where in_transit_each <> 0").scalar == 0
    assert run("select count(*) from exception_queue_case").scalar == 0
    assert run("select count(*) from purchasing_receipt").scalar == DELIVERIES
    # An order waits only where no node has what it needs: of A nothing is left, or no B beside it.
    left = {r.code: (r.a, r.b) for r in run("""select n.code, max(p.on_hand_each - p.reserved_each) filter (where i.sku = 'A') as a,
        max(p.on_hand_each - p.reserved_each) filter (where i.sku = 'B') as b from stock_position p join catalog_item i on i.id = p.item_id
        join catalog_node n on n.id = p.node_id where n.code in ('EAST', 'WEST') group by n.code""")}  # fmt: skip
    wanting_a = run("select count(*) from orders_line l join catalog_item i on i.id = l.item_id where i.sku = 'A' and l.qty_allocated_each = 0").scalar
    assert not wanting_a or all(a == 0 for a, _ in left.values())
    assert run("select deadlocks from pg_stat_database where datname = current_database()").scalar == 0
    worth = run("""select coalesce(sum(m.cost_minor), 0) - (select coalesce(sum(l.amount_minor), 0) from ledger_leg l join ledger_account a on a.id = l.account_id
        where a.root = 'inventory') as difference from stock_move m where m.kind <> 'opening' and m.origin <> 'test'""").scalar  # fmt: skip
    assert worth == 0
