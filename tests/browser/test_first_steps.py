"""From an empty database to the first order in front of a picker, by the console alone; the webhook is signed as Shopify signs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from headrace.connectors.channels.shopify.verify import HEADER, signature
from headrace.demo import world
from headrace.engine.queries import run
from headrace.engine.worker import Worker
from tests.browser.person import Person

SECRET = "shpss_0123456789abcdef"
CATALOG = "sku,name,weight_g,unit_cost,unit_cost_currency\nMUG-1,Blue mug,350,3.10,USD\nMUG-2,Red mug,350,3.20,USD\n"


def _fill(page: Any, form: str, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"{form} [name={name}]", value)


def _order() -> bytes:
    buyers = world.Buyers([("MUG-1", "12.00")], start=datetime.now(UTC).replace(microsecond=0))
    buyers.rng.randrange = lambda *_: 0  # type: ignore[method-assign]  # New York
    return orjson.dumps(world.shopify_order(buyers, 1))


def _send(base: str, secret: str) -> int:
    raw = _order()
    headers = {HEADER: signature(raw, secret), "X-Shopify-Topic": "orders/create", "Content-Type": "application/json"}
    return httpx.post(f"{base}/hooks/shopify/web", content=raw, headers=headers).status_code


def _describe_a_node(ann: Person) -> None:
    page = ann.page
    page.fill("#node [name=code]", "MAIN")
    page.click("#node button")
    page.fill("[name='changes.name']", "Main warehouse")
    page.fill("[name='changes.zone']", "America/New_York")
    page.fill("[name='changes.country']", "US")
    page.click("main form button.main")
    page.wait_for_url("**/catalog/nodes/MAIN")
    ann.go("/first-steps")
    page.click("#node button")  # everywhere, in three days
    page.wait_for_selector("#node.done")


def test_an_empty_system_is_led_to_its_first_order(base: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann")
    ann.look("/first-steps")
    page = ann.page
    assert "0 of 10 done" in ann.text()

    _fill(page, "#entity", code="ACME-US", name="Acme Inc.", currency="USD", country="US")
    page.select_option("#entity [name=zone]", "America/New_York")
    page.click("#entity button")
    page.wait_for_selector("#entity.done")

    _describe_a_node(ann)
    page.click("#service button")
    page.wait_for_selector("#service.done")
    page.click("#tax button")
    page.wait_for_selector("#tax.done")

    page.click("#items a.main")
    page.set_input_files("[name=file]", {"name": "catalog.csv", "mimeType": "text/csv", "buffer": CATALOG.encode()})
    page.click("main form[enctype] button")
    assert "2 rows are created" in ann.text()
    page.click("form[action='/do/apply_upload'] button")
    page.wait_for_selector("text=Bring another file in")
    ann.go("/first-steps")
    _fill(page, "#stock", **{"'rows.1.sku'": "MUG-1", "'rows.1.qty'": "40", "'rows.1.unit_cost'": "3.10"})
    page.click("#stock button")
    page.wait_for_selector("#stock.done")

    _fill(page, "#channel", code="web", name="Web shop")
    page.select_option("#channel [name=entity]", "ACME-US")
    page.select_option("#channel [name=default_service]", "ground")
    page.click("#channel button")
    page.wait_for_selector("#channel.done")
    assert f"{base}/hooks/shopify/web" in ann.text("#message")
    assert _send(base, SECRET) == 401  # no secret is set
    page.fill("#message [name=secret]", SECRET)
    page.click("#message button")
    page.wait_for_selector("text=The secret is kept")
    assert SECRET not in page.content()
    ann.look()

    assert _send(base, "another-secret-of-somebody") == 401
    until = time.monotonic() + 45
    while _send(base, SECRET) != 200 and time.monotonic() < until:  # a secret counts everywhere within half a minute
        time.sleep(1)
    page.wait_for_selector("text=The first message has arrived", timeout=10_000)  # by itself
    Worker().run(until_idle=True)
    ann.go("/first-steps")
    assert "done" in page.get_attribute("#released", "class").split(), [tuple(r) for r in run("select reason_code, detail::text from exception_queue_case")]
    assert run("select state from orders_fulfilment").scalar == "released"
    ann.look("/catalog/channels/web")
    assert SECRET not in page.content()


def test_a_paused_channel_keeps_its_messages_until_it_is_resumed(shop: Any, base: str, sits_down: Callable[..., Person]) -> None:
    shop.fill("MB-00001", EAST=5)
    ann = sits_down("ann")
    ann.look("/catalog/channels/shop-us")
    ann.page.click("summary:has-text('Pause the channel')")
    ann.page.fill("form[action='/do/pause_channel'] textarea", "Wrong prices are live in the shop")
    ann.page.click("form[action='/do/pause_channel'] button")
    ann.page.wait_for_selector(".badge:has-text('paused')")
    ref = shop.place({"MB-00001": 1})
    shop.work()
    assert run("select count(*) from orders_order").scalar == 0
    ann.go("/catalog/channels")
    assert ann.page.inner_text("tr:has-text('shop-us') a[href*='inbox']") == "1"
    ann.go("/catalog/channels/shop-us")
    ann.page.click("summary:has-text('Resume the channel')")
    ann.page.click("form[action='/do/resume_channel'] button")
    ann.page.wait_for_selector(".badge:has-text('takes orders')")
    from headrace.exception_queue.resolving import look_again

    look_again(datetime.now(UTC))
    shop.work()
    assert run("select external_ref from orders_order").scalar == ref


def test_terms_are_read_and_set(shop: Any, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann")
    for address in ("/catalog/channels", "/catalog/taxes", "/catalog/services", "/catalog/promotions"):
        ann.look(address)
    ann.go("/catalog/promotions")
    _fill(ann.page, "form[action='/do/allow_promotion']", code="SPRING", percent_max="20")
    ann.page.click("form[action='/do/allow_promotion'] button")
    assert "SPRING" in ann.text("table")
