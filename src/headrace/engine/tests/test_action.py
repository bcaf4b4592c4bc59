"""Actions: by a named and permitted person, in one transaction with their record, and twice seen where that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from headrace.engine import contention, sockets
from headrace.engine.action import Action, Deed, NeedsSecondPerson, NotAllowed, Refused, WaitsForApproval, _actions, action, action_named, actions
from headrace.engine.queries import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def paint() -> Iterator[Action]:
    """A deed that writes one row, and refuses one colour after it has written."""

    @action(permission="catalog.write", says="Paint")
    def paint(deed: Deed, *, colour: str, much: bool = False) -> str:
        deed.subject = f"wall:{colour}"
        run("insert into engine_partner (code) values (%(c)s)", {"c": colour})
        if colour == "pink":
            raise Refused("colour: 'pink' is out of stock; take red")
        if much and not deed.actor.startswith("engine:"):
            raise NeedsSecondPerson(deed)
        return f"{deed.name} {colour} by {deed.actor}"

    yield paint
    del _actions["paint"]


def walls() -> list[str]:
    return run("select code from engine_partner where code in ('red', 'pink', 'blue') order by code").column("code")


def links() -> list[Any]:
    return run("select actor, deed, subject, detail from governance_audit where batch_id is null order by seq")


def test_a_deed_and_its_record_are_one(paint: Action) -> None:
    assert paint(actor="cli:ann", colour="red") == "paint red by cli:ann"
    assert walls() == ["red"]
    assert list(links()) == [("cli:ann", "paint", "wall:red", {"parameters": {"colour": "red"}})]


def test_a_refused_deed_leaves_nothing_and_no_record(paint: Action) -> None:
    with pytest.raises(Refused, match="take red"):
        paint(actor="cli:ann", colour="pink")
    assert walls() == [] and list(links()) == []


def test_a_deed_that_cannot_be_recorded_is_not_done(paint: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ink(_: Deed) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(sockets.record_deed, "_function", no_ink)
    with pytest.raises(OSError, match="disk full"):
        paint(actor="cli:ann", colour="red")
    assert walls() == []


@pytest.mark.parametrize("actor", ["user:nobody", "api:no-such-key", "ann", "", "root:ann"])
def test_who_is_not_known_or_not_permitted_does_nothing(paint: Action, actor: str) -> None:
    with pytest.raises(NotAllowed, match=r"may not paint: the permission catalog\.write is missing"):
        paint(actor=actor, colour="red")
    assert walls() == [] and list(links()) == []


def test_a_deed_that_is_too_much_for_one_is_undone_and_asked_for(paint: Action) -> None:
    with pytest.raises(WaitsForApproval) as waits:
        paint(actor="cli:ann", colour="blue", much=True)
    assert walls() == []
    asked = run("select id, deed, subject, parameters, asked_by, state from governance_approval").one
    assert asked == (waits.value.approval_id, "paint", "wall:blue", {"colour": "blue", "much": True}, "cli:ann", "asked")


def test_a_moment_is_the_transactions(paint: Action) -> None:
    paint(actor="cli:ann", colour="red")
    assert run("select at = transaction_timestamp() from governance_audit where batch_id is null").scalar


def test_actions_are_known_by_name(paint: Action) -> None:
    assert action_named("paint") is paint and actions()["paint"] is paint
    with pytest.raises(LookupError, match="no action named 'polish'; known: "):
        action_named("polish")


def test_an_empty_socket_says_who_should_have_filled_it() -> None:
    with pytest.raises(RuntimeError, match="the room governance does it"):
        sockets.Socket("may", "governance")("user:ann", "x")


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_met_another_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "PAUSE_S", 0.0)
    tries = []

    @action(permission="catalog.write", says="Meet")
    def meet(deed: Deed, *, times: int) -> int:
        deed.subject = "wall:red"
        tries.append(times)
        if len(tries) <= times:
            run("do $$ begin raise exception 'they met' using errcode = '40P01'; end $$")
        return len(tries)

    try:
        assert meet(actor="cli:ann", times=2) == 3
        assert [link.deed for link in links()] == ["meet"]
        tries.clear()
        with pytest.raises(Exception, match="they met"):
            meet(actor="cli:ann", times=99)
        assert len(tries) == contention.RETRIES_MAX + 1
    finally:
        del _actions["meet"]
