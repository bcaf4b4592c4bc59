"""Today as a person sees it: a change appears without a reload, a trend is drawn and can be read as a table, and figures open their rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

WAIT_MS = 20_000  # without the live process the page looks every 15 seconds


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Some orders went through, one stands."""
    shop.fill(MUG, EAST=50)
    for _ in range(3):
        shop.place({MUG: 1})
    shop.place({"NO-SUCH-SKU": 1})
    shop.work()
    return shop


def test_figures_trends_and_the_line(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    ann.go("/")
    ann.page.wait_for_selector("figure[data-chart=bars] canvas")
    ann.look()
    chart = ann.page.locator("figure[data-chart=bars]")
    chart.locator("summary").click()
    newest = chart.locator("tbody tr").first
    assert newest.locator("td").all_inner_texts() == ["4", "1"]


def test_what_happens_shows_without_a_reload_and_leaves_the_charts_alone(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    page = ann.go("/")
    page.wait_for_selector("figure[data-chart=bars] canvas")
    page.evaluate("document.body.dataset.kept = 'yes'")
    page.wait_for_selector(".tile:has-text('Orders in') b:text-is('4')")
    busy.place({MUG: 1})
    busy.work()
    page.wait_for_selector(".tile:has-text('Orders in') b:text-is('5')", timeout=WAIT_MS)
    assert page.evaluate("document.body.dataset.kept") == "yes"
    assert page.locator("figure[data-chart=bars] canvas").count() == 1


def test_an_empty_system_is_led_by_the_hand(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    ann.go("/")
    assert "Set up this shop" in ann.text()
