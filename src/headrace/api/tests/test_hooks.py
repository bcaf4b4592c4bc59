"""Shopify's webhooks through the real door: believed by their signature, kept byte for byte, taken once."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from headrace.api import hooks
from headrace.api.tests.conftest import SECRET
from headrace.connectors.channels.shopify.verify import signature
from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.governance.secrets import set_partner_secret

shop = pytest.mark.usefixtures("shop")
DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "channels" / "shopify"


def deliver(body: bytes, topic: str = "orders/create", *, channel: str = "shop", secret: str = SECRET, kind: str = "application/json", **headers: str) -> Any:
    given = {"X-Shopify-Hmac-Sha256": signature(body, secret), "X-Shopify-Topic": topic, **headers}
    return Client().post(f"/hooks/shopify/{channel}", body, content_type=kind, headers=given)


def order(**more: Any) -> dict[str, Any]:
    line = {"id": 11, "sku": "A", "quantity": 1, "price": "10.00", "title": "A"}
    return {"id": 820982911946154508, "currency": "USD", "created_at": "2026-01-05T10:00:00Z", "total_price": "10.00", "line_items": [line], **more}


def stored() -> int:
    return int(run("select count(*) as n from engine_inbox").scalar)


@shop
def test_a_signed_order_is_kept_byte_for_byte_and_taken_once() -> None:
    body = json.dumps(order(note="Grüße ✓"), ensure_ascii=False, indent=2).encode()
    first, again = deliver(body), deliver(body)
    assert (first.status_code, first.json()["new"], again.status_code, again.json()["new"]) == (200, True, 200, False)
    kept = run("select b.body, b.headers, i.message_key, i.deliveries from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id").one
    assert (kept.body.encode(), kept.message_key, kept.deliveries, kept.headers["topic"]) == (body, "820982911946154508", 2, "orders/create")
    assert first.headers["X-Request-Id"]


@shop
@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"secret": "another-secret"}, 401, "signature"),
        ({"channel": "no-such-shop"}, 401, "signature"),
        ({"kind": "text/plain"}, 415, "application/json"),
        ({"X-Shopify-Hmac-Sha256": "\u00e9"}, 401, "signature"),
        ({"X-Shopify-Hmac-Sha256": ""}, 401, "signature"),
    ],
)
def test_what_is_not_genuine_leaves_no_trace(change: dict[str, Any], status: int, says: str) -> None:
    answer = deliver(json.dumps(order()).encode(), **change)
    assert (answer.status_code, stored()) == (status, 0)
    assert says in answer.json()["error"]


@shop
def test_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "BODY_BYTES_MAX", 100)
    answer = deliver(b" " * 101)
    assert (answer.status_code, stored()) == (413, 0)
    assert Client().get("/hooks/shopify/shop").status_code == 405


@shop
def test_both_secrets_count_while_one_is_rotated() -> None:
    set_partner_secret(actor="cli:test", partner="shop", values=["the-new-secret", SECRET])
    hooks._secrets.clear()
    assert [deliver(json.dumps(order(id=n)).encode(), secret=s).status_code for n, s in ((1, SECRET), (2, "the-new-secret"))] == [200, 200]


@shop
def test_bytes_that_are_no_text_are_kept_and_parked() -> None:
    sent = [b'{"id": 1, "name": "\xff\xfe"}', b'{"id": 2, "name": "\x00"}']
    for body in sent:
        assert deliver(body).status_code == 200
    stage_named("capture").run()
    assert run("select reason_code from exception_queue_case").column("reason_code") == ["CAPTURE-01"] * 2
    kept = [base64.b64decode(body) for body in run("select body from engine_inbox_body order by inbox_id").column("body")]
    assert kept == sent


@shop
def test_the_id_is_exact_past_2_to_the_53() -> None:
    rounded = order(id=820982911946154500, admin_graphql_api_id="gid://shopify/Order/820982911946154508")
    deliver(json.dumps(rounded).encode())
    deliver(json.dumps({"note": "x", **order(id=9007199254740993)}).encode(), "")
    stage_named("capture").run()
    assert run("select external_ref from orders_order order by id").column("external_ref") == ["820982911946154508", "9007199254740993"]


def examples() -> list[tuple[str, str, bytes]]:
    """Every order payload of the shared material: where it is from, its topic, its bytes."""
    found = []
    for path in sorted(DATA.glob("webhook_docs/metadatas/*/*/*.json")):
        meta = json.loads(path.read_bytes())
        if path.parent.name in ("orders", "refunds", "order_transactions", "draft_orders") and meta.get("response"):
            body = json.dumps(meta["response"], separators=(",", ":"), ensure_ascii=False).encode()
            found.append((f"{path.parent.parent.name}/{meta['name']}", meta["name"], body))
    for name in ("order", "order_with_transaction", "orders", "draft_order"):
        path = DATA / "go_shopify_fixtures" / f"{name}.json"
        if path.exists():
            found.append((f"fixture {name}", "orders/updated", path.read_bytes()))
    for path in sorted(DATA.glob("go_shopify_fixtures/*lines/*.json")) + sorted(DATA.glob("go_shopify_fixtures/orderlineitems/*.json")):
        found.append((path.name, "orders/updated", path.read_bytes()))
    return found


@shop
@pytest.mark.skipif(not DATA.exists(), reason="no shared data")
def test_every_published_payload_ends_as_an_order_a_notice_or_a_named_case() -> None:
    sent = examples()
    assert len(sent) > 30
    for _, topic, body in sent:
        assert deliver(body, topic).status_code == 200
    bodies = {bytes(row.body, "utf-8") for row in run("select body from engine_inbox_body")}
    assert {body for *_, body in sent} <= bodies
    for stage in ("capture", "channel_notices", "validate"):
        while stage_named(stage).run().taken:
            pass
    assert run("select state, count(*) as n from engine_inbox where state = 'received' group by state").column("n") == []
    cases = run("select reason_code, detail from exception_queue_case")
    assert not [c for c in cases if c.reason_code.startswith("ENGINE")]
    assert all(c.detail.get("field") and c.detail.get("fix") for c in cases if c.reason_code == "CAPTURE-01")
    orders = {o.external_ref: o for o in run("select * from orders_order")}
    assert orders["820982911946154508"].is_test
    assert orders["820982911946154508"].commercial == "cancelled"
    assert "123456" in orders
    parked = run("select count(*) as n from engine_inbox where state = 'parked'").scalar
    assert parked == len({c.detail["value"] for c in cases if c.reason_code == "CAPTURE-01"}) or parked <= len(cases)
