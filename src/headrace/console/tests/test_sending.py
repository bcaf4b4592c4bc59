"""A form does its deed once: its token stands with the deed and not without it, whoever is killed, breaks down or clicks at the same moment."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from headrace.console import sending
from headrace.console.models import FormSent
from headrace.engine import by_name
from headrace.engine.action import Action, Deed, Refused, _actions, action
from headrace.engine.queries import run
from headrace.governance import approvals, policies

Seat = Callable[..., Client]
WAIT_S = 20.0
TEMPLATES = Path(sending.__file__).parent / "templates" / "console"
WITHOUT_TOKEN = {
    r"/do/": "the script gives it one; the forms of `_deed.html` bring their own",
    r"\{% url 'account_logout' %\}|\{% url 'verify' %\}|/exceptions/look": "does no deed",
    r"/system/users/make|/system/users/.*/password|/system/keys/make|/system/keys/rotate": "the answer is a secret on the page itself: of two, the last one counts",
    r"/fulfilment/f/.*/(scan|take-back)": "each scan has an id of its own",
    r"/stock/counts/.*/enter": "each line says how often it had been counted when it was seen",
}


class Killed(BaseException):
    """As a process that is gone: nothing in it catches this."""


@pytest.fixture
def keep() -> Iterator[dict[str, Any]]:
    """A deed that writes a row, and then does what the test says."""
    then: dict[str, Any] = {"do": lambda: None}

    @action(permission="orders.read", says="Keep it", name="keep_it")
    def keep_it(deed: Deed, *, code: str) -> str:
        deed.subject = f"row:{code}"
        run("insert into engine_partner (code) values (%(c)s)", {"c": code})
        then["do"]()
        return code

    assert isinstance(keep_it, Action)
    yield then
    del _actions["keep_it"]
    by_name.form.cache_clear()


def rows() -> int:
    return int(run("select count(*) from engine_partner where code like 'kept-%'").scalar)


def send(client: Client, code: str = "kept-1", once: str = "t1") -> Any:
    return client.post("/do/keep_it", {"code": code, "once": once, "next": "/me"}, headers={"X-Deed": "1"})


@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_over_a_deed_leaves_no_token_and_the_form_may_be_sent_again(seat: Seat, keep: dict[str, Any]) -> None:
    ann = seat("auditor", name="ann")

    def die() -> None:
        raise Killed

    keep["do"] = die
    with pytest.raises(Killed):
        send(ann)
    assert (rows(), FormSent.objects.count()) == (0, 0)
    keep["do"] = lambda: None
    assert send(ann).json() == {"next": "/me"}
    assert (rows(), FormSent.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_before_the_commit_takes_deed_and_token_with_it(seat: Seat, keep: dict[str, Any]) -> None:
    ann = seat("auditor", name="ann")
    ann.raise_request_exception = False
    keep["do"] = lambda: run("select pg_terminate_backend(pg_backend_pid())")
    assert send(ann).status_code == 500
    connection.close()
    assert (rows(), FormSent.objects.count()) == (0, 0)
    keep["do"] = lambda: None
    assert send(ann).status_code == 200 and rows() == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_that_breaks_after_the_deed_does_not_do_it_twice(seat: Seat, keep: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ann = seat("auditor", name="ann")
    ann.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("headrace.console.acting._tell", lambda *_a: 1 // 0)
        assert send(ann).status_code == 500
    assert rows() == 1
    assert "done once" in ann.post("/do/keep_it", {"code": "kept-2", "once": "t1", "next": "/me"}, follow=True).content.decode()
    assert rows() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_is_refused", [False, True])
def test_of_two_clicks_at_once_the_second_waits_and_does_what_the_first_has_not_done(seat: Seat, keep: dict[str, Any], first_is_refused: bool) -> None:
    ann = seat("auditor", name="ann")
    other = Client()
    other.cookies = ann.cookies
    begun, may_end, told = threading.Event(), threading.Event(), {}

    def hold() -> None:
        if begun.is_set():  # the second, doing it
            return
        begun.set()
        assert may_end.wait(WAIT_S)
        if first_is_refused:
            raise Refused("code: not this one")

    def click(which: str, client: Client) -> None:
        try:
            told[which] = send(client)
        finally:
            connection.close()

    keep["do"] = hold
    clicks = [threading.Thread(target=click, args=("first", ann)), threading.Thread(target=click, args=("second", other))]
    clicks[0].start()
    assert begun.wait(WAIT_S)
    clicks[1].start()
    deadline = datetime.now(UTC) + timedelta(seconds=WAIT_S)
    while not run("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%%console_form_sent%%'"):
        assert datetime.now(UTC) < deadline, "the second click does not wait for the first"
    assert "second" not in told
    may_end.set()
    for one in clicks:
        one.join(WAIT_S)
    assert told["first"].status_code == (422 if first_is_refused else 200)
    assert told["second"].status_code == 200 and (rows(), FormSent.objects.count()) == (1, 1)
    said = ann.get("/me").content.decode()
    assert ("done once" in said) != first_is_refused


@pytest.mark.django_db
def test_what_came_to_wait_for_a_second_person_is_asked_for_once(seat: Seat, keep: dict[str, Any]) -> None:
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": ["keep_it"]}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)
    ann = seat("auditor", name="ann")
    for _time in range(2):
        assert send(ann).status_code == 200
    assert len(approvals.waiting()) == 1 and rows() == 0
    page = ann.get("/me").content.decode()
    assert "Keep it: waits for a second person (approval" in page and "Keep it: done once. The form was sent twice." in page


@pytest.mark.django_db
def test_what_the_deed_itself_finds_too_much_for_one_is_asked_for_once(seat: Seat, keep: dict[str, Any]) -> None:
    @action(permission="orders.read", says="Much", name="much")
    def much(deed: Deed, *, code: str) -> None:
        keep["inner"] = _actions["keep_it"](actor=deed.actor, code=code)  # a deed within takes no token
        approvals.second_person(deed)

    try:
        ann = seat("auditor", name="ann")
        for _time in range(2):
            assert ann.post("/do/much", {"code": "kept-1", "once": "t1"}, headers={"X-Deed": "1"}).status_code == 200
        assert len(approvals.waiting()) == 1 and rows() == 0 and FormSent.objects.count() == 1 and isinstance(much, Action)
    finally:
        del _actions["much"]


@pytest.mark.django_db
def test_a_deed_after_the_first_takes_no_token_and_forms_without_one_are_taken_as_they_come(keep: dict[str, Any]) -> None:
    deed = _actions["keep_it"]
    with sending.with_token("cli:a t1"):
        deed(actor="cli:a", code="kept-1")
        deed(actor="cli:a", code="kept-2")
    with sending.with_token("cli:a t1"), pytest.raises(sending.SentTwice):
        deed(actor="cli:a", code="kept-3")
    with sending.with_token(""):
        deed(actor="cli:a", code="kept-4")
    assert rows() == 3 and FormSent.objects.count() == 1


@pytest.mark.django_db
def test_tokens_are_forgotten_after_a_day() -> None:
    now = datetime.now(UTC)
    for name, age in (("old", timedelta(days=2)), ("new", timedelta(hours=2))):
        FormSent.objects.create(token=name, actor="user:ann", sent_at=now - age)
    sending.forget_tokens()
    assert [f.token for f in FormSent.objects.all()] == ["new"]


def test_every_form_brings_a_token_or_says_why_it_needs_none() -> None:
    bare = []
    for path in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form\b.*?(?=<form\b|\Z)", path.read_text(), re.DOTALL):
            head, _csrf, after = form.partition("{% csrf_token %}")
            address = re.search(r'action="([^"]*)"', head)
            if 'method="post"' not in head or not address or after.lstrip().startswith("{% once %}"):
                continue
            if not any(re.match(pattern, address[1]) for pattern in WITHOUT_TOKEN):
                bare.append(f"{path.relative_to(TEMPLATES)}: {address[1]}")
    assert bare == []
