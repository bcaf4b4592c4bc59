"""What all lists have in common, tried with a list of numbers: paging, columns, filters, kept views, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory

from headrace.console import listing
from headrace.console.listing import Column, Filter, Listing
from headrace.console.models import Preference, SavedView

Seat = Callable[..., Client]
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def numbers(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    first = int(after or 0) + 1
    rows = range(first, min(first + limit, 121))
    return [
        {"cursor": n, "number": n, "sum_minor": n * 100, "currency": "USD", "who": "=cmd()", "email": "a@example.com", "at": AT}
        for n in rows
        if chosen["half"] in (None, "first" if n <= 60 else "second")
    ]


LISTING = Listing(
    "numbers",
    "Numbers",
    "/numbers",
    (
        Column("number", "Number", "count", href="/n/{number}"),
        Column("sum_minor", "Sum", "money"),
        Column("who", "Who"),
        Column("email", "E-mail", personal=True),
        Column("at", "At", "moment", extra=True),
    ),
    rows=numbers,
    filters=(Filter("half", "Half", choices=(("first", "first half"), ("second", "second half"))), Filter("since", "Since", "day")),
    search="Number",
    empty="Count something first.",
)


@pytest.fixture
def page(db: None) -> Callable[..., str]:
    def get(role: str = "admin", **query: str) -> str:
        user, new = get_user_model().objects.get_or_create(username=role)
        if new:
            user.is_superuser = role == "admin"
            user.save()
        request = RequestFactory().get("/numbers", query)
        request.user, request.session = user, {}  # type: ignore[attr-defined, assignment]
        request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
        answer = listing.show(request, LISTING)
        return b"".join(answer).decode()  # type: ignore[arg-type]

    return get


def test_pages_follow_each_other(page: Callable[..., str]) -> None:
    first = page()
    assert first.count("<tr data-open>") == 50 and 'href="/n/50"' in first and "after=50" in first
    last = page(after="100")
    assert last.count("<tr data-open>") == 20 and 'rel="next"' not in last and "First page" in last


def test_columns_are_chosen(page: Callable[..., str]) -> None:
    assert "2026-05-04" not in page()
    chosen = page(columns="number,at")
    assert "2026-05-04 03:02 UTC" in chosen and "1.00 USD" not in chosen


def test_what_is_no_choice_is_said(page: Callable[..., str]) -> None:
    told = page(half="third", since="yesterday")
    assert "“third” is not one of the choices" in told and "“yesterday” is no date" in told
    assert told.count("<tr data-open>") == 50


def test_the_way_back_and_where_one_is(page: Callable[..., str]) -> None:
    assert "rows 1–50" in page()
    third = page(after="100", trail="~50", page="3")
    assert "rows 101–120 of 120" in third and 'rel="prev" href="/numbers?after=50&amp;page=2"' in third
    assert "rows" not in page(after="100").partition("<caption")[2].partition("</caption>")[0]  # jumped to: no number is made up


def test_rows_are_counted_where_that_is_cheap_and_sorted_where_the_query_can(page: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def rows(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        asked.append(chosen["sort"])
        return numbers(chosen, after, limit)

    known = replace(LISTING, rows=rows, sorts=("number", "at"), sorted_by="number", count=lambda chosen, limit: min(limit, 20_000), marks="number")
    monkeypatch.setattr("headrace.console.tests.test_lists.LISTING", known)
    first = page()
    assert "rows 1–50 of more than 10,000" in first and 'aria-sort="ascending"' in first
    assert 'href="/numbers?sort=-number"' in first and 'name="numbers" value="50"' in first
    turned = page(sort="-number")
    assert 'aria-sort="descending"' in turned and 'href="/numbers?sort=number"' in turned
    page(sort="who")
    assert asked == [None, "-number", None]


def test_columns_stand_in_the_order_that_was_chosen(page: Callable[..., str]) -> None:
    head = page(columns="who,number").partition("<thead>")[2].partition("</thead>")[0]
    assert head.index("Who") < head.index("Number")


def test_what_narrows_a_list_can_be_taken_away(page: Callable[..., str]) -> None:
    told = page(half="second", since="2026-01-31")
    assert "Half: second half" in told and 'href="/numbers?since=2026-01-31"' in told and 'href="/numbers?half=second"' in told


def test_an_empty_list_says_what_to_do(page: Callable[..., str]) -> None:
    assert "Nothing matches" in page(half="first", after="60")


def test_the_file_has_every_row_and_runs_nothing(page: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "CSV_PAGE", 50)
    lines = page(format="csv", columns="number,sum_minor,who,at").splitlines()
    assert lines[0] == "Number,Sum,Who,At" and len(lines) == 121
    assert lines[120] == "120,120.00 USD,'=cmd(),2026-05-04T03:02:01Z"
    monkeypatch.setattr(listing, "CSV_ROWS_MAX", 70)
    assert len(page(format="csv").splitlines()) == 71


def test_personal_columns_are_masked(page: Callable[..., str]) -> None:
    assert "a@example.com" in page()
    assert "a@example.com" not in page("nobody") and "***" in page("nobody")
    assert "a@example.com" not in page("nobody", format="csv")


def test_views_are_kept_shared_and_removed_by_their_owner(seat: Seat) -> None:
    ann, bob = seat("auditor", name="ann"), seat("auditor", name="bob")
    told = {"listing": "exceptions", "name": "late", "query": "late=true", "next": "/exceptions"}
    ann.post("/do/keep_view", told)
    assert "late=true" in ann.get("/exceptions").content.decode()
    shows = 'href="/exceptions?late=true">late'
    assert shows not in bob.get("/exceptions").content.decode()
    ann.post("/do/keep_view", {**told, "shared": "true"})
    assert SavedView.objects.count() == 1
    assert shows in bob.get("/exceptions").content.decode()
    view = SavedView.objects.get()
    assert "removed by its owner" in bob.post("/do/drop_view", {"view_id": view.id, "next": "/me"}, follow=True).content.decode()
    ann.post("/do/drop_view", {"view_id": view.id})
    assert not SavedView.objects.exists()


def test_settings_of_a_person(seat: Seat, shop: None) -> None:
    ann = seat("auditor")
    ann.post("/do/keep_preferences", {"time_zone": "Asia/Tokyo", "language": "en", "theme": "dark"})
    assert Preference.objects.get().time_zone == "Asia/Tokyo"
    page = ann.get("/").content.decode()
    assert 'lang="en"' in page and 'data-theme="dark"' in page and "JST" in page
    refused = ann.post("/do/keep_preferences", {"time_zone": "Mars/Base", "next": "/me"}, follow=True).content.decode()
    assert "Mars/Base" in refused and Preference.objects.get().time_zone == "Asia/Tokyo"
