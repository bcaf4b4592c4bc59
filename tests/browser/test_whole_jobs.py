"""Whole jobs, from the question to the answer, as people do them: rescue an order whose node is short, say why an order is late, explain a payout.

The morning queue and the wave have files of their own (test_morning_queue.py, test_bench.py).
"""

from __future__ import annotations

from collections.abc import Callable

from headrace.engine.queries import run
from headrace.flow.release.actions import start_picking
from tests.browser.person import Person
from tests.scenarios.shop import EAST, MUG, STORE, Shop, assert_all_holds


def nodes() -> list[tuple[str, str]]:
    return [(r.code, r.state) for r in run("select n.code, f.state from orders_fulfilment f join catalog_node n on n.id = f.node_id order by f.id")]


def test_an_order_whose_node_is_short_is_sent_elsewhere(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=5, NYC=5)
    shop.place({MUG: 2})
    shop.work()
    first = nodes()[0][0]
    other = STORE if first == EAST else EAST
    start_picking(actor="cli:test", fulfilment="FO-1")
    ann = sits_down("ann", "ops_manager")
    page = ann.go("/orders?q=FO-1")
    page.wait_for_selector("text=Why it is here")
    assert f"FO-1 is picking at {first}." in ann.text()
    page.click("#deeds summary:has-text('Route anew')")
    assert "comes back and routing chooses again" in ann.text("#deeds details[open]")
    page.fill("#deeds details[open] [name=why]", "the node has nobody today")
    page.select_option("#deeds details[open] [name=node]", other)
    page.click("#deeds details[open] button:has-text('Route it anew')")
    page.wait_for_selector("text=Route it anew: done")
    shop.work()
    assert nodes() == [(first, "cancelled"), (other, "released")]
    page.reload()
    assert f"{other} gives 2" in ann.text() and "the node has nobody today" in ann.text()
    ann.look()
    assert_all_holds()


def test_why_a_customers_order_is_late(shop: Shop, sits_down: Callable[..., Person]) -> None:
    body = shop.body({MUG: 3})
    body["email"] = body["contact_email"] = "angry@example.com"
    shop.hook(body)
    shop.work()
    number = run("select number from orders_order").scalar
    email = run("select email from orders_address where kind = 'ship'").scalar
    bob = sits_down("bob", "customer_service")
    page = bob.go("/")
    bob.press("/")
    page.wait_for_selector("#find:focus")
    page.keyboard.type(email)
    bob.press("Enter")
    page.wait_for_selector(f"h1:has-text('{number}')")
    told = bob.text()
    assert "It waits for stock" in told and f"3 of {MUG} are wanted, and only 0 may be promised of all nodes." in told
    page.click(f"a:has-text('{MUG}')")
    page.wait_for_selector("text=What may be promised")
    page.go_back()
    bob.press("n")
    page.fill("#deeds details[open] [name=note]", "told the customer: goods are on order")
    page.click("#deeds details[open] button:has-text('Add a note')")
    page.wait_for_selector("text=told the customer: goods are on order")


def test_a_payout_is_explained_from_the_bank_to_the_order(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=9)
    shop.place({MUG: 2})
    shop.place({MUG: 1})
    shop.work()
    shop.ship()
    shop.work()
    shop.pay_out()
    shop.work()
    eve = sits_down("eve", "finance")
    page = eve.go("/")
    page.click("nav.side a:has-text('Finance')")
    page.click(".tabs a:has-text('Payouts')")
    page.click("[data-rows] tbody tr:first-child a")
    page.wait_for_selector("text=How the deposit comes about")
    told = eve.text()
    assert "The lines sum to the deposit, to the cent." in told and "Every line is explained." in told
    page.click("[data-rows] a:has-text('INV-')")
    page.wait_for_selector("text=In the books")
    assert "The lines sum to the total." in eve.text()
    page.click("h3 a:has-text('Entry')")
    page.wait_for_selector("text=Document")
    assert "The goods left the node" in eve.text()
