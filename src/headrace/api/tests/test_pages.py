"""Lists come whole, page by page; health tells the truth; the pages keep to the strict content policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.api import metrics
from headrace.engine.queries import run
from headrace.flow.capture.tests.sending import order, send, take
from headrace.orders.tests.building import make_order

Program = Callable[..., Client]
shop = pytest.mark.usefixtures("shop")


def pages(client: Client, path: str, cursor: str, between: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
    """All rows, two at a time, with something happening between two pages."""
    rows: list[dict[str, Any]] = []
    following: int | None = None
    for _ in range(50):
        page = client.get(f"/api/v1/{path}?limit=2" + (f"&{cursor}={following}" if following else "")).json()
        rows += page["rows"]
        between()
        following = page["next"]
        if following is None:
            return rows
    raise AssertionError("the pages do not end")


@shop
def test_orders_come_whole_while_new_ones_are_placed(as_program: Program) -> None:
    refs = [str(n) for n in range(7)]
    for ref in refs:
        make_order(ref, {"EAST": [("A", 1)]})
    newer = iter(range(100, 200))
    rows = pages(as_program("orders.read"), "orders", "before", lambda: make_order(str(next(newer)), {"EAST": [("A", 1)]}))
    assert [r["external_ref"] for r in rows] == refs[::-1]


@shop
def test_cases_come_whole_while_others_are_resolved(as_program: Program) -> None:
    for n in range(5):
        send({**order(f"W-{n}"), "total": f"ten {n}"})
    take()
    rows = pages(as_program("exceptions.read"), "exceptions", "after", lambda: send({**order("W-9"), "total": "x"}) and take())
    assert {f"ten {n}" for n in range(5)} <= {r["detail"]["value"] for r in rows}
    assert len({r["id"] for r in rows}) == len(rows)
    gone = as_program("exceptions.read", "stock.read").get("/api/v1/exceptions?after=999999")
    assert (gone.status_code, gone.json()["field"]) == (404, "after")


@shop
def test_positions_come_whole(as_program: Program) -> None:
    rows = pages(as_program("stock.read"), "stock", "before")
    assert sorted((r["sku"], r["node"]) for r in rows) == sorted((s, n) for s in "ABC" for n in ("EAST", "WEST", "THIRD", "MAKER"))


@shop
def test_a_deed_answers_for_each_case(as_program: Program) -> None:
    send({**order("W-1"), "total": "ten"})
    take()
    case = run("select id from exception_queue_case").scalar
    client = as_program("exceptions.resolve", "exceptions.work")

    def act(deed: str, **body: Any) -> Any:
        return client.post(f"/api/v1/exceptions/actions/{deed}", body, content_type="application/json")

    assert act("close", cases=[case]).json() == {"error": "note: close needs it", "field": "note"}
    assert act("snooze", cases=[case], until="2036-01-01T00:00:00").status_code == 422
    done = act("close", cases=[case, 999_999], note="sent anew").json()
    assert (done["done"], done["refused"]) == (1, 1)
    assert {"case": 999_999, "done": False, "why": "no such case"} in done["rows"]
    assert act("burn", cases=[case]).status_code == 422


def test_health_ready_and_not(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"ok": True}
    monkeypatch.setattr(metrics, "_migrations", lambda: frozenset({("orders", "9999_of_the_next_version")}))
    answer = client.get("/readyz")
    assert (answer.status_code, "orders.9999_of_the_next_version: run `headrace migrate`" in answer.json()["error"]) == (503, True)


def test_not_ready_without_a_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: object) -> None:
        raise ConnectionError("connection refused to secret-host:5432")

    monkeypatch.setattr(metrics, "sql", type("Down", (), {"applied_migrations": staticmethod(down)}))
    answer = Client().get("/readyz")
    assert (answer.status_code, "secret-host" in answer.content.decode()) == (503, False)
    assert Client().get("/healthz").status_code == 200


@shop
def test_metrics_are_prometheus_text() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    send({**order("W-1"), "total": "ten"})
    take()
    answer = Client().get("/metrics")
    families = {f.name: f for f in text_string_to_metric_families(answer.content.decode())}
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert [(s.labels["name"], s.value) for s in families["headrace_waiting"].samples if s.labels["queue"] == "exceptions"] == [("CAPTURE-01", 1.0)]
    assert [s.value for s in families["headrace_stage_parked"].samples if s.labels["stage"] == "capture"] == [1.0]


def test_the_description_is_openapi_3_1(db: None) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]


@pytest.mark.parametrize("path", ["/programs", "/accounts/login/", "/api/v1/docs"])
def test_pages_bring_everything_themselves(db: None, path: str) -> None:
    """No script or style in the page, none from another host, every file there is served."""
    client = Client()
    answer = client.get(path)
    html = answer.content.decode()
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\son\w+=|style=", html)
    files = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert files and all(f.startswith("/") for f in files)
    for file in files:
        assert client.get(file).status_code in (200, 302), file
    assert client.get("/api/docs").headers["Location"] == "/api/v1/docs"


@pytest.mark.parametrize("path", ["../settings.py", "..%2fsettings.py", "api/../../settings.py", "none.css", "%00"])
def test_no_other_file_can_be_named(db: None, path: str) -> None:
    assert Client().get(f"/static/{path}").status_code in (400, 404)


def test_the_callers_request_id_is_given_back_and_logged(db: None) -> None:
    import structlog

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = Client().post("/hooks/shopify/none", b"{}", content_type="application/json", headers={"X-Request-Id": "r-17"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (401, "r-17")
    assert [(log["event"], log["request"]) for log in logs] == [("hook.refused", "r-17")]
    assert Client().get("/healthz", headers={"X-Request-Id": "bad id\n"}).headers["X-Request-Id"] != "bad id\n"


@shop
def test_a_digit_that_is_none_finds_nothing(as_program: Program) -> None:
    assert as_program("orders.read").get("/api/v1/orders/³0").status_code == 404
