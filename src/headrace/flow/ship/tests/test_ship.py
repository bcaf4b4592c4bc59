"""Confirmations become shipments: whole, in parts, late, twice, too much, after a cancel."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.orders.tests.building import confirm, history, make_order, message, open_cases, position, row, run_stage

pytestmark = pytest.mark.usefixtures("shop")


def released(ref: str, at: Any, **options: Any) -> Any:
    built = make_order(ref, at, **options)
    run_stage("release")
    return built


def shipments(order: int) -> list[Any]:
    return list(run("select * from orders_shipment where order_id = %(o)s order by id", {"o": order}))


def test_a_whole_order_ships_in_one_package() -> None:
    o = released("1", {"EAST": [("A", 2), ("B", 1)]})
    sent = confirm(
        "warehouse:EAST",
        "P1",
        o.number("EAST"),
        carrier="ups",
        cost={"amount": "7.12", "currency": "USD"},
        parcels=[{"tracking": "1Z1", "weight_g": 900, "content": [{"sku": "A", "qty": 2}]}],
        lines=[{"sku": "A", "qty": 2}, {"sku": "B", "qty": 1}],
    )
    assert run_stage("ship").moved == 1
    assert message(sent) == ("done", "applied")
    (shipment,) = shipments(o.id)
    assert (shipment.qty_each, shipment.cost_minor, shipment.cost_currency, shipment.state) == (3, 712, "USD", "shipped")
    order = row("orders_order", o.id)
    assert (order.qty_shipped_each, order.status) == (3, "shipped")
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "shipped"
    assert (position("A", "EAST").on_hand_each, position("A", "EAST").reserved_each) == (98, 0)
    assert history(o.id) == ["released", "shipped"]
    parcel = run("select * from orders_parcel").one
    assert (parcel.tracking, parcel.carrier, parcel.weight_g, parcel.content) == ("1Z1", "ups", 900, [{"sku": "A", "qty": 2}])
    cost = run("select l.amount_minor, a.code from ledger_leg l join ledger_account a on a.id = l.account_id order by l.amount_minor")
    assert [tuple(c) for c in cost] == [(-820, "inventory:EAST"), (820, "cogs:shop")]


def test_two_packages_ship_in_one_batch_and_the_channel_hears_of_each_once() -> None:
    o = released("1", {"EAST": [("A", 3)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), parcels=[{"tracking": "T1", "carrier": "ups"}], lines=[{"sku": "A", "qty": 1}])
    confirm("warehouse:EAST", "P2", o.number("EAST"), parcels=[{"tracking": "T2", "carrier": "dhl"}], lines=[{"sku": "A", "qty": 2}])
    assert run_stage("ship").moved == 2
    assert [s.qty_each for s in shipments(o.id)] == [1, 2]
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "shipped"
    notices = run("select record_key, body from engine_outbox where kind = 'fulfilment.shipped' order by id")
    assert [n.record_key for n in notices] == [f"order:{o.id}"] * 2
    assert [n.body["lines"] for n in notices] == [[{"line": "L1", "qty": 1}], [{"line": "L1", "qty": 2}]]
    assert [n.body["parcels"] for n in notices] == [[{"carrier": "ups", "tracking": "T1"}], [{"carrier": "dhl", "tracking": "T2"}]]


def test_a_partial_shipment_leaves_the_rest_open() -> None:
    o = released("1", {"EAST": [("A", 3), ("B", 1)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}])
    run_stage("ship")
    order = row("orders_order", o.id)
    assert (order.status, order.qty_shipped_each) == ("partly_shipped", 2)
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "released"
    assert position("A", "EAST").reserved_each == 1
    confirm("warehouse:EAST", "P2", o.number("EAST"))  # everything that was left
    run_stage("ship")
    assert [(s.qty_each) for s in shipments(o.id)] == [2, 2]
    assert row("orders_order", o.id).status == "shipped"


def test_everything_left_goes_after_what_an_earlier_package_of_the_same_batch_took() -> None:
    o = released("1", {"EAST": [("A", 3), ("B", 1)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}])
    confirm("warehouse:EAST", "P2", o.number("EAST"))
    late = confirm("warehouse:EAST", "P3", o.number("EAST"))
    assert run_stage("ship").parked == 1
    assert [s.qty_each for s in shipments(o.id)] == [2, 2]
    assert message(late) == ("parked", None)
    assert open_cases() == ["SHIP-04"]


def test_two_lines_of_one_sku_are_filled_in_their_order() -> None:
    o = released("1", {"EAST": [("A", 1), ("A", 2)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}])
    run_stage("ship")
    assert run("select qty_shipped_each from orders_line order by id").column("qty_shipped_each") == [1, 1]


def test_a_line_can_be_named_by_the_number_of_the_request() -> None:
    o = released("1", {"EAST": [("A", 1), ("A", 2)]})
    lines = run("select id from orders_fulfilment_line order by id").column("id")
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"line": lines[1], "sku": "A", "qty": 2}])
    confirm("warehouse:EAST", "P2", o.number("EAST"), lines=[{"sku": "A", "qty": 1}])
    assert run_stage("ship").moved == 2
    assert run("select line_id, qty_each from orders_shipment_line order by shipment_id").column("qty_each") == [2, 1]
    assert run("select qty_shipped_each from orders_line order by id").column("qty_shipped_each") == [1, 2]


def test_a_line_of_another_fulfilment_ships_nothing_there() -> None:
    mine, other = released("1", {"EAST": [("A", 1)]}), released("2", {"EAST": [("A", 1)]})
    foreign = run("select id from orders_fulfilment_line where fulfilment_id = %(f)s", {"f": other.fulfilments["EAST"]}).scalar
    wrong = confirm("warehouse:EAST", "P1", mine.number("EAST"), lines=[{"line": foreign, "qty": 1}])
    right = confirm("warehouse:EAST", "P2", other.number("EAST"), lines=[{"line": foreign, "qty": 1}])
    run_stage("ship")
    assert (message(wrong)[0], message(right)) == ("parked", ("done", "applied"))
    assert (row("orders_order", mine.id).qty_shipped_each, row("orders_order", other.id).qty_shipped_each) == (0, 1)


@pytest.mark.parametrize(
    "lines", [[{"sku": "A", "qty": 4}], [{"sku": "A", "qty": 3}, {"sku": "C", "qty": 1}], [{"sku": "A", "qty": 2}, {"sku": "A", "qty": 2}]]
)
def test_more_than_was_asked_is_parked_whole_and_the_others_go_on(lines: list[dict[str, Any]]) -> None:
    o, fine = released("1", {"EAST": [("A", 3)]}), released("2", {"EAST": [("A", 1)]})
    over = confirm("warehouse:EAST", "P1", o.number("EAST"), lines=lines)
    confirm("warehouse:EAST", "P2", o.number("EAST"), lines=[{"sku": "A", "qty": 3}])
    confirm("warehouse:EAST", "P3", fine.number("EAST"), lines=[{"sku": "A", "qty": 1}])
    outcome = run_stage("ship")
    assert (outcome.moved, outcome.parked) == (2, 1)
    assert message(over) == ("parked", None)
    assert open_cases() == ["SHIP-04"]
    assert [s.external_ref for s in shipments(o.id)] == ["P2"]
    assert row("orders_order", fine.id).status == "shipped"


def test_the_same_package_again_changes_nothing() -> None:
    o = released("1", {"EAST": [("A", 2)]})
    for note in ("first", "second", "third"):
        confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}], note=note)  # other bytes, same goods
    run_stage("ship")
    late = confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}], note="months later")
    run_stage("ship")
    assert message(late) == ("done", "duplicate")
    assert run("select outcome, count(*) as n from engine_inbox group by 1 order by 1").column("n") == [1, 3]
    assert len(shipments(o.id)) == 1
    assert position("A", "EAST").on_hand_each == 98
    assert run("select count(*) as n from engine_outbox where kind = 'fulfilment.shipped'").scalar == 1


def test_a_repeat_that_brings_the_tracking_number_adds_it_and_takes_none_away() -> None:
    o = released("1", {"EAST": [("A", 2)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}], parcels=[{"tracking": "T1", "carrier": "ups"}])
    run_stage("ship")
    more = confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}], parcels=[{"tracking": "T2", "carrier": "ups"}])
    none = confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}], carrier="ups")
    run_stage("ship")
    assert (message(more)[1], message(none)[1]) == ("revised", "duplicate")
    assert run("select tracking from orders_parcel order by id").column("tracking") == ["T1", "T2"]


def test_the_same_key_with_other_goods_is_a_question_for_a_person() -> None:
    o = released("1", {"EAST": [("A", 3)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 1}])
    run_stage("ship")
    other = confirm("warehouse:EAST", "P1", o.number("EAST"), lines=[{"sku": "A", "qty": 2}])
    run_stage("ship")
    assert message(other) == ("parked", None)
    assert open_cases() == ["SHIP-05"]
    assert row("orders_order", o.id).qty_shipped_each == 1


def test_the_same_key_of_two_nodes_means_two_packages() -> None:
    o = released("1", {"EAST": [("A", 1)], "WEST": [("B", 1)]})
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    confirm("warehouse:WEST", "P1", o.number("WEST"))
    assert run_stage("ship").moved == 2
    assert len(shipments(o.id)) == 2


def test_a_node_cannot_confirm_what_another_was_asked_for() -> None:
    o = released("1", {"THIRD": [("A", 1)]})
    for partner, number in (("warehouse:EAST", o.number("THIRD")), ("maker", o.number("THIRD")), ("wms-third", "FO-999999")):
        confirm(partner, "P1", number)
    assert run_stage("ship").parked == 3
    assert open_cases() == ["SHIP-02"] * 3
    confirm("wms-third", "P2", o.number("THIRD"))
    assert run_stage("ship").moved == 1


def test_a_confirmation_that_comes_before_the_release_waits_and_then_passes() -> None:
    o = make_order("1", {"EAST": [("A", 1)]})
    early = confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert (message(early)[0], open_cases()) == ("parked", ["SHIP-02"])
    run_stage("release")
    run("update engine_inbox set state = 'received'")  # what the queue does when the case looks again
    run_stage("ship")
    assert (message(early), open_cases()) == (("done", "applied"), [])


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        '{"fulfilment": 17}',
        '{"fulfilment": "FO-²"}',
        '{"fulfilment": "FO-1", "shipped_at": "yesterday"}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00"}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "lines": []}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "lines": [{"sku": "A", "qty": 1.5}]}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "lines": [{"sku": "A", "qty": true}]}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "lines": [{"line": 99999999999999999999, "qty": 1}]}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "lines": [{"sku": "A\\u0000", "qty": 1}]}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "cost": {"amount": 7.12, "currency": "USD"}}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "cost": {"amount": "7.123", "currency": "USD"}}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "cost": {"amount": "1e99999999", "currency": "USD"}}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "parcels": [{"content": [{"sku": "\\u0000"}]}]}',
        '{"fulfilment": "FO-1", "shipped_at": "2026-01-05T10:00:00Z", "parcels": {"tracking": "T"}}',
    ],
)
def test_what_cannot_be_read_is_parked_with_its_raw_body_and_stops_nobody(body: str) -> None:
    from headrace.engine import inbox

    o = released("1", {"EAST": [("A", 1)]})
    stored = inbox.store("warehouse:EAST", [inbox.Message("shipment", "bad", body)])[0].id
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    outcome = run_stage("ship")
    assert (outcome.moved, outcome.parked) == (1, 1)
    assert open_cases() == ["SHIP-01"]
    assert run("select body from engine_inbox_body where inbox_id = %(i)s", {"i": stored}).scalar == body


def test_channels_that_nobody_listens_behind_are_not_told() -> None:
    o = released("1", {"EAST": [("A", 1)]}, channel="door")
    confirm("warehouse:EAST", "P1", o.number("EAST"))
    run_stage("ship")
    assert run("select count(*) as n from engine_outbox").scalar == 0


def test_a_channel_that_sells_packs_hears_of_whole_packs() -> None:
    o = released("1", {"EAST": [("A", 12)]}, pack_each=6)
    for n, qty in enumerate((4, 3, 5)):
        confirm("warehouse:EAST", f"P{n}", o.number("EAST"), lines=[{"sku": "A", "qty": qty}])
        run_stage("ship")
    told = run("select body from engine_outbox where kind = 'fulfilment.shipped' order by id").column("body")
    assert [b["lines"] for b in told] == [None, [{"line": "L1", "qty": 1}], [{"line": "L1", "qty": 1}]]
