"""The desk's pages: counts that are the rows behind them, the case with all that failed, effects before the deed, and one deed with many."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.exception_queue import bulk

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]


def opened(count: int, reason: str = "ENGINE-01", team: str = "integration") -> list[int]:
    return run(
        """insert into exception_queue_case (reason_code, document, document_id, fingerprint, detail, opened_at, due_at, team, value_at_risk_minor, currency)
        select %(r)s, 'payout', 900000 + n, %(r)s || n, '{"stage": "x", "error": "y", "value": "same"}', now() - make_interval(hours => n * 10), now() + make_interval(hours => n - 2), %(t)s,
            n * 20000, 'USD' from generate_series(1, %(n)s::int) n returning id""",
        {"n": count, "r": reason, "t": team},
    ).column("id")


def rows_of(client: Client, address: str) -> int:
    return client.get(address).content.decode().count("data-case=") - 1  # the open case beside the list carries one, too


@pytest.mark.parametrize("narrowed", ["", "?team=finance", "?reason=PAYOUT-01", "?team=finance&age=24-72"])
def test_every_count_of_the_page_is_the_number_of_rows_it_opens(seat: Seat, narrowed: str) -> None:
    opened(6)
    opened(3, "PAYOUT-01", "finance")
    client = seat("ops_manager")
    page = client.get(f"/exceptions{narrowed}").content.decode()
    links = re.findall(r'<a (?:class="dk-figure[^"]*" )?href="(/exceptions\?[^"]*)" >(.*?)</a>', page, re.DOTALL)  # one that is on takes its filter away
    told = {href.replace("&amp;", "&"): int(found[1].replace(",", "")) for href, body in links if (found := re.search(r"<b>([\d,]+)</b>", body))}
    assert len(told) > 10
    assert f"with all {rows_of(client, f'/exceptions{narrowed}')}" in page, "the deed for all that match says how many match"
    for href, count in told.items():
        if count:
            assert rows_of(client, href) == count, href


def test_the_most_urgent_case_stands_open(seat: Seat) -> None:
    first, *_ = opened(3)
    page = seat("ops_manager").get("/exceptions").content.decode()
    assert f'<aside id="case" class="dk-case card" aria-label="Case" tabindex="-1" data-case="{first}"' in page


def test_a_refused_deed_says_why_and_changes_nothing(seat: Seat) -> None:
    (one,) = opened(1)
    client = seat("ops_manager")
    told = client.post("/exceptions/do/comment", {"case_ids": one, "case": one, "note": "@nobody-here look"}).json()
    assert not told["done"] and "nobody here is called @nobody-here" in told["say"].lower()
    told = client.post("/exceptions/do/claim", {"case_ids": one, "case": one}).json()
    assert told["done"] and told["undo"] == [one]


def test_snoozing_until_a_moment_of_ones_own(seat: Seat) -> None:
    (one,) = opened(1)
    until = (run("select now()").scalar + timedelta(days=3)).replace(second=0, microsecond=0, tzinfo=None)
    assert (
        seat("ops_manager")
        .post("/exceptions/do/snooze", {"case_ids": one, "case": one, "until": "own", "own_until": until.isoformat(timespec="minutes")})
        .json()["done"]
    )
    assert run("select snoozed_until from exception_queue_case where id = %(i)s", {"i": one}).scalar.replace(tzinfo=None) == until


def test_one_deed_with_all_that_match_is_looked_at_first_and_told_row_by_row(seat: Seat) -> None:
    ids = opened(3)
    client = seat("ops_manager")
    client.post("/exceptions/do/claim", {"case_ids": ids[0], "case": ids[0]})
    page = client.post("/exceptions/look", {"deed": "give_back"}).content.decode()
    assert "would be refused: nobody has it" in page and "Do it with 3 cases" in page
    answer: Any = client.post("/exceptions/bulk", {"deed": "give_back"})
    number = int(answer.url.rpartition("/")[2])
    bulk.go_on(number)
    refused = b"".join(client.get(f"/exceptions/bulk/{number}?state=refused&format=csv").streaming_content).decode().splitlines()
    assert len(refused) == 3 and refused[1].endswith("refused,nobody has it")


def test_who_may_only_look_is_offered_no_deed(seat: Seat) -> None:
    (one,) = opened(1)
    client = seat("auditor")
    page = client.get(f"/exceptions?case={one}").content.decode()
    assert "data-deed=" not in page and "Look again" not in page and 'id="many-deed"' not in page
    assert not client.post("/exceptions/do/claim", {"case_ids": one, "case": one}).json()["done"]
