"""Every page is closed to strangers and to people without its permission; nobody guesses passwords; forms come from our own pages only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, reverse

from headrace.console import shell, urls
from headrace.console.tests.conftest import PASSWORD
from headrace.engine import by_name
from headrace.governance.access import PERMISSIONS

Seat = Callable[..., Client]
BY_ITSELF = {"do", "company_login", "company_callback", None}  # the door of deeds, where each action asks for its own permission; doors that show nothing


def our_views() -> Iterator[tuple[str, Any]]:
    for pattern in urls.urlpatterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern), pattern


def test_every_page_names_its_permission() -> None:
    found = {name or "/": getattr(pattern.callback, "permission", None) for name, pattern in our_views() if pattern.name not in BY_ITSELF}
    assert len(found) > 3
    assert set(found.values()) <= set(PERMISSIONS), {name: p for name, p in found.items() if p not in PERMISSIONS}


def test_strangers_sign_in_first(db: None) -> None:
    for room in shell.ROOMS:
        answer = Client().get(room.address)
        assert answer.status_code == 302, room
        assert answer.headers["Location"].startswith(reverse("account_login"))
    assert Client().post("/do/retry", {"case_ids": 1}).status_code == 302


def test_people_without_a_role_are_told_which_permission_is_missing(seat: Seat) -> None:
    nobody = seat()
    for room in shell.ROOMS:
        answer = nobody.get(room.address)
        assert answer.status_code == 403, room
        assert room.permission in answer.content.decode()


@pytest.mark.parametrize("role", ["warehouse", "finance", "auditor", "customer_service", "planner", "integration", "ops_manager"])
def test_each_role_enters_its_rooms_and_no_other(seat: Seat, shop: None, role: str) -> None:
    from headrace.governance import access

    client = seat(role)
    for room in shell.ROOMS:
        allowed = access.grants(access.ROLES[role][1], room.permission)
        assert client.get(room.address).status_code == (200 if allowed else 403), room
        assert (f'href="{room.address}"' in client.get("/me").content.decode()) == allowed or room.address == "/"


def test_a_deed_without_its_permission_is_refused(seat: Seat, shop: None) -> None:
    answer = seat("warehouse").post("/do/set_tax_rate", {"jurisdiction": "US-NY", "rate": "0.5", "next": "/me"}, follow=True)
    assert "catalog.write" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(seat: Seat) -> None:
    client = seat("admin")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/do/retry", {"case_ids": 1}).status_code == 403
    assert client.post("/do/keep_preferences", {"time_zone": "UTC", "next": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert client.get("/do/retry").status_code == 405
    assert client.post("/do/make_api_key", {"name": "x"}).status_code == 404  # it hands out a secret: not by name


def test_guessing_is_stopped(db: None) -> None:
    get_user_model().objects.create_user(username="ann", password=PASSWORD)

    def tries(password: str) -> Any:
        return Client().post("/accounts/login/", {"login": "ann", "password": password})

    for n in range(5):
        tries(f"wrong-{n}")
    assert tries(PASSWORD).status_code == 429
    assert tries(PASSWORD).status_code == 429


def test_signing_in_and_out(db: None) -> None:
    get_user_model().objects.create_superuser(username="ann", password=PASSWORD)
    client = Client()
    assert client.post("/accounts/login/", {"login": "ann", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_nobody_signs_up(db: None) -> None:
    answer = Client().post("/accounts/signup/", {"username": "eve", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 403 and "administrator" in answer.content.decode()
    assert not get_user_model().objects.filter(username="eve").exists()
    assert Client().post("/accounts/password/reset/", {"email": "ann@example.com"}).status_code == 403


def test_pages_carry_the_strict_policy(seat: Seat) -> None:
    answer = seat("admin").get("/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert " style=" not in page and "<script>" not in page and "onclick" not in page


def test_a_form_whose_deed_broke_down_may_be_sent_again(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    client, told = seat("admin"), {"time_zone": "Europe/Berlin", "once": "form-1", "next": "/me"}
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(by_name, "do", lambda *_a, **_k: 1 // 0)
        assert client.post("/do/keep_preferences", told).status_code == 500
    assert "sent twice" not in client.post("/do/keep_preferences", told, follow=True).content.decode()
    assert "sent twice" in client.post("/do/keep_preferences", told, follow=True).content.decode()


@pytest.mark.parametrize(
    "told",
    [{"rows.0": "x"}, {"rows": "x", "rows.1.sku": "A"}, {"rows.0": "x", "rows.0.sku": "A"}, {"rows": "[" * 100_000}],
    ids=["no column", "text and rows", "text and row", "deep"],
)
def test_a_sheet_that_makes_no_sense_is_refused(seat: Seat, shop: None, told: dict[str, str]) -> None:
    assert seat("admin").post("/do/load_listings", {**told, "next": "/me"}).status_code == 302
