"""Nodes and carriers tell late, twice, or the wrong way round what became of a parcel: it never goes back, and nobody's number is forgotten."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from headrace.engine.queries import run
from headrace.exception_queue.resolving import look_again
from tests.machinery.test_cli import headrace
from tests.scenarios.shop import MUG, Shop, assert_all_holds, balance, cases, fulfilments, invoices, lines, order, run_out, shelf, side_by_side

DAY = datetime(2026, 1, 6, 8, tzinfo=UTC)
Tell = Callable[[str, str, str], None]  # (order, its fulfilment, the name of its first parcel's number)


def parcels(ref: str) -> list[tuple[str, str]]:
    """(number, how far it has come) of an order's parcels."""
    found = run(
        """select p.tracking, p.track_state from orders_parcel p join orders_shipment s on s.id = p.shipment_id join orders_order o on o.id = s.order_id
        where o.external_ref = %(r)s order by p.tracking""",
        {"r": ref},
    )
    return [tuple(row) for row in found]


def arrived() -> set[str]:
    """Numbers of the parcels that have arrived."""
    return set(run("select tracking from orders_parcel where track_state = 'delivered'").column("tracking"))


def facts(ref: str, event: str) -> int:
    return int(run("select count(*) from orders_history where order_id = %(o)s and event = %(e)s", {"o": order(ref).id, "e": event}).scalar)


def stories(shop: Shop) -> dict[str, Tell]:
    """What is told of an order of two pieces that leave in two packages, one a day."""

    def package(n: int, **more: Any) -> Tell:
        def tell(ref: str, fulfilment: str, _: str) -> None:
            given = {"parcels": [{"tracking": f"{ref}-{n}", "carrier": "ups"}], "lines": [{"sku": MUG, "qty": 1}], **more}
            shop.confirm(fulfilment, f"{ref}-P{n}", carrier="ups", **given)

        return tell

    def scan(n: int, status: str, day: int) -> Tell:
        def tell(ref: str, _: str, said: str) -> None:
            shop.tell(
                "ups", "tracking", f"{said}-{n}-{status}", tracking=f"{ref}-{n}", carrier="ups", status=status, at=(DAY + timedelta(days=day)).isoformat()
            )

        return tell

    return {
        "the first is delivered": scan(1, "delivered", 2),
        "the first was shipped, says the carrier": scan(1, "in_transit", 0),
        "the first has left, says the node again, without a number": package(1, parcels=[], note="sent again"),
        "the second has left": package(2),
        "the second is on its way": scan(2, "in_transit", 3),
    } | {"the first has left": package(1)}


def test_a_late_shipped_event_neither_brings_a_delivered_parcel_back_nor_wipes_a_number(shop: Shop) -> None:
    """Complaint 27, nearmerch.com #214: a late "shipped" downgraded a delivered order and wiped the first package's tracking."""
    shop.fill(MUG, EAST=500)
    told = stories(shop)
    first = told.pop("the first has left")
    ways = list(permutations(told))
    refs = [shop.place({MUG: 2}) for _ in ways]
    shop.work()
    number = {ref: fulfilments(ref)[0].number for ref in refs}
    for ref in refs:
        first(ref, number[ref], ref)
    shop.work()
    for step in range(len(told)):
        before = arrived()
        for ref, way in zip(refs, ways, strict=True):
            told[way[step]](ref, number[ref], ref)
        run_out("ship", "track")
        assert before <= arrived()
    look_again(datetime.now(UTC) + timedelta(hours=1))  # scans that were faster than their package look once more
    shop.work()
    ended = Counter(tuple(parcels(ref)[n][1] for n in (0, 1)) for ref in refs)
    assert ended == {("delivered", "in_transit"): len(ways)}
    assert all([t for t, _ in parcels(ref)] == [f"{ref}-1", f"{ref}-2"] for ref in refs)
    assert {(facts(ref, "delivered"), order(ref).status, lines(ref)[0].qty_shipped_each) for ref in refs} == {(1, "complete", 2)}
    assert (shelf(MUG), cases()) == ((500 - 2 * len(refs), 0), [])
    assert_all_holds()


def test_each_package_keeps_its_own_number_wherever_one_looks(shop: Shop) -> None:
    """The channel is told each number with its own package, and the order's timeline shows both, whatever came after."""
    shop.fill(MUG, EAST=5)
    ref = shop.place({MUG: 2})
    shop.work()
    told = stories(shop)
    for what in ("the first has left", "the first is delivered", "the second has left", "the first has left, says the node again, without a number"):
        told[what](ref, fulfilments(ref)[0].number, ref)
        shop.work()
    told["the first was shipped, says the carrier"](ref, "", ref)
    shop.work()
    notices = run("select body from engine_outbox where kind = 'fulfilment.shipped' order by id").column("body")
    assert [[p["tracking"] for p in n["parcels"]] for n in notices] == [[f"{ref}-1"], [f"{ref}-2"]]
    shown = json.loads(headrace("order", "show", ref, "--json").stdout)
    assert shown["status"] == "complete"
    assert all(any(f"{ref}-{n}" in str(event["detail"]) for event in shown["timeline"]) for n in (1, 2))
    assert parcels(ref) == [(f"{ref}-1", "delivered"), (f"{ref}-2", "pre_transit")]
    assert_all_holds()


def test_a_confirmation_that_comes_late_or_many_times_ships_once(shop: Shop) -> None:
    """The node sends a confirmation again and again, from several connections, while the line works: one shipment, one move, one invoice, one capture."""
    shop.fill(MUG, EAST=100)
    refs = [shop.place({MUG: 3}) for _ in range(12)]
    shop.work()
    number = {ref: fulfilments(ref)[0].number for ref in refs}

    def again(n: int) -> None:
        for ref in refs if n % 2 else refs[::-1]:
            shop.confirm(number[ref], f"{ref}-P", attempt=n, lines=[{"sku": MUG, "qty": 3}])
            if n < 2:
                run_out("ship", "invoice", limit=5)

    side_by_side(4, again)
    shop.work()
    shop.tell("warehouse:EAST", "shipment", f"{refs[0]}-P", fulfilment=number[refs[0]], shipped_at=DAY.isoformat(), lines=[{"sku": MUG, "qty": 1}])
    shop.confirm(number[refs[1]], "a-new-key", lines=[{"sku": MUG, "qty": 3}])
    shop.work()
    assert cases() == ["SHIP-04", "SHIP-05"]  # other goods under the same key, and goods that were asked for once: both are questions for a person
    assert run("select outcome, count(*) as n from engine_inbox where kind = 'shipment' and state = 'done' group by 1 order by 1").column("n") == [12, 36]
    assert run("select count(*) as n, sum(qty_each) as pieces from orders_shipment").one == (12, 36)
    assert (shelf(MUG), run("select -sum(qty_each) from stock_move where kind = 'ship'").scalar) == ((64, 0), 36)
    assert [len(invoices(ref)) for ref in refs] == [1] * 12
    assert run("select count(*) from ledger_payment where kind = 'captured'").scalar == 12
    assert {order(ref).commercial for ref in refs} == {"closed"}
    assert (balance("cogs"), balance("receivable")) == (36 * 300, 0)
    assert_all_holds()
