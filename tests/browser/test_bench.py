"""Pick, pack and ship a wave, at a desk with a scanner that types and on a phone: a wrong scan, a short pick, a label, and the next one comes up."""

from __future__ import annotations

from collections.abc import Callable

from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import LAMP, MUG, Shop, assert_all_holds, shelf


def states() -> list[str]:
    return list(run("select state from orders_fulfilment order by id").column("state"))


def scan(ann: Person, code: str) -> str:
    """A scanner types the code and Enter into whatever field waits."""
    ann.page.wait_for_selector("[name=scan]:focus")
    ann.page.keyboard.type(code)
    ann.press("Enter")
    ann.page.wait_for_selector(f".said b:has-text('{code}')")
    return ann.text(".said")


def test_a_wave_is_picked_packed_and_shipped(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=20)
    shop.fill(LAMP, EAST=20)
    shop.place({MUG: 2, LAMP: 1})
    shop.place({MUG: 1})
    shop.work()
    assert states() == ["released", "released"]
    ann = sits_down("ann", "warehouse")
    page = ann.go("/fulfilment")
    page.click("a.node:has-text('EAST')")
    page.click("text=Pick list")
    assert f"{MUG}" in ann.text() and "FO-1" in ann.text()
    ann.look()
    page.goto("/fulfilment/f/FO-1")
    assert "is not on FO-1" in scan(ann, "WRONG-1")
    assert "1 of 2" in scan(ann, MUG)
    ann.look()
    page.wait_for_selector("[name=scan]")
    page.focus("[name=scan]")
    assert "2 of 2" in scan(ann, MUG)
    assert "2 of 2 are picked already" in scan(ann, MUG)
    assert "1 of 1" in scan(ann, LAMP)
    page.wait_for_selector("[name=weight_g]:focus")
    page.keyboard.type("")
    ann.press("Enter")
    page.wait_for_selector("text=packed: print the label")
    ann.look()
    for paper, starts in (("label.pdf", b"%PDF"), ("slip.pdf", b"%PDF"), ("label.zpl", b"^XA")):
        answer = page.request.get(f"/fulfilment/f/FO-1/{paper}")
        assert answer.ok and answer.body().startswith(starts), paper
    page.goto("/fulfilment/f/FO-1")
    page.click("button:has-text('Hand over')")
    page.wait_for_url("**/fulfilment/f/FO-2")
    shop.work()
    assert states() == ["shipped", "released"] and shelf(MUG) == (18, 1)


def test_what_is_not_there_is_said_on_a_phone(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=1, NYC=5)
    shop.place({MUG: 1})
    shop.work()
    node = run("select n.code from orders_fulfilment f join catalog_node n on n.id = f.node_id").scalar
    ann = sits_down("ann", "warehouse", width=390, height=844)
    page = ann.go(f"/fulfilment/{node}")
    page.click("text=FO-1")
    page.click("summary:has-text('Could not find it')")
    page.select_option("[name=reason]", "not_found")
    page.click("button:has-text('Could not find it')")
    page.wait_for_selector("text=Could not find it: done")
    shop.work()
    assert states()[0] == "rejected" and len(states()) == 2
    assert_all_holds()
