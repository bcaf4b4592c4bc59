"""Every list as a file: a question that makes no sense is answered by a page that says so, never by a file that breaks off or holds something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern

from headrace.console import urls
from headrace.console.spreadsheets import as_csv

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]
ODD = (
    "month=elephant&since=yesterday&until=2026-02-30&day=x&from=x&to=x&state=no-such&node=NOWHERE&entity=NOBODY&total_from=many",
    "month=2026-13&since=0001-01-01&until=9999-12-31&day=0001-01-01&after=x&page=x&columns=x&sort=x",
    "month=0001-01&since=9999-12-31&until=0001-01-01&day=9999-12-31&after=99999999999999999999&total_from=1e400&total_to=-1",
)


def doors() -> list[str]:
    """Every page whose address has no changing part, and those of which we know one."""
    plain = [str(p.pattern) for p in urls.urlpatterns if isinstance(p, URLPattern) and "<" not in str(p.pattern)]
    return [f"/{p}" for p in plain if not p.startswith("accounts")] + [
        "/finance/close/payouts",
        "/fulfilment/EAST",
        "/fulfilment/EAST/waves",
        "/finance/accounts/1000",
    ]


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("odd", ODD)
def test_no_file_breaks_off_over_an_odd_question(seat: Seat, shop: None, odd: str) -> None:
    client, files = seat("admin"), 0
    client.raise_request_exception = False
    for door in doors():
        answer = client.get(f"{door}?format=csv&{odd}")
        assert answer.status_code < 500, door
        files += isinstance(answer, StreamingHttpResponse) and bool(whole(answer))
    assert files > 5 or "elephant" in odd


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/finance/close/payouts?entity=MILL-US&month=elephant", "month"),
        ("/finance/close/payouts?entity=NOBODY&month=2026-01", "entity"),
        ("/finance/trial-balance?month=2026-13", "month: “2026-13” is no date; write it as 2026-01."),
        ("/finance/tax?since=x&entity=NOBODY", "entity: “NOBODY” is no entity of ours."),
        ("/finance/journal?until=2026-02-30", "“2026-02-30” is no date"),
        ("/orders?since=yesterday", "“yesterday” is no date"),
        ("/orders?total_from=many", "“many” is no amount"),
        ("/stock?node=NOWHERE", "“NOWHERE” is not one of the choices."),
    ],
)
def test_what_makes_no_sense_is_said_instead_of_another_file(seat: Seat, shop: None, address: str, says: str) -> None:
    client = seat("admin")
    answer = client.get(f"{address}&format=csv")
    assert answer.status_code == 400 and says in answer.content.decode() and "No file was made" in answer.content.decode()
    assert f'href="{address.partition("&")[0]}' in answer.content.decode().replace("%E2%80%9C", "“")  # the way back


def test_a_fault_of_the_first_rows_comes_before_the_file() -> None:
    def rows() -> Any:
        raise Http404("no such month")
        yield ()

    with pytest.raises(Http404):
        as_csv("x", ["a"], rows())
    assert whole(as_csv("x", ["a"], iter([("1",), ("2",)]))) == b"a\r\n1\r\n2\r\n"


def test_no_link_hides_the_answer_behind_a_failed_download() -> None:
    templates = Path(urls.__file__).parent / "templates"
    assert [p.name for p in templates.rglob("*.html") if re.search(r"csv[^>]* download\b", p.read_text())] == []
