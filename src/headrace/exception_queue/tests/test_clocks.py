"""Clocks: each reason gives its time, what is late is marked once and told, what sleeps returns by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.exception_queue import desk as shown
from headrace.exception_queue import resolving, tasks
from headrace.exception_queue.resolving import escalate, find_late, look_again, retry, snooze
from headrace.exception_queue.tests.desks import ANN, Desk, cases, events, now


def test_each_reason_gives_its_own_time(room: Desk) -> None:
    room.parked((room.colour, "bleen"), (room.waits, "thing"), (room.odd, "seven"))
    opened, due = cases("opened_at"), cases("due_at")
    assert [d - o for o, d in zip(opened, due, strict=True)] == [timedelta(hours=4), timedelta(minutes=30), timedelta(hours=24)]


def test_a_case_is_late_from_its_moment_on_and_marked_once(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    (case,) = cases("id")
    assert find_late(now(hours=3, minutes=59)) == 0 and cases("late_at") == [None]
    moment = now(hours=4)
    assert find_late(moment) == 1 and find_late(now(hours=9)) == 0
    assert cases("late_at") == [moment] and events(case) == ["opened", "late"]
    told = shown.case(case)
    assert told and (told["late_at"], told["events"][-1]["at"], told["events"][-1]["actor"]) == (moment, moment, "engine:sweep")


def test_many_late_cases_are_found_in_parts(room: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "LATE_AT_ONCE_MAX", 2)
    for n in range(5):
        room.arrives((room.colour, str(n)))
    room.work()
    assert find_late(now(days=1)) == 5 and find_late(now(days=1)) == 0


def test_the_desk_shows_and_counts_what_is_late(room: Desk) -> None:
    room.parked((room.waits, "thing"))
    room.parked((room.colour, "bleen"))
    room.parked((room.colour, "grue"))
    soon, later = now(hours=1), now(hours=5)
    find_late(soon)
    assert [(c["reason_code"], c["is_late"], c["late_at"]) for c in shown.cases(soon)] == [
        ("PROBING-02", True, soon),
        ("PROBING-01", False, None),
        ("PROBING-01", False, None),
    ]
    assert [c["reason_code"] for c in shown.cases(soon, late=True)] == ["PROBING-02"]
    assert len(shown.cases(soon, late=False)) == 2 and len(shown.cases(later, late=True)) == 3
    assert {c["reason_code"]: (c["cases"], c["late"]) for c in shown.counts(soon)} == {"PROBING-01": (2, 0), "PROBING-02": (1, 1)}


def test_the_desk_tells_what_is_on_its_way_back(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    retry(actor=ANN, case_ids=cases("id"))
    (row,) = shown.cases(now())
    assert row["let_go_at"] == now() and shown.counts(now())[0]["let_go"] == 1
    room.work()
    (row,) = shown.cases(now())
    assert row["let_go_at"] is None and shown.counts(now())[0]["let_go"] == 0


def test_the_clock_goes_on_over_another_try_and_another_team(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    (due,) = cases("due_at")
    retry(actor=ANN, case_ids=cases("id"))
    room.work()
    escalate(actor=ANN, case_ids=cases("id"), team="finance", note="they know")
    assert cases("due_at", "team") == [(due, "finance")]
    with pytest.raises(Refused, match="known are operations"):
        escalate(actor=ANN, case_ids=cases("id"), team="the boss")


def test_what_is_resolved_does_not_become_late(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    retry(actor=ANN, case_ids=cases("id"))
    room.wrong.clear()
    room.work()
    assert find_late(now(days=9)) == 0
    (row,) = shown.cases(now(days=9), state="resolved")
    assert not row["is_late"], "it was resolved in time"


def test_a_snoozed_case_returns_by_itself_and_is_late_only_then(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    (case,) = cases("id")
    (result,) = snooze(actor=ANN, case_ids=[case], until=now(hours=8))
    assert result.done and cases("state") == ["snoozed"] and shown.cases(now()) == []
    assert find_late(now(hours=6)) == 0
    look_again(now(hours=7, minutes=59))
    assert cases("state") == ["snoozed"]
    look_again(now(hours=8))
    assert cases("state", "snoozed_until") == [("open", None)] and len(shown.cases(now())) == 1
    assert find_late(now(hours=8)) == 1
    assert events(case) == ["opened", "snoozed", "woken", "late"]


def test_a_snooze_ends_in_the_future(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    with pytest.raises(Refused, match="name a later moment"):
        snooze(actor=ANN, case_ids=cases("id"), until=now(hours=-1))


def test_the_sweeps_run_every_minute_by_themselves(room: Desk) -> None:
    """What the clock calls does it: late cases are marked, due ones look again, sleeping ones wake."""
    room.parked((room.colour, "bleen"))
    room.parked((room.waits, "thing"))
    room.parked((room.colour, "grue"))
    run("update exception_queue_case set due_at = now() - interval '1 minute' where id = %(i)s", {"i": cases("id")[0]})
    run("update exception_queue_case set next_check_at = now() where id = %(i)s", {"i": cases("id")[1]})
    run("update exception_queue_case set state = 'snoozed', snoozed_until = now() where id = %(i)s", {"i": cases("id")[2]})
    tasks.find_late_now(timestamp=0)
    tasks.look_again_now(timestamp=0)
    assert [at is not None for at in cases("late_at")] == [True, False, False]
    assert cases("retries") == [0, 1, 0] and cases("state") == ["open"] * 3
    from procrastinate.contrib.django import app

    periodic = {name: spec.cron for (name, _), spec in app.periodic_registry.periodic_tasks.items()}
    assert {periodic[f"headrace.exception_queue.tasks.{task}"] for task in ("find_late_now", "look_again_now")} == {"* * * * *"}
