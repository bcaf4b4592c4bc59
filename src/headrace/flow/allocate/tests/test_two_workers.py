"""Two workers allocate from the same shelves at the same time, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.flow.allocate.tests.placing import AS_OF, only, place
from headrace.orders.tests import building

BATCH = 7  # small, so that the workers meet often


def at_once(*works: Callable[[], None]) -> None:
    """Do these side by side; the first error of any is raised."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a worker waits for ever"
    if errors:
        raise errors[0]


def worker(stage: str) -> Callable[[], None]:
    def work() -> None:
        while stage_named(stage).run(limit=BATCH, as_of=AS_OF).taken:
            pass

    return work


@pytest.fixture
def market(fresh_database: str) -> None:
    """120 orders for A, for B, for both in either order, and for kits of them, over shelves that cannot serve them all."""
    building.make_shop()
    only("A", EAST=30, WEST=11)
    only("B", EAST=25, WEST=40)
    baskets = ({"A": 1}, {"B": 1, "A": 1}, {"A": 2, "B": 1}, {"KIT": 1})
    for n in range(120):
        place(str(n), baskets[n % len(baskets)], priority=50 + n % 3)


@pytest.mark.usefixtures("market")
def test_nothing_is_sold_twice_and_nobody_waits_for_ever() -> None:
    at_once(worker("allocate"), worker("allocate"))
    at_once(worker("reallocate"), worker("reallocate"))
    building.assert_books_hold()
    left = run("select i.sku, sum(p.on_hand_each - p.reserved_each)::int as qty, min(p.on_hand_each - p.reserved_each) as least from stock_position p "
               "join catalog_item i on i.id = p.item_id where i.sku in ('A', 'B') group by i.sku order by i.sku")  # fmt: skip
    assert left[0].qty == 0  # all 41 of A went to somebody
    assert all(row.least >= 0 for row in left)
    assert run("select count(*) from orders_order where state not in ('allocated', 'backordered')").scalar == 0
    assert run("select count(*) from exception_queue_case").scalar == 0
    assert run("select count(*) from engine_batch where taken <> moved + parked").scalar == 0
    assert run("select deadlocks from pg_stat_database where datname = current_database()").scalar == 0


@pytest.mark.usefixtures("fresh_database")
def test_priority_is_overtaken_by_no_more_than_the_other_workers_batch() -> None:
    building.make_shop()
    only("A", EAST=30)
    for n in range(60):
        place(str(n), {"A": 1}, priority=50 + n % 3)
    at_once(worker("allocate"), worker("allocate"))
    served = run("select priority, count(*) as orders from orders_order where state = 'allocated' group by priority").column
    by_priority = dict(zip(served("priority"), served("orders"), strict=True))
    assert sum(by_priority.values()) == 30
    assert by_priority[50] >= 20 - BATCH
    assert by_priority.get(52, 0) <= BATCH
