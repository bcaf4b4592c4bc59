"""The bench: scans counted once and taken back, by script and without; what stands in the way is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.flow.ship.actions import pack, ship
from headrace.flow.ship.weights import is_far_off
from headrace.insight import warehouse
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


def packed(number: str) -> list[dict[str, Any]]:
    found = warehouse.fulfilment(number)
    assert found
    return list(found["parcels"])


def closed(number: str) -> list[dict[str, Any]]:
    """The parcels without what the carrier gave."""
    return [{k: v for k, v in p.items() if k not in ("carrier", "tracking")} for p in packed(number)]


def test_one_parcel_holds_everything_and_asks_its_weight_and_sides(seat: Seat, order: Built) -> None:
    client, number = seat("warehouse"), order.number("EAST")
    assert "Its goods weigh 600 g" in client.get(f"/fulfilment/f/{number}").content.decode()
    form = {"p0-weight_g": "650", "p0-length_cm": "30", "p0-width_cm": "20,5", "p0-height_cm": "10.5"}
    assert "packed" in client.post(f"/fulfilment/f/{number}/pack", form, follow=True).content.decode()
    assert closed(number) == [{"weight_g": 650, "length_mm": 300, "width_mm": 205, "height_mm": 105}]


def test_a_second_parcel_is_drawn_with_everything_still_in_the_first_and_taken_out_again(seat: Seat, order: Built) -> None:
    client, home = seat("warehouse"), f"/fulfilment/f/{order.number('EAST')}/pack"
    drawn = client.post(home, {"p0-weight_g": "650", "add": "1"})
    shown = drawn.content.decode()
    assert drawn.status_code == 200 and packed(order.number("EAST")) == []
    assert (
        'name="p0-qty-A" inputmode="numeric" autocomplete="off" value="2"' in shown
        and 'name="p1-qty-A" inputmode="numeric" autocomplete="off" value=""' in shown
    )
    part = client.post(home, {"p0-weight_g": "650", "p0-qty-A": "1", "p1-qty-A": "1", "p2-qty-B": "1", "remove": "1"}, headers=BY_SCRIPT).json()["part"]
    assert 'name="p0-qty-A" inputmode="numeric" autocomplete="off" value="2"' in part and "p2-" not in part and 'value="650"' in part


def test_two_parcels_with_their_contents_are_kept_when_packing_again(seat: Seat, order: Built) -> None:
    client, number = seat("warehouse"), order.number("EAST")
    form = {"p0-weight_g": "420", "p0-qty-A": "2", "p1-weight_g": "250", "p1-length_cm": "12", "p1-qty-B": "1"}
    told = client.post(f"/fulfilment/f/{number}/pack", form, headers=BY_SCRIPT).json()
    assert told == {"next": f"/fulfilment/f/{number}"}
    both = [{"weight_g": 420, "content": [{"sku": "A", "qty": 2}]}, {"weight_g": 250, "length_mm": 120, "content": [{"sku": "B", "qty": 1}]}]
    assert closed(number) == both
    labels = [p["tracking"] for p in packed(number)]
    shown = client.get(f"/fulfilment/f/{number}").content.decode()
    again = dict(re.findall(r'name="(p\d+-[^"]+)"[^>]* value="([^"]*)"', shown))
    assert {k: v for k, v in again.items() if v} == form
    client.post(f"/fulfilment/f/{number}/pack", {**again, "p0-weight_g": "430"})
    assert [p["weight_g"] for p in closed(number)] == [430, 250] and [p["tracking"] for p in packed(number)] == labels


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"p0-weight_g": "heavy"}, "“heavy” is no whole number from 0 to 10,000,000; write it as 1250."),
        ({"p0-weight_g": "10000001"}, "“10000001” is no whole number"),
        ({"p0-length_cm": "wide"}, "“wide” is no number of centimetres up to 2000; write it as 30 or 30.5."),
        ({"p0-length_cm": "0"}, "“0” is no number of centimetres"),
        ({"p0-qty-A": "1", "p0-qty-B": "1", "p1-qty-A": "0"}, "1 of 2 are in parcels: put the rest in."),
        ({"p0-qty-A": "2", "p0-qty-B": "1", "p1-qty-A": "1"}, "3 are in parcels, 2 are left: take some out."),
        ({"p0-qty-A": "2", "p0-qty-B": "1", "p1-weight_g": "5"}, "Nothing is in it: say what is, or take the parcel out."),
        ({"p0-qty-A": "x", "p0-qty-B": "1", "p1-qty-A": "1"}, "“x” is no whole number from 0 to 2"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_everything_typed_stays(seat: Seat, order: Built, form: dict[str, str], says: str) -> None:
    client, number = seat("warehouse"), order.number("EAST")
    answer = client.post(f"/fulfilment/f/{number}/pack", form)
    shown = answer.content.decode()
    assert answer.status_code == 422 and says in shown and packed(number) == []
    for name, value in form.items():
        assert re.search(rf'name="{name}"[^>]* value="{value}"', shown), name


def test_a_weight_that_cannot_be_is_packed_with_a_warning(seat: Seat, order: Built) -> None:
    shown = seat("warehouse").post(f"/fulfilment/f/{order.number('EAST')}/pack", {"p0-weight_g": "6000"}, follow=True).content.decode()
    assert "Parcel 1 weighs 6000 g, its goods 600 g: weigh it again." in shown and len(packed(order.number("EAST"))) == 1
    weights = [is_far_off(g, 1_000) for g in (899, 900, 1_000, 2_300, 2_301)]
    assert weights == [True, False, False, False, True] and not is_far_off(None, 1_000) and not is_far_off(1, None)


def test_a_carrier_that_only_the_node_talks_to_asks_for_its_number(seat: Seat, order: Built) -> None:
    run("insert into catalog_shipping_service (code, name, carrier) values ('bird', 'Bird', 'pigeon-post')")
    run("update orders_fulfilment set service_id = (select id from catalog_shipping_service)")
    client, number = seat("warehouse"), order.number("EAST")
    assert "Tracking number of pigeon-post" in client.get(f"/fulfilment/f/{number}").content.decode()
    client.post(f"/fulfilment/f/{number}/pack", {"p0-weight_g": "650", "p0-tracking": "P-7"})
    assert packed(number)[0]["tracking"] == "P-7" and 'value="P-7"' in client.get(f"/fulfilment/f/{number}").content.decode()


@pytest.mark.parametrize("place", ["p²-weight_g", "p" + "9" * 500 + "-weight_g"])
def test_a_parcel_of_no_number_is_passed_over(seat: Seat, order: Built, place: str) -> None:
    answer = seat("warehouse").post(f"/fulfilment/f/{order.number('EAST')}/pack", {place: "1", "add": "1"})
    assert answer.status_code == 200
