"""Rules are tuned and the system is kept by clicking: draft, try, publish, take back; users, keys, approvals."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

PAGES = (
    "/rules", "/rules/routing", "/rules/validation", "/rules/tolerances", "/rules/approvals", "/rules/routing/1", "/system", "/system/inbox", "/system/inbox/1", "/system/outbox",
    "/system/partners", "/system/audit", "/system/audit/1", "/system/audit?text=shop",
    "/system/dead", "/system/chain", "/system/access", "/system/users", "/system/users/ann", "/system/roles", "/system/sessions", "/system/keys", "/approvals",
)  # fmt: skip


def busy(shop: Shop) -> None:
    shop.fill(MUG, EAST=20, WEST=20)
    for qty in (1, 2, 3):
        shop.place({MUG: qty})
    shop.work()


def test_every_page_of_both_rooms(shop: Shop, sits_down: Callable[..., Person]) -> None:
    busy(shop)
    ann = sits_down("ann", "admin")
    dead = "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, last_error) values ('wms', 'note', 'FO-1', 'k', '{}', 'dead', 'gone') returning id"
    delivery = run(dead).scalar
    for address in (*PAGES, f"/system/outbox/{delivery}"):
        ann.look(address)


def test_a_rule_is_drafted_tried_and_put_in_force(shop: Shop, sits_down: Callable[..., Person]) -> None:
    busy(shop)
    ann = sits_down("ann", "admin")
    page = ann.page
    page.goto("/rules")
    page.get_by_role("link", name="routing").click()
    page.get_by_label("Nodes never chosen").fill("EAST")
    page.get_by_label("Why the rule changes").fill("EAST moves house")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 2")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("of the latest orders would be decided otherwise")).to_be_visible()
    ann.look("/rules/routing/2?try=1")
    page.get_by_text("Put a policy in force").first.click()
    page.get_by_role("button", name="Put a policy in force").click()
    expect(page.locator(".head")).to_contain_text("version 2 in force")
    assert run("select state from governance_policy where name = 'routing' and version = 2").scalar == "active"


def test_a_key_is_made_and_seen_once(shop: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    page = ann.page
    page.goto("/system/keys")
    page.get_by_label("What it is for").fill("shop")
    page.get_by_label("See orders", exact=True).check()
    page.get_by_role("button", name="Make an API key").click()
    key = page.locator(".secret").inner_text()
    assert len(key) > 20 and key not in page.url
    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_role("row", name=re.compile("shop"))).to_be_visible()
    assert key not in page.content()


def test_a_user_is_made_and_given_a_role(shop: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    page = ann.page
    page.goto("/system/users")
    page.get_by_label("User name").fill("ben")
    page.get_by_label("First role").select_option("finance")
    page.get_by_role("button", name="Make a user").click()
    expect(page.locator(".secret")).to_be_visible()
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("link", name="ben", exact=True).click()
    expect(page.get_by_text("Finance", exact=True).first).to_be_visible()
    page.get_by_text("Withdraw the role").first.click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Withdraw the role").click()
    expect(page.get_by_text("opens nothing yet")).to_be_visible()
