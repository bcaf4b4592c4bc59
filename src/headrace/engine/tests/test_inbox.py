"""The inbox: raw before it is understood, once per partner, kind, key and content, and finished with an outcome."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection, transaction

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.inbox import Message
from headrace.engine.queries import run
from headrace.engine.tests.lines import finish_all, send, stage_of, states


def rows() -> list[tuple[str, str, str, str, int]]:
    return list(
        run("select i.partner, i.kind, i.message_key, b.body, i.deliveries from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id order by i.id")
    )


@pytest.mark.django_db
def test_what_arrives_is_kept_exactly_as_it_was_also_when_it_is_nonsense() -> None:
    raw = '{"id": 1, "note": "naïve ✓"'
    (stored,) = inbox.store("shop-us", [Message("order", "1", raw, {"topic": "orders/create"})])
    assert (stored.is_new, stored.state, stored.outcome, stored.document_id) == (True, "received", None, None)
    (kept,) = inbox.bodies([stored.id])
    assert (kept.partner, kept.body, kept.headers) == ("shop-us", raw, {"topic": "orders/create"})


@pytest.mark.django_db
def test_the_same_message_again_is_the_same_message_and_gets_the_same_answer() -> None:
    (first,) = inbox.store("shop-us", [Message("probe", "1", "{}")])
    with stage_of(lambda batch: inbox.finish(batch, {first.id: ("captured", 77)})) as probing:
        probing.run()
    (again,) = inbox.store("shop-us", [Message("probe", "1", "{}")])
    assert (again.id, again.is_new, again.state, again.outcome, again.document_id) == (first.id, False, "done", "captured", 77)
    assert rows() == [("shop-us", "probe", "1", "{}", 2)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [("shop-us", Message("order", "1", '{"v": 2}')), ("shop-us", Message("order", "2", "{}")), ("shop-us", Message("payment", "1", "{}")), ("shop-de", Message("order", "1", "{}"))],
    ids=["content", "key", "kind", "partner"],
)  # fmt: skip
def test_any_difference_makes_another_message(other: tuple[str, Message]) -> None:
    inbox.store("shop-us", [Message("order", "1", "{}")])
    (stored,) = inbox.store(other[0], [other[1]])
    assert stored.is_new and len(rows()) == 2


@pytest.mark.django_db
def test_many_in_one_call_are_answered_in_the_order_given_and_a_repeat_among_them_once() -> None:
    inbox.store("shop-us", [Message("order", "3", "{}")])
    answers = inbox.store("shop-us", [Message("order", key, "{}") for key in ("9", "3", "1", "9")])
    assert [a.is_new for a in answers] == [True, False, True, True] and answers[0] == answers[3]
    keys = dict(run("select id, message_key from engine_inbox"))
    assert [keys[a.id] for a in answers] == ["9", "3", "1", "9"]
    assert inbox.store("shop-us", []) == []


@pytest.mark.django_db
def test_a_body_is_never_changed_or_removed() -> None:
    send({"n": 1})
    for deed in ("update engine_inbox_body set body = '{}'", "delete from engine_inbox_body", "truncate engine_inbox_body"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), transaction.atomic():
            run(deed)


@pytest.mark.django_db
def test_a_message_is_finished_once() -> None:
    ids = send({"n": 1}, {"n": 2})
    batch = Batch(1, "probing", "inbox", ids, run("select now()").scalar)
    inbox.finish(batch, {ids[0]: ("applied", 5)})
    with pytest.raises(AssertionError, match="finished 1 of 2 messages"):
        inbox.finish(batch, dict.fromkeys(ids, ("applied", None)))


@pytest.mark.django_db
def test_a_message_that_was_set_aside_is_taken_once_more_when_what_stood_in_its_way_is_gone() -> None:
    first, second = send({"n": 1}, {"n": 2})
    with stage_of(lambda batch: inbox.finish(batch, {first: ("ignored", None), second: ("applied", None)})) as probing:
        probing.run()
    keys = [tuple(row) for row in run("select partner, message_key from engine_inbox order by id")]
    assert inbox.take_again("probe", "ignored", keys) == 1
    assert states([first, second]) == ["received", "done"]
    assert inbox.take_again("probe", "ignored", []) == 0


def test_two_doors_at_once_store_a_message_once(fresh_database: str) -> None:
    """A webhook and a poll with the same hundred messages, in opposite order: no deadlock, no double."""
    messages = [Message("order", str(n), "{}") for n in range(100)]
    new: list[int] = []

    def door(mine: list[Message]) -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    new.append(sum(s.is_new for s in inbox.store("shop-us", mine)))
        finally:
            connection.close()

    doors = [threading.Thread(target=door, args=(mine,)) for mine in (messages, messages[::-1])]
    for thread in doors:
        thread.start()
    for thread in doors:
        thread.join(30)
    assert sum(new) == 100 and len(new) == 10
    assert [row[4] for row in rows()] == [10] * 100


@pytest.mark.django_db
def test_each_stage_takes_its_own_kind() -> None:
    mine, theirs = send({"n": 1}), send({"n": 2}, kind="other")
    with stage_of(finish_all) as probing:
        assert probing.run().taken == 1
    assert (states(mine), states(theirs)) == (["done"], ["received"])
