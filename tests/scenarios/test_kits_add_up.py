"""A kit is sold as one thing and shipped as several: what is delivered, invoiced, in stock and paid for always counts whole kits, to the cent."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.exception_queue import resolving
from headrace.flow.release.actions import recall_fulfilment, recall_order, short_pick
from headrace.flow.release.cancelling import cancel_line, cancel_order
from headrace.governance.policies import draft_policy, publish_policy
from tests.scenarios.shop import (
    ACTOR,
    EAST,
    KIT,
    MUG,
    PAN,
    STORE,
    THROW,
    Shop,
    assert_all_holds,
    balance,
    cases,
    cents,
    fulfilments,
    invoices,
    lines,
    order,
    shelf,
)

WHY = "the customer wants fewer"  # a kit is one throw and two pans


def kits_at_east(shop: Shop, kits: int, **more: int) -> dict[str, Any]:
    """An order of kits that the warehouse has in its hands; there are twenty throws and forty pans."""
    shop.fill(THROW, EAST=20)
    shop.fill(PAN, EAST=40)
    shop.fill(MUG, EAST=10)
    body = shop.body({KIT: kits, **more})
    shop.hook(body)
    shop.work()
    return body


def leaves(shop: Shop, ref: str, key: str, **goods: int) -> None:
    """A package with these pieces leaves, and the line takes note."""
    skus = {"throws": THROW, "pans": PAN, "mugs": MUG}
    shop.confirm(fulfilments(ref)[0].number, key, lines=[{"sku": skus[name], "qty": qty} for name, qty in goods.items()])
    shop.work()


def kit_line(ref: str) -> tuple[int, int, int, int]:
    """Kits: allocated, shipped, invoiced, cancelled."""
    line = next(x for x in lines(ref) if x.sku == KIT)
    return (line.qty_allocated_each, line.qty_shipped_each, line.qty_invoiced_each, line.qty_cancelled_each)


def share(body: dict[str, Any], kits: int, of: int) -> int:
    """What so many of the order's kits cost with their tax, to the cent, as largest remainders leave it."""
    line = body["line_items"][0]
    return round(cents(line["price"]) * of * kits / of) + round(cents(line["tax_lines"][0]["price"]) * kits / of)


def test_kits_that_leave_in_parts_are_invoiced_when_their_last_part_has_left(shop: Shop) -> None:
    """Complaint 39, odoo/odoo #13309 and #158054: a kit delivered in parts had a wrong delivered and a wrong invoiced quantity."""
    body = kits_at_east(shop, 3)
    ref = str(body["id"])
    seen = []
    for n, goods in enumerate(({"throws": 3}, {"pans": 3}, {"pans": 1}, {"pans": 2})):
        leaves(shop, ref, f"P{n}", **goods)
        seen.append((kit_line(ref)[1:3], len(invoices(ref)), order(ref).status))
    assert seen == [((0, 0), 0, "released"), ((1, 1), 1, "partly_shipped"), ((2, 2), 2, "partly_shipped"), ((3, 3), 3, "complete")]
    assert [i.total_minor for i in invoices(ref)][0] == share(body, 1, 3) + 595
    assert sum(i.total_minor for i in invoices(ref)) == order(ref).total_minor == order(ref).captured_minor == cents(body["total_price"])
    assert (shelf(THROW), shelf(PAN)) == ((17, 0), (34, 0))
    assert balance("cogs") == 9 * 300
    assert_all_holds()


def test_the_rest_of_a_kit_order_is_cancelled_after_parts_have_left(shop: Shop) -> None:
    """Complaint 39, odoo/odoo PR #75256: delivered in part and no more to come, the kit counted as delivered, or its parts came to life again."""
    body = kits_at_east(shop, 3)
    ref = str(body["id"])
    leaves(shop, ref, "P1", throws=1, pans=3)  # one kit, and a pan of the next
    assert (kit_line(ref), shelf(THROW), shelf(PAN)) == ((3, 1, 1, 0), (19, 2), (37, 3))
    assert cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY) == 2
    shop.work()
    assert (kit_line(ref), shelf(THROW), shelf(PAN)) == ((1, 1, 1, 2), (19, 0), (37, 0))
    assert [f.state for f in fulfilments(ref)] == ["shipped"]
    (invoice,) = invoices(ref)
    assert invoice.total_minor == share(body, 1, 3) + 595 == order(ref).captured_minor
    assert (order(ref).commercial, order(ref).status) == ("closed", "complete")
    leaves(shop, ref, "P1", throws=1, pans=3)  # said twice
    leaves(shop, ref, "P2", throws=2, pans=3)  # the node had not heard of the cancel: nothing is left to ship, a person must look
    assert (kit_line(ref), shelf(THROW), shelf(PAN), cases()) == ((1, 1, 1, 2), (19, 0), (37, 0), ["SHIP-04"])
    shop.pay_out()
    assert (balance("receivable"), balance("cogs")) == (0, 4 * 300)
    assert_all_holds()


def test_one_kit_of_three_is_cancelled_and_the_other_two_add_up(shop: Shop) -> None:
    """Complaint 39: with a kit less to come, the parts of the others are what leaves, and the invoices are their share of the price."""
    body = kits_at_east(shop, 3, **{MUG: 1})
    ref = str(body["id"])
    leaves(shop, ref, "P1", pans=1)
    assert cancel_line(actor=ACTOR, order_id=order(ref).id, line=1, qty=1, why=WHY) == 1
    assert (kit_line(ref), shelf(THROW), shelf(PAN), shelf(MUG)) == ((2, 0, 0, 1), (20, 2), (39, 3), (10, 1))
    leaves(shop, ref, "P2", pans=3, throws=1)
    shop.ship()
    assert kit_line(ref) == (2, 2, 2, 1)
    mug = body["line_items"][1]
    due = share(body, 2, 3) + cents(mug["price"]) + cents(mug["tax_lines"][0]["price"]) + 595
    assert (sum(i.total_minor for i in invoices(ref)), order(ref).captured_minor, order(ref).commercial) == (due, due, "closed")
    assert (shelf(THROW), shelf(PAN), shelf(MUG)) == ((18, 0), (36, 0), (9, 0))
    assert_all_holds()


