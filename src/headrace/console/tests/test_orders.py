"""Orders are found by whatever somebody has in hand, shown whole to those who may, and steered by forms that say what they will do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from headrace.console import order_deeds
from headrace.engine.queries import run
from headrace.flow.release.reasons import HELD_BY_HAND
from headrace.insight import finding
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]


@pytest.fixture
def order_id(shop: None) -> int:
    """An order of Ann's with two lines, released to EAST."""
    oid = make_order("W-1", {"EAST": [("A", 2), ("B", 1)]}).id
    run("update orders_order set external_number = '#1001' where id = %(o)s", {"o": oid})
    run("delete from orders_address where order_id = %(o)s", {"o": oid})
    run(
        "insert into orders_address (order_id, kind, name, line1, city, country, email) values (%(o)s, 'ship', 'Ann Lee', '1 Elm St', 'Reno', 'US', 'Ann@Example.com')",
        {"o": oid},
    )
    return oid


def found(text: str, **more: bool) -> list[str]:
    return [r["number"] for r in finding.by_word(text, personal=more.get("personal", True), limit=10)]


def test_anything_that_names_an_order_finds_it(order_id: int) -> None:
    number = f"SO-{order_id}"
    fulfilment = run("select number from orders_fulfilment where order_id = %(o)s", {"o": order_id}).scalar
    for text in (number, number.lower(), str(order_id), "W-1", "#1001", "1001", "ann@example.com", "ANN@EXAMPLE.COM", "A", fulfilment, f" {number} "):
        assert found(text) == [number], text
    for text in ("W-2", "ben@example.com", "SO-", "SO-999999999999999999999", "FO-0", "INV-1", "", "%", "'"):
        assert found(text) == [], text
    assert found("ann@example.com", personal=False) == []


def test_one_hit_opens_the_order(seat: Seat, order_id: int) -> None:
    answer = seat("customer_service").get("/orders?q=%231001")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/orders/SO-{order_id}"


def test_the_list_is_narrowed_by_status_channel_and_day(seat: Seat, order_id: int) -> None:
    client = seat("customer_service")
    shows = f'href="/orders/SO-{order_id}"'
    status = run("select status from orders_order where id = %(o)s", {"o": order_id}).scalar
    channel = run("select code from catalog_channel c join orders_order o on o.channel_id = c.id where o.id = %(o)s", {"o": order_id}).scalar
    day = run("select captured_at::date as day from orders_order where id = %(o)s", {"o": order_id}).scalar
    for narrowed in (
        "",
        f"status={status}",
        f"channel={channel}",
        f"since={day}",
        f"until={day}",
        f"since={day}&until={day}&status={status}&channel={channel}",
    ):
        assert shows in client.get(f"/orders?{narrowed}").content.decode(), narrowed
    for other in ("status=cancelled", "since=2999-01-01", "until=1999-01-01", "since=1999-01-01&until=1999-01-02"):
        assert shows not in client.get(f"/orders?{other}").content.decode(), other


@pytest.mark.parametrize("status", finding.STATUSES)
def test_each_status_finds_exactly_its_orders(shop: None, status: str) -> None:
    for n in range(3):
        make_order(f"S-{n}", {"EAST": [("A", 1)]})
    changes = {
        "on_hold": "hold = 'held'",
        "cancelled": "commercial = 'cancelled'",
        "captured": "state = 'captured'",
        "backordered": "state = 'backordered', qty_allocated_each = 0",
    }
    if status in changes:
        run(f"update orders_order set {changes[status]} where external_ref = 'S-1'")
    expected = run("select number from orders_order where status = %(s)s order by id desc", {"s": status}).column("number")
    assert [r["number"] for r in finding.listed(status=status, limit=10)] == expected
    assert expected or status not in changes


def test_the_page_tells_all_of_it(seat: Seat, order_id: int) -> None:
    page = seat("ops_manager").get(f"/orders/SO-{order_id}").content.decode()
    for told in ("Why it is here", "EAST", "Ann Lee", "Timeline", "Route it anew", "Split the order", "Cancel the order"):
        assert told in page, told
    assert seat("admin").get("/orders/SO-999999").status_code == 404
    assert seat("auditor").get("/orders/elephant").status_code == 404


def test_who_it_is_for_is_hidden_from_most_and_shown_on_record(seat: Seat, order_id: int) -> None:
    client = seat("warehouse")
    assert "Ann Lee" not in client.get(f"/orders/SO-{order_id}").content.decode()
    assert "Ann Lee" not in client.get("/orders?columns=number,customer").content.decode()
    refused = client.post(f"/orders/SO-{order_id}/uncover", {"why": ""}, follow=True).content.decode()
    assert "say in a few words" in refused and "Ann Lee" not in refused
    answer = client.post(f"/orders/SO-{order_id}/uncover", {"why": "the carrier asks for the name"})
    assert "Ann Lee" in answer.content.decode() and answer.headers["Cache-Control"] == "no-store"
    kept = run("select actor, subject, detail from governance_audit order by seq desc limit 1").one
    assert (kept.actor, kept.subject) == ("user:warehouse", f"order:SO-{order_id}") and "the carrier asks" in str(kept.detail)
    assert seat("auditor").post(f"/orders/SO-{order_id}/uncover", {"why": "just curious"}).status_code == 403


def test_deeds_are_offered_to_those_who_may_and_done_through_their_forms(seat: Seat, order_id: int) -> None:
    assert "Hold the order" not in seat("warehouse").get(f"/orders/SO-{order_id}").content.decode()
    agent, home = seat("customer_service"), f"/orders/SO-{order_id}"
    agent.post("/do/hold_order", {"order_id": order_id, "why": "asks for another colour", "next": home})
    page = agent.get(home).content.decode()
    assert "Held by customer_service: asks for another colour" in page and "Let the order go" in page and 'action="/do/hold_order"' not in page
    agent.post("/do/let_order_go", {"order_id": order_id, "next": home})
    assert run("select hold from orders_order where id = %(o)s", {"o": order_id}).scalar == "clear"
    agent.post("/do/note_order", {"order_id": order_id, "note": "called at nine", "next": home})
    assert "called at nine" in agent.get(home).content.decode()
    told = agent.post("/do/split_order", {"order_id": order_id, "line": "1", "qty": "7", "why": "x", "next": home}, follow=True).content.decode()
    assert "7 of A" in told


def test_the_page_knows_the_reason_of_a_hold_by_hand() -> None:
    assert HELD_BY_HAND.code == order_deeds.HELD
