"""The system is kept running by clicking: dead letters by cause, breakers, the audit, who may do what."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from headrace.engine import outbox
from headrace.engine.outbox import Delivery, PartnerError
from headrace.engine.queries import run
from headrace.governance import checking
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop


def give_up(says: str, *keys: str) -> None:
    """Deliveries to the warehouse that it refused for good."""
    run("insert into engine_partner (code) values ('wms-reno') on conflict do nothing")
    for key in keys:
        row = run(
            "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, attempts)"
            " values ('wms-reno', 'fulfilment.request', %(k)s, %(k)s, '{}', 'doing', 1) returning id",
            {"k": key},
        ).scalar
        error = PartnerError(says.format(key=key), permanent=True)
        outbox._keep_failures("wms-reno", [(Delivery(row, "wms-reno", "fulfilment.request", key, key, {}, 1), error)])


def test_dead_letters_of_two_causes_one_group_is_sent_again(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=5)
    give_up("404 Not Found: no node for {key}", "FO-901", "FO-902", "FO-903")
    give_up("422: the SKU of {key} is not listed", "FO-904", "FO-905")
    run("update catalog_channel set is_active = false")
    shop.place({MUG: 1})
    shop.place({MUG: 1})
    shop.work()
    run("update catalog_channel set is_active = true")
    ann = sits_down("ann", "integration")
    page = ann.page
    ann.look("/system/dead")
    expect(page.get_by_role("row", name="404 Not Found: no node for #")).to_contain_text("3")
    page.get_by_role("row", name="404 Not Found: no node for #").get_by_role("link", name="3", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(3)
    ann.look()
    page.get_by_role("link", name="Replay all of these").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send 3 letters again")
    ann.look()
    page.get_by_role("button", name="Send 3 letters again").click()
    expect(page.get_by_text("3 done, 0 refused, 0 to do")).to_be_visible()
    ann.look()
    assert run("select count(*) from engine_outbox where state = 'todo' and record_key like 'FO-90%%'").scalar == 3
    page.get_by_role("link", name="Back to the dead letters").click()
    expect(page.get_by_role("row", name="404 Not Found")).to_have_count(0)
    page.get_by_role("row", name="422: the SKU of # is not listed").get_by_role("link", name="Set aside").click()
    page.get_by_label("Why they are never to be sent").fill("the items were taken off the list")
    ann.look_at_size(390, 844)
    page.get_by_role("button", name="Set 2 letters aside").click()
    expect(page.get_by_text("2 done, 0 refused, 0 to do")).to_be_visible()
    page.goto("/system/dead")
    page.get_by_role("link", name="Take again").click()
    page.get_by_role("button", name="Take 2 messages again").click()
    expect(page.get_by_text("2 done, 0 refused, 0 to do")).to_be_visible()
    shop.work()
    assert run("select count(*) from orders_order").scalar == 2
    message = run("select min(id) from engine_inbox where kind = 'order'").scalar
    ann.look(f"/system/inbox/{message}")
    page.get_by_role("button", name="Take it again").click()
    expect(page.get_by_text("1 done, 0 refused, 0 to do")).to_be_visible()
    shop.work()
    assert run("select count(*) from orders_order").scalar == 2


def test_a_breaker_is_tried_closed_and_opened_by_hand_and_a_secret_is_rotated(shop: Shop, sits_down: Callable[..., Person]) -> None:
    run(
        "insert into engine_partner (code, breaker, failures, retry_at, last_error) values ('wms-reno', 'open', 5, now() + interval '10 minutes', '503 down')"
        " on conflict (code) do update set breaker = 'open', failures = 5, retry_at = now() + interval '10 minutes'"
    )
    run("insert into engine_partner_event (partner, at, event, actor, why) values ('wms-reno', now(), 'opened', 'engine:outbox', '503 down')")
    ann = sits_down("ann", "integration")
    page = ann.page
    ann.look("/system/partners")
    page.get_by_role("link", name="wms-reno").first.click()
    expect(page.get_by_text("after 5 failures in a row: 503 down")).to_be_visible()
    ann.look()
    page.locator("summary", has_text="Try the partner now").click()
    page.get_by_role("button", name="Try the partner now").click()
    expect(page.get_by_text("A probe was asked for")).to_be_visible()
    page.locator("summary", has_text="Close the breaker").click()
    page.get_by_label("why").fill("their status page says that they are back")
    page.get_by_role("button", name="Close the breaker").click()
    expect(page.get_by_text("The breaker was closed by hand")).to_be_visible()
    expect(page.locator(".head")).to_contain_text("healthy")
    page.locator("summary", has_text="Open the breaker").click()
    page.get_by_label("why").fill("they move house")
    page.get_by_role("button", name="Open the breaker").click()
    expect(page.get_by_text("The breaker was opened by ann")).to_be_visible()
    page.locator("summary", has_text="Set the secret").or_(page.locator("summary", has_text="Rotate the secret")).click()
    page.get_by_label("New secret").fill("a-secret-for-the-warehouse")
    page.locator("button", has_text="Set the secret").or_(page.locator("button", has_text="Rotate the secret")).click()
    expect(page.get_by_text("The secret is kept, sealed")).to_be_visible()
    assert "a-secret-for-the-warehouse" not in page.content()
    ann.look()


def test_the_chain_is_verified_in_the_background_and_the_access_review_is_taken_away(shop: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "auditor")
    page = ann.page
    ann.look("/system/chain")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("goes on")).to_be_visible()
    ann.look()
    checking.go_on_with_all()
    expect(page.get_by_text("links holds")).to_be_visible()
    ann.look()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the head").click()
    assert run("select head from governance_chain_check").scalar in taken.value.path().read_text()
    ann.look("/system/access")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download as CSV").click()
    assert "person,ann,on" in taken.value.path().read_text()
    ann.look("/system/audit?actor=user:ann")
    expect(page.locator("tbody tr", has_text="Verify the chain")).to_have_count(1)
