"""Goods come in: stock, value, the supplier's order, and whoever waited for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.exception_queue.resolving import look_again
from headrace.orders.tests.building import open_cases, position, row
from headrace.supply.receive.actions import receive_goods

pytestmark = pytest.mark.usefixtures("shop")
ACTOR = "cli:test"


def receive(*rows: dict[str, Any], node: str = "EAST", reference: str = "DN-1", **more: Any) -> Any:
    return receive_goods(actor=ACTOR, node=node, reference=reference, rows=list(rows), **more)


def refusal(*rows: dict[str, Any], **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        receive(*rows, **more)
    assert run("select count(*) from purchasing_receipt").scalar == 0
    assert run("select count(*) from stock_move where kind = 'receipt'").scalar == 0
    return str(refused.value)


def balance(account: str) -> int:
    return int(
        run(
            "select coalesce(sum(l.amount_minor), 0) from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = %(a)s", {"a": account}
        ).scalar
    )


def test_goods_their_value_and_their_paper_come_in_together() -> None:
    done = receive({"sku": "A", "qty": 50, "unit_cost": "5.00"}, {"sku": "B", "qty": "10", "unit_cost": Decimal("1.205")})
    assert (done.pieces, done.cost_minor, done.currency, done.is_repeat) == (60, 25_000 + 1_205, "USD", False)
    assert (position("A", "EAST").on_hand_each, position("B", "EAST").on_hand_each) == (150, 110)
    assert position("A", "EAST").unit_cost == Decimal("400")  # 100 at 3.50 and 50 at 5.00
    assert (balance("inventory:EAST"), balance("grni")) == (26_205, -26_205)
    moves = run("select origin, origin_id, reason, actor from stock_move where kind = 'receipt'")
    assert {tuple(m) for m in moves} == {("receipt", done.receipt_id, "purchase", ACTOR)}
    assert run("select external_ref, count(*) as lines from purchasing_receipt r join purchasing_receipt_line l on l.receipt_id = r.id group by 1").one == (
        "DN-1",
        2,
    )
    assert run("select subject from governance_audit order by seq desc limit 1").scalar == "receipt:EAST:DN-1"


def test_without_a_cost_the_average_of_the_node_is_kept() -> None:
    receive({"sku": "A", "qty": 7})
    assert position("A", "EAST").unit_cost == Decimal("350")
    assert balance("inventory:EAST") == 2_450


def test_what_has_no_cost_anywhere_needs_one() -> None:
    run("delete from stock_position where item_id = (select id from catalog_item where sku = 'C')")
    assert "row 2: unit_cost: missing; C has no cost at EAST yet" in refusal({"sku": "A", "qty": 1}, {"sku": "C", "qty": 1})


def test_the_same_receipt_again_is_harmless_and_another_by_its_name_is_refused() -> None:
    first = receive({"sku": "A", "qty": 5}, {"sku": "A", "qty": 1})
    again = receive({"sku": "A", "qty": 6})
    assert (again.receipt_id, again.is_repeat, again.pieces) == (first.receipt_id, True, 6)
    assert position("A", "EAST").on_hand_each == 106
    with pytest.raises(Refused, match="received at EAST before, with other content"):
        receive({"sku": "A", "qty": 60})
    receive({"sku": "A", "qty": 60}, node="WEST")  # another node's own key
    assert (position("A", "EAST").on_hand_each, position("A", "WEST").on_hand_each) == (106, 160)


def test_every_row_that_makes_no_sense_is_named_and_nothing_is_done() -> None:
    said = refusal(
        {"sku": "A", "qty": 1},
        {"sku": "NOPE", "qty": 1},
        {"sku": "KIT", "qty": 1},
        {"sku": "A", "qty": 0},
        {"sku": "A", "qty": "two"},
        {"sku": "A", "qty": 1, "unit_cost": "-1"},
        {"sku": "A", "qty": 1, "unit_cost": 1.1},
        {"sku": "A", "qty": 1, "price": 3},
        {"qty": 1},
        {"sku": "A"},
    )
    for n, words in {
        2: "there is no item 'NOPE'",
        3: "name the kit's parts",
        4: "qty: 0 must lie between 1 and",
        5: "'two' is no whole number",
        6: "is no price of one piece",
        7: "unit_cost",
        8: "price: no such column",
        9: "sku: missing",
        10: "qty: missing",
    }.items():
        assert f"row {n}: " in said and words in said
    assert "row 1:" not in said


@pytest.mark.parametrize(
    ("more", "says"),
    [({"node": "MOON"}, "there is no node 'MOON'"), ({"reference": " "}, "needs the node's own key"), ({"purchase_order": "PO-9"}, "no purchase order 'PO-9'")],
)
def test_what_the_receipt_names_must_be_there(more: dict[str, str], says: str) -> None:
    assert says in refusal({"sku": "A", "qty": 1}, **more)


def test_only_who_may_adjust_stock_receives() -> None:
    with pytest.raises(NotAllowed):
        receive_goods(actor="user:nobody", node="EAST", reference="DN-1", rows=[{"sku": "A", "qty": 1}])


def order_from_supplier(*lines: tuple[str, int, str, str], state: str = "sent", node: str | None = "EAST", currency: str = "USD") -> int:
    """A purchase order PO-1 with lines (SKU, pieces, unit cost, expected on); gives its id."""
    values = {"s": state, "n": node, "c": currency}
    order_id = run(
        """with supplier as (insert into catalog_party (kind, name) values ('supplier', 'Maker Ltd') returning id)
        insert into purchasing_purchase_order (number, supplier_id, entity_id, node_id, state, currency)
        select 'PO-1', s.id, e.id, (select id from catalog_node where code = %(n)s), %(s)s, %(c)s from supplier s, catalog_entity e returning id""",
        values,
    ).scalar
    for sku, qty, cost, expected in lines:
        run(
            """insert into purchasing_purchase_order_line (purchase_order_id, item_id, qty_each, unit_cost, expected_on)
            select %(o)s, id, %(q)s, %(c)s::numeric, %(d)s::date from catalog_item where sku = %(s)s""",
            {"o": order_id, "s": sku, "q": qty, "c": cost, "d": expected},
        )
    return int(order_id)


def received_of_order() -> list[tuple[int, int]]:
    return [tuple(r) for r in run("select qty_each, qty_received_each from purchasing_purchase_order_line order by id")]


def test_a_purchase_order_is_filled_the_earliest_line_first_and_gives_the_cost() -> None:
    order_id = order_from_supplier(("A", 10, "4.00", "2026-07-01"), ("A", 10, "3.00", "2026-06-01"), ("B", 5, "1.00", "2026-06-01"))
    done = receive({"sku": "A", "qty": 12}, purchase_order="PO-1")
    assert received_of_order() == [(10, 2), (10, 10), (5, 0)]
    assert done.cost_minor == 10 * 300 + 2 * 400
    assert row("purchasing_purchase_order", order_id).state == "part_received"
    receive({"sku": "A", "qty": 8}, {"sku": "B", "qty": 5}, purchase_order="PO-1", reference="DN-2")
    assert row("purchasing_purchase_order", order_id).state == "received"
    with pytest.raises(Refused, match="PO-1 is received"):
        receive({"sku": "A", "qty": 1}, purchase_order="PO-1", reference="DN-3")


def test_more_than_is_open_is_refused_with_what_to_do() -> None:
    order_from_supplier(("A", 10, "4.00", "2026-07-01"))
    said = refusal({"sku": "A", "qty": 6}, {"sku": "A", "qty": 6}, {"sku": "B", "qty": 1}, purchase_order="PO-1")
    assert "row 2: qty: 6 of A, but only 4 are open on PO-1" in said
    assert "row 3: qty: 1 of B, but only 0 are open on PO-1" in said
    assert received_of_order() == [(10, 0)]


@pytest.mark.parametrize(
    ("state", "node", "says"), [("draft", "EAST", "PO-1 is draft"), ("cancelled", "EAST", "is cancelled"), ("sent", "WEST", "another node")]
)
def test_an_order_that_is_not_open_here_takes_no_goods(state: str, node: str, says: str) -> None:
    order_from_supplier(("A", 10, "4.00", "2026-07-01"), state=state, node=node)
    assert says in refusal({"sku": "A", "qty": 1}, purchase_order="PO-1")


def test_an_order_in_another_currency_needs_the_cost_in_ours() -> None:
    order_from_supplier(("A", 10, "4.00", "2026-07-01"), currency="EUR")
    assert "PO-1 is in EUR, so say the cost of one piece in USD" in refusal({"sku": "A", "qty": 1}, purchase_order="PO-1")
    assert receive({"sku": "A", "qty": 1, "unit_cost": "4.40"}, purchase_order="PO-1").cost_minor == 440


def waiting_order(ref: str, sku: str, *, hold: str = "clear", state: str = "backordered") -> int:
    """An order for two pieces that sleeps for ever unless it is woken."""
    order_id = run(
        """insert into orders_order (channel_id, entity_id, external_ref, source_version, state, hold, currency, goods_minor, total_minor, qty_ordered_each, placed_at, captured_at,
        attempt, wake_at) select id, entity_id, %(r)s, 1, %(s)s, %(h)s, 'USD', 0, 0, 2, now(), now(), 1, now() + interval '1 year' from catalog_channel
        where code = 'shop' returning id""",
        {"r": ref, "s": state, "h": hold},
    ).scalar
    run(
        """insert into orders_line (order_id, line_no, external_ref, sku, item_id, unit_price, goods_minor, qty_ordered_each)
        select %(o)s, 1, '1', sku, id, 10, 0, 2 from catalog_item where sku = %(s)s""",
        {"o": order_id, "s": sku},
    )
    return int(order_id)


def test_whoever_waits_for_the_goods_looks_again_and_nobody_else() -> None:
    by_itself, in_a_kit, other, held = waiting_order("1", "B"), waiting_order("2", "KIT"), waiting_order("3", "C"), waiting_order("4", "B", hold="held")
    done = receive({"sku": "B", "qty": 1})
    assert done.orders_woken == 2
    awake = run("select id from orders_order where wake_at <= clock_timestamp() order by id").column("id")
    assert awake == [by_itself, in_a_kit]
    assert {other, held}.isdisjoint(awake)


def test_an_order_that_was_parked_for_want_of_the_goods_goes_on_by_itself() -> None:
    parked, other = waiting_order("1", "A", hold="held", state="validated"), waiting_order("2", "C", hold="held", state="validated")
    run(
        """insert into exception_queue_case (reason_code, document, document_id, order_id, detail, fingerprint, opened_at, due_at, team)
        select 'ALLOCATE-02', 'order', o, o, '{}', o::text, now(), now(), 'inventory' from unnest(%(ids)s::bigint[]) o""",
        {"ids": [parked, other]},
    )
    assert receive({"sku": "A", "qty": 5}).cases_woken == 1
    look_again(run("select clock_timestamp()").scalar)
    assert (row("orders_order", parked).hold, row("orders_order", other).hold) == ("clear", "held")
    assert open_cases() == ["ALLOCATE-02", "ALLOCATE-02"]  # closed when allocate has let them through
