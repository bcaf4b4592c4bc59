"""Pages that people open seldom: the catalog's lists and forms, every rule, a deed that waits, one's own keys and roles; looked at as closely as the busy ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from headrace.governance import policies
from headrace.governance.policies import declared
from tests.browser.person import DESK, PHONE, Person
from tests.scenarios.shop import MUG, Shop

CATALOG = (
    "kits",
    "listings",
    "prices",
    "parties",
    "nodes",
    "channels",
    "import",
    "new-item",
    "new-item?sku=MB-9",
    "new-node",
    "new-node?code=NORTH",
    f"items/{MUG}",
)
PARTS = (
    "/system",
    "/system/dead",
    "/system/audit",
    "/system/users",
    "/system/roles",
    "/system/keys",
    "/catalog/items",
    "/catalog/nodes",
    "/rules/routing",
    "/approvals",
)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    shop.fill(MUG, EAST=20)
    shop.place({MUG: 1})
    shop.work()
    return shop


def test_lists_and_forms_of_the_catalog(stocked: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for name in CATALOG:
        ann.look(f"/catalog/{name}")


def test_every_rule(stocked: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for name in sorted(declared()):
        ann.look(f"/rules/{name}")
    expect(ann.page.locator("nav.crumbs a")).to_have_text("Rules")


def test_rooms_with_many_parts_fit_in_german(stocked: Shop, sits_down: Callable[..., Person]) -> None:
    eva = sits_down("eva", "admin", locale="de-DE")
    for address in PARTS:
        eva.go(address)
        for size in (DESK, PHONE):
            eva.look_at_size(size["width"], size["height"])
    assert "Personen und Schlüssel" in eva.go("/system").locator("nav.parts").inner_text()
    expect(eva.page.locator("nav.parts a")).to_have_count(4)


def test_a_limited_role_is_given_and_taken_back_and_a_session_is_ended(stocked: Shop, sits_down: Callable[..., Person]) -> None:
    ann, bob = sits_down("ann", "admin"), sits_down("bob", "warehouse")
    page = ann.go("/system/users/bob")
    page.locator("summary", has_text="Give a role").click()
    page.locator("details[open] [name=role]").select_option("finance")
    page.locator("details[open] [name=channels]").select_option(index=0)
    page.get_by_role("button", name="Give a role").click()
    expect(page.locator(".sy-grant", has_text="Finance")).not_to_contain_text("all channels")
    ann.look()
    grant = page.locator(".sy-grant", has_text="Finance")
    grant.locator("summary").click()
    grant.get_by_role("button", name="Withdraw the role").click()
    expect(page.locator(".sy-grant")).to_have_count(1)
    page.locator("summary", has_text="End the session").click()
    page.get_by_role("button", name="End the session").click()
    expect(page.get_by_text("Nobody is signed in.")).to_be_visible()
    bob.expects |= {401, 403}
    expect(bob.go("/fulfilment").get_by_role("button", name="Sign in")).to_be_visible()
    page = ann.go("/system/sessions")
    expect(page.get_by_text("this one")).to_be_visible()


def test_a_deed_that_waits_for_a_second_person(stocked: Shop, sits_down: Callable[..., Person]) -> None:
    version = policies.draft_policy(actor="cli:root", name="approvals", body={"deeds": ["keep_role"]}, note="roles by two")
    policies.publish_policy(actor="cli:root", name="approvals", version=version)
    ann, zoe = sits_down("ann", "admin"), sits_down("zoe", "admin")
    page = ann.go("/system/roles")
    page.fill("#own [name=name]", "Night shift")
    page.fill("#own [name=code]", "night")
    page.get_by_label("See stock", exact=True).check()
    page.get_by_role("button", name="Keep the role").click()
    expect(page.get_by_text("waits for a second person")).to_be_visible()
    page = zoe.go("/approvals?state=asked")
    zoe.look()
    page.locator("tbody a").first.click()
    expect(page.get_by_text("Night shift")).to_be_visible()
    zoe.look()
    page.locator("summary", has_text="Approve").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approvals")
    page.goto("/approvals?state=approved")
    page.locator("tbody a").first.click()
    expect(page.locator(".head")).to_contain_text("approved")
    zoe.look()
