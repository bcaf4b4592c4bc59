"""Somebody's session hangs with a lock in its hands: only what needs that very lock waits, and it waits unblamed until the lock is free."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from headrace.engine import contention
from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.release.actions import short_pick
from headrace.supply.count.actions import adjust_stock
from tests.scenarios.shop import ACTOR, LAMP, MUG, Shop, assert_all_holds, cases, fulfilments, order, shelf, states

WAIT_S = 0.25


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for a moment only."""
    monkeypatch.setattr(contention, "LOCK_WAIT_S", WAIT_S)


@contextmanager
def hanging(url: str, statement: str, *values: str) -> Iterator[None]:
    """A session that has locked something and then neither commits nor ends."""
    with psycopg.connect(url) as session:
        session.execute(statement, values)
        yield
        session.rollback()


A_SHELF = "select from stock_position where item_id = (select id from catalog_item where sku = %s) for update"
AN_ORDER = "select from orders_order where external_ref = %s for update"


def test_a_delivery_that_meets_a_lock_does_not_hang_and_the_others_go_out(shop: Shop, fresh_database: str) -> None:
    """Complaint 12, odoo/odoo PR #268942 and PR #272560: the validation of a delivery hung until its timeout."""
    for sku in (MUG, LAMP):
        shop.fill(sku, EAST=20)
    mugs, lamps = [shop.place({MUG: 1}) for _ in range(3)], [shop.place({LAMP: 1}) for _ in range(6)]
    shop.work()
    for ref in (mugs[0], *lamps[:3], mugs[1], *lamps[3:], mugs[2]):
        (f,) = fulfilments(ref)
        shop.confirm(f.number, f"P-{ref}")
    with hanging(fresh_database, A_SHELF, MUG):
        began = time.monotonic()
        shop.work()
        assert time.monotonic() - began < 120 * WAIT_S
        assert [order(ref).commercial for ref in lamps] == ["closed"] * 6
        assert {order(ref).status for ref in mugs} == {"released"}
        assert (cases(), shelf(LAMP)) == ([], (14, 0))
    shop.work()
    assert states() == {"closed": 9}
    assert (cases(), shelf(MUG)) == ([], (17, 0))
    assert_all_holds()


def test_an_order_that_somebody_holds_keeps_no_other_from_being_allocated_shipped_or_paid(shop: Shop, fresh_database: str) -> None:
    """Complaint 12, seen from the order: one that is open in a forgotten session stands still, alone."""
    shop.fill(MUG, EAST=20)
    refs = [shop.place({MUG: 1}) for _ in range(5)]
    shop.work()
    late = shop.place({MUG: 2})
    with hanging(fresh_database, AN_ORDER, refs[2]):
        shop.ship()
        assert [order(ref).commercial for ref in refs] == ["closed", "closed", "open", "closed", "closed"]
        assert (order(late).commercial, cases()) == ("closed", [])
    shop.work()
    assert (order(refs[2]).commercial, shelf(MUG)) == ("closed", (13, 0))
    assert_all_holds()


def test_a_person_hears_that_somebody_else_is_at_it_and_nothing_is_half_done(shop: Shop, fresh_database: str) -> None:
    shop.fill(MUG, EAST=5)
    ref = shop.place({MUG: 2})
    shop.work()
    number = fulfilments(ref)[0].number
    with hanging(fresh_database, A_SHELF, MUG):
        with pytest.raises(Refused, match="somebody else has been at the same documents"):
            short_pick(actor=ACTOR, fulfilment=number, scan=MUG, qty=1, reason="not_found")
        with pytest.raises(Refused, match="try again"):
            adjust_stock(actor=ACTOR, rows=[{"sku": MUG, "node": "EAST", "qty": 1, "reason": "found"}], note="shelf 4")
    assert (shelf(MUG), cases(), fulfilments(ref)[0].qty_each) == ((5, 2), [], 2)
    short_pick(actor=ACTOR, fulfilment=number, scan=MUG, qty=1, reason="not_found")
    assert (shelf(MUG), run("show lock_timeout").scalar) == ((4, 1), "0")  # only within the deed
    assert_all_holds()
