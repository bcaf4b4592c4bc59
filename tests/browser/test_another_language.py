"""The console in German: what a person reads is said in it, numbers are written as it writes them, and nothing of a page is lost."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.person import DESK, PHONE, Person
from tests.scenarios.shop import MUG, Shop

PAGES = ("/", "/exceptions", "/orders", "/orders/SO-1", "/fulfilment", "/stock", "/catalog/items", "/finance", "/rules/routing", "/system", "/me")


def test_a_person_reads_the_console_in_german(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=2_000)
    shop.place({MUG: 2})
    shop.place({"NO-SUCH-SKU": 1})
    shop.work()
    eva = sits_down("eva", "admin", locale="de-DE")
    page = eva.go("/")
    assert page.locator("html").get_attribute("lang") == "de"
    assert "Ausnahmen" in eva.text("nav.side") and "Heute" in eva.text()
    eva.go("/exceptions")
    assert "Niemand weiß, was NO-SUCH-SKU ist" in eva.text() and "Den Artikel im Katalog suchen" in eva.text().replace("den Artikel", "Den Artikel")
    eva.go(f"/stock?q={MUG}")
    assert "2.000" in eva.text()
    for address in PAGES:
        eva.go(address)
        for size in (DESK, PHONE):
            eva.look_at_size(size["width"], size["height"])
