"""A warehouse lead and a planner at the stock of their nodes, in a real browser: counts from the first line to the posting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from headrace.engine.queries import run
from tests.browser.person import PHONE, Person
from tests.scenarios.shop import LAMP, MUG, THROW, Shop

EAST = "EAST"


def on_hand(sku: str, node: str = EAST) -> Any:
    return run(
        "select p.on_hand_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where i.sku = %(s)s and n.code = %(n)s",
        {"s": sku, "n": node},
    ).scalar


def open_count(page: Any, name: str, **fields: str) -> None:
    page.select_option("[name=node]", EAST)
    page.fill("[name=name]", name)
    for field, value in fields.items():
        page.fill(f"[name={field}]", value)
    page.click("button:has-text('Open the count')")
    page.wait_for_selector("[data-count-sheet]")


def test_a_count_from_the_first_line_to_the_posting(shop: Shop, sits_down: Callable[..., Person]) -> None:
    for sku in (MUG, LAMP, THROW):
        shop.fill(sku, EAST=20)
    joe = sits_down("joe", "warehouse", width=PHONE["width"], height=PHONE["height"])
    page = joe.go("/stock/counts/new")
    open_count(page, "Aisle 1", skus=f"{MUG}\n{LAMP}\n{THROW}")
    assert "20" not in joe.text("table")
    page.fill("#scan", LAMP)
    page.press("#scan", "Enter")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-line='{LAMP}'] .good:has-text('written down')")
    page.keyboard.type("19")  # Enter has gone on to the next line
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-line='{THROW}'] .good:has-text('written down')")
    assert "2 of 3 counted, 1 to count again" in joe.text("[data-progress]")
    assert [page.inner_text(f"[data-which={which}] .count") for which in ("todo", "again", "counted")] == ["1", "1", "2"], "the chips tell what the bar tells"
    joe.look(page.url)
    number = page.url.rpartition("/")[2]

    ann = sits_down("ann", "planner")
    page = ann.go(f"/stock/counts/{number}/variances")
    assert "1" in ann.text("a[href='?which=again']")
    ann.look(page.url)
    joe.page.click("a.chip:has-text('To count again')")
    assert joe.page.input_value(f"[data-line='{LAMP}'] [data-qty]") == ""
    joe.page.fill(f"[data-line='{LAMP}'] [data-qty]", "18")
    joe.page.click("button:has-text('Save')")
    joe.page.wait_for_selector("text=0 to count again")

    page = ann.go(f"/stock/counts/{number}/variances")
    page.click("summary:has-text('Post the count')")
    page.click("details[open] button:has-text('Post the count')")
    page.wait_for_selector("text=posted by ann")
    assert (on_hand(MUG), on_hand(LAMP), on_hand(THROW)) == (20, 18, 19)
    ann.look("/stock/counts")
    ann.look(f"/stock/counts/{number}/entries")
    ann.look("/stock/counts/new")


def test_of_two_quick_entries_on_a_line_the_later_one_stands(shop: Shop, sits_down: Callable[..., Person]) -> None:
    """The first is held up on its way; the second does not overtake it."""
    shop.fill(MUG, EAST=20)
    joe = sits_down("joe", "warehouse")
    page = joe.go("/stock/counts/new")
    open_count(page, "Aisle 2", skus=MUG)
    held: list[Any] = []

    def hold_the_first(route: Any) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route("**/enter", hold_the_first)
    qty = f"[data-line='{MUG}'] [data-qty]"
    for typed in ("12", "19", "20"):
        page.fill(qty, typed)
        page.dispatch_event(qty, "change")
    page.wait_for_timeout(300)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("[data-was]")).to_have_value("20")
    assert len(held) == 2 and run("select counted_each from stock_count_line").scalar == 20


def test_a_pasted_sheet_of_corrections_with_one_bad_row(shop: Shop, sits_down: Callable[..., Person]) -> None:
    for sku in (MUG, LAMP):
        shop.fill(sku, EAST=20)
    ann = sits_down("ann", "planner")
    ann.expects |= {422}
    page = ann.go("/stock/corrections")
    page.fill("[name=rows]", f"{MUG}\tEAST\t-2\tdamage\n{LAMP}\tEAST\t-30\tlost\n")
    page.click("button:has-text('Look what it does')")
    page.wait_for_selector("text=1 row makes no sense")
    assert "there are only 20" in ann.text() and "6.00 USD" in ann.text()
    ann.look_at_size(390, 844)
    ann.look_at_size(1440, 900)
    page.click("button:has-text('Do 1 correction')")
    page.wait_for_selector("text=Say in the note what happened")
    page.fill("[name=note]", "a pallet fell")
    page.click("button:has-text('Do 1 correction')")
    page.wait_for_selector("text=1 row was refused")
    assert page.input_value("[name=rows]").strip() == f"{LAMP}\tEAST\t-30\tlost"
    assert (on_hand(MUG), on_hand(LAMP)) == (18, 20)
    page.fill("[name=rows]", f"{LAMP}\tEAST\t-3\tlost")
    page.click("button:has-text('Look what it does')")
    page.click("button:has-text('Do 1 correction')")
    page.wait_for_selector("text=1 correction done")
    assert on_hand(LAMP) == 17
    ann.look("/stock/corrections")


def test_an_item_is_explained_and_its_numbers_open(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=20, NYC=4)
    shop.place({MUG: 3})
    shop.work()
    ann = sits_down("ann", "planner")
    page = ann.go(f"/stock/{MUG}")
    assert "Of 24 on hand, 3 are promised to orders and 0 are kept back as safety stock: 21 may be promised." in ann.text()
    ann.look(f"/stock/{MUG}")
    page.click("tfoot td:nth-child(3) a")
    page.wait_for_selector("h1:has-text('Reservations of')")
    assert page.locator("tr[data-open]").count() == 1
    for rows in ("reservations?all=1", "on-order", "adjustments", "moves"):
        ann.look(f"/stock/{MUG}/{rows}")
    ann.look("/stock?by=item")
    ann.look("/stock?split=yes")


def test_a_transfer_is_sent_and_received(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=20)
    ann = sits_down("ann", "planner")
    page = ann.go("/stock/transfers")
    page.click("summary:has-text('Send goods to another node')")
    page.select_option("[name=from_node]", EAST)
    page.select_option("[name=to_node]", "NYC")
    page.fill("[name=rows]", f"{MUG}\t5")
    ann.look_at_size(390, 844)
    ann.look_at_size(1440, 900)
    page.click("button:has-text('Send the goods')")
    page.wait_for_selector("text=is on its way")
    address = page.url
    ann.look(address)
    page.fill("input.qty", "4")
    page.check("[name=is_final]")
    page.click("button:has-text('Receive the transfer')")
    page.wait_for_selector(".badge:has-text('received')")
    assert (on_hand(MUG), on_hand(MUG, "NYC")) == (15, 4)
    ann.look("/stock/transfers")
    page = ann.go("/stock/receipts")
    page.click("summary:has-text('Receive goods')")
    ann.look_at_size(390, 844)
