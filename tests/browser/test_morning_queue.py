"""A whole morning's queue is cleared from the keyboard: look, take, mend in place, look again, let sleep, close, undo, and one deed for all that match."""

from __future__ import annotations

from collections.abc import Callable

from headrace.exception_queue import bulk
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop, cases, run_out


def bad_address(shop: Shop, **address: str) -> None:
    body = shop.body({MUG: 1})
    body["shipping_address"] = {**body["shipping_address"], **address}
    shop.hook(body)


def test_the_morning_queue_is_cleared_from_the_keyboard(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=50)
    shop.place({"MUG-BLUE": 1})
    bad_address(shop, address1="")
    for _ in range(3):
        shop.place({"MUG-RED": 1})
    shop.work()
    assert len(cases()) == 5
    ann = sits_down("ann", "ops_manager")
    ann.go("/exceptions")
    ann.press("?")
    assert "undo what was just done" in ann.text("#keys")
    ann.press("Escape")

    _mend_an_address(ann)
    _map_a_sku(ann, shop)
    _sleep_and_comment(ann)
    _one_deed_for_all(ann)


def _mend_an_address(ann: Person) -> None:
    """The address lacks its street: found with j, taken with a, mended in place."""
    page = ann.page
    page.goto("/exceptions?reason=VALIDATE-02")
    ann.press("j")
    page.wait_for_selector("#case h2.sentence")
    ann.press("a")
    page.wait_for_selector("text=Claim: 1 done")
    ann.press("j")
    page.wait_for_selector("#case .badge.accent")
    ann.press("e")
    page.wait_for_selector("#case details[open] [name='changes.line1']")
    page.fill("[name='changes.line1']", "100 Main Street")

    page.press("[name='changes.line1']", "Enter")
    page.wait_for_selector("text=Fix address: done")


def _map_a_sku(ann: Person, shop: Shop) -> None:
    """An unknown SKU is mapped in the case; every order that waits for it goes on."""
    page = ann.page
    page.goto("/exceptions?reason=VALIDATE-22")
    page.click("text=MUG-RED")
    page.wait_for_selector("#case [name=item]")
    page.fill("#case [name=item]", MUG)
    page.press("#case [name=item]", "Enter")
    page.wait_for_selector("text=Map the SKU: done")
    shop.work()
    assert "VALIDATE-02" not in cases()


def _sleep_and_comment(ann: Person) -> None:
    """What is left sleeps for an hour, is woken by undo, and is commented on with words."""
    page = ann.page
    page.goto("/exceptions")
    ann.press("j")
    page.wait_for_selector("#case h2.sentence")
    ann.press("z")
    page.wait_for_selector("#case [name=until]:focus")
    page.click("#case details[open] button:has-text('Snooze')")
    page.wait_for_selector("text=Snooze: 1 done")
    ann.press("u")
    page.wait_for_selector("text=Undo: 1 done")
    ann.press("j")
    page.wait_for_selector("#case h2.sentence")
    ann.press("c")
    page.wait_for_selector("#case [name=note]:focus")
    page.keyboard.type("the customer was called")
    page.click("#case button:has-text('Only comment')")
    page.wait_for_selector("text=Comment: 1 done")
    ann.look("/exceptions?" + page.url.partition("?")[2])


def _one_deed_for_all(ann: Person) -> None:
    """In the background, with a result for each; and undone."""
    page = ann.page
    page.goto("/exceptions")
    left = len(cases())
    page.click("summary:has-text('that match')")
    page.select_option("[name=deed]", "claim")
    page.click("text=Do it for all")
    page.wait_for_selector("text=It waits for a worker")
    number = int(page.url.rpartition("/")[2])
    bulk.go_on(number)
    page.wait_for_selector("span.badge:has-text('done')")
    assert f"{left} done, 0 refused" in ann.text()
    ann.look()
    page.click("text=Undo all of it")
    page.wait_for_selector("text=Undo all of it: done")
    run_out("validate")


def test_rows_are_marked_and_dealt_with_together(shop: Shop, sits_down: Callable[..., Person]) -> None:
    for n in range(3):
        shop.place({f"UNKNOWN-{n}": 1})
    shop.work()
    ann = sits_down("ann", "ops_manager")
    page = ann.go("/exceptions")
    page.keyboard.press("j")
    page.wait_for_selector("tr.on")
    ann.press("x", "j", "x")
    page.wait_for_selector(".bulk:not([hidden])")
    assert page.inner_text("[data-count]") == "2"
    page.click(".bulk button:has-text('Take')")
    page.wait_for_selector("text=Claim: 2 done")
    assert page.locator("td:has-text('ann')").count() == 2
    page.goto("/exceptions?whose=nobody")
    assert page.locator("[data-rows] tbody tr").count() == 1


def test_on_a_phone_the_case_takes_the_whole_screen(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.place({"UNKNOWN": 1})
    shop.work()
    ann = sits_down("ann", "ops_manager", width=390, height=844)
    page = ann.go("/exceptions")
    page.click("text=Nobody knows what UNKNOWN is")
    page.wait_for_selector("#case h2.sentence")
    page.reload()
    assert page.is_visible("text=Back to the list") and not page.is_visible("[data-rows]")
    page.click("text=Back to the list")
    assert page.is_visible("[data-rows]")
