"""What happens shows on open pages by itself: told by the stream, or found by the page where there is none; to nobody who is not signed in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import httpx
import pytest

from headrace.engine.queries import run
from tests.browser.person import Person
from tests.scenarios.shop import MUG, Shop

TELLS_WITHIN_MS, LOOKS_WITHIN_MS = 4_000, 25_000


def orders_in(ann: Person) -> str:
    return str(ann.page.inner_text(".tile:has-text('Orders in') b"))


def await_orders(ann: Person, count: int, within_ms: int) -> None:
    ann.page.wait_for_selector(f".tile:has-text('Orders in') b:text-is('{count}')", timeout=within_ms)


def test_a_change_shows_at_once_and_goes_on_showing_when_the_stream_is_gone(
    shop: Shop, live: subprocess.Popen[bytes], sits_down: Callable[..., Person]
) -> None:
    shop.fill(MUG, EAST=20)
    ann = sits_down("ann", "ops_manager")
    ann.go("/")
    ann.page.wait_for_selector("body[data-live=live]")
    assert orders_in(ann) == "0"
    shop.place({MUG: 1})
    shop.work()
    await_orders(ann, 1, TELLS_WITHIN_MS)

    live.terminate()
    live.wait(20)
    ann.page.wait_for_selector("body[data-live=polling]")
    shop.place({MUG: 1})
    shop.work()
    await_orders(ann, 2, LOOKS_WITHIN_MS)
    ann.faults = [f for f in ann.faults if "/live" not in f]  # the browser says that the stream broke, which was the point


def test_a_page_without_any_stream_looks_by_itself(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=20)
    ann = sits_down("ann", "ops_manager")
    ann.go("/")
    shop.place({MUG: 1})
    shop.work()
    await_orders(ann, 1, LOOKS_WITHIN_MS)


@pytest.fixture
def stream(live: subprocess.Popen[bytes], live_port: int) -> str:
    return f"http://127.0.0.1:{live_port}/live"


def test_strangers_and_other_sites_are_told_nothing(stream: str, base: str, sits_down: Callable[..., Person]) -> None:
    assert httpx.get(stream).status_code == 401
    assert httpx.get(stream.replace("/live", "/")).status_code == 404
    assert httpx.post(stream).status_code == 405
    ann = sits_down("ann", "ops_manager")
    cookie = {c["name"]: c["value"] for c in ann.context.cookies()}["sessionid"]
    signed_in = {"cookie": f"sessionid={cookie}"}
    elsewhere = httpx.get(stream, headers={**signed_in, "origin": "https://evil.example"})
    assert elsewhere.status_code == 403 and "access-control-allow-origin" not in elsewhere.headers
    assert httpx.get(stream, headers={**signed_in, "host": "evil.example"}).status_code == 400
    with httpx.stream("GET", stream, headers={**signed_in, "origin": base}) as told:
        assert told.status_code == 200 and told.headers["access-control-allow-origin"] == base
        assert next(told.iter_lines()).startswith("retry:")


def test_the_stream_ends_with_the_session_and_has_a_limit(stream: str, base: str, sits_down: Callable[..., Person]) -> None:
    from headrace.console.live import STREAMS_PER_PERSON_MAX

    ann = sits_down("ann", "ops_manager")
    cookie = {c["name"]: c["value"] for c in ann.context.cookies()}["sessionid"]
    ann.go("about:blank")  # her own page holds a stream as well
    client = httpx.Client(headers={"cookie": f"sessionid={cookie}"}, timeout=30)
    open_streams = []
    for _ in range(STREAMS_PER_PERSON_MAX):
        open_streams.append(client.send(client.build_request("GET", stream), stream=True))
    assert {s.status_code for s in open_streams} == {200}
    too_many = client.get(stream)
    assert too_many.status_code == 503 and "too many open pages" in too_many.text
    run("delete from django_session")
    said = "".join(open_streams[0].iter_text())
    assert "event: ended" in said
    for each in open_streams:
        each.close()
