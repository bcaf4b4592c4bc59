"""A controller at month end, in a real browser: close a month with a blocker and without, post by hand what waits for a second person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

LAST_MONTH = (date.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")  # noqa: DTZ011 - the month of the test's machine


def test_a_month_is_closed_once_nothing_blocks_it(shop: Shop, sits_down: Callable[..., Person]) -> None:
    run(
        "insert into ledger_payout (partner, external_ref, currency, deposit_minor, paid_on) values ('pay-us', 'po-early', 'USD', 500, %(d)s)",
        {"d": f"{LAST_MONTH}-20"},
    )
    eve = sits_down("eve", "admin")
    eve.expects |= {422}  # a close that is refused
    page = eve.go(f"/finance/periods?month={LAST_MONTH}&entity=MILL-US")
    page.wait_for_selector("text=Payouts that are not posted")
    assert "Clear what waits before the month is closed" in eve.text()
    page.click("summary:has-text('Close the period')")
    page.click("details[open] button:has-text('Close the period')")
    page.wait_for_selector("text=1 payouts that are not posted")
    run("update ledger_payout set state = 'posted'")
    eve.look(f"/finance/periods?month={LAST_MONTH}&entity=MILL-US")
    assert "Nothing blocks the close." in eve.text()
    page.click("summary:has-text('Close the period')")
    page.click("details[open] button:has-text('Close the period')")
    page.wait_for_selector("table .badge:has-text('closed')")


def test_an_entry_above_the_limit_waits_for_a_second_person(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=9)
    shop.place({MUG: 1})
    shop.ship()
    eve = sits_down("eve", "finance")
    page = eve.go("/finance/manual")
    page.fill("[name=note]", "rounding of March")
    page.locator("[name=account]").nth(0).fill("cogs:shop-us")
    page.locator("[name=debit]").nth(0).fill("5,000.00")
    assert "off by" in eve.text("tfoot")
    page.locator("[name=account]").nth(1).fill("payment_fees:pay-us")
    page.locator("[name=credit]").nth(1).fill("5,000.00")
    assert "balances" in eve.text("tfoot")
    assert page.is_visible("text=waits for a second person")
    page.check("[name=opens_accounts]")
    eve.look()
    page.click("button:has-text('Post the entry')")
    page.wait_for_selector("[role=status]:has-text('waits for a second person')")
    assert run("select count(*) from ledger_entry where rule = 'MANUAL-01'").scalar == 0
