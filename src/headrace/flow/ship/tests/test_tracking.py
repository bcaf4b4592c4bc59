"""Scans in any order: all kept, none moves a parcel back, none wipes a tracking number."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headrace.engine.action import action_named
from headrace.engine.queries import run
from headrace.orders.tests.building import confirm, history, make_order, message, open_cases, run_stage, send

pytestmark = pytest.mark.usefixtures("shop")
NOW = datetime(2026, 1, 9, tzinfo=UTC)


def shipped(ref: str = "1", *trackings: str) -> Any:
    o = make_order(ref, {"EAST": [("A", 2)]})
    run_stage("release")
    confirm("warehouse:EAST", f"P{ref}", o.number("EAST"), parcels=[{"tracking": t, "carrier": "ups"} for t in trackings or ("T1",)])
    run_stage("ship")
    return o


def scan(status: str, day: int, tracking: str = "T1", **more: Any) -> int:
    return send("ups", "tracking", f"{tracking}/{status}/{day}", tracking=tracking, status=status, at=f"2026-01-{day:02d}T08:00:00Z", **more)


def parcel(tracking: str = "T1") -> Any:
    return run("select * from orders_parcel where tracking = %(t)s", {"t": tracking}).one


def track() -> Any:
    return run_stage("track", as_of=NOW)


def test_a_late_shipped_event_does_not_bring_a_delivered_parcel_back() -> None:
    """Complaint 27: a late 'shipped' downgrades nothing and wipes nothing."""
    o = shipped("1", "T1", "T2")
    scan("delivered", 8)
    track()
    late = scan("in_transit", 6)
    confirm("warehouse:EAST", "P1", o.number("EAST"), note="repeated without tracking")
    run_stage("ship")
    track()
    assert message(late) == ("done", "out_of_order")
    assert (parcel().track_state, parcel().tracked_at.day) == ("delivered", 8)
    assert run("select tracking from orders_parcel order by id").column("tracking") == ["T1", "T2"]
    assert run("select status from orders_tracking_event order by id").column("status") == ["delivered", "in_transit"]
    assert history(o.id).count("delivered") == 1


def test_scans_end_at_the_same_state_in_whatever_order_they_come() -> None:
    days = {"pre_transit": 5, "in_transit": 6, "out_for_delivery": 7, "delivered": 8}
    for n, order in enumerate(itertools.permutations(days)):
        shipped(f"o{n}", f"T{n}")
        for k, status in enumerate(order):
            scan(status, days[status], f"T{n}")
            if k % 2:
                track()
        track()
        assert (parcel(f"T{n}").track_state, parcel(f"T{n}").tracked_at.day) == ("delivered", 8)
    assert run("select count(*) as n from orders_tracking_event").scalar == 24 * 4


def test_one_message_may_carry_many_scans_and_the_same_scan_is_kept_once() -> None:
    shipped()
    events = [{"status": "in_transit", "at": "2026-01-06T08:00:00Z"}, {"status": "attempt_failed", "at": "2026-01-07T08:00:00Z"}]
    send("ups", "tracking", "a", tracking="T1", carrier="ups", events=events)
    send("ups", "tracking", "b", tracking="T1", carrier="ups", events=[*events, {"status": "delivered", "at": "2026-01-08T08:00:00Z"}])
    assert track().moved == 2
    assert run("select status from orders_tracking_event order by happened_at").column("status") == ["in_transit", "attempt_failed", "delivered"]


def test_an_unknown_number_waits_and_passes_when_the_confirmation_has_come() -> None:
    early = scan("pre_transit", 5, "T9")
    track()
    assert (message(early)[0], open_cases()) == ("parked", ["TRACK-02"])
    assert run("select next_check_at is not null as looks from exception_queue_case").scalar
    shipped("1", "T9")
    run("update engine_inbox set state = 'received' where kind = 'tracking'")
    track()
    assert (message(early), open_cases()) == (("done", "out_of_order"), [])  # a parcel is pre_transit from its confirmation on


def test_another_carriers_same_number_is_another_parcel() -> None:
    shipped("1", "T1")
    other = scan("delivered", 8, carrier="dhl")
    track()
    assert (message(other)[0], parcel().track_state) == ("parked", "pre_transit")


def test_two_shipments_in_one_box_move_together() -> None:
    shipped("1", "BOX")
    shipped("2", "BOX")
    scan("delivered", 8, "BOX")
    track()
    assert run("select distinct track_state from orders_parcel").column("track_state") == ["delivered"]


@pytest.mark.parametrize("state", ["lost", "returned_to_sender"])
def test_a_parcel_that_fails_makes_somebody_look(state: str) -> None:
    o = shipped()
    scan(state, 8)
    track()
    assert open_cases() == ["TRACK-03"]
    assert "delivery_failed" in history(o.id)


@pytest.mark.parametrize(
    "body",
    [
        {"tracking": "T1", "status": "beamed_up", "at": "2026-01-06T08:00:00Z"},
        {"tracking": "", "status": "lost", "at": "2026-01-06T08:00:00Z"},
        {"tracking": "T1", "status": "lost", "at": "soon"},
        {"tracking": "T1", "events": []},
        {"tracking": "T1", "status": ["lost"], "at": "2026-01-06T08:00:00Z"},
    ],
)
def test_a_scan_that_cannot_be_read_is_parked(body: dict[str, Any]) -> None:
    shipped()
    bad = send("ups", "tracking", "bad", **body)
    scan("in_transit", 6)
    outcome = track()
    assert (outcome.moved, outcome.parked) == (1, 1)
    assert (message(bad)[0], open_cases()) == ("parked", ["TRACK-01"])


def test_parcels_without_a_scan_raise_one_alarm_each() -> None:
    shipped("1", "QUIET")
    shipped("2", "MOVING")
    shipped("3", "HOME")
    at = run("select transaction_timestamp()").scalar
    run("update orders_shipment set shipped_at = %(at)s", {"at": at - timedelta(days=5)})
    for tracking, status, ago in (("MOVING", "in_transit", 1), ("HOME", "delivered", 4)):
        send("ups", "tracking", tracking, tracking=tracking, status=status, at=(at - timedelta(days=ago)).isoformat())
    run_stage("track")
    assert action_named("find_missed_scans")(actor="engine:tracking") == 1
    assert action_named("find_missed_scans")(actor="engine:tracking") == 1
    case = run("select reason_code, detail, seen from exception_queue_case").one
    assert (case.reason_code, case.detail["value"], case.detail["hours"], case.seen) == ("TRACK-04", "QUIET", 120, 2)
