"""Today: figures that open the rows they count, parts that fail alone, and a picture of the line that says what the numbers say."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.console import channel_picture, day
from headrace.engine.queries import run
from headrace.insight import operation
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]


def a_case(order_ref: str, **columns: Any) -> None:
    run(
        """insert into exception_queue_case (reason_code, document, document_id, order_id, fingerprint, opened_at, due_at, state, team, currency, value_at_risk_minor)
        select r.code, 'order', o.id, o.id, '', o.captured_at, clock_timestamp() + %(due)s::interval, 'open', %(team)s, 'USD', 12345
        from orders_order o, (select code from exception_queue_reason where severity <> 'warns' order by code limit 1) r where o.external_ref = %(ref)s""",
        {"ref": order_ref, "due": "-1 minutes", "team": "operations", **columns},
    )


def come_in_now() -> None:
    run("update orders_order set captured_at = clock_timestamp() - interval '1 second'")


def figures(page: str) -> dict[str, tuple[str, str]]:
    """What each tile says, with the address that it opens."""
    tiles = re.findall(r'<div class="figure tile">\s*<span>([^<]*)</span>.*?<a class="opens" href="([^"]*)">\s*<b[^>]*>\s*([^<]*?)\s*<', page, re.DOTALL)
    return {title: (address.replace("&amp;", "&"), number) for title, address, number in tiles}


def test_every_figure_opens_the_rows_that_it_counts(shop: None, seat: Seat) -> None:
    for n in range(4):
        make_order(str(n), {"EAST": [("A", 1)]})
    come_in_now()
    a_case("0")
    client = seat("ops_manager")
    told = figures(client.get("/").content.decode())
    shown = {title: number for title, (_, number) in told.items()}
    assert shown | {"Orders in": "4", "Straight through": "75.0 %", "Parked": "1", "Oversold": "0"} == shown
    for title, count in (("Orders in", 4), ("Straight through", 3), ("Parked", 1)):
        listed = client.get(told[title][0])
        assert len(listed.context["rows"]) == count, title
    assert client.get(told["Oversold"][0]).context["rows"] == []


def test_a_part_that_fails_says_so_and_the_others_stand(shop: None, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        run("select 1 / 0")

    monkeypatch.setattr(operation, "at_risk", broken)
    answer = seat("ops_manager").get("/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("This part cannot be shown just now") == 3  # open cases, value at risk, clocks by team
    assert "Orders in" in figures(page)


def test_a_part_that_takes_too_long_is_given_up(shop: None, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headrace.console.today.PART_SECONDS_MAX", 0.05)
    monkeypatch.setattr(operation, "partners", lambda: run("select pg_sleep(5)"))
    assert "This part cannot be shown just now" in seat("ops_manager").get("/").content.decode()


def test_what_is_late_is_told_by_team_and_opens_the_desk(shop: None, seat: Seat) -> None:
    make_order("1", {"EAST": [("A", 1)]})
    make_order("2", {"EAST": [("A", 1)]})
    a_case("1", team="finance")
    a_case("2", team="finance", due="30 minutes")
    told = operation.at_risk(operation.moment(), day.end_of(operation.moment()))
    assert told["teams"] == [{"team": "finance", "cases": 2, "late": 1, "soon": 1, "today": told["today"], "values": [(24690, "USD")]}]
    assert told["values"] == [(24690, "USD")]
    assert 'href="/exceptions?team=finance&amp;late=true">1</a>' in seat("ops_manager").get("/").content.decode()


def test_the_trend_is_closed_to_strangers_and_knows_its_ranges(shop: None, seat: Seat) -> None:
    assert Client().get("/today/trend").status_code == 302
    assert seat().get("/today/trend").status_code == 403
    client = seat("ops_manager")
    assert client.get("/today/trend?range=1000y").status_code == 404
    for name, spans in (("1h", 60), ("24h", 24), ("14d", 336), ("90d", 90)):
        told = client.get(f"/today/trend?range={name}").json()
        assert {len(told[k]) for k in ("at", "orders", "parked", "share", "open_cases")} == {spans}, name


def test_since_my_last_look(shop: None, seat: Seat) -> None:
    client = seat("ops_manager")
    assert client.get("/").context["since_then"] is None
    session = client.session
    session["today_seen_at"] = {"before": "", "latest": "2020-01-01T00:00:00+00:00"}
    session.save()
    make_order("1", {"EAST": [("A", 1)]})
    told = client.get("/").context["since_then"]
    assert (told["orders"], told["parked"]) == (1, 0)
    assert client.get("/").context["since_then"]["orders"] == 1  # loading again is the same look


def test_a_new_system_is_told_what_to_do_first(db: None, seat: Seat) -> None:
    page = seat("admin").get("/").content.decode()
    assert "Set up this shop" in page and "headrace work" in page
    assert 'class="done"' not in page


def test_steps_that_are_done_are_ticked_and_go_with_the_first_order(shop: None, seat: Seat) -> None:
    client = seat("admin")
    assert client.get("/").content.decode().count('class="done"') == 3  # catalog, channel, stock; no worker runs
    make_order("1", {"EAST": [("A", 1)]})
    assert "Set up this shop" not in client.get("/").content.decode()


def test_the_books_are_verified_in_the_background(shop: None, seat: Seat) -> None:
    client = seat("admin")
    for _ in range(2):  # asked twice is asked once
        assert client.post("/today/verify", follow=True).status_code == 200
    assert run("select count(*) from procrastinate_jobs where queueing_lock = 'verify_books'").scalar == 1
    assert operation.last_verification() is None


def test_water_stands_higher_where_more_waits_and_never_runs_over() -> None:
    depths = [channel_picture.depth(n) for n in (0, 1, 5, 100, 5_000, 10_000, 10_000_000)]
    assert depths == sorted(depths)
    assert depths[0] == channel_picture.DEPTH_LEAST and depths[-1] == channel_picture.DEPTH_MOST
    stage: dict[str, Any] = {"waiting": 5, "pulse": [0] * 55 + [0, 0, 0, 3, 9]}
    (told,) = channel_picture.drawn([stage])
    assert told["speed"] == "brisk" and told["spark"]
    assert channel_picture.drawn([{"waiting": 0, "pulse": [7] + [0] * 59}])[0]["speed"] == "still"


def test_a_window_is_two_moments_with_a_zone() -> None:
    assert day.window_of("2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00")
    for broken in (("", ""), ("2026-03-01", "x"), ("2026-03-01T00:00:00", "2026-03-02T00:00:00"), (None, None)):
        assert day.window_of(*broken) is None
