"""Signing in by the company's own sign-in, by clicking: another origin, its own page, and back; and what is told where it does not go well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from headrace.console.tests import fake_company
from headrace.console.tests.fake_company import CLIENT, SECRET, FakeCompany
from headrace.governance import policies
from headrace.governance.models import Role, RoleGrant
from tests.browser.person import Person


@pytest.fixture(autouse=True)
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCompany]:
    with fake_company.running() as running:
        for name, value in (
            ("URL", running.issuer),
            ("CLIENT", CLIENT),
            ("SECRET", SECRET),
            ("NAME", "Acme sign-in"),
            ("ROLES_CLAIM", "groups"),
            ("ROLES", "floor=warehouse"),
        ):
            monkeypatch.setenv(f"HEADRACE_OIDC_{name}", value)
        running.people["ann"] = {"sub": "acme-1", "email": "ann@acme.example", "email_verified": True, "groups": ["floor"]}
        running.people["zoe"] = {"sub": "acme-2", "email": "zoe@acme.example", "email_verified": True}
        yield running


@pytest.fixture
def visitor(chromium: Any, company: FakeCompany, base: str) -> Iterator[Person]:
    """A browser at the sign-in page."""
    person = Person(chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=base), "ann")
    person.expects |= {401, 403}
    yield person
    person.context.close()
    assert not person.faults, "\n".join(person.faults)


def come_by_company(person: Person, who: str, button: str = "Continue") -> None:
    person.page.get_by_role("button", name="Acme sign-in").click()
    person.page.get_by_label("Name").fill(who)
    person.page.get_by_role("button", name=button).click()


def test_in_by_the_company_and_out_again(fresh_database: str, company: FakeCompany, visitor: Person) -> None:
    user = get_user_model().objects.create_user(username="ann", email="ann@acme.example", password=None)
    RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code="customer_service"))
    page = visitor.go("/orders?q=17")
    visitor.look()
    come_by_company(visitor, "ann")
    expect(page.get_by_text("no account here belongs to you")).to_be_visible()
    visitor.look()
    version = policies.draft_policy(actor="cli:root", name="sign_in", body={"company_links_by_email": True}, note="our own provider verifies")
    policies.publish_policy(actor="cli:root", name="sign_in", version=version)
    visitor.go("/orders?q=17")
    come_by_company(visitor, "ann")
    expect(page).to_have_url(re.compile(r"/orders\?q=17$"))
    expect(page.locator("body[data-signed-in]")).to_be_visible()
    expect(page.get_by_role("link", name="Fulfilment").first).to_be_visible()  # the role that the group brought
    visitor.look("/accounts/3rdparty/")
    expect(page.get_by_text("opens this account for ann@acme.example")).to_be_visible()
    visitor.go("/accounts/logout/").get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("still signed in at “Acme sign-in”")).to_be_visible()
    visitor.look()
    page.get_by_role("link", name="Sign out there too").click()
    expect(page.get_by_role("heading", name="Signed out of Acme")).to_be_visible()


def test_whom_the_company_knows_and_we_do_not(fresh_database: str, company: FakeCompany, visitor: Person) -> None:
    page = visitor.go("/accounts/login/")
    come_by_company(visitor, "zoe")
    expect(page.get_by_text("no account here belongs to you")).to_be_visible()
    page.get_by_role("link", name="Back to the sign-in").click()
    come_by_company(visitor, "zoe", "Cancel")
    expect(page.get_by_text("was broken off there")).to_be_visible()
    page.get_by_role("link", name="Back to the sign-in").click()
    company.lies["nonce"] = "of another"
    come_by_company(visitor, "zoe")
    expect(page.get_by_text("could not be trusted")).to_be_visible()
    assert not get_user_model().objects.exists()


def test_one_links_it_under_my_settings(fresh_database: str, company: FakeCompany, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/me")
    page.get_by_role("link", name="The company's sign-in").click()
    ann.look()
    page.get_by_role("button", name="Link it").click()
    page.get_by_label("Name").fill("ann")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Unlink it")).to_be_visible()
    ann.look()
