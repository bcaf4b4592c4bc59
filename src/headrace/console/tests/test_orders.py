"""Orders are found by whatever somebody has in hand, shown whole to those who may, and steered by forms that say what they will do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from headrace.console import order_deeds
from headrace.engine.queries import run
from headrace.flow.release.reasons import HELD_BY_HAND
from headrace.insight import finding, narrowing
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]
NOW = datetime.now(UTC)


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
    assert [r["number"] for r in narrowing.listed({"status": status}, limit=10)] == expected
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
    assert "Ann Lee" in answer.content.decode() and "no-store" in answer.headers["Cache-Control"]
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


def test_people_places_and_papers_find_an_order(order_id: int) -> None:
    number = f"SO-{order_id}"
    run(
        "update orders_address set company = 'Lee & Sons', phone = '+1 (775) 555-0142', postcode = '89501' where order_id = %(o)s",
        {"o": order_id},
    )
    run('update orders_order set extra = \'{"po_number": "PO-77"}\' where id = %(o)s', {"o": order_id})
    run(
        "insert into ledger_payment (order_id, kind, gateway, external_ref, amount_minor, currency, at) values (%(o)s, 'captured', 'pay', 'ch_9', 100, 'USD', now())",
        {"o": order_id},
    )
    make_order("W-9", {"EAST": [("A", 1)]})  # Jane Roe's
    for text in ("Lee", "ann lee", "Lee, Ann", "sons", "555-0142", "775 555 0142", "+17755550142", "89501", "PO-77", "ch_9", "lee 89501", "A lee", "reno-less"):
        assert found(text) == ([] if text == "reno-less" else [number]), text
    for text in ("lee", "555-0142", "ann@example.com"):
        assert found(text, personal=False) == [], text
    assert found("89501", personal=False) == [number]
    assert set(found("A")) > {number} and found("lee C") == [] and found("le") == []


def test_filters_find_exactly_what_they_say_alone_and_together(order_id: int) -> None:
    late = make_order("W-2", {"WEST": [("A", 5)]}).id
    run(
        "update orders_order set promised_by = now() - interval '1 hour', total_minor = 99900, captured_minor = 99900, extra = '{\"tags\": \"vip, gift\"}' where id = %(o)s",
        {"o": late},
    )
    tried = make_order("W-3", {"EAST": [("B", 1)]}, channel="door").id
    run("update orders_order set is_test = true, hold = 'held' where id = %(o)s", {"o": tried})
    run("insert into orders_return (order_id, state) values (%(o)s, 'requested')", {"o": order_id})
    ask = {
        (late,): [{"promised": (None, NOW)}, {"total_from": "900"}, {"payment": "paid"}, {"tag": "VIP"}, {"node": "WEST"}, {"promised": (None, NOW), "payment": "paid", "node": "WEST"}],
        (tried,): [{"test": "yes"}, {"hold": "held"}, {"channel": "door"}],
        (order_id,): [{"returns": "yes"}, {"returns": "yes", "country": "US"}, {"total_to": "30.00", "channel": "shop"}],
        (): [{"promised": (NOW, NOW + timedelta(days=1))}, {"total_to": "1"}, {"country": "DE"}, {"promised": (None, NOW), "node": "EAST"}, {"straight": "no"}, {"segment": "vip"}],
        (tried, late, order_id): [{"unshipped": "1"}, {"straight": "yes"}, {"entity": "HR-US"}, {}],
    }  # fmt: skip
    for expected, asked in ask.items():
        for chosen in asked:
            assert [r["id"] for r in narrowing.listed(chosen, limit=10)] == list(expected), chosen


def test_a_long_walk_stops_and_says_how_far_it_looked(order_id: int, monkeypatch: pytest.MonkeyPatch, seat: Seat) -> None:
    for n in range(4):
        make_order(f"N-{n}", {"EAST": [("A", 1)]})
    run("update orders_order set total_minor = 777700 where id = %(o)s", {"o": order_id})
    monkeypatch.setattr(narrowing, "WALK_S", -1)
    monkeypatch.setattr(narrowing, "WINDOW_FIRST", 2)
    monkeypatch.setattr(narrowing, "WINDOW_MAX", 2)
    monkeypatch.setattr("headrace.console.listing.ROWS", 1)
    page = seat("customer_service").get("/orders?total_from=7000").content.decode()
    assert "Look further back" in page and f"SO-{order_id}<" not in page
    looked, before = [], None
    while True:
        walk = narrowing.Walk()
        looked += [r["id"] for r in narrowing.listed({"total_from": "7000"}, before=before, limit=2, walk=walk)]
        if walk.stopped_at is None:
            break
        before = walk.stopped_at
    assert looked == [order_id]
    whole = b"".join(seat("ops_manager").get("/orders?total_from=7000&format=csv")).decode()  # type: ignore[arg-type]
    assert f"SO-{order_id}" in whole


def test_what_a_cancel_will_do_is_what_it_does(seat: Seat, order_id: int) -> None:
    client = seat("customer_service")
    run("update orders_order set captured_minor = total_minor, authorised_minor = total_minor where id = %(o)s", {"o": order_id})
    told = client.get(f"/orders/SO-{order_id}/effect/cancel_line?line=1&qty=1").content.decode()
    for said in ("1 × A is cancelled.", "1 × A is free again at EAST.", "worth 10.00 USD less", "10.00 USD that was paid is to be given back"):
        assert said in told, said
    assert run("select qty_cancelled_each from orders_order where id = %(o)s", {"o": order_id}).scalar == 0
    client.post(f"/orders/SO-{order_id}/do/cancel_line", {"line": "1", "qty": "1", "reason": "too_late", "why": "x"})
    assert (
        run(
            "select reserved_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where sku = 'A' and code = 'EAST'"
        ).scalar
        == 1
    )
    assert run("select detail ->> 'reason' from orders_history where event = 'lines_cancelled'").scalar == "too_late"
    assert "have not left" in client.get(f"/orders/SO-{order_id}/effect/cancel_line?line=1&qty=9").content.decode()
    answer = client.post(f"/orders/SO-{order_id}/do/cancel_order", {"reason": "whim", "why": "my words"})
    assert answer.status_code == 409 and "whim" in answer.content.decode() and "my words" in answer.content.decode()


def test_many_orders_get_a_result_each(seat: Seat, order_id: int) -> None:
    gone = make_order("W-2", {"EAST": [("A", 1)]}).id
    run("update orders_order set commercial = 'cancelled', state = 'cancelled' where id = %(o)s", {"o": gone})
    client = seat("customer_service")
    told = client.post("/do/hold_orders", {"order_ids": [str(order_id), str(gone)], "why": "wrong price", "next": "/orders"}, follow=True).content.decode()
    assert f"SO-{gone}: it is cancelled" in told and "1 done, 1 refused" in told
    assert run("select hold from orders_order where id = %(o)s", {"o": order_id}).scalar == "held"
    again = client.post("/do/hold_orders", {"order_ids": [str(order_id)], "why": "again", "next": "/orders"}, follow=True).content.decode()
    assert "a person holds it already" in again
    client.post("/do/let_orders_go", {"order_ids": [str(order_id)], "next": "/orders"})
    assert run("select hold from orders_order where id = %(o)s", {"o": order_id}).scalar == "clear"
    client.post("/do/note_orders", {"order_ids": [str(order_id), str(gone)], "why": "called them", "next": "/orders"})
    assert run("select count(*) from orders_history where event = 'noted'").scalar == 2
