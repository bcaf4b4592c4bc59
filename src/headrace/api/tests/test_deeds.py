"""Every action by its name: what a case offers, a program can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.engine import by_name
from headrace.engine.action import actions
from headrace.engine.queries import run
from headrace.exception_queue.reasons import reasons
from headrace.flow.capture.tests.sending import line, order, send, take

Program = Callable[..., Client]
shop = pytest.mark.usefixtures("shop")


def do(client: Client, action: str, **body: Any) -> Any:
    return client.post(f"/api/v1/actions/{action}", body, content_type="application/json")


def test_what_reasons_offer_can_be_done_by_name() -> None:
    offered = {offer for reason in reasons().values() for offer in reason.offers}
    assert offered - set(by_name.named()) == set()


def test_secrets_and_steps_of_an_import_have_doors_of_their_own() -> None:
    import headrace.insight.verify  # noqa: F401 - declares the deed that keeps a verification

    kept_back = {name for name, action in actions().items() if not action.function.__module__.startswith("headrace.demo")} - set(by_name.named())
    assert kept_back == {
        "make_api_key",
        "rotate_api_key",
        "revoke_api_key",
        "set_partner_secret",
        "open_register_shop",
        "bring_in_part",
        "keep_verification",
        "uncover_order",
        "attach",
        "start_bulk",
        "make_user",
        "reset_password",
        "keep_upload",
        "note_company_link",
        "keep_company_roles",
        "rotate_partner_secret",
        "drop_old_secret",
        "do_part",
    }


@shop
def test_an_unknown_sku_is_mapped_and_the_waiting_orders_go_on(as_program: Program) -> None:
    send(order("W-1", lines=[line("1", "SIX-PACK", 2)]))
    take()
    answer = do(as_program("catalog.write"), "map_sku", channel="door", channel_sku="SIX-PACK", item="B", pack_each=6)
    assert (answer.status_code, answer.json()) == (200, {"action": "map_sku", "answer": 1})
    assert run("select qty_ordered_each from orders_line where sku = 'SIX-PACK'").scalar == 12
    assert run("select actor from governance_audit where deed = 'map_sku' order by seq desc limit 1").scalar.startswith("api:")


@shop
def test_an_order_is_named_as_people_read_it(as_program: Program) -> None:
    send(order("W-1"))
    take()
    number = f"SO-{run('select id from orders_order').scalar}"
    assert do(as_program("orders.edit"), "cancel_order", order_id=number, why="changed her mind").json()["answer"] == 2


@shop
@pytest.mark.parametrize(
    ("name", "body", "status", "field"),
    [
        ("map_sku", {"channel": "door", "channel_sku": "X"}, 422, "item"),
        ("map_sku", {"channel": "door", "channel_sku": "X", "item": "A", "packeach": 2}, 422, "packeach"),
        ("map_sku", {"channel": "door", "channel_sku": "X", "item": "A", "pack_each": "six"}, 422, "pack_each"),
        ("map_sku", {"channel": "door", "channel_sku": "X\x00", "item": "A"}, 422, "channel_sku"),
        ("fix_address", {"order_id": 1, "changes": {"city": "a\x00"}}, 422, "changes"),
        ("cancel_order", {"order_id": 2**70, "why": "x"}, 422, "order_id"),
        ("snooze", {"case_ids": [1], "until": "2026-12-01"}, 422, "until"),
        ("snooze", {"case_ids": [1], "until": "2026-12-01T10:00:00"}, 422, "until"),
        ("no_such_thing", {}, 404, "name"),
        ("make_api_key", {"name": "x", "scopes": ["*"]}, 404, "name"),
        ("snooze", {"case_ids": [1], "until": "2099-01-01T00:00:00"}, 422, "until"),
        ("receive_goods", {"node": "EAST", "reference": "R", "rows": [], "received_at": "2026-01-05"}, 422, "received_at"),
        ("claim", {"case_ids": [2**63]}, 422, None),
        ("replay_dead_letters", {"outbox_ids": [2**63]}, 422, None),
        ("set_list_price", {"price_list": "x", "sku": "A", "unit_price": "1e400"}, 422, None),
    ],
)
def test_what_is_wrong_is_said_by_field(as_program: Program, name: str, body: dict[str, Any], status: int, field: str | None) -> None:
    answer = do(as_program("*"), name, **body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.content


@shop
def test_the_remedy_is_told_as_it_is_to_be_written(as_program: Program) -> None:
    answer = do(as_program("*"), "snooze", case_ids=[1], until="2099-01-01").json()
    assert answer["error"] == "until: '2099-01-01' will not do: the moment needs its zone, as in 2026-01-05T10:00:00Z"


@shop
@pytest.mark.parametrize("rate", ["NaN", "Infinity", "1e400", "9999999999.99999999999", "99999999999999999999"])
def test_a_rate_that_is_none_is_refused_in_words(as_program: Program, rate: str) -> None:
    answer = do(as_program("*"), "set_exchange_rate", from_currency="USD", to_currency="GBP", on_day="2026-01-05", rate=rate, source="bank")
    assert (answer.status_code, answer.json()["error"][:6]) == (422, "rate: "), answer.content


@shop
def test_the_list_holds_what_the_key_may_do(as_program: Program) -> None:
    told = as_program("catalog.write").get("/api/v1/actions").json()
    assert "map_sku" in {t["name"] for t in told}
    assert {t["permission"] for t in told} == {"catalog.write"}
    assert next(t for t in told if t["name"] == "map_sku")["parameters"]["required"] == ["channel", "channel_sku", "item"]


@shop
def test_a_key_of_one_channel_does_no_actions(as_program: Program) -> None:
    assert do(as_program("*", channel="shop"), "map_sku", channel="door", channel_sku="X", item="A").status_code == 403


@shop
def test_a_key_of_one_channel_reaches_no_order_of_another(as_program: Program) -> None:
    send(order("W-1"))
    take()
    number = f"SO-{run('select id from orders_order').scalar}"
    own, other = (as_program("orders.*", "exceptions.*", channel=channel) for channel in ("door", "shop"))
    assert [c.get(f"/api/v1/orders/{number}").status_code for c in (own, other)] == [200, 404]
    assert [len(c.get("/api/v1/orders").json()["rows"]) for c in (own, other)] == [1, 0]
    assert other.get("/api/v1/orders?channel=door").status_code == 403
    for path, body in ((f"orders/{number}/recall", {"why": "x"}), (f"orders/{number}/cancel", {"why": "x"})):
        assert other.post(f"/api/v1/{path}", body, content_type="application/json").status_code == 404
    assert other.post("/api/v1/exceptions/actions/claim", {"cases": [1]}, content_type="application/json").status_code == 403
    assert own.post(f"/api/v1/orders/{number}/cancel", {"why": "x"}, content_type="application/json").json()["pieces"] == 2


ODD: dict[str, list[Any]] = {
    "string": ["", "x", "A", "EAST", "door", "1", "-1", "0", "9" * 40, "NaN", "x" * 9_000, "2026-13-45", "2026-12-01", "SO-1", "\u202e", "USD"],
    "integer": [1, 0, -1, 2**31, 2**62],
    "boolean": [True, False],
    "object": [{}, {"city": None}, {"x": {"y": 1}}, {"name": ""}],
    "array": [
        [],
        [1],
        [0, -1, 2**40],
        ["x"],
        [{}],
        [{"sku": "A", "node": "EAST", "qty": 1}],
        [{"sku": "A", "node": "EAST", "qty": "many"}],
        [["receivable", 5]],
        [None],
    ],
    "": [None, 1, "x", [], {}, {"rules": []}],
}


def _odd(shape: dict[str, Any], n: int) -> Any:
    """The n-th odd value for a parameter, of one of the kinds that it may be."""
    kinds = [s.get("type", "") for s in shape["anyOf"]] if "anyOf" in shape else [shape.get("type", "")]
    kind = kinds[n % len(kinds)]
    return None if kind == "null" else ODD[kind][n % len(ODD[kind])]


@shop
@pytest.mark.parametrize("name", sorted(by_name.named()))
def test_no_odd_value_breaks_an_action(as_program: Program, name: str) -> None:
    """Whatever is sent, the answer is done, waits, or what is wrong in words: never an error of ours."""
    send(order("W-1"))
    take()
    client, shapes = as_program("*"), next(t for t in by_name.described() if t["name"] == name)["parameters"]["properties"]
    for n in range(15):
        body = {field: _odd(shape, n * (1 + place)) for place, (field, shape) in enumerate(shapes.items())}
        answer = do(client, name, **body)
        assert answer.status_code in (200, 409, 422), (body, answer.content)
        assert answer.status_code == 200 or len(answer.json()["error"]) > 10, (body, answer.content)
