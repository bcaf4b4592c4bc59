"""Why a message stops at capture: the field, the value and the remedy are named, and there is a procedure."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import action_named
from headrace.engine.queries import run
from headrace.exception_queue import desk
from headrace.exception_queue.reasons import reasons
from headrace.flow.capture.tests.sending import order, order_id, outcome, send, state_of, take

shop = pytest.mark.usefixtures("shop")


def only_case() -> dict[str, Any]:
    found = desk.case(run("select id from exception_queue_case where state <> 'resolved'").scalar)
    assert found
    return found


def test_every_reason_has_a_procedure_and_offers_deeds_that_exist() -> None:
    own = [r for code, r in reasons().items() if code.startswith("CAPTURE-")]
    assert [r.code for r in own] == ["CAPTURE-01", "CAPTURE-02", "CAPTURE-03", "CAPTURE-05", "CAPTURE-06"]
    for r in own:
        assert r.sop.count("\n") >= 2
        assert all(action_named(deed) for deed in r.offers)


@shop
@pytest.mark.parametrize(
    ("change", "field", "value", "fix"),
    [
        ({"total": "12.345"}, "total", "12.345", "USD has 2 decimals"),
        ({"total": 12.34}, "total", "12.34", "Send the amount as text"),
        ({"currency": "DOLLARS"}, "currency", "DOLLARS", "ISO 4217"),
        ({"placed_at": "2026-01-05T10:00:00"}, "placed_at", "2026-01-05T10:00:00", "needs its zone"),
        ({"lines": []}, "lines", "[]", "at least one line"),
        ({"lines": [{"line": "1", "sku": "A", "qty": -1, "unit_price": "1.00"}]}, "lines[0].qty", "-1", "whole number"),
        ({"colour": "red"}, "colour", "red", "no such field"),
    ],
)
def test_an_unreadable_message_names_field_value_and_remedy(change: dict[str, Any], field: str, value: str, fix: str) -> None:
    message = send({**order("W-1"), **change})
    take()
    case = only_case()
    assert (outcome(message), case["reason_code"], case["detail"]["field"], case["detail"]["value"]) == (("parked", None), "CAPTURE-01", field, value)
    assert fix in case["detail"]["fix"]
    assert field in case["sentence"] and value in case["sentence"] and case["sop"]


@shop
@pytest.mark.parametrize("body", ["", "not json", "[]", '{"order": "W-1"', "\ufeff{}", "null", '"text"', "{" * 2_000])
def test_nonsense_is_parked_and_kept_as_it_came(body: str) -> None:
    message = send(body)
    take()
    assert (outcome(message), only_case()["reason_code"]) == (("parked", None), "CAPTURE-01")
    assert run("select body from engine_inbox_body where inbox_id = %(m)s", {"m": message}).scalar == body


@shop
def test_one_bad_message_stops_no_other() -> None:
    """Complaint 21: one order with nonsense in it neither stops nor starves the rest."""
    good = [send(order(f"W-{n}")) for n in range(5)]
    bad = send({**order("W-9"), "total": "ten"})
    take()
    assert [outcome(m)[1] for m in good] == ["captured"] * 5
    assert outcome(bad) == ("parked", None)


@shop
def test_a_message_of_an_unknown_channel_waits_until_the_channel_is_made() -> None:
    message = send(order("W-1"), "new-door")
    take()
    case = only_case()
    assert (case["reason_code"], case["detail"]["value"]) == ("CAPTURE-02", "new-door")
    run("insert into catalog_channel (code, name, kind, entity_id, currency) select 'new-door', 'New', 'api', id, 'USD' from catalog_entity")
    action_named("retry")(actor="cli:test", case_ids=[case["id"]])
    take()
    assert (outcome(message), state_of("W-1")["order"][0][0]) == (("done", "captured"), "captured")


@shop
def test_a_foreign_currency_waits_for_finance() -> None:
    message = send(order("W-1", currency="EUR"))
    take()
    case = only_case()
    assert (case["reason_code"], case["detail"]["value"], case["detail"]["expected"], case["team"]) == ("CAPTURE-03", "EUR", "USD", "finance")
    run("""update catalog_channel set settings = '{"currencies": ["EUR"]}' where code = 'door'""")
    action_named("retry")(actor="cli:test", case_ids=[case["id"]])
    take()
    assert (outcome(message)[1], state_of("W-1")["order"][0][5]) == ("captured", "EUR")


@shop
def test_a_notice_is_kept_with_its_order() -> None:
    send(order("W-1"))
    take()
    known, unknown = send({"order": "W-1", "note": "refunded"}, kind="notice"), send({"order": "W-2"}, kind="notice")
    take("channel_notices")
    assert (outcome(known), outcome(unknown)) == (("done", "noted"), ("done", "noted"))
    assert run("select document_id from engine_inbox where id in (%(a)s, %(b)s) order by id", {"a": known, "b": unknown}).column("document_id") == [
        order_id("W-1"),
        None,
    ]
