"""Denied unless a scope allows it: every endpoint, with no key, a wrong key, and a key that may do everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.api.v1 import api
from headrace.engine.queries import run
from headrace.exception_queue.resolving import close
from headrace.exception_queue.talking import comment
from headrace.flow.capture.tests.sending import line, order, send, take
from headrace.governance.access import PERMISSIONS, make_api_key, revoke_api_key, rotate_api_key
from headrace.orders.tests.building import make_order

Program = Callable[..., Client]
shop = pytest.mark.usefixtures("shop")
ENDPOINTS = {
    ("post", "/orders"): "orders.write",
    ("post", "/orders/bulk"): "orders.write",
    ("get", "/orders"): "orders.read",
    ("get", "/orders/{number}"): "orders.read",
    ("post", "/orders/{number}/cancel"): "orders.edit",
    ("post", "/orders/{number}/recall"): "orders.edit",
    ("post", "/actions/cancel_order"): "orders.edit",
    ("post", "/actions/map_sku"): "catalog.write",
    ("get", "/stock"): "stock.read",
    ("get", "/stock/{sku}"): "stock.read",
    ("get", "/invoices"): "ledger.read",
    ("get", "/journal"): "ledger.read",
    ("get", "/ledger/trial-balance"): "ledger.read",
    ("get", "/ledger/accounts/{code}"): "ledger.read",
    ("get", "/exceptions"): "exceptions.read",
    ("get", "/exceptions/counts"): "exceptions.read",
    ("get", "/exceptions/{case}"): "exceptions.read",
    ("post", "/exceptions/actions/retry"): "exceptions.resolve",
    ("post", "/exceptions/actions/close"): "exceptions.resolve",
    ("post", "/exceptions/actions/accept"): "exceptions.accept",
    ("post", "/exceptions/actions/assign"): "exceptions.work",
    ("post", "/exceptions/actions/claim"): "exceptions.work",
    ("post", "/exceptions/actions/snooze"): "exceptions.work",
    ("post", "/exceptions/actions/comment"): "exceptions.work",
}
OPEN_TO_EVERY_KEY = {("get", "/actions")}


def call(client: Client, method: str, path: str) -> Any:
    deeds = {"bulk": {"orders": [order("W-1")]}, "cancel": {"why": "x"}, "recall": {"why": "x"}}
    body: Any = {"cases": [1], "note": "x", "to": "x"} if "/exceptions/" in path else deeds.get(path.rpartition("/")[2], order("W-1"))
    more = {"data": body, "content_type": "application/json"} if method == "post" else {}
    return getattr(client, method)("/api/v1" + path.format(number="SO-1", sku="A", case=1, code="receivable"), **more)


def test_this_list_names_every_endpoint() -> None:
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    described = {(method, path.removeprefix("/api/v1")) for path, methods in paths.items() for method in methods}
    one_for_many = {"/exceptions/actions/": "/exceptions/actions/{deed}", "/actions/": "/actions/{name}"}
    named = {(method, next((many for begin, many in one_for_many.items() if path.startswith(begin)), path)) for method, path in ENDPOINTS}
    assert described == named | OPEN_TO_EVERY_KEY


@shop
@pytest.mark.parametrize(("endpoint", "scope"), ENDPOINTS.items())
def test_every_endpoint_wants_its_scope_and_no_other(as_program: Program, endpoint: tuple[str, str], scope: str) -> None:
    others = [s for s in PERMISSIONS if s != scope]
    refused = call(as_program(*others), *endpoint)
    assert (refused.status_code, scope in refused.json()["error"]) == (403, True)
    assert call(as_program(scope), *endpoint).status_code not in (401, 403)
    unknown = call(Client(), *endpoint)
    assert (unknown.status_code, unknown.json()["field"], unknown.headers["WWW-Authenticate"]) == (401, "Authorization", "Bearer")
    assert call(Client(headers={"Authorization": "Bearer hr_wrong"}), *endpoint).status_code == 401


@shop
@pytest.mark.parametrize(("query", "said"), [("limti=5", "'limti' is no parameter"), ("=1", "'' is no parameter"), ("limit=1&limit=2", "limit: 2 values")])
def test_a_parameter_that_is_unknown_or_doubled_is_refused(as_program: Program, query: str, said: str) -> None:
    answer = as_program("orders.read").get(f"/api/v1/orders?{query}")
    assert (answer.status_code, said in answer.json()["error"]) == (422, True), answer.content


@shop
def test_a_key_that_was_rotated_revoked_or_has_expired_opens_nothing() -> None:
    def status(key: str) -> int:
        return Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/orders").status_code

    old = make_api_key(actor="cli:test", name="p", scopes=["orders.read"])
    assert status(old) == 200
    new = rotate_api_key(actor="cli:test", name="p")
    assert (status(old), status(new)) == (401, 200)
    run("update governance_api_key set expires_at = transaction_timestamp() - interval '1 second'")
    assert status(new) == 401
    run("update governance_api_key set expires_at = null")
    revoke_api_key(actor="cli:test", name="p")
    assert status(new) == 401


@shop
def test_personal_data_is_for_keys_that_may_see_it(as_program: Program) -> None:
    o = make_order("1", {"EAST": [("A", 1)]})
    run("""update orders_order set extra = '{"note": "ring at Roe", "tags": "vip"}' where id = %(o)s""", {"o": o.id})
    hidden = as_program("orders.read").get(f"/api/v1/orders/SO-{o.id}").json()
    shown = as_program("orders.read", "orders.personal").get(f"/api/v1/orders/SO-{o.id}").json()
    assert (hidden["addresses"][0]["name"], hidden["addresses"][0]["country"], hidden["extra"]) == ("***", "US", {"note": "***", "tags": "vip"})
    assert (shown["addresses"][0]["name"], shown["extra"]["note"]) == ("Jane Roe", "ring at Roe")
    assert "Jane" not in str(hidden) and "Roe" not in str(hidden)


@shop
def test_a_case_says_which_field_and_hides_what_stands_in_it(as_program: Program) -> None:
    send({**order("W-1"), "ship_to": "Jane Roe, 1 Main Street"})
    take()
    case = run("select id from exception_queue_case").scalar
    hidden = as_program("exceptions.read").get(f"/api/v1/exceptions/{case}").json()
    shown = as_program("exceptions.read", "orders.personal").get("/api/v1/exceptions").json()
    assert (hidden["detail"]["field"], "Jane" in str(hidden), "Jane" in str(shown)) == ("ship_to", False, True)


@shop
def test_what_people_wrote_about_a_case_is_hidden_with_the_rest(as_program: Program) -> None:
    send(order("W-1", lines=[line("1", "NOBODY-KNOWS", 1)]))
    take()
    take("validate")
    case = run("select min(id) from exception_queue_case").scalar
    comment(actor="cli:test", case_ids=[case], note="call Jane Roe")
    close(actor="cli:test", case_ids=[case], note="Jane Roe was called")
    hidden, shown = (as_program("exceptions.read", *more).get(f"/api/v1/exceptions/{case}").json() for more in ((), ("orders.personal",)))
    assert ("Jane" in str(hidden), "Jane" in str(shown)) == (False, True)
    assert [e["event"] for e in hidden["events"]] == [e["event"] for e in shown["events"]]
