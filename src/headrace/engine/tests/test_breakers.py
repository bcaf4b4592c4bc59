"""A breaker opens, probes and closes by itself, or by hand for a reason; its history tells which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from headrace.engine import breakers, outbox
from headrace.engine.action import Refused
from headrace.engine.outbox import FAILURES_TO_OPEN, Delivery, PartnerError
from headrace.engine.queries import run

pytestmark = pytest.mark.django_db
ANN = "cli:ann"


class Carrier:
    """A partner that is down until it is well."""

    def __init__(self) -> None:
        self.is_down, self.got = True, 0

    def __call__(self, delivery: Delivery) -> None:
        if self.is_down:
            raise PartnerError(f"503 for Ann Lee, delivery {delivery.id}", permanent=False)
        self.got += 1


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    made = Carrier()
    outbox.register_adapter("carrier", made)
    run("insert into engine_partner (code) values ('carrier')")
    run(
        "insert into engine_outbox (partner, kind, record_key, idempotency_key, body)"
        " select 'carrier', 'label', 'F-' || n, 'k' || n, '{}' from generate_series(1, 8) n"
    )
    yield made
    del outbox._adapters["carrier"]


def partner() -> Any:
    return run("select * from engine_partner where code = 'carrier'").one


def told() -> list[tuple[str, str]]:
    return [(e.event, e.actor) for e in run("select event, actor from engine_partner_event order by id")]


def fall_down() -> None:
    """So many batches fail that the breaker opens."""
    for _ in range(FAILURES_TO_OPEN):
        outbox.deliver("carrier", 1)
    assert partner().breaker == "open"


def test_it_says_why_it_opened_without_naming_anybody_and_closes_by_itself(carrier: Carrier) -> None:
    fall_down()
    (event,) = run("select event, why from engine_partner_event")
    assert (event.event, event.why) == ("opened", "503 for …, delivery #") and partner().last_failed_at is not None
    carrier.is_down = False
    run("update engine_partner set retry_at = now()")
    assert outbox.deliver("carrier") == 1
    assert [name for name, _ in told()] == ["opened", "closed"] and partner().breaker == "closed"


def test_try_now_sends_one_probe_that_decides(carrier: Carrier) -> None:
    fall_down()
    assert outbox.deliver("carrier") == 0
    breakers.try_partner_now(actor=ANN, partner="carrier")
    assert outbox.deliver("carrier") == 1 and partner().breaker == "open"
    carrier.is_down = False
    breakers.try_partner_now(actor=ANN, partner="carrier")
    assert outbox.deliver("carrier") == 1 and partner().breaker == "closed"
    assert told() == [("opened", "engine:outbox"), ("tried_now", ANN), ("probe_failed", "engine:outbox"), ("tried_now", ANN), ("closed", "engine:outbox")]
    with pytest.raises(Refused, match="closed; there is nothing to try"):
        breakers.try_partner_now(actor=ANN, partner="carrier")


def test_close_and_open_by_hand_need_a_reason_and_go_on_record(carrier: Carrier) -> None:
    fall_down()
    with pytest.raises(Refused, match="why"):
        breakers.close_breaker(actor=ANN, partner="carrier", why=" ")
    carrier.is_down = False
    breakers.close_breaker(actor=ANN, partner="carrier", why="their status page says so")
    assert outbox.deliver("carrier") > 1 and partner().failures == 0
    with pytest.raises(Refused, match="1,440"):
        breakers.open_breaker(actor=ANN, partner="carrier", minutes=5_000, why="maintenance")
    breakers.open_breaker(actor=ANN, partner="carrier", minutes=30, why="maintenance")
    assert outbox.deliver("carrier") == 0 and partner().breaker == "open"
    run("update engine_partner set retry_at = retry_at - interval '30 minutes'")
    run("insert into engine_outbox (partner, kind, record_key, idempotency_key, body) values ('carrier', 'label', 'F-9', 'k9', '{}')")
    assert outbox.deliver("carrier") == 1 and partner().breaker == "closed"
    whys = {e.event: e.why for e in run("select event, why from engine_partner_event")}
    assert whys["closed_by_hand"] == "their status page says so" and whys["opened_by_hand"] == "maintenance"
    assert run("select count(*) from governance_audit where subject = 'partner:carrier'").scalar == 2


def test_a_paused_partner_is_not_tried(carrier: Carrier) -> None:
    fall_down()
    outbox.pause_partner(actor=ANN, partner="carrier", paused=True)
    with pytest.raises(Refused, match="resume it first"):
        breakers.try_partner_now(actor=ANN, partner="carrier")
    assert told()[-1] == ("paused", ANN)


@pytest.mark.parametrize("is_down", [False, True])
def test_what_was_under_way_does_not_undo_a_breaker_that_was_opened_by_hand(carrier: Carrier, monkeypatch: pytest.MonkeyPatch, *, is_down: bool) -> None:
    carrier.is_down = is_down
    run("update engine_partner set failures = %(n)s", {"n": FAILURES_TO_OPEN})

    def opened_meanwhile(delivery: Delivery) -> None:
        breakers.open_breaker(actor=ANN, partner="carrier", minutes=30, why="maintenance")
        outbox.pause_partner(actor=ANN, partner="carrier", paused=False)
        carrier(delivery)

    monkeypatch.setitem(outbox._adapters, "carrier", opened_meanwhile)
    assert outbox.deliver("carrier", 1) == 1
    assert partner().breaker == "open" and run("select retry_at > now() + interval '29 minutes' from engine_partner").scalar
    assert outbox.deliver("carrier") == 0
