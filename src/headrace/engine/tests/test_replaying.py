"""Replays: each letter with its result, in parts that anybody may go on with, and nothing done twice."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine import inbox, replaying
from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run

pytestmark = pytest.mark.django_db
ANN = "cli:ann"


def letters(n: int, state: str = "dead", partner: str = "wms") -> list[int]:
    """So many deliveries that stand at this state."""
    run("insert into engine_partner (code) values (%(p)s) on conflict do nothing", {"p": partner})
    made = run(
        "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, last_error, cause, attempts)"
        " select %(p)s, 'note', 'FO-' || n, %(p)s || %(s)s || n, '{}', %(s)s, 'gone', 'gone', 12 from generate_series(1, %(n)s) n returning id",
        {"p": partner, "s": state, "n": n},
    )
    return list(made.column("id"))


def message(key: str, *, kind: str = "order", state: str = "parked", outcome: str | None = None) -> int:
    """A message that stands at this state, with its raw body."""
    (stored,) = inbox.store("web", [inbox.Message(kind, key, f'"{key}"')])
    run("update engine_inbox set state = %(s)s, outcome = %(o)s where id = %(i)s", {"s": state, "o": outcome, "i": stored.id})
    return stored.id


def results(number: int) -> dict[int, tuple[str, str | None]]:
    return {r.document_id: (r.state, r.why) for r in run("select document_id, state, why from engine_replay_row where replay_id = %(n)s", {"n": number})}


def states(ids: list[int]) -> set[str]:
    return set(run("select state from engine_outbox where id = any(%(i)s::bigint[])", {"i": ids}).column("state"))


def replay(ids: list[int], document: str = "outbox", actor: str = ANN) -> int:
    number = int(replaying.start_replay(actor=actor, document=document, ids=ids))
    replaying.go_on(number)
    return number


def test_each_letter_has_its_result_and_only_dead_ones_go_out_again() -> None:
    dead, done = letters(2), letters(1, "done")
    number = replay([*dead, *done, 10**9])
    assert results(number) == {
        **dict.fromkeys(dead, ("done", None)),
        done[0]: ("refused", "the partner has taken it"),
        10**9: ("refused", "there is none of this number"),
    }
    assert states(dead) == {"todo"} and states(done) == {"done"}
    assert run("select count(*) from engine_outbox where id = any(%(i)s::bigint[]) and cause is null and attempts = 0", {"i": dead}).scalar == 2


def test_it_goes_on_in_parts_where_another_left_it_and_stops_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PART_LETTERS", 2)
    dead = letters(5)
    number = int(replaying.start_replay(actor=ANN, document="outbox", ids=dead))
    assert replaying._next_part(number)  # killed after one part
    assert replaying.show(number)["done"] == 2  # type: ignore[index]
    replaying.stop_replay(actor=ANN, replay_id=number)
    replaying.go_on_with_all()
    shown: Any = replaying.show(number)
    assert (shown["done"], shown["todo"], shown["ended_at"] is not None) == (2, 3, True)
    again = replay(dead)
    assert [state for state, _ in results(again).values()].count("done") == 3 and states(dead) == {"todo"}


def test_letters_are_set_aside_for_a_reason_that_stays_with_them() -> None:
    dead = letters(3)
    with pytest.raises(Refused, match="why they are never"):
        replaying.start_setting_aside(actor=ANN, ids=dead, note=" ")
    number = int(replaying.start_setting_aside(actor=ANN, ids=dead, note="the partner is gone"))
    replaying.go_on(number)
    assert states(dead) == {"dropped"} and {state for state, _ in results(number).values()} == {"done"}
    assert run("select count(*) from engine_outbox where last_error like '%%the partner is gone' and id = any(%(i)s::bigint[])", {"i": dead}).scalar == 3


def test_a_message_is_taken_again_where_that_can_double_nothing() -> None:
    parked, order, idle = message("1"), message("2", state="done", outcome="captured"), message("3", kind="shipment", state="done", outcome="ignored")
    waits, money = message("4", state="received"), message("5", kind="payment", state="done", outcome="applied")
    told = results(replay([parked, order, idle, waits, money], "inbox"))
    assert {n: state for n, (state, _) in told.items()} == {parked: "done", order: "done", idle: "done", waits: "refused", money: "refused"}
    assert "waits to be read" in str(told[waits][1]) and "could count twice" in str(told[money][1])
    assert run("select outcome from engine_inbox where id = %(i)s", {"i": money}).scalar == "applied"


def test_who_may_not_operate_partners_replays_nothing_and_nothing_is_no_replay() -> None:
    with pytest.raises(NotAllowed):
        replay(letters(1), actor="user:nobody")
    with pytest.raises(Refused, match="none"):
        replay([])
    with pytest.raises(Refused, match="outbox or inbox"):
        replaying.start_replay(actor=ANN, document="orders", ids=[1])
