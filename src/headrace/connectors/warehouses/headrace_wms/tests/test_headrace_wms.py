"""The warehouse connector against a warehouse of our own making, over real HTTP: taken, refused, down, slow, chatty."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from typing import Any

import pytest

from headrace.connectors.warehouses.headrace_wms import client, limits, signing, translate
from headrace.connectors.warehouses.headrace_wms.client import Warehouse, find, retry_after_s
from headrace.engine import outbox, sockets
from headrace.engine.action import Refused, action_named
from headrace.engine.outbox import Delivery, PartnerError
from headrace.engine.queries import run
from headrace.flow.release.port import Unreadable, read_reply
from headrace.flow.ship.port import read_confirmation, read_scans

SECRET = "a-shared-signing-secret"
FIXTURES = json.loads(resources.files("headrace.connectors.warehouses.headrace_wms").joinpath("fixtures/messages.json").read_text("utf-8"))


class Fake(HTTPServer):
    """A warehouse that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer, self.headers, self.pause_s = 202, b"", {}, 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/orders"


class _Handler(BaseHTTPRequestHandler):
    server: Fake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        time.sleep(self.server.pause_s)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    monkeypatch.setattr(sockets, "partner_secrets", lambda partner: [SECRET])
    fake = Fake()
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    fake.shutdown()
    thread.join()
    fake.server_close()


def delivery(kind: str = "fulfilment.request", **body: Any) -> Delivery:
    return Delivery(1, "wms-third", kind, "fulfilment:17", "fulfilment:17:request", body or {"fulfilment": "FO-17"}, 1)


def test_a_request_goes_out_signed_and_with_its_key(warehouse: Fake) -> None:
    assert list(Warehouse("wms-third", warehouse.url)(delivery())) == []
    headers, body = warehouse.got[0]
    assert json.loads(body) == {"kind": "fulfilment.request", "fulfilment": "FO-17"}
    assert (headers["Idempotency-Key"], headers["X-Headrace-Kind"]) == ("fulfilment:17:request", "fulfilment.request")
    assert signing.is_genuine(body, headers[signing.HEADER], [SECRET], int(time.time()))
    assert not signing.is_genuine(body + b" ", headers[signing.HEADER], [SECRET], int(time.time()))


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (404, True), (422, True), (302, True), (408, False), (429, False), (500, False), (503, False)]
)
def test_a_refusal_says_whether_trying_again_can_help(warehouse: Fake, status: int, permanent: bool) -> None:
    warehouse.status, warehouse.answer, warehouse.headers = status, b"because", {"Retry-After": "7", "Location": "http://127.0.0.1:1/"}
    with pytest.raises(PartnerError, match=f"{status}: because") as refused:
        Warehouse("wms-third", warehouse.url)(delivery())
    assert (refused.value.permanent, refused.value.retry_after_s) == (permanent, 7.0)
    assert len(warehouse.got) == 1  # a redirect is not followed


def test_what_it_has_already_is_taken(warehouse: Fake) -> None:
    warehouse.status = 409
    assert list(Warehouse("wms-third", warehouse.url)(delivery())) == []


def test_a_warehouse_that_is_down_or_slow_is_tried_again(warehouse: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIMEOUT_S", 0.2)
    warehouse.pause_s = 1.0
    for url in (warehouse.url, "http://127.0.0.1:1/"):
        with pytest.raises(PartnerError) as refused:
            Warehouse("wms-third", url)(delivery())
        assert not refused.value.permanent


def test_an_answer_given_at_once_goes_to_the_inbox_and_a_strange_one_is_kept_for_a_person(warehouse: Fake) -> None:
    warehouse.answer = json.dumps({"messages": FIXTURES["received"][:1]}).encode()
    (answer,) = Warehouse("wms-third", warehouse.url)(delivery())
    assert (answer.kind, answer.key, json.loads(answer.body)) == ("fulfilment_reply", "ack-17", {"fulfilment": "FO-17", "answer": "accepted"})
    for nothing in (b"OK", b"<html>", b"[]", b"{}", b"x" * (limits.ANSWER_BYTES_MAX + 1)):
        warehouse.answer = nothing
        assert list(Warehouse("wms-third", warehouse.url)(delivery())) == []
    warehouse.answer = b'{"messages": [{"kind": "gossip"}]}'
    (strange,) = Warehouse("wms-third", warehouse.url)(delivery())
    with pytest.raises(Unreadable):
        read_reply(strange.body, ("closed",))


def test_without_a_secret_nothing_goes_out(warehouse: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "partner_secrets", lambda partner: [])
    with pytest.raises(PartnerError, match="no signing secret"):
        Warehouse("wms-third", warehouse.url)(delivery())
    assert warehouse.got == []


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), ("30", 30.0), ("soon", None), ("Mon, 05 Jan 2026 12:00:30 GMT", 30.0), ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0)]
)
def test_a_wish_to_wait_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, 1_767_614_400.0) == seconds


