"""A controller explains a payout by hand, in a real browser: a line matched, one written off, the payout posted, its case closed."""

from __future__ import annotations

import json
from collections.abc import Callable

from headrace.engine import inbox
from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop


def test_a_payout_is_explained_by_hand(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=9)
    shop.place({MUG: 1})
    shop.work()
    shop.ship()
    shop.work()
    paid = run("select * from ledger_payment where kind = 'captured' and payout_id is null order by id limit 1").one
    lines = [
        {"kind": "charge", "ref": "ch-other", "gross_minor": paid.amount_minor, "fee_minor": 30},
        {"kind": "charge", "ref": "ch-fair", "gross_minor": 1_250, "fee_minor": 0, "note": "card reader at the fair"},
    ]
    body = {"payout": "po-hand", "currency": "USD", "deposit_minor": paid.amount_minor + 1_220, "paid_on": str(paid.at.date()), "lines": lines}
    inbox.store(paid.gateway, [inbox.Message("payout", "po-hand", json.dumps(body))])
    shop.work()
    number = run("select id from ledger_payout where external_ref = 'po-hand' and hold = 'held'").scalar
    eve = sits_down("eve", "finance")
    eve.expects |= {422}  # a write-off without a reason
    eve.look("/finance/unmatched")
    page = eve.page
    page.click(f"a:has-text('{number}.1')")
    page.wait_for_selector("text=to the cent")
    eve.look()
    page.click("button:has-text('Match')")
    page.wait_for_selector("h2:has-text('What people decided')")
    eve.look(f"/finance/lines/{number}.2")
    assert "No payment of ours has this amount" in eve.text()
    page.click("summary:has-text('Write off')")
    page.select_option("details[open] select[name=account]", "other_income")
    page.fill("details[open] textarea[name=why]", "sold at the fair, outside the shop")
    page.click("details[open] button:has-text('Write off')")
    page.wait_for_selector("text=sold at the fair, outside the shop")
    shop.work()
    eve.look(f"/finance/payouts/{number}")
    assert "Every line is explained." in eve.text() and "posted" in eve.text(".head")
    assert run("select count(*) from exception_queue_case where document = 'payout' and state <> 'resolved'").scalar == 0
    page.click("a:has-text('line 1')")
    page.click("summary:has-text('Take the explanation back')")
    page.fill("details[open] textarea[name=why]", "it was another order's")
    page.click("details[open] button:has-text('Take the explanation back')")
    page.wait_for_selector("text=Taken back by")
    assert eve.go("/finance/unmatched?all=1").locator("tr[data-open]").count() == 1
    eve.look(f"/finance/payments/{paid.id}")
    assert "What may be done" in eve.text() and paid.external_ref in eve.text()
