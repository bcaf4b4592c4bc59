"""The floor for whoever leads it: where people are needed, a wave from the queue, its walk at a desk and on a phone, and the van of one carrier with its manifest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.engine.queries import run
from headrace.flow.ship.actions import pack
from tests.browser.person import Person
from tests.scenarios.shop import LAMP, MUG, Shop, assert_all_holds

Sits = Callable[..., Person]


@pytest.fixture
def work(shop: Shop) -> Shop:
    """Five orders at EAST, one of them with a lamp, too."""
    shop.fill(MUG, EAST=20)
    shop.fill(LAMP, EAST=20)
    for n in range(5):
        shop.place({MUG: 1, LAMP: 1} if n == 2 else {MUG: 2})
    shop.work()
    assert run("select count(*) from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.state = 'released' and n.code = 'EAST'").scalar == 5
    return shop


def opens(ann: Person, selector: str) -> tuple[int, int]:
    """A number of the board, and how many rows it opens."""
    link = ann.page.locator(selector).first
    told = int(link.inner_text().split()[0])
    link.click()
    ann.page.wait_for_selector("tr[data-open]")
    return told, ann.page.locator("tr[data-open]").count()


def test_the_board_leads_to_the_queue_and_a_wave_is_made_and_walked(work: Shop, sits_down: Sits) -> None:
    run("update orders_fulfilment set cut_off_at = now() - interval '2 hours' where number = 'FO-1'")
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment")
    for query, count in (("state=released", 5), ("cut_off=late", 1), ("cut_off=next", 4)):
        page.goto("/fulfilment")
        assert opens(ann, f"a[href='/fulfilment/EAST?{query}']") == (count, count)
    ann.look("/fulfilment")
    page.goto("/fulfilment")
    page.click("a.node:has-text('EAST')")
    ann.look("/fulfilment/EAST")
    page.goto("/fulfilment/EAST?lines=one")
    for number in ("FO-2", "FO-4"):
        page.check(f"input[name=fulfilments][value={number}]")
    page.click("button:has-text('Make a wave of these')")
    page.wait_for_url("**/waves/WV-1")
    assert "0 / 4" in ann.text() and "0 / 2" in ann.text() and "FO-2" in ann.text()
    ann.look()
    page.goto("/fulfilment/EAST?all=1")
    page.click("summary:has-text('Make a wave')")
    page.fill("[name=first]", "2")
    page.click("form button:has-text('Make a wave')")
    page.wait_for_url("**/waves/WV-2")
    inside = run("select 'FO-' || fulfilment_id as number from orders_wave_fulfilment where wave_id = 2 order by fulfilment_id").column("number")
    assert inside == ["FO-1", "FO-3"], "what is in a wave already is passed over"
    ann.look("/fulfilment/EAST/waves?state=open")
    assert page.locator("tr[data-open]").count() == 2


def test_a_wave_on_a_phone_shows_progress_and_prints_without_what_is_pressed(work: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse", width=390, height=844)
    page = ann.go("/fulfilment/EAST")
    page.check("input[name=fulfilments][value=FO-1]")
    page.check("input[name=fulfilments][value=FO-3]")
    page.click("button:has-text('Make a wave of these')")
    page.wait_for_url("**/waves/WV-1")
    page.click("text=Go on with FO-1")
    page.wait_for_selector("[name=scan]:focus")
    page.keyboard.type(MUG)
    ann.press("Enter")
    page.wait_for_selector(f".said b:has-text('{MUG}')")
    page.goto("/fulfilment/EAST/waves/WV-1")
    assert "1 / 4" in ann.text()
    page.emulate_media(media="print")
    assert not page.is_visible("text=Go on with") and not page.is_visible("text=Change the wave") and page.is_visible(f"td:has-text('{MUG}')")
    page.emulate_media(media="screen")
    page.select_option("[name=fulfilments]", "FO-3")
    page.click("button:has-text('Take out')")
    page.wait_for_selector("text=Taken out:")
    page.click("summary:has-text('Break the wave up')")
    page.click("form button:has-text('Break the wave up')")
    page.wait_for_url("**/fulfilment/EAST/waves")
    assert "dissolved" in ann.text()


def test_the_van_of_a_carrier_takes_all_and_its_driver_signs(work: Shop, sits_down: Sits) -> None:
    for number in ("FO-1", "FO-2", "FO-3"):
        pack(actor="cli:ann", fulfilment=number, parcels=[{"weight_g": 700}])
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/EAST")
    assert "3 fulfilments" in ann.text(".vans")
    page.click(".vans button:has-text('Hand over all')")
    page.wait_for_url("**/manifests/MF-1")
    assert "3 fulfilments handed over." in ann.text() and "FO-3" in ann.text()
    ann.look()
    paper = page.request.get("/fulfilment/EAST/manifests/MF-1.pdf")
    assert paper.ok and paper.body().startswith(b"%PDF")
    work.work()
    assert opens(ann_at(ann, "/fulfilment"), "a[href='/fulfilment/EAST/gone?when=today']") == (3, 3)
    ann.look()
    ann.look("/fulfilment/EAST/manifests")
    assert_all_holds()


def ann_at(ann: Person, address: str) -> Person:
    ann.go(address)
    return ann
