"""What all rooms share, in a real browser: the way around on a phone, the palette, filters, forms that are refused or pressed twice, what fails, paper, and keys alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.console.models import FormSent, SavedView
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

Sits = Callable[..., Person]


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """Two orders that are through, and one that nobody can map."""
    shop.fill(MUG, EAST=50)
    shop.place({MUG: 1})
    shop.place({MUG: 2})
    shop.place({"NO-SUCH": 1})
    shop.work()
    return shop


def test_the_way_around_on_a_phone(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin", width=390, height=844)
    page = ann.go("/")
    assert not page.is_visible("nav.side")
    page.click("nav.bar a:has-text('Exceptions')")
    page.wait_for_url("**/exceptions*")
    assert page.inner_text("nav.bar [data-waits=exceptions]") == "1"
    page.click("nav.bar button:has-text('More')")
    page.wait_for_selector("#more-rooms:popover-open a:has-text('Finance')")
    ann.look_at_size(320, 640)
    page.keyboard.press("Escape")
    assert not page.is_visible("#more-rooms")
    page.click("nav.bar button:has-text('More')")
    page.click("#more-rooms a:has-text('Finance')")
    page.wait_for_url("**/finance")


def test_filters_are_a_sheet_on_a_phone_and_chips_can_be_taken_away(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin", width=390, height=844)
    page = ann.go("/orders")
    assert not page.is_visible("select[name=status]")
    page.click("button:has-text('Filters')")
    page.select_option("select[name=status]", "on_hold")
    assert "status" not in page.url  # several may be chosen before anything is asked
    page.click(".filterset .apply")
    page.wait_for_url("**status=on_hold*")
    assert "since=" not in page.url  # what is empty narrows nothing
    assert page.inner_text(".filter-open .dot") == "1" and page.locator("[data-rows] tbody tr").count() == 1
    page.click("a.chip.off:has-text('Status')")
    page.wait_for_url("**/orders?all=1")
    assert page.locator("[data-rows] tbody tr").count() == 3


def test_the_palette_goes_to_pages_orders_and_items(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    page = ann.go("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("trial")
    page.wait_for_selector("#palette a.hit[aria-selected=true]:has-text('Trial balance')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/finance/trial-balance")
    page.keyboard.press("Control+k")
    page.keyboard.type(MUG)
    page.wait_for_selector(f"#palette a.hit:has-text('{MUG}')")
    ann.look_at_size(1440, 900)
    page.wait_for_selector("#palette [role=group][aria-label=Items] a.hit")
    first = page.get_attribute("#palette a.hit[aria-selected=true]", "href")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#palette a.hit[aria-selected=true]", "href") != first
    page.keyboard.press("Escape")
    assert not page.is_visible("#palette")


def test_a_refused_deed_keeps_what_was_typed(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    ann.expects.add(422)
    page = ann.go("/me")
    page.fill("[name=time_zone]", "Mars/Base")
    page.select_option("[name=first_room]", "orders")
    page.click("button:has-text('Keep')")
    page.wait_for_selector("p.fault:has-text('Mars/Base')")
    assert page.input_value("[name=time_zone]") == "Mars/Base" and page.input_value("[name=first_room]") == "orders"
    assert page.get_attribute("[name=time_zone]", "aria-invalid") == "true"
    ann.look_at_size(1440, 900)
    page.fill("[name=time_zone]", "Europe/Berlin")
    page.click("button:has-text('Keep')")
    page.wait_for_selector("text=Keep my settings: done")


def test_pressed_twice_a_deed_is_done_once(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    sent: list[str] = []
    page = ann.go("/orders?status=on_hold")
    page.on("request", lambda r: sent.append(r.url) if "/do/keep_view" in r.url else None)
    page.click("summary:has-text('Keep view')")
    page.fill("form[action='/do/keep_view'] [name=name]", "held")
    page.dblclick("form[action='/do/keep_view'] button:has-text('Keep')")
    page.wait_for_selector("nav.view-tabs a[aria-current]:has-text('held')")
    assert len(sent) == 1 and SavedView.objects.count() == 1
    assert FormSent.objects.filter(actor="user:ann").exists()


def test_a_risky_deed_shows_its_effect_first(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    page = ann.go("/exceptions")
    page.evaluate(
        """() => { window.waitsForYes = true; document.querySelector('form[action="/accounts/logout/"]').dataset.confirm = 'Sign out: this session ends.'; }"""
    )
    page.click(".me")
    page.click(".me-menu button:has-text('Sign out')")
    page.wait_for_selector("#confirm[open] p:has-text('this session ends.')")
    ann.look_at_size(1440, 900)
    page.click("#confirm button:has-text('Not now')")
    page.reload()
    assert page.is_visible("nav.side")


def test_a_request_that_fails_says_so_and_can_be_tried_again(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    ann.expects.add(503)
    page = ann.go("/")
    page.route("**/", lambda route: route.fulfill(status=503, body="away"))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('tick'))")
    page.wait_for_selector(".toast:has-text('Nothing was half done')")
    ann.look_at_size(1440, 900)
    page.unroute("**/")
    ann.faults = [f for f in ann.faults if "Response Status Error Code 503" not in f]
    page.click(".toast button:has-text('Try again')")
    page.wait_for_selector(".toast", state="detached")


def test_a_session_that_ended_leads_to_the_sign_in_and_back(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    ann.expects.add(401)
    page = ann.go("/exceptions?state=open")
    ann.context.clear_cookies(name="sessionid")
    page.click("a.dk-open >> nth=-1")
    page.wait_for_url("**/accounts/login/?next=*")
    ann.sign_in_here()
    assert "/exceptions?" in page.url
    ann.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+k")
    page.wait_for_selector(".toast:has-text('session has ended')")
    page.wait_for_url("**/accounts/login/?next=*")


def test_on_paper_only_the_document_is_left(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    page = ann.go("/orders")
    page.emulate_media(media="print")
    for gone in ("nav.side", "header.top", ".filters", ".tools"):
        assert not page.is_visible(gone), gone
    assert page.is_visible("table") and page.locator('th:has-text("Channel\'s number")').is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"


def test_keys_alone_lead_everywhere(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin")
    page = ann.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    ann.press("g", "o")
    page.wait_for_url("**/orders")
    ann.press("j", "j", "k", "Enter")
    page.wait_for_url("**/orders/SO-*")
    ann.press("?")
    page.wait_for_selector("#keys[open]")
    assert "Exceptions" in ann.text("#keys") and "next, previous row" not in ann.text("#keys")
    ann.look_at_size(1440, 900)
    ann.press("Escape", "/")
    assert page.evaluate("document.activeElement.id") == "find"
    ann.press("Escape")
    for _ in range(12):
        ann.press("Tab")
        seen = page.evaluate("(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()")
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_light_or_dark_is_seen_at_once_and_kept(sold: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "admin", timezone_id="Europe/Berlin")
    page = ann.go("/me")
    assert page.input_value("[name=time_zone]") in ("UTC", "Europe/Berlin")
    with page.expect_response(lambda answer: "theme" in (answer.request.post_data or "")):  # it is kept
        page.click("main button:has-text('dark')")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.input_value("[name=time_zone]") == "Europe/Berlin"  # the browser's, from the first visit on
