"""The floor: every number of the board opens exactly its rows, queues are narrowed and paged by what leaves first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from headrace.console.floor_board import bars
from headrace.engine.queries import run
from headrace.flow.ship.actions import pack, ship
from headrace.insight import floor
from headrace.orders.tests.building import Built, make_order

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]


def set_fulfilment(built: Built, what: str, node: str = "EAST") -> None:
    run(f"update orders_fulfilment set {what} where id = %(f)s", {"f": built.fulfilments[node]})


@pytest.fixture
def work(shop: None) -> dict[str, Built]:
    """EAST: one of each kind that a lead looks for. WEST: nothing urgent."""
    made = {n: make_order(n, {"EAST": [("A", 2)]}) for n in ("planned", "late", "next", "later", "picking", "packed", "leaving", "held", "order_held")}
    made["two_lines"] = make_order("two_lines", {"EAST": [("A", 1), ("B", 1)]})
    made["west"] = make_order("west", {"WEST": [("A", 1)]})
    run("update orders_fulfilment set state = 'released', released_at = now(), cut_off_at = now() + interval '30 hours'")
    set_fulfilment(made["planned"], "state = 'planned', cut_off_at = null")
    set_fulfilment(made["late"], "cut_off_at = now() - interval '2 hours'")
    set_fulfilment(made["next"], "cut_off_at = now() + interval '20 hours', priority = 10")
    set_fulfilment(made["picking"], "state = 'picking'")
    set_fulfilment(made["held"], "hold = 'held'")
    run("update orders_order set hold = 'held' where id = %(o)s", {"o": made["order_held"].id})
    for name in ("packed", "leaving"):
        pack(actor="cli:test", fulfilment=made[name].number("EAST"), parcels=[{"weight_g": 900}])
    ship(actor="cli:test", fulfilment=made["leaving"].number("EAST"))
    return made


def shown(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'<td class="lead"><a href="/fulfilment/f/(FO-\d+)"', page)


def numbers_of(made: dict[str, Built], *names: str) -> set[str]:
    return {made[name].number("WEST" if name == "west" else "EAST") for name in names}


def test_the_node_that_needs_people_stands_first_and_each_number_opens_its_rows(seat: Seat, work: dict[str, Built]) -> None:
    client = seat("warehouse")
    page = client.get("/fulfilment").content.decode()
    assert re.findall(r'class="node" href="/fulfilment/(\w+)"', page)[:2] == ["EAST", "WEST"]
    opened = dict(re.findall(r'<a href="(/fulfilment/EAST\?[^"]+)"[^>]*>(\d+)', page))
    states = [f"state={state}" for state in floor.STATES]
    assert set(opened) == {f"/fulfilment/EAST?{query}" for query in ("cut_off=late", "cut_off=next", "held=yes", *states)}
    for address, count in opened.items():
        assert len(shown(client, address)) == int(count), address
    assert opened["/fulfilment/EAST?state=released"] == "6" and opened["/fulfilment/EAST?held=yes"] == "2"


def test_filters_of_the_queue(seat: Seat, work: dict[str, Built]) -> None:
    client = seat("warehouse")

    def found(query: str) -> set[str]:
        return set(shown(client, f"/fulfilment/EAST?{query}"))

    assert found("state=planned") == numbers_of(work, "planned")
    assert found("state=packed") == numbers_of(work, "packed")
    assert found("state=handed_over") == numbers_of(work, "leaving")
    assert found("cut_off=late") == numbers_of(work, "late")
    assert found("cut_off=next") == numbers_of(work, "next")
    assert found("cut_off=hour") == set()
    assert found("held=yes") == numbers_of(work, "held", "order_held")
    assert found("lines=several") == numbers_of(work, "two_lines")
    assert found("lines=one&state=picking") == numbers_of(work, "picking")
    assert found("priority=high") == numbers_of(work, "next")
    assert found("carrier=own&state=packed") == numbers_of(work, "packed")
    assert found("q=b") == numbers_of(work, "two_lines")
    assert found(f"q=SO-{work['late'].id}") == numbers_of(work, "late") == found(f"q={work['late'].number('EAST')}")
    assert len(found("all=1")) == 10
    assert (
        "WEST" not in client.get("/fulfilment/EAST?format=csv").getvalue().decode()
        and len(client.get("/fulfilment/EAST?format=csv").getvalue().splitlines()) == 11
    )


def test_a_held_fulfilment_past_its_cut_off_is_late_until_it_is_handed_over(seat: Seat, work: dict[str, Built]) -> None:
    run("update orders_fulfilment set cut_off_at = now() - interval '1 minute' where state <> 'planned'")
    (east,) = floor.board(floor.moment(), floor.node("EAST", floor.moment()).id)
    assert east["late"] == 8 and east["next_at"] is None and east["due_next"] == 0
    assert len(shown(seat("warehouse"), "/fulfilment/EAST?cut_off=late")) == 8


def test_what_left_is_counted_by_the_node_s_own_day_and_by_the_hour(seat: Seat, work: dict[str, Built]) -> None:
    now = floor.moment()
    east = floor.node("EAST", now)
    for n, at in enumerate(["now() - interval '10 minutes'", "now() - interval '70 minutes'", "%(midnight)s::timestamptz - interval '1 minute'"]):
        run(
            f"""insert into orders_shipment (order_id, fulfilment_id, node_id, external_ref, shipped_at, qty_each)
            values (%(o)s, %(f)s, %(n)s, 'gone-{n}', {at}, 1)""",
            {"o": work["late"].id, "f": work["late"].fulfilments["EAST"], "n": east.id, "midnight": east.midnight},
        )
    (told,) = floor.board(floor.moment(), east.id)
    client = seat("warehouse")
    for when, count in (("today", told["today"]), ("hour", told["hours"][-1])):
        page = client.get(f"/fulfilment/EAST/gone?when={when}").content.decode()
        assert page.count("<tr data-open>") == count, when
    assert told["hours"][-2:] == [1, 1] and 0 < told["today"] < 3
    assert client.get("/fulfilment/MOON/gone").status_code == 404


def test_a_busy_hour_has_a_high_bar_and_an_empty_one_a_line() -> None:
    drawn = bars([0, 1, 100], 100)
    assert [b["high"] for b in drawn] == [1, 2, 24] and [b["y"] + b["high"] for b in drawn] == [24, 24, 24]
    assert bars([0, 0], 0)[0]["high"] == 1


def test_the_queue_is_paged_by_what_leaves_first(shop: None) -> None:
    for n in range(5):
        make_order(f"Q-{n}", {"EAST": [("A", 1)]})
    run("update orders_fulfilment set state = 'released', cut_off_at = case when id % 2 = 0 then now() + make_interval(mins => id::int) end")
    east = floor.node("EAST", floor.moment()).id
    whole = [r["number"] for r in floor.queue(east, {}, None, 10)]
    one_by_one: list[str] = []
    after = None
    while rows := floor.queue(east, {}, after, 1):
        one_by_one.append(rows[0]["number"])
        after = rows[0]["cursor"]
    assert one_by_one == whole and len(whole) == 5
    for nonsense in ("nonsense", "x~1~2", "2026-99-99 00:00~1~2"):
        assert floor.queue(east, {}, nonsense.replace("2026-99-99 00:00", "-"), 10)[0]["number"] == whole[0]


def test_the_floor_is_for_the_warehouse(seat: Seat, work: dict[str, Built]) -> None:
    for address in ("/fulfilment", "/fulfilment/EAST", "/fulfilment/EAST/gone"):
        assert seat("auditor", name=f"auditor{address}").get(address).status_code == 403
    part = seat("warehouse").get("/fulfilment", headers={"HX-Request": "true"}).content.decode()
    assert "EAST" in part and "<html" not in part


def test_what_is_to_be_packed_anew_is_not_counted_as_packed(seat: Seat, work: dict[str, Built]) -> None:
    client = seat("warehouse")
    set_fulfilment(work["packed"], "packing = null")
    (east,) = floor.board(floor.moment(), floor.node("EAST", floor.moment()).id)
    assert (east["packed"], east["picking"]) == (0, 2)
    assert shown(client, "/fulfilment/EAST?state=packed&carrier=own") == []
    assert set(shown(client, "/fulfilment/EAST?state=picking")) == numbers_of(work, "picking", "packed")
    assert floor.packed_by_carrier(floor.node("EAST", floor.moment()).id) == []


@pytest.mark.parametrize("address", ["EAST?after=2026-99-99 10:00:00~50~1", "EAST?after=2026-01-01 10:00~50~1", "EAST?after=infinity~50~1&page=" + "9" * 5000])
def test_a_place_in_the_queue_that_is_none_begins_at_the_first(seat: Seat, work: dict[str, Built], address: str) -> None:
    assert seat("warehouse").get(f"/fulfilment/{address}").status_code == 200


def test_a_node_that_cannot_be_is_not_there(seat: Seat, work: dict[str, Built]) -> None:
    client = seat("warehouse")
    for place in ("", "/gone", "/waves", "/manifests"):
        assert client.get(f"/fulfilment/EA%00ST{place}").status_code == 404
