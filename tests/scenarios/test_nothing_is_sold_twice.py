"""Who buys at the same moment what is not there for all: nobody is sold what another has, and nobody is forgotten."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.governance.access import make_api_key
from headrace.supply.count.actions import adjust_stock
from tests.scenarios.shop import (
    ACTOR,
    EAST,
    KIT,
    LAMP,
    MUG,
    PAN,
    STORE,
    THROW,
    Shop,
    assert_all_holds,
    cancelled,
    cases,
    fulfilments,
    lines,
    order,
    promisable,
    run_out,
    shelf,
    side_by_side,
    states,
    wait_until,
)
from tests.workers import workers


def test_the_last_unit_is_sold_once(shop: Shop) -> None:
    """Complaint 1, vendurehq/vendure #3508: checked in one step and taken in another, the last unit was sold twice."""
    shop.fill(MUG, EAST=1)
    for _ in range(12):
        shop.place({MUG: 1})
    run_out("capture", "validate")
    side_by_side(4, lambda _: run_out("allocate", limit=1))
    assert states() == {"allocated": 1, "backordered": 11}
    assert (shelf(MUG), promisable(MUG)) == ((1, 1), 0)
    shop.ship()
    assert (shelf(MUG), states()) == ((0, 0), {"backordered": 11, "closed": 1})
    assert run("select sum(qty_each) as n from orders_shipment").scalar == 1
    assert_all_holds()


def test_two_lines_of_one_item_never_oversell(shop: Shop) -> None:
    """Complaint 2, medusajs/medusa #16502: each line passes the check alone, and together they take more than there is."""
    shop.fill(PAN, EAST=5)
    shop.fill(THROW, EAST=5)
    twice = shop.place([(PAN, 3), (PAN, 3)])
    in_a_kit = shop.place([(KIT, 2), (PAN, 1)])  # a kit holds two of them
    shop.work()
    assert shelf(PAN) == (5, 5)
    assert [line.qty_allocated_each for line in lines(twice)] == [3, 2]
    assert [line.qty_allocated_each for line in lines(in_a_kit)] == [0, 0]
    assert (order(twice).state, order(in_a_kit).state) == ("backordered", "backordered")
    assert shelf(THROW) == (5, 0)
    assert_all_holds()


def test_many_hands_on_one_shelf_keep_reserved_and_its_rows_the_same(shop: Shop) -> None:
    """Complaint 3, medusajs/medusa #16569: reservation calls at the same time went past the stock, and the sum drifted from its rows."""
    shop.fill(MUG, EAST=20)
    placed = [shop.body({MUG: 1 + n % 3}) for n in range(30)]
    for body in placed:
        shop.hook(body)
    run_out("capture", "validate")
    ids = run("select id from orders_order order by id").column("id")

    def reach(n: int) -> None:
        if n == 0:  # meanwhile some think better of it
            for body in placed[::4]:
                shop.hook(cancelled(body), "orders/cancelled")
            run_out("capture")
        else:  # the same orders, asked for by name from several sides
            stage_named("allocate").run_for(ids[::n])
            stage_named("allocate").run_for(ids)

    side_by_side(4, reach)
    shop.work()
    rows = run("select coalesce(sum(qty_each), 0)::int as n from stock_reservation where ended_at is null").scalar
    assert shelf(MUG) == (20, rows)
    assert rows <= 20 and promisable(MUG) == 20 - rows
    assert set(states()) <= {"allocated", "backordered", "cancelled"} and states()["cancelled"] == 8
    assert_all_holds()


