"""A catalog manager in a real browser: a file with errors by row, corrected and applied; unknown SKUs mapped, one with its effect and many at once; an exemption, a zone."""

from __future__ import annotations

from collections.abc import Callable

from headrace.console import long_uploads
from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

WRONG = "sku,name,weight_g\nCUP-1,Blue cup,300\nCUP-2,Red cup,heavy\n"


def _bring(ann: Person, content: str, name: str) -> None:
    page = ann.go("/catalog/import?table=items")
    page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.click("main form[enctype] button")
    page.wait_for_url("**/catalog/import/*")


def test_a_file_with_errors_is_corrected_and_a_long_one_goes_on_in_the_background(shop: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "planner")
    _bring(ann, WRONG, "cups.csv")
    assert "1 rows make no sense" in ann.text() and "heavy" in ann.text("tbody") and "weight_g" in ann.text("tbody")
    ann.look()
    _bring(ann, WRONG.replace("heavy", "320"), "cups.csv")
    assert "2 rows are created" in ann.text()
    ann.page.click("form[action='/do/apply_upload'] button")
    ann.page.wait_for_selector("text=Bring another file in")
    assert run("select weight_g from catalog_item where sku = 'CUP-2'").scalar == 320
    _bring(ann, "sku,name\n" + "".join(f"BIG-{n},Thing {n}\n" for n in range(5_001)), "big.csv")
    assert "0 of 5,001 rows compared" in ann.text()
    ann.look()
    long_uploads.go_on_with_all()
    ann.page.wait_for_selector("text=part by part in the background", timeout=20_000)  # by itself
    ann.page.click("button:has-text('Apply 5,001 rows')")
    ann.page.wait_for_selector("text=rows gone through")
    long_uploads.go_on_with_all()
    ann.page.wait_for_selector("text=Bring another file in", timeout=20_000)
    assert run("select count(*) as n from catalog_item where sku like 'BIG-%%'", {"x": 1}).scalar == 5_001


def test_unknown_skus_are_mapped_alone_and_together(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=9)
    for sku in ("MUG-OLD", "MUG-OLDER", "MUG-OLDEST"):
        shop.place({sku: 1})
    shop.work()
    ann = sits_down("ann", "planner", "customer_service")
    ann.look("/catalog/unmapped")
    page = ann.page
    page.click("tbody a:text-is('MUG-OLD')")
    page.wait_for_selector("text=Mapping it frees 1 order")
    page.fill("[name=find]", MUG)
    page.click("form.filters button")
    ann.look()
    page.click(f"tr:has-text('{MUG}') form[action='/do/map_sku'] button")
    page.wait_for_selector("[role=status]")
    shop.work()
    ann.look("/catalog/map-many")
    for field in page.locator("input[name^='rows.'][name$='.sku']").all():
        field.fill(MUG)
    page.click("button:has-text('Teach these')")
    page.wait_for_url("**/catalog/unmapped*")
    shop.work()
    assert run("select count(*) as n from catalog_listing where channel_sku like 'MUG-OLD%%'", {"x": 1}).scalar == 3
    assert "MUG-OLD" not in ann.go("/catalog/unmapped?all=1").inner_text("main")
    # They cost 10.00 and the mug does not: what is left open is a question of the price.
    assert run("select distinct detail ->> 'check' as word from exception_queue_case where state <> 'resolved'").column("word") == ["price.off_list"]


def test_an_exemption_and_a_zone_are_set_on_their_pages(shop: Shop, sits_down: Callable[..., Person]) -> None:
    party = run("select id from catalog_party order by id limit 1").scalar
    ann = sits_down("ann", "planner")
    page = ann.go(f"/catalog/parties/{party}")
    page.click("summary:has-text('Set tax exemption')")
    page.fill("details[open] [name=tax_exempt_until_on]", "2031-12-31")
    page.fill("details[open] [name=why]", "certificate ST-120")
    page.click("details[open] button:has-text('Set tax exemption')")
    page.wait_for_selector("text=2031-12-31")
    ann.look()
    ann.go("/catalog/nodes/EAST")
    page.click("summary:has-text('Add or change a zone')")
    for name, value in {"country": "MX", "transit_days": "6", "cost_minor": "1900"}.items():
        page.fill(f"[name='rows.1.{name}']", value)
    page.click("details[open] button:has-text('Add or change a zone')")
    page.wait_for_selector("td:text-is('MX')")
    ann.look()
