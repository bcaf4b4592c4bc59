"""The desk of customer service: an order on the page, and everything that an agent with a customer on the line does about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.engine.queries import run
from headrace.flow.release.by_hand import set_priority
from tests.browser.person import PHONE, Person
from tests.scenarios.shop import EAST, LAMP, MUG, STORE, Shop, assert_all_holds

AT = "#deeds details[open]"


@pytest.fixture
def reserved(shop: Shop) -> Shop:
    """One order of three mugs and a lamp that its node has, and one that waits for goods."""
    shop.fill(MUG, EAST=20, NYC=20)
    shop.fill(LAMP, EAST=5, NYC=5)
    shop.place({MUG: 3, LAMP: 1})
    shop.place({MUG: 90})
    shop.work()
    return shop


def order(n: int = 1) -> object:
    return run("select * from orders_order where id = %(n)s", {"n": n}).one


def test_an_address_is_changed_and_the_order_checked_again(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    page = ann.go("/orders/SO-1")
    ann.press("e")
    page.wait_for_selector(f"{AT} [name='changes.line1']")
    assert "comes back, the order is checked again" in ann.text(AT)
    page.fill(f"{AT} [name='changes.line1']", "77 Harbour Road")
    page.click(f"{AT} button.main")
    page.wait_for_selector("text=Change the address: done")
    reserved.work()
    page.reload()
    told = ann.text()
    assert "77 Harbour Road" in told and "Address changed" in told and "All checks passed" in told
    assert run("select array_agg(state order by id) from orders_fulfilment where order_id = 1").scalar == ["cancelled", "released"]
    ann.look()
    assert_all_holds()


def test_a_line_of_a_partly_shipped_order_is_cancelled(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    f = run("select f.number, n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = 1").one
    reserved.confirm(f.number, "part", node=f.code, lines=[{"sku": MUG, "qty": 2}])
    reserved.work()
    assert run("select status from orders_order where id = 1").scalar == "partly_shipped"
    bob = sits_down("bob", "customer_service")
    page = bob.go("/orders/SO-1")
    page.click("#deeds summary:has-text('Cancel line')")
    page.select_option(f"{AT} [name=line]", "2")
    page.wait_for_selector(f"{AT} .effect li:has-text('1 × {LAMP} is cancelled.')")
    told = bob.text(f"{AT} .effect")
    assert f"1 × {LAMP} is cancelled." in told and f"1 × {LAMP} is free again at {f.code}." in told and "worth" in told and "USD" in told
    page.select_option(f"{AT} [name=reason]", "customer_changed_mind")
    page.fill(f"{AT} [name=why]", "bought one elsewhere")
    page.click(f"{AT} button.risky")
    confirm(page)
    page.wait_for_selector("text=Cancel the line: done")
    assert run("select qty_cancelled_each from orders_line where order_id = 1 and line_no = 2").scalar == 1
    assert "bought one elsewhere" in bob.text()
    assert_all_holds()


def confirm(page: object) -> None:
    """A page may ask once more."""
    asked = page.query_selector("dialog[open] button:not([value=cancel]):not(.plain)")  # type: ignore[attr-defined]
    if asked:
        asked.click()


def test_pieces_travel_by_themselves_and_an_order_goes_elsewhere(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    page = ann.go("/orders/SO-1")
    page.click("#deeds summary:has-text('Split')")
    page.select_option(f"{AT} [name=line]", "1")
    page.fill(f"{AT} [name=qty]", "1")
    page.wait_for_selector(f"{AT} .effect:has-text('2 stays')")
    page.fill(f"{AT} [name=why]", "one as a gift")
    page.click(f"{AT} button.main")
    page.wait_for_selector("text=Split the order: done")
    reserved.work()
    assert run("select count(*) from orders_fulfilment where order_id = 1 and state = 'released'").scalar == 2
    first = run("select n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = 1 order by f.id limit 1").scalar
    other = STORE if first == EAST else EAST
    page.reload()
    page.click("#deeds summary:has-text('Route anew')")
    assert f"× {MUG}" in ann.text(f"{AT} [name=node]")  # the stock of each node
    page.select_option(f"{AT} [name=node]", other)
    page.fill(f"{AT} [name=why]", "nearer")
    page.click(f"{AT} button.main")
    page.wait_for_selector("text=Route it anew: done")
    reserved.work()
    now = run("select distinct n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = 1 and f.state = 'released'").column(
        "code"
    )
    assert now == [other]
    assert_all_holds()


def test_a_page_that_is_out_of_date_does_nothing_and_loses_nothing(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    ann.expects.add(409)
    page = ann.go("/orders/SO-1")
    set_priority(actor="cli:eve", order_id=1, priority=10, why="a good customer")
    page.click("#deeds summary:has-text('Cancel order')")
    page.fill(f"{AT} [name=why]", "the customer calls it off")
    page.click(f"{AT} button.risky")
    confirm(page)
    page.wait_for_selector("text=The order has changed since you looked")
    told = ann.text(AT)
    assert "Priority changed: cli:eve" in told and page.input_value(f"{AT} [name=why]") == "the customer calls it off"
    assert run("select commercial from orders_order where id = 1").scalar == "open"
    ann.look()
    page.click(f"{AT} button.risky")
    confirm(page)
    page.wait_for_selector("text=Cancel the order: done")
    assert run("select commercial from orders_order where id = 1").scalar == "cancelled"


def test_an_open_page_follows_the_order_and_keeps_what_is_typed(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    page = ann.go("/orders/SO-1")
    ann.press("n")
    page.keyboard.type("he will call again")
    set_priority(actor="cli:eve", order_id=1, priority=7, why="urgent")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('order-changed', {bubbles: true}))")
    page.wait_for_selector(".story :text('urgent')")
    assert page.input_value(f"{AT} [name=note]") == "he will call again"
    assert "The order has changed" in ann.text("#deeds")
    page.click(f"{AT} button.main")
    page.wait_for_selector("text=Add a note: done")


def test_orders_are_held_and_let_go_by_the_handful(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    page = ann.go("/orders?channel=shop-us")
    for box in page.query_selector_all("[data-rows] tbody input[type=checkbox]"):
        box.check()
    page.fill(".bulk [name=why]", "the price was wrong")
    page.click(".bulk button:has-text('Hold')")
    page.wait_for_selector("text=Hold the orders: 2 done")
    assert run("select count(*) from orders_order where hold = 'held'").scalar == 2
    ann.look("/orders?hold=held")
    for box in page.query_selector_all("[data-rows] tbody input[type=checkbox]"):
        box.check()
    page.click(".bulk button:has-text('Let go')")
    page.wait_for_selector("text=Let the orders go: 2 done")
    assert run("select count(*) from orders_order where hold = 'held'").scalar == 0


def test_the_page_at_a_phone_and_without_permission(reserved: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "customer_service")
    ann.page.set_viewport_size(PHONE)
    page = ann.go("/orders/SO-1")
    page.click("#deeds summary:has-text('Hold')")
    box = page.locator(f"{AT} .panel").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["y"] + box["height"] <= PHONE["height"]
    ann.look()
    bob = sits_down("bob", "warehouse")
    bob.go("/orders/SO-1")
    told = bob.text()
    assert "Names and addresses are hidden from your role." in told and not bob.page.query_selector("#deeds summary:has-text('Cancel')")
    bob.look()
