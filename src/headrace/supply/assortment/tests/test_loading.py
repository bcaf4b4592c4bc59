"""The catalog is kept by rows: created, changed, left alone or refused, each with its answer."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.supply.assortment.actions import load_items, load_kits, load_listings, load_nodes, load_prices, load_reaches

pytestmark = pytest.mark.usefixtures("shop")
ACTOR = "cli:test"


def load(action: Any, *rows: dict[str, Any]) -> list[str]:
    return [r.what for r in action(actor=ACTOR, rows=list(rows))]


def why(action: Any, *rows: dict[str, Any]) -> list[str]:
    return [r.why for r in action(actor=ACTOR, rows=list(rows)) if not r.done]


def item(sku: str) -> Any:
    return run("select * from catalog_item where sku = %(s)s", {"s": sku}).one


def test_items_are_made_changed_and_left_alone() -> None:
    first = [{"sku": "A", "weight_g": "250"}, {"sku": "NEW", "name": "New mug", "hs_code": "6912", "barred_countries": "GB, DE"}, {"sku": "B", "name": "B"}]
    assert load(load_items, *first) == ["updated", "created", "unchanged"]
    assert load(load_items, *first) == ["unchanged"] * 3
    assert (item("A").weight_g, item("A").name, item("A").unit_cost) == (250, "A", 350)  # what a row does not say stays
    assert (item("NEW").barred_countries, item("NEW").kind, item("NEW").oversell, item("NEW").state) == (["DE", "GB"], "goods", "backorder", "active")
    told = run("select subject, detail::text as detail from governance_audit where deed = 'load_items' order by seq limit 1").one
    assert told.subject == "items:3" and '"created": [0, 1]' in told.detail


def test_an_empty_cell_empties_the_column() -> None:
    load(load_items, {"sku": "A", "hs_code": "6912"})
    assert load(load_items, {"sku": "A", "hs_code": ""}) == ["updated"]
    assert item("A").hs_code is None


ITEM_FAULTS = {
    "name: missing": {"sku": "NEW"},
    "sku: missing": {"name": "x"},
    "kind: 'kit' and cannot change": None,
    "kind: 'thing'; write one of goods, kit": {"sku": "NEW", "name": "x", "kind": "thing"},
    "weight_g: -1 must lie between": {"sku": "A", "weight_g": -1},
    "weight_g: '1.5' is no whole number": {"sku": "A", "weight_g": "1.5"},
    "barred_countries": {"sku": "A", "barred_countries": "England"},
    "country_of_origin: 'us' is no ISO country": {"sku": "A", "country_of_origin": "us"},
    "available_on: 'soon' is no day": {"sku": "A", "available_on": "soon"},
    "a preorder needs the first day": {"sku": "A", "oversell": "preorder"},
    "unit_cost, unit_cost_currency: one needs the other": {"sku": "B", "unit_cost": "1.00"},
    "unit_cost: -1 is no price": {"sku": "A", "unit_cost": "-1", "unit_cost_currency": "USD"},
    "unit_cost_currency: 'XQQ' is no ISO 4217": {"sku": "A", "unit_cost_currency": "XQQ"},
    "gtin: '123' is no GTIN": {"sku": "A", "gtin": "123"},
    "colour: no such column; known are sku, name": {"sku": "A", "colour": "red"},
}


@pytest.mark.parametrize("says", [s for s, row in ITEM_FAULTS.items() if row])
def test_a_row_that_makes_no_sense_says_what_and_the_others_are_done(says: str) -> None:
    results = load_items(actor=ACTOR, rows=[{"sku": "OTHER", "name": "Other"}, ITEM_FAULTS[says], 7])
    assert [r.what for r in results] == ["created", "refused", "refused"]
    assert says in results[1].why
    assert "a row is a table" in results[2].why
    assert [r.row for r in results] == [1, 2, 3]


def test_the_kind_of_an_item_and_a_row_sent_twice() -> None:
    run("update catalog_item set unit_cost_currency = 'USD' where unit_cost is not null")
    faults = why(load_items, {"sku": "A", "kind": "kit"}, {"sku": "B", "name": "Bee"}, {"sku": "B", "name": "Be"})
    assert faults == ["kind: is 'goods' and cannot change; make a new one", "sku: the same as in row 2"]
    assert item("B").name == "Bee"


def test_only_who_may_change_the_catalog_loads_it() -> None:
    with pytest.raises(NotAllowed):
        load_items(actor="user:nobody", rows=[{"sku": "A"}])
    with pytest.raises(Refused, match="rows: none"):
        load_items(actor=ACTOR, rows=[])


def test_nodes_and_where_they_ship_to() -> None:
    node = {"code": "NORTH", "name": "North", "kind": "store", "entity": "HR-US", "zone": "America/Chicago", "country": "US", "capacity_orders_per_day": 20}
    assert load(load_nodes, node, {"code": "EAST", "cut_off": "17:30", "handles_hazmat": "yes"}) == ["created", "updated"]
    assert load(load_nodes, node, {"code": "EAST", "cut_off": "17:30"}) == ["unchanged", "unchanged"]
    made = run("select kind, open_days, cut_off::text, capacity_orders_per_day, is_active from catalog_node where code = 'NORTH'").one
    assert made == ("store", "12345", "15:00:00", 20, True)
    reach = {"node": "NORTH", "country": "US", "region": "IL", "transit_days": 1, "cost_minor": 450}
    assert load(load_reaches, reach, {"node": "EAST", "country": "US", "transit_days": 3, "cost_minor": 500}) == ["created", "updated"]
    assert load(load_reaches, {**reach, "cost_minor": "400"}, {**reach, "region": ""}) == ["updated", "refused"]


def test_nodes_that_make_no_sense() -> None:
    assert why(
        load_nodes,
        {"code": "N", "name": "N", "kind": "store", "entity": "NOBODY", "zone": "America/Chicago", "country": "US"},
        {"code": "EAST", "zone": "Moon/Sea"},
        {"code": "EAST", "kind": "store"},
        {"code": "WEST", "open_days": "monday"},
        {"code": "WEST", "cut_off": "25:00"},
        {"code": "WEST", "latitude": 91},
        {"code": "NEW"},
    ) == [
        "entity: there is no entity 'NOBODY'; create it first",
        "zone: 'Moon/Sea' is no IANA time zone, as in Europe/London",
        "kind: is 'warehouse' and cannot change; make a new one",
        "open_days: 'monday' is no list of weekdays, as in 12345",
        "cut_off: '25:00' is no time of day, as in 15:00",
        "latitude: 91.0 must lie between -90 and 90 degrees",
        "name: missing",
    ]


@pytest.fixture
def list_of_prices(shop: None) -> None:
    run("insert into catalog_price_list (code, currency) values ('retail', 'USD')")


def prices() -> list[tuple[str, str, str | None, str]]:
    found = run(
        """select i.sku, valid_from_on::text, valid_to_on::text, trim_scale(unit_price)::text from catalog_price p join catalog_item i on i.id = p.item_id
        order by i.sku, from_qty_each, valid_from_on"""
    )
    return [tuple(r) for r in found]


@pytest.mark.usefixtures("list_of_prices")
def test_a_price_holds_until_the_next_begins_whichever_was_entered_first() -> None:
    price = {"price_list": "retail", "sku": "A"}
    assert load(load_prices, {**price, "unit_price": "10.00", "valid_from_on": "2026-01-01"}) == ["created"]
    later, between = {**price, "unit_price": "12", "valid_from_on": "2026-07-01"}, {**price, "unit_price": "11", "valid_from_on": "2026-03-01"}
    assert load(load_prices, later) == ["created"]
    assert load(load_prices, between, {**price, "unit_price": "8", "from_qty_each": 10, "valid_from_on": "2026-03-01"}) == ["created", "created"]
    assert prices() == [
        ("A", "2026-01-01", "2026-02-28", "10"),
        ("A", "2026-03-01", "2026-06-30", "11"),
        ("A", "2026-07-01", None, "12"),
        ("A", "2026-03-01", None, "8"),
    ]
    assert load(load_prices, later, {**between, "unit_price": "11.50"}) == ["unchanged", "updated"]
    assert prices()[1] == ("A", "2026-03-01", "2026-06-30", "11.5")


@pytest.mark.usefixtures("list_of_prices")
def test_several_prices_of_an_item_in_one_load_follow_each_other() -> None:
    rows = [{"price_list": "retail", "sku": "B", "unit_price": str(n), "valid_from_on": f"2026-0{n}-01"} for n in (3, 1, 2)]
    assert load(load_prices, *rows) == ["created"] * 3
    assert prices() == [("B", "2026-01-01", "2026-01-31", "1"), ("B", "2026-02-01", "2026-02-28", "2"), ("B", "2026-03-01", None, "3")]


@pytest.mark.usefixtures("list_of_prices")
def test_prices_that_make_no_sense() -> None:
    price = {"price_list": "retail", "sku": "A", "unit_price": "1"}
    said = why(load_prices, {**price, "price_list": "x"}, {**price, "sku": "x"}, {**price, "unit_price": None}, {**price, "unit_price": 1.5}, {"sku": "A"})
    assert len(said) == 5
    for words, sentence in zip(("no price list 'x'", "no item 'x'", "unit_price", "unit_price", "price_list: missing"), said, strict=True):
        assert words in sentence
    assert prices() == []


def test_recipes_are_written_whole() -> None:
    rows = [{"kit": "KIT", "sku": "A", "qty": 1}, {"kit": "KIT", "sku": "C", "qty": 3}]
    assert load(load_kits, *rows) == ["updated", "updated"]
    parts = run("select c.sku, r.qty_each from catalog_kit_component r join catalog_item c on c.id = r.component_id order by 1")
    assert [tuple(p) for p in parts] == [("A", 1), ("C", 3)]  # B is no part of it any more
    assert load(load_kits, *rows) == ["unchanged", "unchanged"]


def test_a_recipe_stands_or_falls_as_one() -> None:
    load_items(actor=ACTOR, rows=[{"sku": "SET", "name": "Set", "kind": "kit"}])
    results = load_kits(
        actor=ACTOR,
        rows=[
            {"kit": "KIT", "sku": "A", "qty": 5},
            {"kit": "KIT", "sku": "NOPE", "qty": 1},
            {"kit": "SET", "sku": "A", "qty": 2},
            {"kit": "A", "sku": "B", "qty": 1},
            {"kit": "SET", "sku": "A", "qty": 3},
            {"kit": "SET", "sku": "KIT", "qty": 1},
        ],
    )
    assert [r.what for r in results] == ["refused"] * 6
    assert [r.why for r in results][:2] == ["kit: row 2 of its recipe is refused", "sku: 'NOPE' is not there; it must be an item of kind goods"]
    assert "'A' is a goods; it must be an item of kind kit" in results[3].why
    assert "the same as in row 3" in results[4].why
    assert run("select count(*) from catalog_kit_component where qty_each = 5").scalar == 0
    assert load(load_kits, {"kit": "SET", "sku": "A", "qty": 2}) == ["created"]


def waiting_for_sku(sku: str) -> int:
    """An order parked because nobody knows its SKU."""
    order_id = run(
        """insert into orders_order (channel_id, entity_id, external_ref, source_version, state, hold, currency, goods_minor, total_minor, qty_ordered_each, placed_at, captured_at)
        select id, entity_id, %(s)s, 1, 'captured', 'held', 'USD', 0, 0, 2, now(), now() from catalog_channel where code = 'shop' returning id""",
        {"s": sku},
    ).scalar
    run(
        """insert into orders_line (order_id, line_no, external_ref, sku, unit_price, goods_minor, qty_ordered_each) values (%(o)s, 1, '1', %(s)s, 10, 0, 2)""",
        {"o": order_id, "s": sku},
    )
    run(
        """insert into exception_queue_case (reason_code, document, document_id, order_id, detail, fingerprint, opened_at, due_at, team)
        select code, 'order', %(o)s, %(o)s, '{}', %(o)s::text, now(), now(), 'merchandising' from exception_queue_reason where clears_when ? 'sku.mapped' limit 1""",
        {"o": order_id},
    )
    return int(order_id)


def line_of(order_id: int) -> tuple[str | None, int, str]:
    return tuple(
        run(
            """select i.sku, l.qty_ordered_each, o.hold from orders_line l join orders_order o on o.id = l.order_id left join catalog_item i on i.id = l.item_id
        where o.id = %(o)s""",
            {"o": order_id},
        ).one
    )


def test_orders_that_waited_for_a_sku_go_on_when_its_item_is_made() -> None:
    waiting, other = waiting_for_sku("NEW"), waiting_for_sku("UNKNOWN")
    load(load_items, {"sku": "NEW", "name": "New mug"})
    assert line_of(waiting) == ("NEW", 2, "clear")
    assert line_of(other) == (None, 2, "held")


def test_orders_that_waited_for_a_listing_go_on_with_its_packs() -> None:
    waiting = waiting_for_sku("SIX-PACK")
    listing = {"channel": "shop", "channel_sku": "SIX-PACK", "sku": "A", "pack_each": 6}
    assert load(load_listings, listing) == ["created"]
    assert line_of(waiting) == ("A", 12, "clear")
    assert load(load_listings, listing, {**listing, "channel_sku": "TEN", "pack_each": 10}) == ["unchanged", "created"]
    said = why(
        load_listings,
        {**listing, "channel": "x"},
        {**listing, "sku": "x"},
        {**listing, "pack_each": 0},
        {**listing, "valid_from_on": "2026-02-01", "valid_to_on": "2026-01-01"},
    )
    assert len(said) == 4 and "is before 2026-02-01" in said[3]
