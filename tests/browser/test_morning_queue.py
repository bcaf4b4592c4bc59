"""A whole morning's queue is cleared from the keyboard alone: look, take, mend in place, look again, let sleep, comment, undo, and one deed for all that match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.exception_queue import bulk
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop, cases, run_out

TOAST = ".dk-toast"


def bad_address(shop: Shop, **address: str) -> None:
    body = shop.body({MUG: 1})
    body["shipping_address"] = {**body["shipping_address"], **address}
    shop.hook(body)


def opened(page: Any, words: str) -> None:
    """The case beside the list is the one that says so."""
    page.wait_for_selector(f"#case h2.sentence:has-text('{words}')")


def test_the_morning_queue_is_cleared_from_the_keyboard(shop: Shop, sits_down: Callable[..., Person]) -> None:
    """No mouse: nothing in this test clicks."""
    shop.fill(MUG, EAST=50)
    shop.place({"MUG-BLUE": 1})
    bad_address(shop, address1="")
    for _ in range(3):
        shop.place({"MUG-RED": 1})
    shop.work()
    assert len(cases()) == 5
    ann = sits_down("ann", "ops_manager")
    page = ann.go("/exceptions")
    opened(page, "")  # the most urgent one stands open by itself
    ann.press("?")
    page.wait_for_selector("#desk-keys[open]")
    assert "undo what was just done" in ann.text("#desk-keys")
    ann.press("Escape")

    _mend_an_address(ann)
    _map_a_sku(ann, shop)
    _sleep_undo_and_comment(ann)
    _one_deed_for_all(ann)


def _mend_an_address(ann: Person) -> None:
    """The address lacks its street: taken with a, mended in place with e; it passes at once, and the next case opens by itself."""
    page = ann.page
    page.goto("/exceptions")
    for _ in range(5):
        if "lacks its" in page.inner_text("#case h2.sentence"):
            break
        ann.press("j")
        page.wait_for_timeout(300)
    opened(page, "The address lacks its")
    ann.press("a")
    page.wait_for_selector("#case .badge.accent:has-text('ann')")
    ann.press("e")
    page.wait_for_selector("[name='changes.line1']:focus")
    page.keyboard.type("100 Main Street")
    page.wait_for_selector("#case [data-effect]:has-text('It would pass and go on to allocate')")  # before it is done
    ann.press("Enter")
    page.wait_for_selector(f"{TOAST}:has-text('Passed, went on to allocate')")
    opened(page, "Nobody knows what")
    assert "VALIDATE-02" not in cases()


def _map_a_sku(ann: Person, shop: Shop) -> None:
    """An unknown SKU is mapped; a wrong item is refused and what was typed stays; every order that waits for it goes on."""
    page = ann.page
    while "MUG-RED" not in page.inner_text("#case h2.sentence"):
        ann.press("j")
        page.wait_for_timeout(300)
    assert "2 more" in ann.text("#case .dk-alike")
    ann.press("e")
    page.wait_for_selector("#case [name=item]:focus")
    page.keyboard.type("NO-SUCH-ITEM")
    ann.press("Enter")
    page.wait_for_selector("#case [data-refusal]:has-text('there is no item')")
    assert page.input_value("#case [name=item]") == "NO-SUCH-ITEM"
    page.fill("#case [name=item]", MUG)
    page.wait_for_selector(f"#items-offered option[value='{MUG}']", state="attached")
    ann.press("Enter")
    page.wait_for_selector(f"{TOAST}:has-text('Passed')")
    shop.work()
    assert cases().count("VALIDATE-22") == 1


def _sleep_undo_and_comment(ann: Person) -> None:
    """What is left sleeps for an hour, is woken by undo, and is commented on with words."""
    page = ann.page
    page.goto("/exceptions?reason=VALIDATE-22")
    opened(page, "MUG-BLUE")
    ann.press("z")
    page.wait_for_selector("#case [name=until]:focus")
    ann.press("Tab", "Enter")
    page.wait_for_selector(f"{TOAST}:has-text('Snooze: done')")
    page.wait_for_selector("text=Nothing is left in this list")
    ann.press("u")
    opened(page, "MUG-BLUE")
    ann.press("c")
    page.wait_for_selector(".dk-comment textarea:focus")
    page.keyboard.type("the customer was called")
    ann.press("Control+Enter")
    page.wait_for_selector("#case .timeline:has-text('the customer was called')")
    ann.look("/exceptions?" + page.url.partition("?")[2])


def _one_deed_for_all(ann: Person) -> None:
    """Chosen, looked at beforehand, done in the background with a result for each, and undone."""
    page = ann.page
    page.goto("/exceptions")
    left = len(cases())
    ann.press("b")
    page.wait_for_selector("[name=deed]:focus")
    page.keyboard.type("Claim")
    page.wait_for_selector("h1:has-text('Claim')")
    page.wait_for_selector("text=would be done")
    ann.look()
    page.focus("button:has-text('Do it with')")
    ann.press("Enter")
    page.wait_for_selector("text=It waits for a worker")
    number = int(page.url.rpartition("/")[2])
    bulk.go_on(number)
    page.wait_for_selector("span.badge:has-text('done')")
    assert f"{left} done, 0 refused" in ann.text()
    ann.look()
    page.focus("button:has-text('Undo all of it')")
    ann.press("Enter")
    page.wait_for_selector("text=Undo all of it: done")
    run_out("validate")


def test_rows_are_marked_and_dealt_with_together(shop: Shop, sits_down: Callable[..., Person]) -> None:
    for n in range(3):
        shop.place({f"UNKNOWN-{n}": 1})
    shop.work()
    ann = sits_down("ann", "ops_manager")
    page = ann.go("/exceptions")
    opened(page, "UNKNOWN-0")
    ann.press("x", "j")
    opened(page, "UNKNOWN-1")
    ann.press("x")
    page.wait_for_selector("[data-for-marked]:not([hidden])")
    assert page.inner_text("[data-for-marked] [data-count]") == "2"
    page.evaluate("htmx.trigger('#queue', 'refresh')")
    page.wait_for_timeout(600)
    assert page.inner_text("[data-for-marked] [data-count]") == "2" and page.locator(".dk-mark input:checked").count() == 2
    page.select_option("#many-deed", "claim")
    ann.press("Escape", "b")
    page.wait_for_selector("h1:has-text('2 marked cases')")
    page.focus("button:has-text('Do it with 2 cases')")
    ann.press("Enter")
    page.wait_for_url("**/exceptions/bulk/*")
    bulk.go_on(int(page.url.rpartition("/")[2]))
    page.goto("/exceptions?whose=nobody")
    assert page.locator("[data-desk-rows] > li").count() == 1
    page.goto("/exceptions?whose=mine")
    assert page.locator("[data-desk-rows] > li").count() == 2


def test_on_a_phone_the_case_takes_the_whole_screen(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.place({"UNKNOWN": 1})
    shop.work()
    ann = sits_down("ann", "ops_manager", width=390, height=844)
    page = ann.go("/exceptions")
    assert page.is_visible("[data-desk-rows]") and not page.is_visible("#case")
    page.click("text=Nobody knows what UNKNOWN is")
    page.wait_for_selector("#case h2.sentence")
    assert page.is_visible(".dk-bar-bottom") and not page.is_visible("[data-desk-rows]")
    page.reload()
    assert page.is_visible("text=Back to the list") and not page.is_visible("[data-desk-rows]")
    page.click("text=Back to the list")
    assert page.is_visible("[data-desk-rows]") and not page.is_visible("#case")
