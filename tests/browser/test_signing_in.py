"""A second factor is set up and used by clicking, one's own devices are seen, and the room of the machine is whole at a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from headrace.governance import policies
from tests.browser.person import PASSWORD, Person


def code_of(secret: str) -> str:
    """What the app on the phone shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def shot(person: Person, name: str) -> None:
    """A picture for people who ask for one (HEADRACE_PICTURES names the folder)."""
    folder = os.environ.get("HEADRACE_PICTURES")
    if folder:
        person.page.screenshot(path=f"{folder}/{name}.png")


def test_a_role_that_needs_a_second_factor_is_led_to_it(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    ann.page.emulate_media(reduced_motion="reduce")  # colours are looked at when they stand still, not while the theme changes
    version = policies.draft_policy(actor="cli:root", name="sign_in", body={"second_factor_roles": ["admin"]}, note="for all administrators")
    policies.publish_policy(actor="cli:root", name="sign_in", version=version)
    page = ann.go("/orders")
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    ann.look()
    shot(ann, "activate")
    secret = page.locator("[data-key-of-app]").inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    ann.look()
    shot(ann, "codes")
    kept = page.locator(".codes code").first.inner_text()
    ann.look("/accounts/2fa/")
    shot(ann, "mfa")
    ann.look("/orders")
    ann.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("Name or e-mail").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    ann.look()
    shot(ann, "code")
    page.get_by_label("Code").fill(kept)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("body[data-signed-in]")).to_be_visible()


def test_pages_of_ones_own_account_and_of_the_machine(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    ann.page.emulate_media(reduced_motion="reduce")  # colours are looked at when they stand still, not while the theme changes
    for name, address in (
        ("sessions", "/me/sessions"),
        ("password", "/accounts/password/change/"),
        ("system", "/system"),
        ("again", "/accounts/reauthenticate/"),
    ):
        ann.look(address)
        shot(ann, name)
