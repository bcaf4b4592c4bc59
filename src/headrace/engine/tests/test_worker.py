"""Workers: they share the work, hear of it at once, look by themselves anyway, rest what is broken, and stop after the batch in hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from structlog.testing import capture_logs

from headrace.engine import inbox, troubles, worker
from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.stage import StageBroken
from headrace.engine.tests.lines import PARTNER, batches, finish_all, send, stage_of, states
from headrace.engine.worker import Worker

WAIT_S = 20  # for what must happen at some time; what must happen soon says so


@contextmanager
def aside(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Work in a thread with a session of its own, as another process would."""

    def in_a_session_of_its_own() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=in_a_session_of_its_own)
    thread.start()
    yield thread
    thread.join(WAIT_S)
    assert not thread.is_alive()


@contextmanager
def working(*names: str, limit: int | None = None) -> Iterator[Worker]:
    """A worker that is stopped afterwards, in time."""
    made = Worker(names, limit=limit)
    with aside(made.run):
        try:
            yield made
        finally:
            made.stop()


def until(true: Callable[[], bool], within_s: float = WAIT_S) -> float:
    """Wait for it; gives the seconds that it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - began


def until_it_listens() -> None:
    """Asleep: it has had its last look since it listens."""
    until(lambda: run("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'headrace-listen'").scalar == 1)
    time.sleep(0.2)


def test_two_workers_share_the_work_and_take_nothing_twice(fresh_database: str) -> None:
    """The claim skips what another holds: while one batch is under way, a second worker takes the rest."""
    ids = send(*[{"n": n} for n in range(10)])
    under_way, go_on = threading.Event(), threading.Event()
    seen: list[list[int]] = []

    def function(batch: Batch) -> None:
        seen.append(batch.ids)
        if len(seen) == 1:
            under_way.set()
            assert go_on.wait(WAIT_S)
        finish_all(batch)

    with stage_of(function, limit=6) as probing, aside(probing.run):
        assert under_way.wait(WAIT_S)
        assert probing.run().taken == 4
        go_on.set()
    assert sorted(seen[0] + seen[1]) == ids and states(ids) == ["done"] * 10


def test_a_sleeping_worker_hears_of_work_at_once(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 60.0)
    with stage_of(finish_all), working("probing"):
        until_it_listens()
        ids = send({"n": 1})
        assert until(lambda: states(ids) == ["done"]) < 2


def test_a_lost_notification_costs_a_poll_and_no_work(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.5)
    with stage_of(finish_all), working("probing"):
        until_it_listens()
        stored = inbox.store(PARTNER, [inbox.Message("probe", "silent", "{}")], wake=False)
        until(lambda: states([stored[0].id]) == ["done"], within_s=5)


def test_an_idle_worker_stops_at_once(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 60.0)
    made = Worker(["outbox"])
    with aside(made.run) as thread:
        until_it_listens()
        began = time.monotonic()
        made.stop()
        thread.join(WAIT_S)
        assert time.monotonic() - began < 1
    assert run("select stopped_at is not null as stopped from engine_worker").column("stopped") == [True]


def test_a_worker_that_waits_for_the_database_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RECONNECT_PAUSE_S", 60.0)
    made = Worker(["outbox"])

    def nobody_there() -> None:
        raise worker.psycopg.OperationalError("connection refused")

    monkeypatch.setattr(made, "_hello", nobody_there)
    with aside(made.run) as thread:
        time.sleep(0.2)
        assert thread.is_alive()
        began = time.monotonic()
        made.stop()
        thread.join(WAIT_S)
        assert time.monotonic() - began < 1


def test_a_worker_stops_after_the_batch_in_hand(fresh_database: str) -> None:
    """However much waits: the batch that is under way is committed, the next one is not begun."""
    ids = send(*[{"n": n} for n in range(50)])
    under_way, go_on = threading.Event(), threading.Event()

    def function(batch: Batch) -> None:
        under_way.set()
        assert go_on.wait(WAIT_S)
        finish_all(batch)

    with stage_of(function), working("probing", limit=5) as made:
        assert under_way.wait(WAIT_S)
        made.stop()
        go_on.set()
    assert batches() == [(5, 5, 0)] and states(ids).count("received") == 45


def test_a_broken_stage_rests_and_says_so_while_the_others_go_on(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "REST_FIRST_S", 0.3)
    monkeypatch.setattr(worker, "POLL_S", 0.1)
    sound, stuck = send({"n": 1}, kind="other"), send(*[{"n": n} for n in range(8)])
    is_mended = threading.Event()
    tries: list[float] = []

    def breaking(batch: Batch) -> None:
        if len(batch.ids) == 8:
            tries.append(time.monotonic())
        if not is_mended.is_set():
            run("select no_such_column from engine_inbox")
        finish_all(batch)

    with stage_of(breaking), stage_of(finish_all, name="other", kind="other"), capture_logs() as logs, working("probing", "other") as made:
        until(lambda: states(sound) == ["done"])
        until(lambda: run("select coalesce(max(times), 0) from engine_stage_trouble").scalar >= 2)
        (trouble,) = troubles.broken_stages()
        assert trouble["stage"] == "probing" and "no_such_column" in trouble["error"]
        assert states(stuck) == ["received"] * 8 and tries[1] - tries[0] >= 0.3
        assert [log["log_level"] for log in logs if log["event"] == "stage.broken"][:2] == ["critical"] * 2
        is_mended.set()
        until(lambda: states(stuck) == ["done"] * 8)
        until(lambda: troubles.broken_stages() == [])
        assert made.troubles.met == {}
    assert run("select count(*) from exception_queue_case").scalar == 0


def test_a_stage_that_another_worker_found_broken_is_mended_by_the_first_batch_that_passes(fresh_database: str) -> None:
    elsewhere = troubles.Troubles()
    elsewhere.broke(StageBroken("probing", ValueError("column gone")))
    assert elsewhere.is_resting("probing") and not elsewhere.is_resting("other")
    send({"n": 1})
    with stage_of(finish_all):
        Worker(["probing"]).run(until_idle=True)
    assert troubles.broken_stages() == []


def test_who_waits_for_the_end_of_the_work_hears_that_it_cannot_be_done(fresh_database: str) -> None:
    send({"n": 1}, {"n": 2})

    def breaking(_: Batch) -> None:
        run("select no_such_column from engine_inbox")

    with stage_of(breaking), pytest.raises(StageBroken, match="no_such_column"):
        Worker(["probing"]).run(until_idle=True)


def test_rests_grow_and_have_an_end(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(troubles.time, "monotonic", lambda: clock[0])
    known, rests = troubles.Troubles(), []
    for _ in range(9):
        known.broke(StageBroken("probing", ValueError("gone")))
        began = clock[0]
        while known.is_resting("probing"):
            clock[0] += 1
        rests.append(clock[0] - began)
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]
