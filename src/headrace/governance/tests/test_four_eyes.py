"""Approvals: what policy names waits for a second person, who is never the one who asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import transaction

from headrace.engine.action import Action, Deed, NotAllowed, Refused, WaitsForApproval, _actions, action
from headrace.engine.queries import run
from headrace.governance.approvals import CANNOT_WAIT, approve, refuse, waiting
from headrace.governance.policies import draft_policy, publish_policy

pytestmark = pytest.mark.django_db

ANN, BOB = "cli:ann", "cli:bob"
NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)


@pytest.fixture
def pay() -> Iterator[Action]:
    """A deed that policy wants seen twice."""

    @action(permission="ledger.post", says="Pay")
    def pay(deed: Deed, *, to: str, rate: Decimal | None = None, at: datetime | None = None, tags: list[str] | None = None) -> Any:
        if to == "nobody":
            raise Refused("to: 'nobody' has no account")
        deed.subject = f"payee:{to}"
        run("insert into engine_partner (code) values (%(c)s)", {"c": f"paid:{to}"})
        return deed.actor, to, rate, at, tags

    version = draft_policy(actor=ANN, name="approvals", body={"deeds": ["pay"]}, note="two see it")
    publish_policy(actor=ANN, name="approvals", version=version)
    yield pay
    del _actions["pay"]


def asked(pay: Action, actor: str = ANN, **given: Any) -> int:
    with pytest.raises(WaitsForApproval) as waits:
        pay(actor=actor, to="bank", **given)
    return waits.value.approval_id


def is_paid() -> bool:
    return bool(run("select 1 from engine_partner where code like 'paid:%'"))


def states() -> list[tuple[str, str | None]]:
    return [tuple(row) for row in run("select state, answered_by from governance_approval order by id")]


def test_what_policy_names_waits_and_is_not_done(pay: Action) -> None:
    number = asked(pay)
    assert not is_paid() and states() == [("asked", None)]
    (row,) = waiting()
    assert (row["id"], row["deed"], row["asked_by"], row["parameters"]) == (number, "pay", ANN, {"to": "bank"})


def test_what_policy_does_not_name_goes_on(pay: Action) -> None:
    version = draft_policy(actor=ANN, name="approvals", body={"deeds": []}, note="one is enough")
    publish_policy(actor=ANN, name="approvals", version=version)
    run("update governance_policy set valid_to = valid_from where name = 'approvals' and state = 'retired'")
    assert pay(actor=ANN, to="bank")[1] == "bank" and is_paid()


def test_a_second_person_does_it_in_the_name_of_the_first(pay: Action) -> None:
    number = asked(pay)
    assert approve(actor=BOB, approval_id=number, note="seen the bill")[0] == ANN
    assert is_paid() and states() == [("approved", BOB)] and waiting() == []
    last = run("select actor, deed, subject from governance_audit order by seq desc limit 2")
    assert [tuple(row) for row in last] == [(BOB, "approve", f"approval:{number}"), (ANN, "pay", "payee:bank")]


@pytest.mark.parametrize("same", [ANN, "user:ann"])
def test_nobody_approves_or_refuses_his_own_by_whichever_door(pay: Action, same: str) -> None:
    run(
        "insert into auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, date_joined) values ('ann', '', true, true, true, '', '', '', now())"
    )
    number = asked(pay)
    for answer in (approve, refuse):
        with pytest.raises(Refused, match="a second person must answer"):
            answer(actor=same, approval_id=number, note="fine by me")
    assert not is_paid() and states() == [("asked", None)]


def test_the_database_itself_wants_four_eyes(pay: Action) -> None:
    asked(pay)
    with pytest.raises(psycopg.errors.CheckViolation, match="approval_needs_four_eyes"), transaction.atomic():
        run("update governance_approval set state = 'approved', answered_by = asked_by")


def test_who_may_not_answer_answers_nothing(pay: Action) -> None:
    number = asked(pay)
    with pytest.raises(NotAllowed, match=r"approvals\.answer"):
        approve(actor="user:nobody", approval_id=number)
    assert not is_paid()


def test_whoever_lost_the_right_meanwhile_has_asked_in_vain(pay: Action) -> None:
    run("insert into governance_api_key (name, prefix, key_hash, scopes) values ('erp', 'p', 'h', '{ledger.post}')")
    number = asked(pay, actor="api:erp")
    run("update governance_api_key set is_active = false")
    with pytest.raises(NotAllowed, match="api:erp may not pay"):
        approve(actor=BOB, approval_id=number)
    assert not is_paid() and states() == [("asked", None)]


def test_an_answer_is_given_once(pay: Action) -> None:
    first, second = asked(pay), asked(pay)
    approve(actor=BOB, approval_id=first)
    refuse(actor=BOB, approval_id=second, note="paid already")
    for number in (first, second, 999_999):
        with pytest.raises(Refused, match="does not wait for an answer"):
            approve(actor="cli:cid", approval_id=number)
    assert states() == [("approved", BOB), ("refused", BOB)]
    assert run("select count(*) from engine_partner where code like 'paid:%'").scalar == 1


def test_a_deed_that_makes_no_sense_any_more_stays_asked_for(pay: Action) -> None:
    number = asked(pay)
    run('update governance_approval set parameters = \'{"to": "nobody"}\'')
    with pytest.raises(Refused, match="has no account"):
        approve(actor=BOB, approval_id=number)
    assert states() == [("asked", None)]


def test_moments_and_decimals_come_back_as_they_were_given(pay: Action) -> None:
    number = asked(pay, rate=Decimal("1.0825"), at=NOON, tags=["2026-06-02", "x"])
    assert approve(actor=BOB, approval_id=number) == (ANN, "bank", Decimal("1.0825"), NOON, ["2026-06-02", "x"])


@pytest.mark.parametrize(
    ("deeds", "says"),
    [(["pya"], "there is no action 'pya'"), ("pay", "must be a list"), *((([name]), f"{name} cannot wait") for name in CANNOT_WAIT)],
)
def test_policy_names_only_deeds_that_can_wait(pay: Action, deeds: Any, says: str) -> None:
    """A secret would be kept in the clear; an answer that waits for an answer would never come."""
    with pytest.raises(Refused, match=says):
        draft_policy(actor=ANN, name="approvals", body={"deeds": deeds}, note="x")


def test_one_approval_does_not_open_the_door_for_the_next_deed(pay: Action) -> None:
    approve(actor=BOB, approval_id=asked(pay))
    asked(pay)
