"""Stages: nothing that was taken vanishes, one poison document stands alone, a broken program parks nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import transaction
from structlog.testing import capture_logs

from headrace.engine import carrying, contention, inbox
from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.stage import Outcome, StageBroken, stage, stage_named
from headrace.engine.tests.lines import batches, finish_all, poison_cases, send, stage_of, states

pytestmark = pytest.mark.django_db


def bodies_of(batch: Batch) -> dict[int, str]:
    return {m.id: m.body for m in inbox.read(batch)}


def refusing(word: str, error: Callable[[], Any]) -> Callable[[Batch], None]:
    """A stage function that fails on any batch with a message that has this word."""

    def function(batch: Batch) -> None:
        if any(word in body for body in bodies_of(batch).values()):
            error()
        finish_all(batch)

    return function


def bad_data() -> None:
    run("select 'no number'::int")


def bad_program() -> None:
    run("select no_such_column from engine_inbox")


def test_what_is_taken_is_moved_and_the_batch_is_written_down() -> None:
    ids = send(*[{"n": n} for n in range(5)])
    with stage_of(finish_all) as probing:
        outcome = probing.run(worker="w1")
    assert (outcome.taken, outcome.moved, outcome.parked, outcome.seconds > 0) == (5, 5, 0, True)
    assert states(ids) == ["done"] * 5 and batches() == [(5, 5, 0)]
    record = run("select stage, worker, as_of = transaction_timestamp() as now from engine_batch order by id desc limit 1").one
    assert record == ("probing", "w1", True)


def test_a_batch_takes_no_more_than_its_limit_and_ends_when_nothing_is_left() -> None:
    send(*[{"n": n} for n in range(5)])
    with stage_of(finish_all, limit=3) as probing:
        assert [probing.run(limit=100).taken, probing.run().taken, probing.run().taken] == [3, 2, 0]


def test_a_document_that_is_neither_moved_nor_parked_is_found_and_stands_alone() -> None:
    ids = send({"n": 1}, {"n": 2}, {"n": 3})

    def forgetful(batch: Batch) -> None:
        inbox.finish(batch, {i: ("applied", None) for i in batch.ids if i != ids[1]})

    with stage_of(forgetful) as probing:
        outcome = probing.run()
    assert (outcome.moved, outcome.parked) == (2, 1) and poison_cases() == [ids[1]]
    detail = run("select detail from exception_queue_case").scalar
    assert "neither moved nor parked" in detail["error"] and "AssertionError" in detail["traceback"] and detail["stage"] == "probing"


@pytest.mark.parametrize(
    ("moved", "parked", "says"),
    [({1, 2}, {2, 3}, "moved and parked"), ({1, 2, 3, 4}, set(), "did not take"), ({1}, {2}, "neither moved nor parked")],
)
def test_moved_and_parked_must_be_what_was_taken(moved: set[int], parked: set[int], says: str) -> None:
    batch = Batch(1, "probing", "inbox", [1, 2, 3], run("select now()").scalar, moved=moved, parked=parked)
    with pytest.raises(AssertionError, match=says):
        batch.assert_nothing_vanished()


def test_the_database_itself_refuses_a_batch_that_lost_something() -> None:
    with pytest.raises(psycopg.errors.CheckViolation), transaction.atomic():
        run("insert into engine_batch (stage, worker, as_of, taken, moved, parked, seconds) values ('s', 'w', now(), 3, 1, 1, 0)")


def test_halving_isolates_the_one_poison_document_and_the_others_go_on() -> None:
    ids = send(*[{"n": n, "word": "poison" if n == 37 else "sound"} for n in range(100)])
    with stage_of(refusing("poison", bad_data)) as probing, capture_logs() as logs:
        outcome = probing.run()
    assert (outcome.taken, outcome.moved, outcome.parked) == (100, 99, 1)
    assert poison_cases() == [ids[37]] and states([ids[37]]) == ["parked"]
    assert states(ids).count("done") == 99
    assert len([log for log in logs if log["event"] == "stage.halved"]) <= 7  # one for each time that 100 is halved, and no more
    assert "InvalidTextRepresentation" in run("select detail ->> 'traceback' from exception_queue_case").scalar


def test_a_failed_batch_leaves_nothing_of_what_it_had_done() -> None:
    send({"word": "poison"}, {"word": "sound"})

    def half_done(batch: Batch) -> None:
        run("insert into engine_partner (code) values ('left-' || %(n)s)", {"n": len(batch.ids)})
        refusing("poison", bad_data)(batch)

    with stage_of(half_done) as probing:
        probing.run()
    assert run("select code from engine_partner where code like 'left-%'").column("code") == ["left-1"]


def test_what_was_parked_is_not_taken_again() -> None:
    send({"word": "poison"})
    with stage_of(refusing("poison", bad_data)) as probing:
        assert probing.run().parked == 1 and probing.run() == Outcome()


def test_an_error_of_python_parks_the_one_document_too() -> None:
    ids = send({"word": "sound"}, {"word": "poison"}, {"word": "sound"})
    with stage_of(refusing("poison", lambda: {}["absent"])) as probing:
        assert probing.run().parked == 1
    assert poison_cases() == [ids[1]]


@pytest.mark.parametrize("broken", ["select no_such_column from engine_inbox", "select no_such_function(1)", "selekt 1", "select 1 from no_such_table"])
def test_a_program_that_is_broken_parks_nothing(broken: str) -> None:
    ids = send(*[{"n": n} for n in range(64)])
    calls: list[int] = []

    def function(batch: Batch) -> None:
        calls.append(len(batch.ids))
        run(broken)

    with stage_of(function) as probing, pytest.raises(StageBroken, match="stage probing is broken"):
        probing.run()
    assert states(ids) == ["received"] * 64 and poison_cases() == [] and batches() == []
    assert len(calls) <= 1 + 2 * carrying.PARTS_TRIED_MAX, "it stops after a few parts, and does not try every document"


def test_a_document_that_alone_meets_a_broken_statement_is_parked() -> None:
    """The others pass, so it is the document that leads there; and where it stands makes no difference."""
    for place in (0, 31, 63):
        ids = send(*[{"n": n, "word": "poison" if n == place else "sound"} for n in range(64)])
        with stage_of(refusing("poison", bad_program)) as probing:
            outcome = probing.run()
        assert (outcome.moved, outcome.parked) == (63, 1) and poison_cases()[-1] == ids[place]


def test_two_such_documents_in_both_halves_are_told_from_a_broken_program() -> None:
    ids = send(*[{"n": n, "word": "poison" if n in (3, 60) else "sound"} for n in range(64)])
    with stage_of(refusing("poison", bad_program)) as probing:
        assert probing.run().parked == 2
    assert poison_cases() == [ids[3], ids[60]]


def test_one_document_alone_waits_for_another_to_be_compared_with() -> None:
    (first,) = send({"word": "poison"})
    with stage_of(refusing("poison", bad_program)) as probing:
        with pytest.raises(StageBroken):
            probing.run()
        assert states([first]) == ["received"]
        (second,) = send({"word": "sound"})
        assert probing.run().parked == 1
    assert (states([first]), states([second])) == (["parked"], ["done"])


def test_a_broken_claim_is_the_programs_fault_and_named_so() -> None:
    with stage_of(finish_all) as probing, pytest.raises(StageBroken), transaction.atomic():
        send({})
        run("alter table engine_inbox rename column kind to sort")
        try:
            probing.run()
        finally:
            transaction.set_rollback(True)


def test_halving_ends_when_the_worker_is_told_to_stop_and_leaves_the_rest() -> None:
    ids = send(*[{"n": n, "word": "poison" if n == 0 else "sound"} for n in range(16)])
    told: list[int] = []

    def function(batch: Batch) -> None:
        told.append(len(batch.ids))
        refusing("poison", bad_data)(batch)

    with stage_of(function) as probing:
        outcome = probing.run(stopping=lambda: len(told) >= 2)
        assert told == [16, 8] and outcome.taken == 0
        assert states(ids) == ["received"] * 16
        again = probing.run()
    assert (again.moved, again.parked, poison_cases()) == (15, 1, [ids[0]])


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_contention_is_tried_again_and_not_held_against_the_documents(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "PAUSE_S", 0.0)
    ids = send({"n": 1}, {"n": 2})
    tries: list[int] = []

    def function(batch: Batch) -> None:
        tries.append(len(batch.ids))
        if len(tries) <= 3:
            run(f"do $$ begin raise exception 'in the way' using errcode = '{code}'; end $$")
        finish_all(batch)

    with stage_of(function) as probing:
        assert probing.run().moved == 2
    assert tries == [2] * 4 and states(ids) == ["done"] * 2


def test_contention_without_an_end_is_a_failure_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "PAUSE_S", 0.0)
    (one,) = send({"n": 1})
    tries: list[int] = []

    def function(_: Batch) -> None:
        tries.append(1)
        run("do $$ begin raise exception 'in the way' using errcode = '40P01'; end $$")

    with stage_of(function) as probing:
        assert probing.run().parked == 1
    assert len(tries) == contention.RETRIES_MAX + 1 and poison_cases() == [one]


def test_a_lock_that_nobody_gives_back_stops_only_what_needs_it() -> None:
    """The batch is halved around the document that waits; it stays where it stood, is parked by nobody, and goes on when the lock is free."""
    ids = send(*({"n": n} for n in range(16)))
    held, sizes = {ids[5]}, []

    def function(batch: Batch) -> None:
        sizes.append(len(batch.ids))
        if held & set(batch.ids):
            run("do $$ begin raise exception 'held' using errcode = '55P03'; end $$")
        finish_all(batch)

    with stage_of(function) as probing:
        outcome = probing.run()
        assert (outcome.moved, outcome.parked, poison_cases()) == (15, 0, [])
        assert [i for i, state in zip(ids, states(ids), strict=True) if state == "received"] == [ids[5]]
        assert sizes == [16, 8, 8, 4, 4, 2, 2, 1, 1]  # each part is tried once
        held.clear()
        assert probing.run().moved == 1


def test_a_lock_that_all_need_is_waited_for_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "LOCK_WAITS_MAX", 4)
    ids = send(*({"n": n} for n in range(64)))
    tries: list[int] = []

    def function(batch: Batch) -> None:
        tries.append(len(batch.ids))
        run("do $$ begin raise exception 'held' using errcode = '55P03'; end $$")

    with stage_of(function) as probing, capture_logs() as logs:
        outcome = probing.run()
    assert (outcome.taken, poison_cases(), states(ids)) == (0, [], ["received"] * 64)
    assert len(tries) <= 5 and [entry["documents"] for entry in logs if entry["event"] == "stage.blocked"] == [64]


def test_a_lost_connection_is_nobodys_fault_and_raised() -> None:
    ids = send({"n": 1}, {"n": 2})

    def function(_: Batch) -> None:
        raise psycopg.OperationalError("the server closed the connection unexpectedly")

    with stage_of(function) as probing, pytest.raises(psycopg.OperationalError):
        probing.run()
    assert states(ids) == ["received"] * 2 and poison_cases() == []


def test_chosen_documents_are_taken_and_no_others() -> None:
    ids = send({"n": 1}, {"n": 2}, {"n": 3})
    with stage_of(finish_all) as probing:
        assert probing.run_for([ids[1]]).moved == 1
        assert probing.run_for([ids[1]]) == Outcome()
    assert states(ids) == ["received", "done", "received"]


def test_a_batch_records_the_versions_of_the_policies_it_read() -> None:
    send({"n": 1})

    def function(batch: Batch) -> None:
        assert batch.policy("approvals") == {"deeds": []}
        finish_all(batch)

    with stage_of(function) as probing:
        probing.run()
    assert run("select policies from engine_batch order by id desc limit 1").scalar == {"approvals": 1}


def test_a_stage_is_declared_once_and_known_by_name() -> None:
    with pytest.raises(ValueError, match="capture is declared twice"):
        stage(of="inbox", takes="order", gives="done", after=1, name="capture")(finish_all)
    with pytest.raises(LookupError, match="the line has"):
        stage_named("polishing")