def test_goods_are_reserved_once_though_payment_comes_later(shop: Shop) -> None:
    """Complaint 4, medusajs/medusa #5198: reserved when the staff entered the order, and once more when it was paid."""
    shop.fill(MUG, EAST=10)
    body = shop.body({MUG: 2}, financial_status="pending")
    shop.hook(body)
    shop.work()
    ref = str(body["id"])
    assert (order(ref).state, order(ref).hold, shelf(MUG)) == ("captured", "held", (10, 0))  # not authorised: nothing is taken yet
    paid = {**body, "financial_status": "paid"}
    shop.hook({**paid, "updated_at": body["updated_at"].replace("+00:00", ".500000+00:00")}, "orders/paid")
    shop.work()
    assert (order(ref).state, order(ref).hold, shelf(MUG)) == ("allocated", "clear", (10, 2))
    shop.hook({**paid, "updated_at": body["updated_at"].replace("+00:00", ".700000+00:00")}, "orders/updated")
    shop.work()
    assert shelf(MUG) == (10, 2)
    assert run("select count(*) from stock_reservation").scalar == 1
    assert_all_holds()


@pytest.mark.timeout(120)
def test_two_workers_share_a_shelf_that_is_too_small(shop: Shop, fresh_database: str) -> None:
    """Complaint 5, saleor/saleor #543: checkouts at the same time allocated more than there was. Baskets name the items in either order."""
    for sku in (MUG, LAMP):
        shop.fill(sku, EAST=40, NYC=15)
    with workers(fresh_database, 2):
        for n in range(80):
            shop.place([(MUG, 1), (LAMP, 1)] if n % 2 else [(LAMP, 1), (MUG, 1)])
        wait_until(lambda: states() == {"allocated": 55, "backordered": 25})
    assert sum(shelf(MUG, node)[1] for node in (EAST, STORE)) == sum(shelf(LAMP, node)[1] for node in (EAST, STORE)) == 55
    assert (promisable(MUG), promisable(LAMP)) == (0, 0)
    assert run("select deadlocks from pg_stat_database where datname = current_database()").scalar == 0
    assert_all_holds()


@pytest.mark.timeout(120)
def test_of_a_hundred_orders_none_is_left_without_its_goods(shop: Shop, fresh_database: str) -> None:
    """Complaint 6, saleor/saleor #5334: now and then one or two of a hundred orders had no allocation, and the user wrote a loop to repair them."""
    shop.fill(MUG, EAST=150, NYC=100)
    with workers(fresh_database, 2):
        for n in range(100):
            shop.place({MUG: 1 + n % 3})
        wait_until(lambda: states() == {"allocated": 100})
    without = run("""select o.number from orders_order o join orders_line l on l.order_id = o.id left join (select line_id, sum(qty_each) as qty from stock_reservation
        where ended_at is null group by line_id) r on r.line_id = l.id where r.qty is distinct from l.qty_ordered_each""").column("number")  # fmt: skip
    assert without == []
    assert run("select sum(qty_each) from stock_reservation").scalar == sum(1 + n % 3 for n in range(100))
    assert_all_holds()


def test_two_buyers_at_two_doors_want_the_one_that_is_left(shop: Shop) -> None:
    """Complaint 7, magento/inventory PR #3046: two buyers, one unit, and minus one to sell."""
    shop.fill(MUG, EAST=1)
    key = make_api_key(actor=ACTOR, name="portal", scopes=["orders.write"])
    web = shop.body({MUG: 1})
    price = shop.prices[MUG]
    to = {"name": "Till", "line1": "1 Main Street", "city": "New York", "region": "NY", "postcode": "10001", "country": "US"}
    tax = web["total_tax"]
    total = str(Decimal(price) + Decimal(tax))
    till = {"order": "ST-1", "version": 1, "currency": "USD", "placed_at": web["created_at"], "total": total, "shipping": {"service": "ground"},
        "lines": [{"line": "1", "sku": MUG, "qty": 1, "unit_price": price, "tax": tax}], "ship_to": to, "fraud": "accept",
        "payments": [{"kind": "captured", "gateway": "pay-us", "ref": "till-1", "amount": total, "at": web["created_at"]}]}  # fmt: skip
    lowest: list[int] = []

    def buy(n: int) -> None:
        if n == 0:
            shop.hook(web)
        elif n == 1:
            answer = Client(headers={"Authorization": f"Bearer {key}"}).post("/api/v1/orders?channel=stores", till, content_type="application/json")
            assert answer.status_code == 202, answer.content
        lowest.append(promisable(MUG))
        run_out("capture", "validate", "allocate", limit=1)
        lowest.append(promisable(MUG))

    side_by_side(3, buy)
    shop.work()
    assert cases() == []
    assert states() == {"allocated": 1, "backordered": 1}
    assert (min(lowest), promisable(MUG), shelf(MUG)) == (0, 0, (1, 1))
    assert_all_holds()


