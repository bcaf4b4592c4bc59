"""Trying again: the case stays, and what comes of it is written into its own history."""

from __future__ import annotations

from headrace.engine.queries import run
from headrace.exception_queue import desk as shown
from headrace.exception_queue.resolving import ADRIFT_S, clear_cases, close, look_again, retry, snooze
from headrace.exception_queue.tests.desks import ANN, Desk, cases, events, now, state_of


def test_a_case_that_is_sent_back_is_remembered_and_resolved_by_the_batch_that_lets_it_pass(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"))
    (case,) = cases("id")
    retry(actor=ANN, case_ids=[case], note="mended")
    assert cases("state", "let_go_at", "resolved_at") == [("open", now(), None)] and state_of(message) == "received"
    room.wrong.clear()
    room.work()
    assert cases("state", "resolution", "resolved_by", "let_go_at") == [("resolved", "sent_to", "engine:probing", None)]
    assert events(case) == ["opened", "sent_back", "resolved"] and state_of(message) == "done"
    sent = shown.case(case)
    assert sent and (sent["events"][1]["actor"], sent["events"][1]["detail"]) == (ANN, {"note": "mended"})


def test_the_same_failure_opens_the_same_case_again_with_its_history_and_its_clock(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"))
    (before,) = cases("id", "opened_at", "due_at")
    for _ in range(2):
        retry(actor=ANN, case_ids=[before[0]])
        room.work()
    assert cases("id", "opened_at", "due_at") == [before], "no second case, and no new time for the old failure"
    assert cases("state", "seen", "let_go_at") == [("open", 3, None)] and state_of(message) == "parked"
    assert events(before[0]) == ["opened", "sent_back", "reopened", "sent_back", "reopened"]


def test_another_failure_is_another_case_and_the_first_waits_for_the_document_to_pass(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"))
    retry(actor=ANN, case_ids=cases("id"))
    room.wrong[message] = [(room.colour, "grue")]
    room.work()
    assert cases("state") == ["open", "open"] and cases("let_go_at")[1] is None
    retry(actor=ANN, case_ids=[cases("id")[1]])
    room.wrong.clear()
    room.work()
    assert cases("state", "resolution") == [("resolved", "sent_to")] * 2


def test_a_document_goes_only_when_nothing_else_holds_it(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"), (room.waits, "thing"))
    first, second = cases("id")
    retry(actor=ANN, case_ids=[first])
    assert state_of(message) == "parked"
    retry(actor=ANN, case_ids=[second])
    assert state_of(message) == "received"


def test_all_cases_of_a_document_sent_back_at_once_let_it_go(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"), (room.waits, "thing"))
    assert [r.done for r in retry(actor=ANN, case_ids=cases("id"))] == [True, True]
    room.wrong[message] = [(room.waits, "thing")]
    room.work()
    assert cases("state", "seen") == [("open", 1), ("open", 2)]
    assert [at is None for at in cases("let_go_at")] == [False, True]


def test_the_batch_that_lets_it_pass_resolves_only_what_was_sent_back(room: Desk) -> None:
    sent_back = room.parked((room.colour, "bleen"))
    retry(actor=ANN, case_ids=cases("id"))
    room.wrong[sent_back] = [(room.odd, "seven")]
    room.arrives((room.odd, "nine"))
    room.work()
    assert cases("reason_code", "state") == [("PROBING-01", "resolved"), ("PROBING-03", "open"), ("PROBING-03", "open")]


def test_a_warning_holds_nothing(room: Desk) -> None:
    message = room.parked((room.odd, "seven"))
    assert state_of(message) == "done" and cases("state") == ["open"]
    retry(actor=ANN, case_ids=cases("id"))
    assert cases("state", "resolution") == [("resolved", "sent_to")], "no stage takes a message that is done, so there is nothing to wait for"


def test_a_snoozed_case_that_is_sent_back_is_awake(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    snooze(actor=ANN, case_ids=cases("id"), until=now(days=3))
    retry(actor=ANN, case_ids=cases("id"))
    room.work()
    assert cases("state", "snoozed_until") == [("open", None)]


def test_a_case_looks_again_by_itself_ever_more_seldom_and_then_gives_up(room: Desk) -> None:
    message = room.parked((room.waits, "thing"))
    (case,) = cases("id")
    began = now()
    waits = []
    for _ in range(2):
        (due,) = cases("next_check_at")
        waits.append((due - began).total_seconds())
        assert look_again(due - (due - began) / 1000) == 0 and look_again(due) == 1
        began = due
        room.work(as_of=due)
    assert waits == [3600, 7200]
    assert cases("next_check_at", "retries", "state") == [(None, 2, "open")] and state_of(message) == "parked"
    assert events(case) == ["opened", "seen_again", "gave_up"]
    retry(actor=ANN, case_ids=[case])
    room.work()
    assert events(case)[-2:] == ["sent_back", "reopened"] and cases("next_check_at") == [None]


def test_what_mends_by_itself_is_resolved_by_itself(room: Desk) -> None:
    message = room.parked((room.waits, "thing"))
    room.wrong.clear()
    look_again(now(hours=1))
    room.work()
    assert cases("state", "resolution") == [("resolved", "cleared_by_itself")] and state_of(message) == "done"


def test_an_event_makes_those_look_that_wait_for_it(room: Desk) -> None:
    from headrace.engine.action import Deed

    waiting, other = room.parked((room.waits, "thing")), room.parked((room.colour, "bleen"))
    assert look_again(now()) == 0
    assert clear_cases(Deed("receive", ANN, now()), "thing.came") == 1
    assert look_again(now()) == 1
    assert (state_of(waiting), state_of(other)) == ("received", "parked")


def test_looking_again_does_not_let_go_what_another_stage_holds(room: Desk) -> None:
    message = room.parked((room.waits, "thing"), (room.elsewhere, "audit"))
    assert look_again(now(hours=1)) == 1 and state_of(message) == "parked"
    close(actor=ANN, case_ids=[cases("id")[1]], note="audited")
    assert state_of(message) == "parked", "a message that is closed stays parked with its raw body"
    retry(actor=ANN, case_ids=[cases("id")[0]])
    assert state_of(message) == "received"


def test_what_no_stage_takes_any_more_does_not_stay_open_for_ever(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"))
    retry(actor=ANN, case_ids=cases("id"))
    look_again(now(seconds=ADRIFT_S + 1))
    assert cases("state") == ["open"], "its stage will take it; the worker is only slow"
    run("update engine_inbox set state = 'done', outcome = 'ignored' where id = %(m)s", {"m": message})
    look_again(now(seconds=ADRIFT_S - 1))
    assert cases("state") == ["open"]
    look_again(now(seconds=ADRIFT_S + 1))
    assert cases("state", "resolution", "resolved_by") == [("resolved", "sent_to", "engine:sweep")]


def test_a_second_failure_of_the_program_on_one_document_is_one_case(room: Desk) -> None:
    message = room.arrives()

    def broken(_: object) -> None:
        run("select 'no number'::int")

    room.look = broken  # type: ignore[method-assign]
    room.work()
    (case,) = cases("id")
    retry(actor=ANN, case_ids=[case])
    room.work()
    assert cases("id", "reason_code") == [(case, "ENGINE-01")] and state_of(message) == "parked"
    assert events(case) == ["opened", "sent_back", "reopened"]
