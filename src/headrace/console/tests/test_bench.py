"""The bench: scans counted once and taken back, by script and without; what stands in the way is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.flow.ship.actions import pack, ship
from headrace.orders.tests.building import Built, make_order, run_stage

Seat = Callable[..., Client]
BY_SCRIPT = {"X-Deed": "1"}


@pytest.fixture
def order(shop: None) -> Built:
    """Two of A and one of B, released at EAST."""
    built = make_order("W-1", {"EAST": [("A", 2), ("B", 1)]})
    run("update orders_fulfilment set state = 'released', released_at = now(), cut_off_at = now()")
    return built


def picked() -> list[int]:
    return list(run("select qty_picked_each from orders_fulfilment_line order by id").column("qty_picked_each"))


def test_the_script_is_answered_with_the_line_and_the_list(seat: Seat, order: Built) -> None:
    client, home = seat("warehouse"), f"/fulfilment/f/{order.number('EAST')}"
    for _ in range(2):
        told = client.post(f"{home}/scan", {"scan": "A", "qty": "2", "scan_id": "s-1"}, headers=BY_SCRIPT).json()
        assert (told["good"], told["code"], told["words"], told["is_picked"]) == (True, "A", "2 of 2", False)
    assert 'value="s-1"' in told["goods"] and "Take back 2 × A" in told["goods"]
    wrong = client.post(f"{home}/scan", {"scan": "nothing\x00", "scan_id": "s-2"}, headers=BY_SCRIPT).json()
    assert not wrong["good"] and "is not on" in wrong["words"]
    assert client.post(f"{home}/scan", {"scan": "B", "scan_id": "s-3"}, headers=BY_SCRIPT).json()["is_picked"] is True
    back = client.post(f"{home}/take-back", {"scan_id": "s-1", "undo_id": "u-1"}, headers=BY_SCRIPT).json()
    assert (back["code"], back["words"]) == ("A", "taken back: 0 of 2") and picked() == [0, 1]


def test_who_is_signed_out_is_told_so_and_nothing_is_counted(order: Built) -> None:
    answer = Client().post(f"/fulfilment/f/{order.number('EAST')}/scan", {"scan": "A"}, headers=BY_SCRIPT)
    assert answer.status_code == 401 and "/accounts/login/" in answer.json()["sign_in"] and picked() == [0, 0]


def test_a_form_that_is_sent_twice_without_script_counts_once(seat: Seat, order: Built) -> None:
    client, home = seat("warehouse"), f"/fulfilment/f/{order.number('EAST')}"
    for _ in range(2):
        assert "1 of 2" in client.post(f"{home}/scan", {"scan": "A", "scan_id": "form-1"}, follow=True).content.decode()
    assert "taken back: 0 of 2" in client.post(f"{home}/take-back", {"scan": "A"}, follow=True).content.decode()
    assert "0 are picked" in client.post(f"{home}/take-back", {"scan": "A"}, follow=True).content.decode()


def test_only_ones_own_last_scan_is_offered(seat: Seat, order: Built) -> None:
    home = f"/fulfilment/f/{order.number('EAST')}"
    seat("warehouse", name="ben").post(f"{home}/scan", {"scan": "A", "scan_id": "of-ben"})
    assert "of-ben" not in seat("warehouse", name="ann").get(home).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("update orders_order set hold = 'held'", "On hold: put it aside"),
        ("update orders_fulfilment set state = 'planned'", "Not released yet"),
        ("update orders_fulfilment set state = 'cancelled'", "put what was picked of it to the shelf again"),
        ("update orders_fulfilment set state = 'rejected'", "the order is allocated anew"),
        ("update catalog_node set partner = 'wms-east' where code = 'EAST'", "EAST works with wms-east"),
        ("update catalog_node set partner = 'wms-east' where code = 'EAST'; update orders_fulfilment set recall = 'requested'", "it may still ship"),
    ],
)
def test_what_stands_in_the_way_is_said_and_nothing_is_offered(seat: Seat, order: Built, change: str, says: str) -> None:
    for statement in change.split("; "):
        run(statement)
    shown = seat("warehouse").get(f"/fulfilment/f/{order.number('EAST')}").content.decode()
    assert says in shown and "data-scan>" not in shown and "data-pack" not in shown


def test_a_held_one_names_its_case_to_those_who_may_see_it(seat: Seat, order: Built) -> None:
    run("update orders_order set hold = 'held'")
    case = run(
        """insert into exception_queue_case (document, document_id, order_id, reason_code, team, fingerprint, opened_at, due_at)
        select 'order', %(o)s, %(o)s, min(code), 'cs', 'f', now(), now() from exception_queue_reason returning id""",
        {"o": order.id},
    ).scalar
    assert f"/exceptions?case={case}" in seat("warehouse").get(f"/fulfilment/f/{order.number('EAST')}").content.decode()


def test_what_was_handed_over_waits_and_what_has_shipped_shows_its_papers(seat: Seat, order: Built) -> None:
    number, client = order.number("EAST"), seat("warehouse")
    pack(actor="cli:test", fulfilment=number, parcels=[{"weight_g": 700}])
    ship(actor="cli:test", fulfilment=number)
    assert "the shipment is booked in a moment" in client.get(f"/fulfilment/f/{number}").content.decode()
    run_stage("ship")
    run_stage("invoice")
    invoice = run("select series || '-' || number as number from ledger_invoice").scalar
    shown = client.get(f"/fulfilment/f/{number}").content.decode()
    assert "Shipped: nothing is left to do here" in shown and "700 g" in shown and invoice not in shown
    assert f"/finance/invoices/{invoice}.pdf" in seat("admin").get(f"/fulfilment/f/{number}").content.decode()
