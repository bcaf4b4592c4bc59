"""Every message may be taken again from its raw body, and the books are as before: one order, its goods and money once."""

from __future__ import annotations

from typing import Any

from headrace.engine import replaying
from headrace.engine.queries import run
from tests.scenarios.shop import ACTOR, MUG, Shop, assert_all_holds, later, shelf


def books() -> tuple[Any, ...]:
    """What would differ if anything had been taken twice."""
    return tuple(
        run(
            """select (select count(*) from orders_order) as orders, (select sum(qty_ordered_each) from orders_order) as pieces, (select count(*) from ledger_payment) as payments,
            (select sum(amount_minor) from ledger_payment) as paid, (select count(*) from ledger_invoice) as invoices, (select count(*) from ledger_entry) as entries,
            (select count(*) from stock_move) as moves, (select count(*) from engine_outbox) as effects"""
        ).one
    )


def take_all_again() -> dict[str, int]:
    number = int(replaying.start_replay(actor=ACTOR, document="inbox", ids=list(run("select id from engine_inbox").column("id"))))
    replaying.go_on(number)
    return {row.state: row.n for row in run("select state, count(*) as n from engine_replay_row where replay_id = %(n)s group by state", {"n": number})}


def test_messages_of_shipped_and_paid_orders_are_taken_again(shop: Shop) -> None:
    shop.fill(MUG, EAST=20)
    first = shop.body({MUG: 2})
    shop.hook(first)
    shop.work()
    edited = later(first, note="leave it at the door")
    shop.hook(edited, topic="orders/updated")
    shop.place({MUG: 3})
    shop.ship()
    before, stands = books(), shelf(MUG)
    for _ in range(2):
        told = take_all_again()
        assert told["done"] >= 3
        assert told.get("refused", 0) >= 1  # what moved goods or money is not taken twice
        shop.work()
        assert (books(), shelf(MUG)) == (before, stands)
    assert_all_holds()


def test_a_message_nobody_could_read_makes_its_order_once_it_can_be_read(shop: Shop) -> None:
    shop.fill(MUG, EAST=20)
    run("update catalog_channel set is_active = false ")
    shop.place({MUG: 2})
    shop.work()
    assert run("select count(*) from engine_inbox where state = 'parked'").scalar == 1 and books()[0] == 0
    assert take_all_again() == {"done": 1}
    shop.work()
    assert run("select state from engine_inbox").scalar == "parked"  # the cause is not mended: it stands where it stood, with its case open again
    assert run("select count(*) from exception_queue_case where state = 'open' and let_go_at is null").scalar == 1
    run("update catalog_channel set is_active = true")
    take_all_again()
    shop.work()
    assert books()[0] == 1 and run("select count(*) from exception_queue_case where state <> 'resolved'").scalar == 0
    take_all_again()
    shop.work()
    assert books()[0] == 1
    assert_all_holds()