def test_twenty_at_once_reserve_ten_and_nobody_hears_of_a_conflict(shop: Shop) -> None:
    """Complaint 11, odoo/odoo PR #32857 and #62131: serialization errors for the users, or twenty processes that all got the ten."""
    shop.fill(MUG, EAST=10)
    for _ in range(20):
        shop.place({MUG: 1})
    run_out("capture", "validate")
    ids = run("select id from orders_order order by id").column("id")
    side_by_side(20, lambda n: stage_named("allocate").run_for([ids[n]]))
    assert states() == {"allocated": 10, "backordered": 10}
    assert shelf(MUG) == (10, 10)
    assert cases() == []
    assert_all_holds()


def test_ten_thousand_shelves_are_corrected_at_once_while_orders_come_in(shop: Shop) -> None:
    """Complaint 13, odoo/odoo #56769 and #18553: an adjustment of 10,000 products failed, and tills could not sell meanwhile."""
    big = Shop(items=5_000, kits=0)
    skus = [sku for sku in big.prices if sku.startswith("MB-")]
    rows = [{"sku": sku, "node": node, "qty": 3, "reason": "found"} for sku in skus for node in (EAST, STORE)]
    big.fill(MUG, EAST=50)
    results: list[str] = []

    def act(n: int) -> None:
        if n == 0:
            results.extend(r.what for r in adjust_stock(actor=ACTOR, rows=rows, note="the yearly count"))
        else:
            for _ in range(20):
                big.place({MUG: 1})
                run_out("capture", "validate", "allocate")

    side_by_side(2, act)
    big.work()
    assert len(results) == 10_000 and set(results) == {"done"}
    assert states() == {"allocated": 20}
    assert run("select sum(on_hand_each) as n from stock_position").scalar == 30_050
    assert_all_holds()


@pytest.mark.timeout(120)
def test_a_sale_day_full_of_repeated_messages_makes_each_order_once(shop: Shop, fresh_database: str) -> None:
    """Complaint 25, woocommerce #14541: 2,000 orders on a sale day came with tons of duplicates, and a script had to void them."""
    shop.fill(MUG, EAST=1_000)
    placed = [shop.body({MUG: 1}) for _ in range(150)]
    with workers(fresh_database, 2):
        side_by_side(3, lambda n: [shop.hook(body, ("orders/create", "orders/updated", "orders/paid")[n]) for body in (placed, placed[::-1], placed)[n]])
        wait_until(lambda: states() == {"allocated": 150})
    assert run("select count(distinct external_ref) as n from orders_order").scalar == 150
    assert shelf(MUG) == (1_000, 150)
    shop.ship()
    money = run("select count(*) as n, sum(amount_minor) as minor from ledger_payment where kind = 'captured'").one
    assert (money.n, money.minor) == (150, run("select sum(total_minor) as n from orders_order").scalar)
    assert run("select count(*) as n from orders_shipment").scalar == 150
    assert_all_holds()


def test_two_locations_with_one_each_fill_an_order_of_two(shop: Shop) -> None:
    """Complaint 44, spree/spree #9003 and vendurehq/vendure #3588: two places with one unit each could not serve a quantity of two."""
    shop.fill(MUG, EAST=1, NYC=1)
    ref = shop.place({MUG: 2})
    shop.work()
    assert [(f.node, f.qty_each) for f in sorted(fulfilments(ref), key=lambda f: f.node)] == [(EAST, 1), (STORE, 1)]
    assert (order(ref).state, shelf(MUG, EAST), shelf(MUG, STORE)) == ("allocated", (1, 1), (1, 1))
    shop.ship()
    assert [(line.qty_shipped_each, line.qty_invoiced_each) for line in lines(ref)] == [(2, 2)]
    assert_all_holds()
