"""A second factor is set up and used by clicking, one's own devices are seen, and the room of the machine is whole at a desk and on a phone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from headrace.engine.queries import run
from headrace.governance import policies
from tests.browser.person import PASSWORD, Person
from tests.browser.test_orders import reserved  # noqa: F401  # a fixture
from tests.scenarios.shop import Shop
from tests.workers import environment

# By the key of the installation that the web server runs with.
STAND_STILL = """
import django
django.setup()
from datetime import timedelta
from django.contrib.sessions.models import Session
from django.utils import timezone
from headrace.governance import sessions
for row in Session.objects.all():
    held = row.get_decoded()
    assert sessions.SEEN in held
    row.session_data = Session.objects.encode({**held, sessions.SEEN: (timezone.now() - timedelta(minutes=6)).isoformat()})
    row.save()
"""


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


def test_half_typed_words_are_not_lost_when_a_session_ends(reserved: Shop, sits_down: Callable[..., Person]) -> None:  # noqa: F811
    """Nobody clicked for too long: sending says so, leads to the sign-in and back to the same page."""
    ann = sits_down("ann", "customer_service")
    version = policies.draft_policy(actor="cli:root", name="sign_in", body={"idle_minutes": 5}, note="short")
    policies.publish_policy(actor="cli:root", name="sign_in", version=version)
    page = ann.go("/orders/SO-1")
    ann.press("e")
    field = "#deeds details[open] [name='changes.line1']"
    page.fill(field, "77 Harbour Road")
    subprocess.run(
        [sys.executable, "-c", STAND_STILL], env=environment(os.environ["HEADRACE_DATABASE_URL"], DJANGO_SETTINGS_MODULE="headrace.settings"), check=True
    )
    page.click("#deeds details[open] button.main")
    expect(page.get_by_text("nobody had clicked for a while")).to_be_visible()
    expect(page.get_by_text("It comes back after you have signed in again")).to_be_visible()
    ann.look()
    ann.sign_in_here()
    expect(page).to_have_url(re.compile(r"/orders/SO-1"))
    expect(page.locator(field)).to_have_value("77 Harbour Road")
    expect(page.locator("#deeds details[open] form").get_by_text("It stands here as you left it")).to_be_visible()
    page.wait_for_timeout(500)
    assert run("select count(*) from governance_audit where deed in ('fix_address', 'change_address')").scalar == 0  # never by itself
    ann.look()
    page.click("#deeds details[open] button.main")
    expect(page.locator("#left-form")).to_have_count(0)
    assert run("select count(*) from governance_audit where deed in ('fix_address', 'change_address')").scalar == 1
