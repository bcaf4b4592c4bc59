"""A deed on all that match: chosen at the moment of asking, done in parts, restartable, with a result for each case, and undone where the deed allows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.exception_queue import bulk, desk
from headrace.exception_queue.desk import Wanted
from headrace.exception_queue.resolving import assign, claim, close, undo_cases
from headrace.exception_queue.talking import comment

ANN = "cli:ann"
pytestmark = pytest.mark.django_db


def open_cases(count: int, reason: str = "ENGINE-01") -> list[int]:
    made = run(
        """insert into exception_queue_case (reason_code, document, document_id, fingerprint, detail, opened_at, due_at, team, value_at_risk_minor, currency)
        select %(r)s, 'payout', 900000 + n, 'f' || n, '{"stage": "x", "error": "y"}', now() - make_interval(hours => n), now() + make_interval(mins => n), 'integration', n * 100, 'USD'
        from generate_series(1, %(n)s::int) n returning id""",
        {"n": count, "r": reason},
    )
    return made.column("id")


def rows_of(bulk_id: int) -> dict[int, str]:
    return {r["case_id"]: r["state"] for r in bulk.rows(bulk_id, limit=10_000)}


def case(case_id: int) -> Any:
    return run("select state, assigned_to, team from exception_queue_case where id = %(i)s", {"i": case_id}).one


def test_all_that_match_are_done_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PART_CASES", 3)
    ids = open_cases(10)
    number = bulk.start_bulk(actor=ANN, name="assign", wanted=Wanted(team="integration"), parameters={"to": "user:bob"})
    assert rows_of(number) == dict.fromkeys(ids, "todo")
    bulk.go_on(number)
    shown = bulk.show(number)
    assert shown and (shown["done"], shown["refused"], shown["todo"]) == (10, 0, 0) and shown["ended_at"]
    assert {case(i).assigned_to for i in ids} == {"user:bob"}


def test_a_worker_that_dies_over_it_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PART_CASES", 4)
    ids = open_cases(10)
    number = bulk.start_bulk(actor=ANN, name="claim", wanted=Wanted(), parameters={})
    real, calls = bulk._do, []

    def dies(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise ConnectionError("killed")
        return real(*given)

    monkeypatch.setattr(bulk, "_do", dies)
    bulk.go_on(number)
    assert sorted(rows_of(number).values()) == ["done"] * 4 + ["todo"] * 6
    bulk.go_on_with_all()
    assert set(rows_of(number).values()) == {"done"}
    events = run("select count(*) as n from exception_queue_case_event where event = 'assigned' and case_id = any(%(i)s::bigint[])", {"i": ids}).scalar
    assert events == 10  # none twice


def test_what_was_resolved_meanwhile_is_refused_and_said() -> None:
    ids = open_cases(3)
    number = bulk.start_bulk(actor=ANN, name="claim", wanted=Wanted(), parameters={})
    close(actor=ANN, case_ids=[ids[1]], note="dealt with")
    bulk.go_on(number)
    (refused,) = bulk.rows(number, state="refused", limit=10)
    assert (refused["case_id"], refused["why"]) == (ids[1], "already resolved")
    assert bulk.restart_bulk(actor=ANN, bulk_id=number) == 1
    with pytest.raises(Refused, match="not a bulk of yours"):
        bulk.restart_bulk(actor="cli:bob", bulk_id=number)


def test_it_can_be_stopped_and_undone() -> None:
    ids = open_cases(5)
    number = bulk.start_bulk(actor=ANN, name="escalate", wanted=Wanted(), parameters={"team": "finance", "note": "month end"})
    bulk.go_on(number)
    comment(actor=ANN, case_ids=[ids[0]], note="a comment changes nothing")
    assign(actor="cli:bob", case_ids=[ids[1]], to="user:bob")
    assert bulk.undo_bulk(actor=ANN, bulk_id=number) == 4
    assert [case(i).team for i in ids] == ["integration", "finance", "integration", "integration", "integration"]
    other = bulk.start_bulk(actor=ANN, name="claim", wanted=Wanted(), parameters={})
    bulk.stop_bulk(actor=ANN, bulk_id=other)
    bulk.go_on(other)
    assert set(rows_of(other).values()) == {"todo"}
    with pytest.raises(Refused, match="does not go on"):
        bulk.stop_bulk(actor=ANN, bulk_id=other)
    closing = bulk.start_bulk(actor=ANN, name="close", wanted=Wanted(), parameters={"note": "x"})
    bulk.go_on(closing)
    with pytest.raises(Refused, match="cannot be taken back"):
        bulk.undo_bulk(actor=ANN, bulk_id=closing)


def test_what_cannot_be_done_is_refused_at_once() -> None:
    open_cases(1)
    for name, parameters, says in (
        ("cancel_order", {}, "is not done with many"),
        ("close", {}, "note is missing"),
        ("snooze", {"until": "tomorrow"}, "until"),
    ):
        with pytest.raises(Refused, match=says):
            bulk.start_bulk(actor=ANN, name=name, wanted=Wanted(), parameters=parameters)
    with pytest.raises(Refused, match="no case matches"):
        bulk.start_bulk(actor=ANN, name="claim", wanted=Wanted(team="finance"), parameters={})
    with pytest.raises(NotAllowed):
        bulk.start_bulk(actor="user:nobody", name="claim", wanted=Wanted(), parameters={})


def test_a_deed_with_a_wrong_value_is_told_for_each_case() -> None:
    open_cases(2)
    number = bulk.start_bulk(actor=ANN, name="close", wanted=Wanted(), parameters={"note": " "})
    bulk.go_on(number)
    assert {r["why"] for r in bulk.rows(number, limit=9)} == {"note: ''. Closing a case needs a reason in words."}


def test_the_queue_is_narrowed_by_everything() -> None:
    ids = open_cases(6)
    claim(actor=ANN, case_ids=ids[:2])
    now = run("select transaction_timestamp()").scalar

    def found(**wanted: Any) -> list[int]:
        return desk.matching(now, Wanted(**wanted), limit=100)

    assert found() == ids
    assert found(assigned_to=ANN) == ids[:2] and found(is_free=True) == ids[2:]
    assert found(value_from_minor=500) == ids[4:]
    assert found(opened_before=now - timedelta(hours=4, minutes=30)) == ids[4:]
    assert found(stage="engine") == ids and found(stage="allocate") == [] and found(promised_by=now) == []


def test_one_undoes_only_what_one_did_last() -> None:
    (one,) = open_cases(1)
    claim(actor=ANN, case_ids=[one])
    assert not undo_cases(actor="cli:bob", case_ids=[one])[0].done
    assert undo_cases(actor=ANN, case_ids=[one])[0].done and case(one).assigned_to is None
    assert "taken back" in undo_cases(actor=ANN, case_ids=[one])[0].why
    with transaction.atomic():
        close(actor=ANN, case_ids=[one], note="done")
    assert undo_cases(actor=ANN, case_ids=[one])[0].why == "already resolved"
