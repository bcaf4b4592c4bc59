"""The bench in a real browser: a wave from the queue to the door; scans that are fast, come twice, or fall into a gap of the network; and a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import LAMP, MUG, Shop, assert_all_holds, shelf

Sits = Callable[..., Person]
SCANS = "**/fulfilment/f/FO-1/scan"


def states() -> list[str]:
    return list(run("select state from orders_fulfilment order by id").column("state"))


def picked() -> list[int]:
    return list(
        run("select l.qty_picked_each from orders_fulfilment_line l join catalog_item i on i.id = l.item_id order by l.fulfilment_id, i.sku").column(
            "qty_picked_each"
        )
    )


def scan(ann: Person, code: str) -> str:
    """A scanner types the code and Enter, wherever the focus is."""
    ann.page.evaluate("document.querySelector('[data-said-large]').className = 'said'")
    ann.page.keyboard.type(code)
    ann.press("Enter")
    return str(ann.page.wait_for_selector(".said.good, .said.bad").inner_text())


def wait_counted(ann: Person) -> None:
    ann.page.wait_for_selector("[data-bench][data-left='0']")


@pytest.fixture
def goods(shop: Shop) -> Shop:
    """Two orders are at EAST: three mugs and a lamp, then one mug."""
    shop.fill(MUG, EAST=20)
    shop.fill(LAMP, EAST=20)
    shop.place({MUG: 3, LAMP: 1})
    shop.place({MUG: 1})
    shop.work()
    assert states() == ["released", "released"]
    return shop


def test_a_wave_is_picked_packed_and_shipped(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    assert ann.text(".bench-next .sku") == MUG
    assert "is not on FO-1" in scan(ann, "WRONG-1") and page.is_visible(".said.bad")
    assert "1 of 3" in scan(ann, MUG) and page.is_visible(".said.good")
    ann.look()
    page.fill("[name=qty]", "2")
    page.focus("[name=scan]")
    assert "3 of 3" in scan(ann, MUG)
    assert ann.text(".bench-next .sku") == LAMP and page.input_value("[name=qty]") == "1"
    assert "3 of 3 are picked already" in scan(ann, MUG)
    assert "1 of 1" in scan(ann, LAMP)
    page.wait_for_selector("[data-pack] [name=p0-weight_g]:focus")
    ann.press("Enter")
    page.wait_for_selector("text=packed: print the label")
    ann.look()
    for paper, starts in (("label.pdf", b"%PDF"), ("slip.pdf", b"%PDF"), ("label.zpl", b"^XA")):
        answer = page.request.get(f"/fulfilment/f/FO-1/{paper}")
        assert answer.ok and answer.body().startswith(starts), paper
    page.goto("/fulfilment/f/FO-1")
    page.click("button:has-text('Hand over')")
    page.wait_for_url("**/fulfilment/f/FO-2")
    assert "FO-1: handed over" in ann.text()
    goods.work()
    assert states() == ["shipped", "released"] and shelf(MUG) == (17, 1)
    page.goto("/fulfilment/f/FO-1")
    assert "Shipped: nothing is left to do here" in ann.text()
    page.keyboard.type("FO-2")
    ann.press("Enter")
    page.wait_for_url("**/fulfilment/f/FO-2")


def test_fast_scans_with_the_focus_elsewhere_are_counted_in_order(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    page.focus(".head a")
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    for code in (MUG, LAMP, MUG, MUG):
        page.keyboard.type(code)
        ann.press("Enter")
    page.wait_for_selector("[data-pack] [name=p0-weight_g]:focus")
    assert picked() == [3, 1, 0] and loads == [], "no page was loaded"
    codes = run("select code from orders_scan order by id").column("code")
    assert codes == [MUG, LAMP, MUG, MUG]
    before = page.input_value("[name=p0-weight_g]")
    assert "picked already" in scan(ann, MUG), "a scan is a scan also where a weight is typed"
    assert page.input_value("[name=p0-weight_g]") == before and states()[0] == "picking"


def test_a_request_that_comes_twice_counts_once(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    bodies: list[str] = []
    page.on("request", lambda r: bodies.append(r.post_data or "") if r.url.endswith("/scan") else None)
    lost = iter((True, False))

    def answer(route: object) -> None:
        if next(lost, False):
            route.fetch()  # type: ignore[attr-defined]  # it is counted, and the answer is lost on its way
            route.abort("connectionreset")  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route(SCANS, answer)
    page.keyboard.type(MUG)
    ann.press("Enter")
    page.wait_for_selector(".said:has-text('1 of 3')")
    wait_counted(ann)
    ids = {body.partition('name="scan_id"')[2].split()[0] for body in bodies}
    assert len(bodies) == 2 and len(ids) == 1 and picked()[0] == 1
    assert "1 / 3" in ann.text(".bench-next")


def test_scans_without_a_network_are_kept_and_counted_when_it_is_back(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    assert "1 of 3" in scan(ann, MUG)
    ann.context.set_offline(True)
    for code in (MUG, LAMP):
        page.keyboard.type(code)
        ann.press("Enter")
    page.wait_for_selector("[data-not-sent]:has-text('No connection'):has-text('sent: 2')")
    assert picked() == [1, 0, 0]
    ann.look_at_size(390, 844)
    page.click("#take-back")
    page.wait_for_selector("[data-not-sent]:has-text('sent: 3')")
    ann.context.set_offline(False)
    wait_counted(ann)
    assert picked() == [1, 1, 0], "the first mug was taken back, the second and the lamp counted"
    assert page.is_hidden("[data-not-sent]")
    ann.context.set_offline(True)
    page.keyboard.type(MUG)
    ann.press("Enter")
    page.wait_for_selector("[data-not-sent]:has-text('sent: 1')")
    ann.context.set_offline(False)
    page.reload()
    wait_counted(ann)
    assert picked() == [2, 1, 0]


def test_a_scan_that_meets_an_ended_session_is_counted_after_signing_in(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    run("delete from django_session")
    ann.expects.add(401)
    page.keyboard.type(MUG)
    ann.press("Enter")
    page.wait_for_url("**/accounts/login/**")
    ann.sign_in_here()
    page.wait_for_url("**/fulfilment/f/FO-1")
    wait_counted(ann)
    assert picked() == [1, 0, 0]


def test_the_last_scan_and_single_pieces_are_taken_back(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    page.fill("[name=qty]", "2")
    page.focus("[name=scan]")
    assert "2 of 3" in scan(ann, MUG)
    assert "1 of 1" in scan(ann, LAMP)
    page.click(f"text=Take back 1 × {LAMP}")
    page.wait_for_selector(".said:has-text('taken back: 0 of 1')")
    page.click(f"[aria-label='Take one {MUG} back']")
    page.wait_for_selector(".said:has-text('taken back: 1 of 3')")
    assert picked() == [1, 0, 0]
    assert run("select count(*) from orders_history where event = 'unpicked'").scalar == 2
    assert page.is_hidden("#take-back"), "two pieces of the scan cannot go back any more"


def test_two_parcels_with_contents_are_closed_and_packing_again_keeps_them(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    page.click("button:has-text('Add a parcel')")
    page.wait_for_selector(f"[name='p1-qty-{MUG}']:focus")
    page.fill(f"[name='p1-qty-{MUG}']", "1")
    assert page.input_value(f"[name='p0-qty-{MUG}']") == "2", "what goes into the second comes out of the first"
    page.fill("[name=p0-weight_g]", "99000")
    page.wait_for_selector("[data-parcel]:first-of-type [data-expected].warn:has-text('weigh it again')")
    page.fill("[name=p0-weight_g]", "heavy")
    page.fill(f"[name='p0-qty-{MUG}']", "1")
    page.wait_for_selector("[data-sum].bad:has-text('2 of 3 are in parcels')")
    ann.look()
    page.click("[data-closes]")
    page.wait_for_selector("[name=p0-weight_g]:focus")
    assert "“heavy” is no whole number" in ann.text("[data-pack]") and "2 of 3 are in parcels: put the rest in" in ann.text("[data-pack]")
    page.fill(f"[name='p0-qty-{MUG}']", "2")
    page.fill("[name=p0-weight_g]", "1500")
    page.fill("[name=p1-weight_g]", "450")
    page.press("[name=p1-weight_g]", "Enter")
    page.wait_for_selector("text=packed: print the label")
    assert [page.input_value(f"[name=p{n}-weight_g]") for n in (0, 1)] == ["1500", "450"]
    page.click("summary:has-text('Pack again')")
    page.fill("[name=p0-weight_g]", "1510")
    page.click("[data-closes]")
    page.wait_for_selector(".bench-papers:has-text('1510 g')")
    parcels = run("select packing -> 'parcels' as parcels from orders_fulfilment where id = 1").scalar
    assert f"2 × {MUG}, 1 × {LAMP}" in ann.text(".bench-closed")
    assert [p["weight_g"] for p in parcels] == [1510, 450] and parcels[1]["content"] == [{"sku": MUG, "qty": 1}]
    page.evaluate("document.querySelector('[data-said-large]').className = 'said'")
    ann.context.set_offline(True)
    page.click("button:has-text('Hand over')")
    page.wait_for_selector(".toast:has-text('cannot be reached')")
    ann.context.set_offline(False)
    page.click(".toast button:has-text('Try again')")
    page.wait_for_url("**/fulfilment/f/FO-2")


def test_signals_are_switched_off_and_stay_off(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment/f/FO-1")
    page.click("button:has-text('Sound')")
    page.reload()
    assert page.get_attribute("button:has-text('Sound')", "aria-pressed") == "false"
    assert page.get_attribute("button:has-text('Vibration')", "aria-pressed") == "true"


def test_without_script_the_form_works(goods: Shop, sits_down: Sits) -> None:
    page = sits_down("ann", "warehouse", java_script_enabled=False).go("/fulfilment/f/FO-1")
    page.fill("[name=scan]", MUG)
    page.press("[name=scan]", "Enter")
    page.wait_for_selector(".said:has-text('1 of 3')")
    page.click("#take-back")
    page.wait_for_selector(".said:has-text('taken back: 0 of 3')")
    assert picked() == [0, 0, 0]


def test_a_phone_in_one_hand(goods: Shop, sits_down: Sits) -> None:
    ann = sits_down("ann", "warehouse", width=390, height=844, has_touch=True)
    page = ann.go("/fulfilment/f/FO-1")
    assert "1 of 3" in scan(ann, MUG)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator(".bar").bounding_box()
    field = page.locator("[data-scan] [name=scan]").bounding_box()
    assert field["y"] >= page.locator("header.top").bounding_box()["height"] - 1, "the field stays in sight"
    for target in page.locator(".bench-goods button, .bench-side .btn, .bench-side summary").all():
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, target.inner_text()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    lowest = page.locator(".bench-side > :last-child").bounding_box()
    assert lowest["y"] + lowest["height"] <= bar["y"], "nothing lies under the bar"
    ann.look_at_size(390, 844)


def test_what_is_not_there_is_said_on_a_phone(shop: Shop, sits_down: Sits) -> None:
    shop.fill(MUG, EAST=1, NYC=5)
    shop.place({MUG: 1})
    shop.work()
    ann = sits_down("ann", "warehouse", width=390, height=844)
    page = ann.go("/fulfilment/f/FO-1")
    page.click("summary:has-text('Could not find it')")
    page.select_option("[name=reason]", "not_found")
    page.click("button:has-text('Could not find it')")
    page.wait_for_selector("text=Could not find it: done")
    assert "could not be found" in ann.text() and "allocated anew" in ann.text()
    shop.work()
    assert states()[0] == "rejected" and len(states()) == 2
    assert_all_holds()
