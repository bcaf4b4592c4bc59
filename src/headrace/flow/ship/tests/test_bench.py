"""The packing bench of the built-in warehouse: pick, pack, hand over; one path for every shipment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headrace.engine.action import NotAllowed, Refused, action_named
from headrace.engine.queries import run
from headrace.flow.ship.carriers import Label, ToSend, check_digit, own, register_carrier
from headrace.flow.ship.policy import DEFAULT, faults
from headrace.orders.tests.building import confirm, make_order, open_cases, row, run_stage

shop = pytest.mark.usefixtures("shop")


def do(name: str, **parameters: Any) -> Any:
    return action_named(name)(actor="cli:test", **parameters)


def released(at: Any, ref: str = "1") -> Any:
    o = make_order(ref, at)
    run_stage("release")
    return o


@shop
def test_from_the_queue_to_the_door() -> None:
    o = released({"EAST": [("A", 2), ("B", 1)]})
    do("start_picking", fulfilment=o.number("EAST"))
    assert do("pick_line", fulfilment=o.number("EAST"), scan="40065").items() >= {("picked", 1), ("asked", 2)}  # the GTIN of A
    assert do("pick_line", fulfilment=o.number("EAST"), scan="A")["picked"] == 2
    with pytest.raises(Refused, match="picked already"):
        do("pick_line", fulfilment=o.number("EAST"), scan="A")
    with pytest.raises(Refused, match="not on"):
        do("pick_line", fulfilment=o.number("EAST"), scan="C")
    do("pick_line", fulfilment=o.number("EAST"), scan="B")
    (parcel,) = do("pack", fulfilment=o.number("EAST"), parcels=[{"weight_g": 1_200}])
    assert parcel["carrier"] == "own" and parcel["tracking"].startswith("HR")
    assert do("ship", fulfilment=o.number("EAST")) == do("ship", fulfilment=o.number("EAST")) == f"{o.number('EAST')}/1"
    assert run_stage("ship").moved == 1
    shipment = run("select * from orders_shipment").one
    assert (shipment.qty_each, shipment.cost_minor, shipment.external_ref) == (3, 770, f"{o.number('EAST')}/1")
    assert run("select tracking from orders_parcel").scalar == parcel["tracking"]
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "shipped"
    with pytest.raises(Refused, match="shipped"):
        do("ship", fulfilment=o.number("EAST"))


@shop
def test_ninety_parcels_are_closed_with_as_many_queries_as_one() -> None:
    asked = []
    for ref, parcels in (("1", 1), ("2", 90)):
        o = released({"EAST": [("A", 1)]}, ref)
        with CaptureQueriesContext(connection) as queries:
            assert len(do("pack", fulfilment=o.number("EAST"), parcels=[{"weight_g": 100}] * parcels)) == parcels
        asked.append(len(queries))
    assert asked[0] == asked[1]


@shop
def test_a_fulfilment_can_leave_in_two_rounds() -> None:
    o = released({"EAST": [("A", 2), ("B", 1)]})
    do("pack", fulfilment=o.number("EAST"), parcels=[{"content": [{"sku": "A", "qty": 1}]}, {"content": [{"sku": "A", "qty": 1}]}])
    do("ship", fulfilment=o.number("EAST"))
    with pytest.raises(Refused, match="handed over"):
        do("pack", fulfilment=o.number("EAST"), parcels=[{}])
    run_stage("ship")
    with pytest.raises(Refused, match="no closed parcels"):
        do("ship", fulfilment=o.number("EAST"))
    do("pack", fulfilment=o.number("EAST"), parcels=[{}])
    assert do("ship", fulfilment=o.number("EAST")) == f"{o.number('EAST')}/2"
    run_stage("ship")
    assert run("select qty_each from orders_shipment order by id").column("qty_each") == [2, 1]
    assert run("select count(distinct tracking) as n from orders_parcel").scalar == 3
    assert row("orders_order", o.id).status == "shipped"


@shop
def test_packing_again_replaces_what_was_packed_and_a_short_pick_opens_the_box() -> None:
    o = released({"EAST": [("A", 2)]})
    do("pack", fulfilment=o.number("EAST"), parcels=[{}, {}])
    do("pack", fulfilment=o.number("EAST"), parcels=[{}])
    assert len(row("orders_fulfilment", o.fulfilments["EAST"]).packing["parcels"]) == 1
    do("short_pick", fulfilment=o.number("EAST"), scan="A", qty=1, reason="damaged")
    with pytest.raises(Refused, match="no closed parcels"):
        do("ship", fulfilment=o.number("EAST"))


@shop
@pytest.mark.parametrize(
    ("parcels", "word"),
    [
        ([], "parcels"),
        ([{"weight_g": -1}], "weight_g"),
        ([{"weight_g": True}], "weight_g"),
        ([{"length_mm": 0}], "length_mm: 0 must be a whole number of millimetres from 1"),
        ([{"content": [{"sku": "A", "qty": 9}]}], "9 of A, 2 left"),
        ([{"content": [{"sku": "C", "qty": 1}]}], "1 of C"),
        ([{"content": [{"sku": "A", "qty": 1}]}, {}], "every parcel, or in none"),
        ([{"content": [{"sku": "A", "qty": 0}]}], "write"),
    ],
)
def test_a_box_that_cannot_be_is_refused(parcels: list[dict[str, Any]], word: str) -> None:
    o = released({"EAST": [("A", 2)]})
    with pytest.raises(Refused, match=word):
        do("pack", fulfilment=o.number("EAST"), parcels=parcels)


@shop
def test_the_bench_does_not_touch_what_others_ship_or_what_is_on_hold() -> None:
    outside, held = released({"THIRD": [("A", 1)]}), released({"EAST": [("A", 1)]}, "2")
    run("update orders_order set hold = 'held' where id = %(o)s", {"o": held.id})
    for o, node, word in ((outside, "THIRD", "wms-third"), (held, "EAST", "on hold")):
        for deed, more in (
            ("start_picking", {}),
            ("pick_line", {"scan": "A"}),
            ("pack", {"parcels": [{}]}),
            ("short_pick", {"scan": "A", "qty": 1, "reason": "not_found"}),
        ):
            with pytest.raises(Refused, match=word):
                do(deed, fulfilment=o.number(node), **more)
    with pytest.raises(NotAllowed):
        action_named("pack")(actor="user:nobody", fulfilment=held.number("EAST"), parcels=[{}])


@shop
def test_a_carrier_that_the_bench_does_not_know_gets_its_scanned_number() -> None:
    o = released({"EAST": [("A", 1)]})
    (parcel,) = do("pack", fulfilment=o.number("EAST"), parcels=[{"carrier": "pigeon-post", "tracking": "P-7"}])
    assert parcel == {"carrier": "pigeon-post", "tracking": "P-7"}
    do("ship", fulfilment=o.number("EAST"))
    run_stage("ship")
    assert run("select carrier, tracking from orders_parcel").one == ("pigeon-post", "P-7")


@shop
def test_a_registered_carrier_labels_the_parcels_of_its_service() -> None:
    asked: list[ToSend] = []
    register_carrier("rocket", lambda parcel: asked.append(parcel) or Label(f"R{parcel.parcel_no}", 999, "USD"))
    run("insert into catalog_shipping_service (code, name, carrier) values ('express', 'Express', 'rocket')")
    o = released({"EAST": [("A", 1)]})
    run("update orders_fulfilment set service_id = (select id from catalog_shipping_service)")
    do("pack", fulfilment=o.number("EAST"), parcels=[{}, {}])
    do("ship", fulfilment=o.number("EAST"))
    run_stage("ship")
    assert [(a.reference, a.service, a.to_country) for a in asked] == [(f"{o.number('EAST')}/{n}", "express", "US") for n in (1, 2)]
    assert run("select cost_minor from orders_shipment").scalar == 1998


def test_the_houses_own_carrier_counts_started_kilograms_and_borders() -> None:
    rates = {"own": DEFAULT["own_carrier"]}
    costs = [
        own(ToSend(7, 1, None, "US", to, weight, rates)).cost_minor for to, weight in (("US", None), ("US", 1_000), ("US", 1_001), ("DE", 500), (None, 2_500))
    ]
    assert costs == [650, 650, 770, 2_050, 890]
    first, again, other = (own(ToSend(7, n, None, "US", "US", 1, rates)).tracking for n in (1, 1, 2))
    assert first == again != other
    assert check_digit("629104150021") == 3  # the example of GS1's own page


def test_a_shipping_policy_says_what_is_wrong_with_it() -> None:
    assert faults(DEFAULT) == []
    assert len(faults({"missed_scan_hours": 0, "colour": 1, "own_carrier": {"currency": "USD"}})) == 3
    assert faults({"own_carrier": {**DEFAULT["own_carrier"], "currency": "ZZZ", "first_kg_minor": 1.5}}) != []


@shop
def test_a_confirmation_by_message_and_the_bench_do_not_ship_twice() -> None:
    o = released({"EAST": [("A", 1)]})
    do("pack", fulfilment=o.number("EAST"), parcels=[{}])
    do("ship", fulfilment=o.number("EAST"))
    confirm("warehouse:EAST", "by-hand", o.number("EAST"))
    outcome = run_stage("ship")
    assert (outcome.moved, outcome.parked, open_cases()) == (1, 1, ["SHIP-04"])
    assert row("orders_order", o.id).qty_shipped_each == 1


@shop
@pytest.mark.parametrize("wrong", [{"carrier": ["ups"]}, {"carrier": "x" * 201}, {"tracking": 123}, {"tracking": {"no": "1"}}])
def test_what_a_confirmation_could_not_carry_is_not_packed(wrong: dict[str, Any]) -> None:
    o = released({"EAST": [("A", 1)]})
    with pytest.raises(Refused, match="must be a text of up to 200 characters"):
        do("pack", fulfilment=o.number("EAST"), parcels=[wrong])
    do("pack", fulfilment=o.number("EAST"), parcels=[{"carrier": "ups", "tracking": ""}])
    do("ship", fulfilment=o.number("EAST"))
    assert run_stage("ship").moved == 1
