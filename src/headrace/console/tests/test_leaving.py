"""A form that was sent too late comes back as it was left: to whoever left it, once, on its page, and never done by itself."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from headrace.console import leaving
from headrace.console.tests.conftest import PASSWORD
from headrace.console.tests.test_waves import numbers  # noqa: F401 - a fixture
from headrace.engine.queries import run
from headrace.governance import sessions

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]
TYPED = {"changes.line1": "77 Harbour Road", "changes.postcode": "20457", "why": "the customer wrote", "seen": "1", "once": "t", "next": "/"}


def stand_still(client: Client) -> None:
    session = client.session
    session[sessions.SEEN] = (timezone.now() - timedelta(hours=2)).isoformat()
    session.save()


def order() -> str:
    return f"/orders/SO-{run('select min(id) from orders_order').scalar or 1}"


def send(client: Client) -> Any:
    return client.post(f"{order()}/do/hold_order", TYPED, headers={"Referer": f"http://testserver{order()}"})


def sign_in(client: Client, name: str) -> Any:
    return client.post("/accounts/login/", {"login": name, "password": PASSWORD, "next": order()})


def left_on(client: Client, address: str) -> dict[str, Any] | None:
    """The form as the page brings it."""
    found = re.search(r'data-address="([^"]*)" data-values="([^"]*)"', client.get(address).content.decode())
    return {"address": found[1], **json.loads(html.unescape(found[2]))} if found else None


@pytest.fixture
def ann(seat: Seat, numbers: list[str]) -> Client:  # noqa: F811
    return seat("customer_service", name="ann")


def test_whoever_left_it_finds_it_once_on_its_page_and_nothing_was_done(ann: Client) -> None:
    stand_still(ann)
    answer = send(ann)
    assert answer.status_code == 302 and answer["Location"] == f"/accounts/login/?next={quote(order(), safe='')}"
    door = ann.get(answer["Location"]).content.decode()
    assert "It comes back after you have signed in again" in door and "Harbour" not in door
    assert sign_in(ann, "ann")["Location"] == order()
    assert left_on(ann, "/orders") is None
    told = {"changes.line1": ["77 Harbour Road"], "changes.postcode": ["20457"], "why": ["the customer wrote"]}
    assert left_on(ann, order()) == {"address": f"{order()}/do/hold_order", **told}
    assert left_on(ann, order()) is None
    assert run("select count(*) from governance_audit where deed = 'hold_order'").scalar == 0


def test_the_script_is_told_to_sign_in_and_its_form_is_kept_as_well(ann: Client) -> None:
    stand_still(ann)
    answer = ann.post("/do/comment", {"case_ids": "7", "note": "half a thought"}, headers={"Referer": "http://testserver/exceptions?case=7", "X-Deed": "1"})
    assert answer.status_code == 401 and answer.json()["sign_in"].startswith("/accounts/login/?next=%2Fexceptions%3Fcase%3D7")
    sign_in(ann, "ann")
    assert left_on(ann, "/exceptions") == {"address": "/do/comment", "case_ids": ["7"], "note": ["half a thought"]}


def test_also_where_the_open_page_was_told_before(ann: Client) -> None:
    """What the page asks by itself meets the end of the session first; the form comes after it."""
    stand_still(ann)
    assert ann.get("/waiting").status_code == 302
    send(ann)
    sign_in(ann, "ann")
    assert left_on(ann, order()) is not None


def test_whoever_else_signs_in_sees_nothing_and_drops_it(ann: Client) -> None:
    get_user_model().objects.create_user(username="bob", password=PASSWORD)
    stand_still(ann)
    send(ann)
    sign_in(ann, "bob")
    assert leaving.LEFT not in ann.session and "Harbour" not in str(dict(ann.session))
    assert left_on(ann, order()) is None
    sign_in(ann, "ann")
    assert left_on(ann, order()) is None


def test_what_strangers_send_is_not_kept(numbers: list[str]) -> None:  # noqa: F811
    stranger = Client()
    send(stranger)
    assert leaving.LEFT not in stranger.session


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/system/users/make", {"username": "eve", "role": "admin"}),
        ("/catalog/channels/shop/secret", {"secret": "s3cret"}),
        ("/do/keep_role", {"code": "x"}),
        ("/do/no_such_deed", {"code": "x", "password": "x"}),
        ("/fulfilment/f/FO-1/scan", {"scan": "A"}),
        ("/exceptions/case/1/would/accept", {"note": "x"}),
        ("/do/comment", {"note": "x" * leaving.LEFT_CHARS_MAX, "case_ids": "1"}),
        ("/do/comment", {f"f{n}": "x" for n in range(leaving.LEFT_FIELDS_MAX + 1)}),
        ("/catalog/import/file", {"table": "items", "file": SimpleUploadedFile("items.csv", b"sku")}),
    ],
    ids=["users", "a secret", "by name", "a password", "a scan", "a trial", "long", "many fields", "a file"],
)
def test_what_is_secret_or_would_come_back_by_half_is_not_kept(ann: Client, address: str, typed: dict[str, Any]) -> None:
    stand_still(ann)
    assert ann.post(address, typed, headers={"Referer": f"http://testserver{order()}"}).status_code == 302
    assert leaving.WHO in ann.session and leaving.LEFT not in ann.session


def test_after_an_hour_it_is_dropped(ann: Client) -> None:
    stand_still(ann)
    send(ann)
    session = ann.session
    session[leaving.LEFT] = {**session[leaving.LEFT], "at": (timezone.now() - 2 * leaving.KEPT).isoformat()}
    session.save()
    sign_in(ann, "ann")
    assert left_on(ann, order()) is None and leaving.LEFT not in ann.session
