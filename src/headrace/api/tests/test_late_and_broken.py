"""What is late shows and counts; a stage that is broken is a sign for whoever watches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from headrace.engine.queries import run
from headrace.engine.stage import StageBroken
from headrace.engine.troubles import Troubles
from headrace.exception_queue.resolving import find_late
from headrace.flow.capture.tests.sending import order, send, take

Program = Callable[..., Client]


def samples(name: str, **labels: str) -> list[float]:
    """Values of a metric with these labels."""
    families = {f.name: f for f in text_string_to_metric_families(Client().get("/metrics").content.decode())}
    return [s.value for s in families[name].samples if labels.items() <= s.labels.items()] if name in families else []


@pytest.mark.usefixtures("shop")
def test_what_is_late_is_shown_counted_and_measured(as_program: Program) -> None:
    for number in ("W-1", "W-2"):
        send({**order(number), "total": "ten"})
    take()
    client = as_program("exceptions.read")
    assert [row["late_at"] for row in client.get("/api/v1/exceptions?late=false").json()["rows"]] == [None, None]
    assert client.get("/api/v1/exceptions?late=true").json()["rows"] == [] == samples("headrace_waiting", queue="exceptions_late")
    first = run("select min(id) as id from exception_queue_case").scalar
    run("update exception_queue_case set due_at = now() - interval '1 hour' where id = %(i)s", {"i": first})
    find_late(run("select transaction_timestamp()").scalar)
    (row,) = client.get("/api/v1/exceptions?late=true").json()["rows"]
    assert (row["id"], row["is_late"], row["late_at"] is not None) == (first, True, True)
    assert [(c["cases"], c["late"]) for c in client.get("/api/v1/exceptions/counts").json()["rows"]] == [(2, 1)]
    assert samples("headrace_waiting", queue="exceptions_late") == [1.0]
    assert [e["event"] for e in client.get(f"/api/v1/exceptions/{first}").json()["events"]] == ["opened", "late"]
    assert client.get("/api/v1/exceptions?late=perhaps").status_code == 422


def test_a_broken_stage_is_seen_until_it_is_mended(db: None) -> None:
    known = Troubles()
    for _ in range(3):
        known.broke(StageBroken("allocate", ValueError("column gone")))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "broken_stages": ["allocate"]}), "intake goes on meanwhile"
    assert samples("headrace_stage_broken", stage="allocate") == [3.0]
    known.worked("allocate")
    assert Client().get("/readyz").json() == {"ok": True} and samples("headrace_stage_broken") == []
