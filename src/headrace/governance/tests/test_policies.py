"""Policies: versions that are kept, one in force at a time, each with its time, and recorded by the batches that used it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.tests.lines import finish_all, send, stage_of
from headrace.governance import policies
from headrace.governance.policies import body_of, draft_policy, in_force, publish_policy, roll_back_policy, versions

pytestmark = pytest.mark.django_db

ANN, BOB = "cli:ann", "cli:bob"
SOFT: dict[str, Any] = {"limit_minor": 100, "hold": False, "zones": {"EU": 1}}


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "_declared", dict(policies._declared))
    policies.declare("weighing", body=SOFT, says="How things are weighed")
    policies.seed()
    run("update governance_policy set valid_from = now() - interval '100 days' where name = 'weighing'")


def at(**later: float) -> datetime:
    moment: datetime = run("select transaction_timestamp()").scalar
    return moment + timedelta(**later)


def published(days_ago: float, **changes: Any) -> int:
    """A version that came into force so many days ago, and ended the one before then."""
    version = draft_policy(actor=ANN, name="weighing", body={**SOFT, **changes}, note="x")
    publish_policy(actor=BOB, name="weighing", version=version)
    run("update governance_policy set valid_from = %(t)s where name = 'weighing' and version = %(v)s", {"t": at(days=-days_ago), "v": version})
    run("update governance_policy set valid_to = %(t)s where name = 'weighing' and version = %(v)s - 1", {"t": at(days=-days_ago), "v": version})
    return version


def test_the_declared_default_is_version_one_and_seeding_again_changes_nothing() -> None:
    policies.seed()
    assert in_force("weighing", at()) == (1, SOFT)
    assert [(v["version"], v["state"], v["made_by"]) for v in versions("weighing")] == [(1, "active", "engine:seed")]


def test_a_draft_is_not_in_force_until_it_is_published() -> None:
    version = draft_policy(actor=ANN, name="weighing", body={**SOFT, "limit_minor": 200}, note="softer")
    assert version == 2 and in_force("weighing", at(seconds=1))[0] == 1
    publish_policy(actor=BOB, name="weighing", version=2)
    assert in_force("weighing", at(seconds=1)) == (2, {**SOFT, "limit_minor": 200})
    first, second = versions("weighing")[::-1]
    assert (first["state"], second["state"], first["valid_to"], second["valid_from"]) == ("retired", "active", at(), at())
    assert (second["made_by"], second["published_by"], second["note"]) == (ANN, BOB, "softer")


def test_a_setting_that_came_later_than_the_version_in_force_has_its_declared_value() -> None:
    policies.declare("weighing", body={**SOFT, "rounds_up": True}, says="How things are weighed, newer")
    assert in_force("weighing", at()) == (1, {**SOFT, "rounds_up": True})
    assert body_of("weighing", 1) == SOFT


def test_what_was_in_force_at_a_moment_stays_known() -> None:
    second, third = published(10, limit_minor=200), published(2, limit_minor=300)
    assert [in_force("weighing", at(days=-d))[0] for d in (11, 10, 5, 2, 0)] == [1, second, second, third, third]


def test_a_batch_decides_by_the_version_of_its_moment_and_records_it() -> None:
    second = published(10, limit_minor=200)
    published(2, limit_minor=300)
    seen: list[int] = []

    def weigh(batch: Batch) -> None:
        seen.append(batch.policy("weighing")["limit_minor"])
        seen.append(batch.policy("weighing")["limit_minor"])
        finish_all(batch)

    send({"n": 1})
    with stage_of(weigh) as probing:
        probing.run(as_of=at(days=-5))
    assert seen == [200, 200]
    assert run("select policies from engine_batch order by id desc limit 1").scalar == {"weighing": second}
    assert run("select detail -> 'policies' as p from governance_audit order by seq desc limit 1").scalar == {"weighing": second}
    assert body_of("weighing", second)["limit_minor"] == 200, "so that the decision can be replayed"


def test_going_back_is_a_new_version_with_the_old_body() -> None:
    published(5, limit_minor=200)
    assert roll_back_policy(actor=ANN, name="weighing", version=1) == 3
    assert in_force("weighing", at(seconds=1)) == (3, SOFT)
    assert [v["version"] for v in versions("weighing") if v["state"] == "active"] == [3]


def test_what_was_in_force_is_never_changed_or_removed() -> None:
    published(5, limit_minor=200)
    for deed in (
        "update governance_policy set body = '{}' where name = 'weighing' and version = 1",
        "update governance_policy set body = '{}' where name = 'weighing' and version = 2",
        "update governance_policy set version = 9 where name = 'weighing' and version = 1",
        "delete from governance_policy where name = 'weighing' and version = 1",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or removed"), transaction.atomic():
            run(deed)
    with pytest.raises(psycopg.errors.UniqueViolation, match="policy_one_active"), transaction.atomic():
        run("update governance_policy set state = 'active' where name = 'weighing'")


def test_a_draft_may_be_thrown_away() -> None:
    version = draft_policy(actor=ANN, name="weighing", body=SOFT, note="x")
    assert run("delete from governance_policy where name = 'weighing' and version = %(v)s", {"v": version}).count == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"limit": 1}, "limit: no such setting; known are limit_minor, hold, zones"),
        ({"limit_minor": "much"}, "limit_minor: 'much' must be like 100"),
        ({"limit_minor": True}, "limit_minor: True must be like 100"),
        ({"hold": 0}, "hold: 0 must be like False"),
        ({"zones": {"US": 1}}, "zones.US: no such setting"),
        ({"zones": 7}, "zones.: 7 must be a table"),
        ("all", "body: 'all' must be a table"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_with_what_would(body: Any, says: str) -> None:
    with pytest.raises(Refused, match=says.replace(".", r"\.")):
        draft_policy(actor=ANN, name="weighing", body=body, note="x")


def test_only_drafts_are_published_and_only_known_policies_drafted() -> None:
    for version in (1, 7):
        with pytest.raises(Refused, match="is no draft"):
            publish_policy(actor=ANN, name="weighing", version=version)
    with pytest.raises(Refused, match="'weihging' is no policy"):
        draft_policy(actor=ANN, name="weihging", body={}, note="x")
    with pytest.raises(Refused, match="has no version 9"):
        roll_back_policy(actor=ANN, name="weighing", version=9)
    with pytest.raises(LookupError, match="declared are"):
        in_force("weihging", datetime.now(UTC))


def test_who_may_not_publish_publishes_nothing() -> None:
    draft_policy(actor=ANN, name="weighing", body=SOFT, note="x")
    with pytest.raises(NotAllowed, match=r"policy\.publish"):
        publish_policy(actor="user:nobody", name="weighing", version=2)
    assert in_force("weighing", at(seconds=1))[0] == 1
