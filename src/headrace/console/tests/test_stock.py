"""Inventory: every position with what may be promised, down to its ledger rows, as of any moment; adjustments and counts through their forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.orders.tests.building import make_order
from headrace.supply.receive.actions import receive_goods

Seat = Callable[..., Client]


@pytest.fixture
def filled(shop: None) -> None:
    for sku, qty in (("A", 10), ("B", 5)):
        receive_goods(actor="cli:test", node="EAST", reference=f"DN-{sku}", rows=[{"sku": sku, "qty": qty, "unit_cost": "3.00"}])


def on_hand(sku: str, bucket: str = "on_hand_each") -> Any:
    found = run(
        """select p.on_hand_each, p.damaged_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
        where i.sku = %(s)s and n.code = 'EAST'""",
        {"s": sku},
    )
    return getattr(found.one, bucket)


def test_a_quantity_opens_to_its_rows(seat: Seat, filled: None) -> None:
    client, before = seat("planner"), on_hand("A")
    page = client.get("/stock?node=EAST").content.decode()
    assert "/stock/A/moves?node=EAST&amp;bucket=on_hand" in page and page.count("<tr data-open>") >= 2
    assert client.get("/stock?q=A").content.decode().count("<tr data-open>") < client.get("/stock").content.decode().count("<tr data-open>")
    assert "receipt" in client.get("/stock/A/moves?node=EAST&bucket=on_hand").content.decode()
    assert f"{before:,}" in client.get("/stock/A").content.decode()
    assert "Nothing matches" in client.get("/stock/A/moves?bucket=damaged").content.decode()
    assert "No node held it then" in client.get("/stock/A?as_of=2001-01-01T00:00").content.decode()
    assert "DN-A" not in client.get("/stock/A/moves?as_of=2001-01-01T00:00").content.decode()
    for gone in ("/stock/NOBODY", "/stock/NOBODY/moves"):
        assert client.get(gone).status_code == 404
    assert seat("finance").get("/stock").status_code == 403


def test_pages_follow_each_other_over_skus_and_nodes(seat: Seat, filled: None) -> None:
    from headrace.insight import inventory

    chosen = {"node": None, "q": None, "which": None}
    whole = [r["cursor"] for r in inventory.positions(chosen, None, 100)]
    by_one: list[str] = []
    while rows := inventory.positions(chosen, by_one[-1] if by_one else None, 1):
        by_one += [r["cursor"] for r in rows]
    assert by_one == whole and len(whole) > 3


def test_stock_is_adjusted_with_a_reason(seat: Seat, filled: None) -> None:
    client, before = seat("planner"), on_hand("A")
    told = {
        "rows.0.sku": "A",
        "rows.0.node": "EAST",
        "rows.0.qty": "-2",
        "rows.0.reason": "damage",
        "rows.0.bucket": "on_hand",
        "note": "fell from the shelf",
        "next": "/stock/A",
    }
    client.post("/do/adjust_stock", told)
    assert on_hand("A") == before - 2
    page = client.post("/do/adjust_stock", {**told, "rows.0.reason": "boredom"}, follow=True).content.decode()
    assert "boredom" in page and "A at EAST" in page and on_hand("A") == before - 2
    assert "may not" in seat("warehouse").post("/do/adjust_stock", told, follow=True).content.decode()


def test_below_safety_is_where_less_is_free_than_is_kept_back(seat: Seat, filled: None) -> None:
    from headrace.insight import inventory

    run(
        """update stock_position p set safety_each = p.on_hand_each - p.reserved_each + case i.sku when 'A' then 1 else 0 end
        from catalog_item i, catalog_node n where i.id = p.item_id and n.id = p.node_id and i.sku in ('A', 'B') and n.code = 'EAST'"""
    )
    found = [(r["sku"], r["node"]) for r in inventory.positions({"node": "EAST", "q": None, "which": "below"}, None, 100)]
    assert ("A", "EAST") in found and ("B", "EAST") not in found
    assert "/stock/A" in seat("planner").get("/stock?node=EAST&which=below").content.decode()


def test_the_numbers_of_an_item_add_up_and_open_to_their_rows(seat: Seat, filled: None) -> None:
    make_order("1", {"EAST": [("A", 40)], "WEST": [("A", 99)]})
    run("update stock_position set safety_each = 5")
    client = seat("planner")
    page = client.get("/stock/A").content.decode()
    total = run("select sum(on_hand_each)::int as n from stock_position p join catalog_item i on i.id = p.item_id where i.sku = 'A'").scalar
    kept = 5 + 1 + 5 + 5  # WEST has one free piece, so no more than that is kept back there
    assert f"Of {total} on hand, 139 are promised to orders and {kept} are kept back as safety stock: {total - 139 - kept} may be promised." in page
    assert "of 5" in page
    rows = client.get("/stock/A/reservations?node=WEST").content.decode()
    assert rows.count("<tr data-open>") == 1 and "99" in rows and "/fulfilment/f/FO-" in rows
    assert "Nobody waits for it" in client.get("/stock/B/reservations?all=1").content.decode()
    assert "Nothing matches" in client.get("/stock/A/reservations?node=EAST&as_of=2001-01-01T00:00").content.decode()


def test_what_is_on_order_opens_to_its_lines(seat: Seat, filled: None) -> None:
    run("insert into catalog_party (kind, name) values ('supplier', 'Potters')")
    run(
        """insert into purchasing_purchase_order (number, supplier_id, entity_id, node_id, state, currency)
        select 'PO-1', s.id, n.entity_id, n.id, 'sent', 'USD' from catalog_party s, catalog_node n where s.name = 'Potters' and n.code = 'EAST'"""
    )
    run(
        """insert into purchasing_purchase_order_line (purchase_order_id, item_id, qty_each, qty_received_each, unit_cost, expected_on)
        select p.id, i.id, 50, 8, 3, '2026-03-01' from purchasing_purchase_order p, catalog_item i where i.sku = 'A'"""
    )
    client = seat("planner")
    page = client.get("/stock/A").content.decode()
    assert ">42</a>" in page and "2026-03-01" in page
    rows = client.get("/stock/A/on-order?node=EAST").content.decode()
    assert "PO-1" in rows and "Potters" in rows and ">42<" in rows


def test_corrections_are_kept_with_who_and_why(seat: Seat, filled: None) -> None:
    client = seat("planner")
    row = {"rows.0.sku": "A", "rows.0.node": "EAST", "rows.0.qty": "-2", "rows.0.reason": "damage", "note": "fell from the shelf", "next": "/stock/A"}
    client.post("/do/adjust_stock", row)
    for address in ("/stock/A", "/stock/A/adjustments"):
        page = client.get(address).content.decode()
        assert "fell from the shelf" in page and "planner" in page and "damage" in page, address
    assert "Nobody has corrected it" in client.get("/stock/B").content.decode()


def rows_on(page: str) -> int:
    return page.count("<tr data-open>")


def test_items_are_found_by_sku_gtin_and_name_and_put_together(seat: Seat, filled: None) -> None:
    run("update catalog_item set name = 'Red mug 100%' where sku = 'A'")
    client = seat("planner")
    nodes = run("select count(*) from stock_position p join catalog_item i on i.id = p.item_id where i.sku = 'A'").scalar
    for asked in ("a", "40065", "red m", "100%25"):
        assert rows_on(client.get(f"/stock?q={asked}").content.decode()) == nodes, asked
    assert rows_on(client.get("/stock?q=100%25%25").content.decode()) == 0
    together = client.get("/stock?q=40065&by=item").content.decode()
    total = run("select sum(on_hand_each)::int as n from stock_position p join catalog_item i on i.id = p.item_id where i.sku = 'A'").scalar
    assert rows_on(together) == 1 and f">{total}<" in together and "/stock/A/moves?node=&amp;bucket=on_hand" in together
    file = b"".join(client.get("/stock?q=40065&node=EAST&columns=sku,value_minor,cost_each&format=csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    sku, value, cost = file[1].split(",")
    assert sku == "A" and value == f"{on_hand('A') * float(cost):.2f} USD"


def row_id(sku: str) -> Any:
    return run("select id from catalog_item where sku = %(s)s", {"s": sku}).scalar


def test_what_is_reserved_is_split_by_how_far_it_is(seat: Seat, filled: None) -> None:
    from headrace.insight import inventory

    made = make_order("1", {"EAST": [("A", 4)]})
    make_order("2", {"EAST": [("A", 3)]})
    run("update orders_fulfilment set state = 'released' where id = %(f)s", {"f": made.fulfilments["EAST"]})
    chosen = {"node": "EAST", "q": "40065", "which": None, "by": None, "split": "yes"}
    (row,) = inventory.positions(chosen, None, 10)
    assert (row["reserved_each"], row["waiting_each"], row["at_work_each"]) == (7, 3, 4)
    client = seat("planner")
    page = client.get("/stock?split=yes").content.decode()
    for far, pieces in (("waiting", 3), ("at_work", 4)):
        assert f'/stock/A/reservations?node=EAST&amp;far={far}">{pieces}</a>' in page
        (row,) = inventory.reservations(row_id("A"), {"node": "EAST", "far": far}, None, None, 10)
        assert row["qty_each"] == pieces and client.get(f"/stock/A/reservations?node=EAST&far={far}").content.decode().count("<tr data-open>") == 1


def test_a_transfer_is_sent_and_received_in_parts(seat: Seat, filled: None) -> None:
    client, before = seat("planner"), on_hand("A")
    sheet = {"from_node": "EAST", "to_node": "WEST", "rows": "40065\t5\nB\t2"}
    page = client.post("/stock/transfers/send", {**sheet, "rows": "A\t9999"}, follow=True).content.decode()
    assert "there are only" in page and "A\t9999" in page and on_hand("A") == before
    page = client.post("/stock/transfers/send", sheet, follow=True).content.decode()
    number = run("select max(id) from purchasing_transfer").scalar
    assert f"TR-{number} is on its way" in page and on_hand("A") == before - 5
    come = {
        "transfer": f"TR-{number}",
        "rows.1.sku": "A",
        "rows.1.qty": "3",
        "rows.2.sku": "B",
        "rows.2.qty": "",
        "row_meant_by": "qty",
        "next": f"/stock/transfers/{number}",
    }
    client.post("/do/receive_transfer", come)
    listed = client.get("/stock/transfers?state=in_transit&node=WEST").content.decode()
    assert f"TR-{number}" in listed and ">4<" in listed
    client.post("/do/receive_transfer", {**come, "rows.1.qty": "2", "is_final": "true"})
    assert f"TR-{number}" not in client.get("/stock/transfers?state=in_transit").content.decode()
    assert "Comes now" not in client.get(f"/stock/transfers/{number}").content.decode() and client.get("/stock/transfers/999").status_code == 404


def test_goods_are_taken_in_once_by_their_reference(seat: Seat, filled: None) -> None:
    client, before = seat("planner"), on_hand("A")
    sheet = {"node": "EAST", "reference": "DN-77", "rows": "sku;qty;unit_cost\nA;4;3.10"}
    assert "4 pieces taken in" in client.post("/stock/receipts/take-in", sheet, follow=True).content.decode()
    assert "taken in before" in client.post("/stock/receipts/take-in", sheet, follow=True).content.decode()
    assert on_hand("A") == before + 4
    page = client.post("/stock/receipts/take-in", {**sheet, "rows": "A;5;3.10"}, follow=True).content.decode()
    assert "with other content" in page and "A;5;3.10" in page
    assert "DN-77" in client.get("/stock/receipts?node=EAST").content.decode()
    reader = seat("customer_service")
    assert "take-in" not in reader.get("/stock/receipts").content.decode() and reader.post("/stock/receipts/take-in", sheet).status_code == 403


def test_a_search_that_means_more_items_than_are_followed_says_so(seat: Seat, filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.insight import inventory

    client = seat("planner")
    assert "More than" not in client.get("/stock?q=4006").content.decode()
    monkeypatch.setattr(inventory, "FOUND_MAX", 1)
    run("insert into catalog_item (sku, name, kind) values ('AA', 'also', 'goods')")
    assert "More than 1 items match “a”" in client.get("/stock?q=a").content.decode()


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00", "0001-01-01T00:00%2B14:00", "9999-12-31T23:59-12:00", "yesterday"])
def test_a_moment_at_the_ends_of_the_calendar_is_no_fault(seat: Seat, filled: None, as_of: str) -> None:
    client = seat("planner")
    for place in ("", "/moves", "/reservations"):
        assert client.get(f"/stock/A{place}?as_of={as_of}").status_code == 200


def test_what_is_only_on_order_at_a_node_counts_in_the_sum(seat: Seat, filled: None) -> None:
    from headrace.insight import inventory

    run("delete from stock_position where item_id = (select id from catalog_item where sku = 'C')")
    run(
        """with maker as (
            insert into catalog_party (kind, name) values ('supplier', 'Maker') returning id),
        bought as (
            insert into purchasing_purchase_order (number, supplier_id, entity_id, node_id, currency, state)
            select 'PO-1', s.id, n.entity_id, n.id, 'USD', 'sent' from maker s, catalog_node n where n.code = 'EAST' returning id)
        insert into purchasing_purchase_order_line (purchase_order_id, item_id, qty_each, unit_cost)
        select b.id, i.id, 7, 1 from bought b, catalog_item i where i.sku = 'C'"""
    )
    page = seat("planner").get("/stock/C").content.decode()
    assert '/stock/C/on-order?all=1">7</a>' in page
    assert sum(row["open_each"] for row in inventory.on_order_lines(row_id("C"), {"node": None}, None, 10)) == 7


def test_a_long_transfer_says_that_there_is_more_and_loses_nothing(seat: Seat, filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.insight import inventory

    client = seat("planner")
    client.post("/stock/transfers/send", {"from_node": "EAST", "to_node": "WEST", "rows": "A\t5\nB\t2"})
    number = run("select max(id) from purchasing_transfer").scalar
    assert "is_final" in client.get(f"/stock/transfers/{number}").content.decode()
    monkeypatch.setattr(inventory, "TRANSFER_LINES_MAX", 1)
    page = client.get(f"/stock/transfers/{number}").content.decode()
    assert "more than 1 lines" in page and "is_final" not in page and 'value="A"' in page
    client.post("/do/receive_transfer", {"transfer": f"TR-{number}", "rows.1.sku": "A", "rows.1.qty": "5", "row_meant_by": "qty"})
    assert 'value="B"' in client.get(f"/stock/transfers/{number}").content.decode()
    many = {"transfer": f"TR-{number}", "row_meant_by": "qty", **{f"rows.{n}.{name}": "" for n in range(1_000) for name in ("sku", "qty")}}
    assert client.post("/do/receive_transfer", many).status_code == 302, "a form of a thousand lines is read whole"


@pytest.mark.parametrize(
    "form",
    [
        {"rows": "x", "rows.0.sku": "A"},
        {"rows.0": "x"},
        {"rows.0": "x", "rows.0.sku": "A"},
        {"note": "x", "note.y": "z"},
        {f"rows.{'9' * 500}.sku": "A"},
        {"rows": "[" * 100_000},
        {"rows": '[{"sku": "\\ud800"}]', "note": "x"},
    ],
)
def test_a_form_that_contradicts_itself_is_refused(seat: Seat, filled: None, form: dict[str, str]) -> None:
    told = seat("planner").post("/do/adjust_stock", form, headers={"X-Deed": "1"})
    assert told.status_code == 422 and told.json()["says"]


def test_a_sku_with_a_stroke_has_its_pages(seat: Seat, filled: None) -> None:
    run("update catalog_item set sku = 'A/1' where sku = 'A'")
    client = seat("planner")
    listed = client.get("/stock?node=EAST").content.decode()
    assert "/stock/A%2F1/moves?node=EAST" in listed
    for place in ("", "/moves", "/reservations", "/on-order", "/adjustments"):
        page = client.get(f"/stock/A%2F1{place}")
        assert page.status_code == 200 and "A/1" in page.content.decode(), place
