"""What a file would do is told without doing it, field by field; and single rows are changed with their history."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.supply.assortment.actions import change_item, change_listing, change_node, load_items, load_kits
from headrace.supply.assortment.previewing import preview

pytestmark = pytest.mark.usefixtures("shop")
ACTOR = "cli:test"
TODAY = date(2026, 6, 1)


def test_each_row_says_what_would_become_of_it_and_nothing_is_done() -> None:
    rows: list[dict[str, Any]] = [
        {"sku": "A", "weight_g": "250"},
        {"sku": "B", "name": "B"},
        {"sku": "NEW", "name": "Mug"},
        {"sku": "C", "state": "gone", "name": "C"},
    ]
    told = preview("items", rows, TODAY)
    assert told.counts == {"created": 1, "updated": 1, "unchanged": 1, "refused": 1}
    changed, same, new, bad = told.rows
    assert (changed.what, changed.changes) == ("updated", [("weight_g", "200", "250")])
    assert (same.what, same.changes) == ("unchanged", [])
    assert ("name", "", "Mug") in new.changes and ("oversell", "", "backorder") in new.changes
    assert (bad.column, bad.value) == ("state", "gone") and bad.remedy.endswith("write one of active, blocked, retired")
    assert run("select weight_g from catalog_item where sku = 'A'").scalar == 200
    assert not run("select 1 from catalog_item where sku = 'NEW'")


def test_the_same_digest_means_the_same_would_happen() -> None:
    rows = [{"sku": "A", "weight_g": "250"}]
    first = preview("items", rows, TODAY).digest
    assert preview("items", rows, TODAY).digest == first
    load_items(actor=ACTOR, rows=[{"sku": "A", "name": "Other"}])
    assert preview("items", rows, TODAY).digest == first  # another field: this file still does the same
    load_items(actor=ACTOR, rows=[{"sku": "A", "weight_g": 300}])
    assert preview("items", rows, TODAY).digest != first


def test_a_recipe_says_which_parts_come_and_go() -> None:
    told = preview("kits", [{"kit": "KIT", "sku": "A", "qty": 3}, {"kit": "KIT", "sku": "C", "qty": 1}], TODAY)
    assert told.rows[0].changes == [("qty", "1", "3"), ("part B", "2", "")]
    assert told.rows[1].changes == [("qty", "", "1"), ("price_share", "", "1")]
    load_kits(actor=ACTOR, rows=[{"kit": "KIT", "sku": "A", "qty": 3}, {"kit": "KIT", "sku": "C", "qty": 1}])
    assert preview("kits", [{"kit": "KIT", "sku": "A", "qty": 3}, {"kit": "KIT", "sku": "C", "qty": 1}], TODAY).counts["unchanged"] == 2


def test_a_price_without_a_day_is_one_from_today_on() -> None:
    run("insert into catalog_price_list (code, currency) values ('retail', 'USD')")
    (row,) = preview("prices", [{"price_list": "retail", "sku": "A", "unit_price": "9.99"}], TODAY).rows
    assert (row.what, row.changes) == ("created", [("unit_price", "", "9.99")])
    (bad,) = preview("prices", [{"price_list": "none", "sku": "A", "unit_price": "9.99"}], TODAY).rows
    assert (bad.column, bad.value, bad.remedy) == ("price_list", "none", "there is no price list 'none'; create it first")


def test_one_item_is_changed_with_its_history_and_a_field_can_be_emptied() -> None:
    assert change_item(actor=ACTOR, sku="A", changes={"weight_g": "250", "gtin": None, "name": "A"}) == "updated"
    assert run("select weight_g, gtin from catalog_item where sku = 'A'").one == (250, None)
    told = run("select subject, detail::jsonb->'change' as change from governance_audit where deed = 'change_item' order by seq desc limit 1").one
    assert told.subject == "item:A" and told.change == {"weight_g": [200, 250], "gtin": ["40065", None]}
    assert change_item(actor=ACTOR, sku="A", changes={"weight_g": 250}) == "unchanged"
    assert change_item(actor=ACTOR, sku="NEW", changes={"name": "Mug", "kind": "goods"}) == "created"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": None}, "name: missing"),
        ({"weight_g": "much"}, "weight_g: 'much' is no whole number"),
        ({"sku": "B"}, "key of a row"),
        ({"colour": 1}, "no such column"),
        ({"kind": "kit"}, "cannot change"),
    ],
)
def test_what_makes_no_sense_changes_nothing(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        change_item(actor=ACTOR, sku="A", changes=changes)


def test_nodes_and_listings_are_changed_one_by_one() -> None:
    assert change_node(actor=ACTOR, code="EAST", changes={"cut_off": "16:30", "is_active": "false"}) == "updated"
    assert run("select cut_off::text, is_active from catalog_node where code = 'EAST'").one == ("16:30:00", False)
    assert change_listing(actor=ACTOR, channel="shop", channel_sku="MUG-6", changes={"sku": "A", "pack_each": "6"}) == "created"
    assert run("select pack_each, learned_by from catalog_listing").one == (6, ACTOR)
    with pytest.raises(Refused, match="there is no channel"):
        change_listing(actor=ACTOR, channel="moon", channel_sku="X", changes={"sku": "A"})
    with pytest.raises(NotAllowed):
        change_node(actor="user:nobody", code="EAST", changes={})
