"""Invoice numbers have no gap and no double, and an order has one first invoice, whoever works at it at the same time."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.ledger.tests import building
from headrace.ledger.tests.building import OrderLine

WORKERS, PARTS = 8, 5


class Given(Exception):
    """The worker was killed: what it did is rolled back."""


def at_once(*deeds: Any) -> list[Any]:
    """Run deeds at the same time, each on its own connection."""
    gate = threading.Barrier(len(deeds))

    def alone(deed: Any) -> Any:
        try:
            gate.wait()
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(alone, deeds))


def numbers(entity: str) -> list[int]:
    return run("select number from ledger_invoice i join catalog_entity e on e.id = i.entity_id where e.code = %(e)s order by number", {"e": entity}).column(
        "number"
    )


def test_eight_workers_with_rollbacks_leave_no_gap_in_any_entitys_series(fresh_database: str) -> None:
    building.make_shop()
    shipments = [building.ship(building.place(OrderLine(1, 1_000), channel=channel)) for channel in ("shop", "uk") for _ in range(WORKERS * PARTS)]
    random.Random(7).shuffle(shipments)

    def work(mine: list[int], seed: int) -> int:
        rng, done, tries = random.Random(seed), 0, 0
        while mine:
            part, tries = mine[: rng.randint(1, 3)], tries + 1
            try:
                with transaction.atomic():
                    done += stage_named("invoice").run_for(part, as_of=building.AS_OF).moved
                    if rng.random() < 0.3 and tries < 50:
                        raise Given
            except Given:
                done -= len(part)
                continue
            mine = mine[len(part) :]
        return done

    share = len(shipments) // WORKERS
    assert sum(at_once(*(lambda n=n: work(shipments[n * share : (n + 1) * share], n) for n in range(WORKERS)))) == len(shipments)
    for entity in ("HR-US", "HR-UK"):
        assert numbers(entity) == list(range(1, WORKERS * PARTS + 1))
    assert run("select sum(last) as n from ledger_number_series").scalar == len(shipments)


def test_two_shipments_of_one_order_in_two_hands_make_one_first_invoice(fresh_database: str) -> None:
    building.make_shop()
    orders = [building.place(OrderLine(3, 1_000, tax=100), OrderLine(1, 250, kind="charge"), shipping=500) for _ in range(12)]
    first, second = ([building.ship(order, qty, 0) for order in orders] for qty in (1, 2))
    at_once(*(lambda ids=ids: stage_named("invoice").run_for(ids, as_of=building.AS_OF) for ids in (first, list(reversed(second)))))
    for order in orders:
        made = building.invoices(order)
        assert sum(i.total_minor for i in made) == order.total == order.row.invoiced_minor
        assert sorted(i.shipping_minor for i in made) == [0, 500]