@pytest.mark.parametrize("given", ["", "t=1", "v1=00", "t=x,v1=00", "t=99999999999999999999,v1=00", f"t=1767614400,v1={'0' * 64}", "t=²,v1=0"])
def test_a_signature_that_is_none_is_not_believed(given: str) -> None:
    assert not signing.is_genuine(b"{}", given, [SECRET], 1_767_614_400)


def test_a_signature_ages_and_secrets_are_rotated() -> None:
    signed = signing.sign(b"{}", SECRET, 1_000_000)
    assert signing.is_genuine(b"{}", signed, ["the-new-secret", SECRET], 1_000_000 + limits.SIGNED_FOR_S)
    assert not signing.is_genuine(b"{}", signed, [SECRET], 1_000_001 + limits.SIGNED_FOR_S)
    assert not signing.is_genuine(b"{}", signed, ["the-new-secret"], 1_000_000)


@pytest.mark.parametrize("sample", FIXTURES["received"], ids=lambda s: s["key"])
def test_every_sample_is_read_by_its_stage(sample: dict[str, Any]) -> None:
    found = translate.message(sample["kind"], sample["key"], json.dumps(sample["body"]))
    assert found.key == sample["key"]
    if found.kind == "shipment":
        confirmation = read_confirmation(found.body)
        assert (confirmation.cost_minor, confirmation.lines, confirmation.parcels[0].tracking) == (712, [(512, None, 1)], "1Z999")
    elif found.kind == "tracking":
        assert [s.status for s in read_scans(found.body, {"in_transit": 20})] == ["in_transit"]
    else:
        assert read_reply(found.body, ("not_found", "closed")).answer == sample["body"]["answer"]


@pytest.mark.parametrize(
    ("kind", "key", "body"),
    [("order", "k", "{}"), ("shipment", None, "{}"), ("shipment", None, "no json"), ("tracking", "k" * 201, "{}"), ("tracking", "a\x00", "{}")],
)
def test_a_webhook_without_kind_or_key_is_refused(kind: str, key: str | None, body: str) -> None:
    with pytest.raises(Unreadable):
        translate.message(kind, key, body)


@pytest.mark.parametrize("address", ["http://example.com/x", "ftp://example.com", "https://", "https://me:pw@example.com/", "example.com"])
def test_an_address_that_others_could_read_is_refused(db: None, address: str) -> None:
    with pytest.raises(Refused, match="address"):
        action_named("connect_partner")(actor="cli:test", partner="wms-third", connector="headrace_wms", address=address)


def test_what_the_line_asks_reaches_the_warehouse_and_its_answer_comes_in(db: None, warehouse: Fake) -> None:
    action_named("connect_partner")(actor="cli:test", partner="wms-third", connector="headrace_wms", address=warehouse.url)
    assert find("wms-third") == Warehouse("wms-third", warehouse.url) and find("maker") is None
    assert outbox.adapter_for("wms-third") == Warehouse("wms-third", warehouse.url)
    run("""insert into engine_outbox (partner, kind, record_key, idempotency_key, body) values ('wms-third', 'fulfilment.request', 'fulfilment:17', 'fulfilment:17:request',
        '{"fulfilment": "FO-17"}')""")
    warehouse.answer = json.dumps({"messages": FIXTURES["received"][:1]}).encode()
    assert outbox.deliver("wms-third") == 1
    assert run("select state from engine_outbox").scalar == "done"
    assert run("select partner, kind, message_key from engine_inbox").one == ("wms-third", "fulfilment_reply", "ack-17")
    assert client.CONNECTOR == "headrace_wms"
