"""A partner's page: its breaker in words, the last day, and secrets that are written and never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.engine import sockets
from headrace.engine.queries import run

Seat = Callable[..., Client]
HOME = "/system/partners/wms"


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def wms(db: None) -> None:
    """A warehouse whose breaker is open since four deliveries of today; one of last week is done."""
    run(
        "insert into engine_partner (code, breaker, failures, retry_at, last_error, last_failed_at)"
        " values ('wms', 'open', 5, now() + interval '1 hour', '503 for Ann Lee', now())"
    )
    run("insert into engine_partner_event (partner, at, event, actor, why) values ('wms', now(), 'opened', 'engine:outbox', '503 for …')")
    run(
        "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, created_at, done_at, attempts)"
        " select 'wms', 'note', 'F' || n, 'k' || n, '{}', s, now() - age, now() - age + interval '2 seconds', 2 from (values (1, 'todo', interval '0'), (2, 'todo', interval '1 h'),"
        " (3, 'dead', interval '2 h'), (4, 'done', interval '3 h'), (5, 'done', interval '9 d')) v(n, s, age)"
    )


def test_the_state_is_told_in_words_and_the_day_in_figures_that_open_their_rows(seat: Seat, wms: None) -> None:
    client = seat("integration")
    answer = client.get(HOME)
    page, day = text(answer), answer.context["partner"]["day"]
    assert "The breaker opened" in page and "503 for …" in page and "2 deliveries wait" in page and "It tries again by itself" in page
    assert "Ann Lee" not in page and "Ann Lee" in text(seat("ops_manager").get(HOME))
    assert (day["decided"], day["delivered"], day["dead"], day["waiting"]) == (4, 1, 1, 2) and float(day["median_s"]) == 2
    for narrowed, count in (("last_day=yes", 4), ("state=done&last_day=yes", 1), ("state=dead&last_day=yes", 1), ("state=todo", 2)):
        assert len(client.get(f"/system/outbox?partner=wms&{narrowed}").context["rows"]) == count, narrowed
    assert client.get("/system/partners/nobody").status_code == 404


def test_the_breaker_is_tried_closed_and_opened_from_the_page(seat: Seat, wms: None) -> None:
    client = seat("integration")
    page = text(client.get(HOME))
    assert "Try the partner now" in page and "Close the breaker" in page and "Open the breaker" not in page
    client.post("/do/try_partner_now", {"partner": "wms", "next": HOME})
    assert run("select retry_at <= now() from engine_partner").scalar
    client.post("/do/close_breaker", {"partner": "wms", "why": "it is back", "next": HOME})
    page = text(client.get(HOME))
    assert "The breaker was closed by hand" in page and "it is back" in page and "Open the breaker" in page
    client.post("/do/open_breaker", {"partner": "wms", "minutes": "20", "why": "they migrate", "next": HOME})
    assert "The breaker was opened by" in text(client.get(HOME)) and "they migrate" in text(client.get(HOME))


def test_a_secret_is_written_and_stands_nowhere(seat: Seat, wms: None) -> None:
    client = seat("integration")
    first, second = "first-secret-of-wms", "second-secret-of-wms"
    assert "None is set" in text(client.get(HOME))
    assert "at least 8" in text(client.post(f"{HOME}/secret", {"secret": "short"}, follow=True))
    pages = text(client.post(f"{HOME}/secret", {"secret": first}, follow=True))
    pages += text(client.post(f"{HOME}/secret", {"secret": second, "keep_old": "1"}, follow=True))
    assert sockets.partner_secrets("wms") == [second, first] and "2 secrets are in force" in pages
    pages += text(client.post(f"{HOME}/secret", {"drop": "1"}, follow=True))
    assert sockets.partner_secrets("wms") == [second]
    kept = run("select string_agg(detail::text, '') from governance_audit").scalar + str(dict(client.session))
    for secret in (first, second, "short"):
        assert secret not in kept and secret not in pages
    assert client.post("/system/partners/nobody/secret", {"secret": first}, follow=True).status_code == 404


def test_who_operates_partners_but_keeps_no_keys_sees_no_secrets(seat: Seat, wms: None) -> None:
    client = seat("ops_manager")
    assert "Signing secret" not in text(client.get(HOME))
    assert client.post(f"{HOME}/secret", {"secret": "a-secret-of-mine"}).status_code == 403
