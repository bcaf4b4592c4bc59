"""Far more buyers than pieces, at one moment, through two processes: every piece is sold once, and everybody else waits."""

from __future__ import annotations

import time

import pytest

from headrace.demo import flash_sale, shop
from headrace.insight.verify import verify
from tests.workers import workers

STAGES = "capture,validate,allocate,reallocate,release"


def sell(url: str, orders: int, units: int) -> float:
    """Orders per second from message to promise."""
    shop.seed(items=4, kits=0, stock_each=500)
    sku = flash_sale.prepare(actor="cli:test", units=units)
    flash_sale.place(sku, 1, orders)
    began = time.perf_counter()
    with workers(url, 2, "--until-idle", "--stages", STAGES) as running:
        codes = [w.wait(600) for w in running]
    took = time.perf_counter() - began
    assert codes == [0, 0]
    found = flash_sale.outcome(sku)
    assert found["allocated_each"] == found["on_hand_each"] == units
    assert found["oversold_each"] == 0
    states = found["orders_by_state"]
    assert states.pop("allocated") == units
    assert sum(states.values()) == orders - units
    assert set(states) <= {"backordered", "parked"}, "an order was lost on the way, or waits where nobody looks"
    report = verify()
    assert report.ok, report.violations
    return orders / took


@pytest.mark.timeout(300)
def test_a_small_flash_sale(fresh_database: str) -> None:
    sell(fresh_database, 1_500, 100)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_a_flash_sale_of_twenty_thousand_orders_for_a_thousand_pieces(fresh_database: str) -> None:
    print(f"{sell(fresh_database, 20_000, 1_000):.0f} orders/s with two processes")
