"""Orders by the JSON API: stored before the answer, each row answered for itself, the same call answered alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.engine.stage import stage_named
from headrace.flow.capture.tests.sending import order

shop = pytest.mark.usefixtures("shop")
Program = Callable[..., Client]


def post(client: Client, body: Any, path: str = "/api/v1/orders?channel=door", **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


@shop
def test_the_same_order_twice_gives_the_same_answer(as_program: Program) -> None:
    client = as_program("orders.write")
    first, again = post(client, order("W-1")), post(client, order("W-1"))
    assert (first.status_code, first.json()["new"], again.json()) == (202, True, {**first.json(), "new": False})
    stage_named("capture").run()
    known = post(client, order("W-1")).json()
    assert (known["outcome"], known["order"]) == ("captured", f"SO-{run('select id from orders_order').scalar}")


@shop
def test_the_same_version_with_other_content_is_refused(as_program: Program) -> None:
    client = as_program("orders.write")
    post(client, order("W-1"))
    answer = post(client, order("W-1", note="other words"))
    assert (answer.status_code, answer.json()["field"], answer.json()["fix"]) == (409, "version", "Raise the version with every change")
    assert post(client, order("W-1", 2, note="other words")).status_code == 202


@shop
def test_an_idempotency_key_answers_alike_and_refuses_another_call(as_program: Program) -> None:
    client = as_program("orders.write")
    key = {"Idempotency-Key": "call-1"}
    first = post(client, order("W-1"), **key)
    assert (post(client, order("W-1"), **key).json(), first.json()["new"]) == (first.json(), True)
    other = post(client, order("W-2"), **key)
    assert (other.status_code, other.json()["field"], other.json()["value"]) == (409, "Idempotency-Key", "call-1")
    assert post(client, order("W-3"), **{"Idempotency-Key": "\u00e9"}).status_code == 422
    assert run("select count(*) as n from engine_inbox").scalar == 1
    refused = {**order("W-4"), "total": "ten"}
    assert post(client, refused, **{"Idempotency-Key": "call-2"}).status_code == 422
    assert post(client, order("W-4"), **{"Idempotency-Key": "call-2"}).status_code == 202  # what was refused may be sent again, mended


@shop
def test_each_row_of_a_bulk_is_answered_for_itself(as_program: Program) -> None:
    client = as_program("orders.write")
    rows = [order("W-1"), {**order("W-2"), "total": "12.345"}, order("W-1"), order("W-1", note="other"), order("W-3")]
    answer = post(client, {"orders": rows}, "/api/v1/orders/bulk?channel=door", **{"Idempotency-Key": "b"}).json()
    assert (answer["accepted"], answer["refused"]) == (3, 2)
    told = [row["accepted"] is not None for row in answer["rows"]]
    assert (told, [row["row"] for row in answer["rows"]]) == ([True, False, True, False, True], [1, 2, 3, 4, 5])
    problem = answer["rows"][1]["problem"]
    assert (problem["field"], problem["value"], problem["fix"]) == ("total", "12.345", "USD has 2 decimals")
    assert answer["rows"][0]["accepted"]["message"] == answer["rows"][2]["accepted"]["message"]
    assert post(client, {"orders": rows}, "/api/v1/orders/bulk?channel=door", **{"Idempotency-Key": "b"}).json() == answer


@shop
@pytest.mark.parametrize("bulk", [{"orders": []}, {"orders": [{}] * 1_001}, {"orders": "all"}, {}, []])
def test_a_bulk_beyond_its_limits_is_refused(as_program: Program, bulk: Any) -> None:
    answer = post(as_program("orders.write"), bulk, "/api/v1/orders/bulk?channel=door")
    assert (answer.status_code, run("select count(*) as n from engine_inbox").scalar) == (422, 0)
    assert answer.json()["error"]


@shop
def test_a_key_of_one_channel_sends_for_no_other(as_program: Program) -> None:
    client = as_program("orders.write", channel="door")
    assert post(client, order("W-1"), "/api/v1/orders").status_code == 202
    assert post(client, order("W-2"), "/api/v1/orders?channel=shop").status_code == 403
    unbound = post(as_program("orders.write"), order("W-3"), "/api/v1/orders")
    assert (unbound.status_code, unbound.json()["field"]) == (422, "channel")


@shop
@pytest.mark.parametrize("body", ["not json", '{"order": "\\ud800"}', '{"total": NaN}', "\ufeff{}"])
def test_a_body_that_is_no_json_is_refused_in_words(as_program: Program, body: str) -> None:
    answer = post(as_program("orders.write"), body.encode())
    assert (answer.status_code, answer.json()["field"]) == (400, "body")
