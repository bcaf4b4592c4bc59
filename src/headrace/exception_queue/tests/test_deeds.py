"""Deeds on cases: by whom, on many at once, each with its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from headrace.engine.action import NotAllowed, Refused, action_named
from headrace.engine.queries import run
from headrace.exception_queue import desk as shown
from headrace.exception_queue import resolving, talking
from headrace.exception_queue.parking import ENGINE_POISON, park
from headrace.exception_queue.reasons import Reason, Severity, Team, reason
from headrace.exception_queue.tests.desks import ANN, BOB, Desk, cases, events, now, state_of
from headrace.values.clock import hours


def many(room: Desk, count: int) -> list[int]:
    """So many cases, each on its own message."""
    for n in range(count):
        room.arrives((room.colour, f"c{n}"))
    room.work()
    return cases("id")


def test_every_case_of_a_bulk_deed_gets_its_answer_in_the_order_asked(room: Desk) -> None:
    first, second, third = many(room, 3)
    resolving.close(actor=ANN, case_ids=[second], note="dealt with")
    results = resolving.assign(actor=ANN, case_ids=[third, 999_999, second, first, third], to="user:bob")
    assert [(r.case_id, r.done, r.why) for r in results] == [
        (third, True, ""),
        (999_999, False, "no such case"),
        (second, False, "already resolved"),
        (first, True, ""),
    ]
    assert cases("assigned_to") == ["user:bob", None, "user:bob"]


@pytest.mark.parametrize("deed", ["retry", "accept", "close", "assign", "claim", "snooze", "comment", "escalate"])
def test_every_deed_answers_row_by_row_and_is_told_once_per_case(room: Desk, deed: str) -> None:
    ids = many(room, 3)
    given: dict[str, Any] = {
        "accept": {"note": "fine"},
        "close": {"note": "done elsewhere"},
        "assign": {"to": "user:bob"},
        "snooze": {"until": now(hours=2)},
        "comment": {"note": "asked the customer"},
        "escalate": {"team": "finance"},
    }.get(deed, {})
    if deed == "accept":  # a message has no order whose check could be accepted
        assert [r.done for r in getattr(resolving, deed)(actor=ANN, case_ids=ids, **given)] == [False] * 3
        return
    results = action_named(deed)(actor=ANN, case_ids=[*ids, 999_999], **given)
    assert [r.done for r in results] == [True, True, True, False]
    assert all(len(events(i)) == 2 for i in ids)
    link = run("select actor, deed, subject, detail from governance_audit where batch_id is null").one
    assert (link.actor, link.deed, link.subject, link.detail["parameters"]["case_ids"]) == (ANN, deed, "cases:4", [*ids, 999_999])


def test_a_bulk_deed_has_a_limit(room: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "CASES_PER_CALL_MAX", 2)
    with pytest.raises(Refused, match="3 cases at once; the limit is 2"):
        resolving.claim(actor=ANN, case_ids=many(room, 3))
    assert cases("assigned_to") == [None] * 3


def test_a_claimed_case_is_mine(room: Desk) -> None:
    (case,) = many(room, 1)
    resolving.claim(actor=BOB, case_ids=[case])
    assert cases("assigned_to") == [BOB] and events(case) == ["opened", "assigned"]


@pytest.mark.parametrize(
    ("deed", "given"),
    [
        (resolving.close, {"note": " "}),
        (resolving.accept, {"note": ""}),
        (talking.comment, {"note": ""}),
        (resolving.assign, {"to": " "}),
    ],
)
def test_words_are_needed(room: Desk, deed: Callable[..., Any], given: dict[str, str]) -> None:
    with pytest.raises(Refused):
        deed(actor=ANN, case_ids=many(room, 1), **given)
    assert events(cases("id")[0]) == ["opened"]


def test_a_closed_message_stays_parked_with_its_raw_body(room: Desk) -> None:
    message = room.parked((room.colour, "bleen"))
    resolving.close(actor=ANN, case_ids=cases("id"), note="sent again by hand")
    assert cases("state", "resolution", "resolved_by", "resolution_note") == [("resolved", "closed", ANN, "sent again by hand")]
    assert state_of(message) == "parked" and run("select count(*) from engine_inbox_body").scalar == 1


def test_a_dead_letter_is_not_sent_by_trying_its_case_again(room: Desk) -> None:
    run("insert into engine_partner (code) values ('bank')")
    letter = run(
        """insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state) values ('bank', 'x', 'r', 'k', '{}', 'dead') returning id"""
    ).scalar
    run(
        """insert into exception_queue_case (reason_code, document, document_id, fingerprint, opened_at, due_at, team)
        values ('ENGINE-02', 'outbox', %(l)s, 'f', now(), now(), 'integration')""",
        {"l": letter},
    )
    (result,) = resolving.retry(actor=ANN, case_ids=cases("id"))
    assert not result.done and "outbox replay" in result.why and cases("state") == ["open"]


def person(name: str, *roles: str) -> str:
    user = get_user_model().objects.create_user(name)
    for role in roles:
        run("insert into governance_role_grant (user_id, role_id) values (%(u)s, %(r)s)", {"u": user.pk, "r": role})
    return f"user:{name}"


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("ops_manager", ("retry", "close", "accept", "claim", "snooze"), ()),
        ("customer_service", ("retry", "close", "claim", "snooze"), ("accept",)),
        ("warehouse", ("claim", "snooze"), ("retry", "close", "accept")),
        ("auditor", (), ("retry", "close", "accept", "claim", "snooze")),
    ],
)
def test_who_may_do_what(room: Desk, role: str, may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    ann = person("ann", role)
    given = {"close": {"note": "x"}, "accept": {"note": "x"}, "snooze": {"until": now(hours=1)}}
    ids = many(room, 1)
    for deed in may_not:
        with pytest.raises(NotAllowed, match=f"user:ann may not {deed}"):
            getattr(resolving, deed)(actor=ann, case_ids=ids, **given.get(deed, {}))
    assert events(ids[0]) == ["opened"]
    for deed in may:
        getattr(resolving, deed)(actor=ann, case_ids=many(room, 1)[-1:], **given.get(deed, {}))


def test_the_history_of_a_case_is_never_changed(room: Desk) -> None:
    many(room, 1)
    for deed in ("update exception_queue_case_event set actor = 'user:mallory'", "delete from exception_queue_case_event"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), transaction.atomic():
            run(deed)


def test_a_case_tells_its_sentence_procedure_offers_and_timeline(room: Desk) -> None:
    room.parked((room.colour, "bleen"))
    talking.comment(actor=ANN, case_ids=cases("id"), note="asked the customer")
    told = shown.case(cases("id")[0])
    assert told is not None
    assert (told["sentence"], told["offers"], told["team"], told["severity"]) == (
        "bleen is no colour",
        ["retry", "accept", "close"],
        "integration",
        "blocks_message",
    )
    assert [(e["actor"], e["event"], e["detail"]) for e in told["events"]] == [
        ("engine:probing", "opened", None),
        (ANN, "commented", {"note": "asked the customer"}),
    ]
    assert shown.case(999_999) is None


def test_the_desk_pages_through_everything_once_the_most_urgent_first(room: Desk) -> None:
    room.parked((room.colour, "a"), (room.waits, "b"), (room.odd, "c"))
    room.parked((room.colour, "d"))
    seen: list[int] = []
    place = None
    while page := shown.cases(now(), after=place, limit=1):
        seen.append(page[0]["id"])
        place = (page[0]["due_at"], page[0]["id"])
    a, b, c, d = cases("id")
    assert seen == [b, a, d, c]
    assert [row["id"] for row in shown.cases(now(), reason="PROBING-01")] == [a, d] and shown.cases(now(), team="finance") == []


def test_policy_may_weigh_a_failure_otherwise(room: Desk) -> None:
    """A reason that blocks warns where policy says so: the document goes on, and the case keeps the severity."""
    message = room.arrives()

    def mild(batch: Any) -> None:
        park(batch, room.colour, [{"id": message, "value": "bleen"}], severity=Severity.WARNS)
        from headrace.engine.tests.lines import finish_all

        finish_all(batch)

    room.look = mild  # type: ignore[method-assign]
    room.work()
    assert state_of(message) == "done" and shown.cases(now())[0]["severity"] == "warns"


def test_a_reason_is_declared_once_and_wholly(room: Desk) -> None:
    parts: dict[str, Any] = {"says": "x", "severity": Severity.WARNS, "owner": Team.FINANCE, "due_in": hours(1), "sop": "1. Look.\n2. Act."}
    assert reason("ENGINE-01") is ENGINE_POISON
    with pytest.raises(ValueError, match="declared twice"):
        Reason(code="PROBING-01", **parts)
    with pytest.raises(ValueError, match="write STAGE-NN"):
        Reason(code="probing", **parts)
    with pytest.raises(ValueError, match="at least 2 numbered steps"):
        Reason(code="PROBING-09", **{**parts, "sop": "Look."})
    with pytest.raises(LookupError, match="is declared"):
        reason("PROBING-99")