def test_a_kit_of_which_a_part_has_left_is_not_called_back(shop: Shop) -> None:
    """Complaint 39, the exchange: called back and sent out anew, the customer would have the parts that had left once more."""
    body = kits_at_east(shop, 2)
    ref = str(body["id"])
    leaves(shop, ref, "P1", pans=1)
    (f,) = fulfilments(ref)
    with pytest.raises(Refused, match="shipped in part"):
        recall_fulfilment(actor=ACTOR, fulfilment=f.number, why=WHY)
    with pytest.raises(Refused, match="nothing can be called back"):
        recall_order(actor=ACTOR, order_id=order(ref).id, why=WHY)
    assert (kit_line(ref), shelf(THROW), shelf(PAN)) == ((2, 0, 0, 0), (20, 2), (39, 3))
    assert cancel_order(actor=ACTOR, order_id=order(ref).id, why=WHY) == 2
    shop.work()
    assert (kit_line(ref), shelf(THROW), shelf(PAN), order(ref).commercial) == ((0, 0, 0, 2), (20, 0), (39, 0), "cancelled")
    assert invoices(ref) == []
    assert_all_holds()


def test_a_part_that_is_not_found_sends_its_whole_kit_elsewhere(shop: Shop) -> None:
    """A kit that lacks a part does not leave in pieces from two nodes: its other parts are free, and another node ships it whole."""
    body = kits_at_east(shop, 2)
    shop.fill(THROW, NYC=5)
    shop.fill(PAN, NYC=5)
    ref = str(body["id"])
    (f,) = fulfilments(ref)
    short_pick(actor=ACTOR, fulfilment=f.number, scan=PAN, qty=1, reason="damaged")
    assert (shelf(THROW), shelf(PAN)) == ((20, 1), (39, 2))
    shop.work()
    assert [(x.node, x.attempt, x.qty_each) for x in fulfilments(ref)] == [(EAST, 1, 1), (STORE, 2, 1)]
    assert (shelf(THROW, STORE), shelf(PAN, STORE)) == ((5, 1), (5, 2))
    shop.ship()
    assert (kit_line(ref), order(ref).commercial) == ((2, 2, 2, 0), "closed")
    assert sum(i.total_minor for i in invoices(ref)) == cents(body["total_price"])
    assert ((shelf(THROW), shelf(PAN)), (shelf(THROW, STORE), shelf(PAN, STORE))) == (((19, 0), (37, 0)), ((4, 0), (3, 0)))
    assert cases() == ["RELEASE-03"]
    assert_all_holds()


def test_a_kit_that_waits_for_one_part_takes_nothing_of_the_others_for_good(shop: Shop) -> None:
    """Half a kit is no kit: while pans are missing, throws stay for sale; when they come, the kit goes out; a cancel meanwhile leaves both alone."""
    shop.fill(THROW, EAST=2)
    shop.fill(PAN, EAST=1)
    waits, gives_up = shop.place({KIT: 1}), shop.place({KIT: 1})
    shop.work()
    assert [order(ref).state for ref in (waits, gives_up)] == ["backordered", "backordered"]
    assert (shelf(THROW), shelf(PAN)) == ((2, 0), (1, 0))
    assert cancel_line(actor=ACTOR, order_id=order(gives_up).id, line=1, why=WHY) == 1
    assert (order(gives_up).commercial, shelf(THROW), shelf(PAN)) == ("cancelled", (2, 0), (1, 0))
    shop.fill(PAN, EAST=1)
    shop.ship()
    assert (order(waits).commercial, shelf(THROW), shelf(PAN)) == ("closed", (1, 0), (0, 0))
    assert_all_holds()


def test_a_kit_line_that_no_node_fills_any_more_is_cancelled_from_its_case(shop: Shop) -> None:
    """Attempts are used up, a person reads the case and cancels the line: the case is answered by that, and what was sold beside it is paid and closed."""
    body = kits_at_east(shop, 1, **{MUG: 1})
    ref = str(body["id"])
    draft = draft_policy(actor=ACTOR, name="release", body={"attempts_max": 1}, note="one attempt, then a person")
    publish_policy(actor=ACTOR, name="release", version=draft)
    (f,) = fulfilments(ref)
    short_pick(actor=ACTOR, fulfilment=f.number, scan=THROW, qty=1, reason="not_found")
    assert (cases(ref), order(ref).hold) == (["RELEASE-02", "RELEASE-03"], "held")
    cancel_line(actor=ACTOR, order_id=order(ref).id, line=1, why=WHY)
    assert (cases(ref), order(ref).hold, order(ref).state) == (["RELEASE-03"], "clear", "allocated")
    shop.ship()
    assert (order(ref).commercial, kit_line(ref)) == ("closed", (0, 0, 0, 1))
    another = shop.place({MUG: 1})  # a policy that names one setting leaves the others as they were
    shop.ship()
    assert order(another).commercial == "closed"
    resolving.close(actor=ACTOR, case_ids=run("select id from exception_queue_case where state <> 'resolved'").column("id"), note="counted")
    assert_all_holds()
