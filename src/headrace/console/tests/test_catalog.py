"""Catalog and network: each list and page, mapping with the orders that wait, customers without their names, and changes through their forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.insight import assortment
from headrace.orders.tests import building

Seat = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("shop")
UNKNOWN = "Red Mug/6"


@pytest.fixture
def waiting() -> list[int]:
    """Two orders of a SKU that nobody knows, and one of another."""
    orders = []
    for ref, sku in (("w1", UNKNOWN), ("w2", UNKNOWN), ("w3", "OTHER")):
        order = building.make_order(ref, {"EAST": [("A", 1)]}, state="captured")
        run("update orders_line set item_id = null, sku = %(s)s, title = 'Mug, red' where order_id = %(o)s", {"s": sku, "o": order.id})
        run("update orders_order set hold = 'held' where id = %(o)s", {"o": order.id})
        run(
            """insert into exception_queue_case (reason_code, document, document_id, order_id, line_id, detail, fingerprint, opened_at, due_at, team)
            select code, 'order', %(o)s, %(o)s, %(l)s, '{}', %(o)s::text, now(), now(), 'merchandising' from exception_queue_reason where clears_when ? 'sku.mapped' limit 1""",
            {"o": order.id, "l": next(iter(order.lines.values()))},
        )
        orders.append(order.id)
    return orders


@pytest.fixture
def prices() -> None:
    run("insert into catalog_price_list (code, currency) values ('retail', 'USD')")
    run(
        "insert into catalog_price (price_list_id, item_id, unit_price, valid_from_on) select l.id, i.id, 9.5, '2026-01-01' from catalog_price_list l, catalog_item i where i.sku = 'A'"
    )


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def csv(client: Client, address: str) -> list[str]:
    return b"".join(client.get(address).streaming_content).decode().splitlines()  # type: ignore[attr-defined]


def test_lists_show_what_is_there(seat: Seat, prices: None) -> None:
    client = seat("planner")
    run(
        "insert into catalog_listing (channel_id, channel_sku, item_id, pack_each) select c.id, 'X-1', i.id, 6 from catalog_channel c, catalog_item i where i.sku = 'A' and c.code = 'shop'"
    )
    assert "/catalog/items/KIT" in text(client, "/catalog/items")
    assert "/catalog/items/KIT" not in text(client, "/catalog/items?kind=goods")
    assert "1 × A, 2 × B" in text(client, "/catalog/kits")
    assert "Nothing matches" in text(client, "/catalog/kits?part=C")
    assert "X-1" in text(client, "/catalog/listings?sku=A") and "Nothing matches" in text(client, "/catalog/listings?channel=door")
    assert "9.50 USD" in text(client, "/catalog/prices?q=A") and "Nothing matches" in text(client, "/catalog/prices?day=2025-12-31")
    assert "/catalog/nodes/EAST" in text(client, "/catalog/nodes?kind=warehouse") and "THIRD" not in text(client, "/catalog/nodes?kind=warehouse")
    assert "Every SKU that was ordered is known" in text(client, "/catalog/unmapped")
    assert csv(client, "/catalog/prices?format=csv")[1].startswith("A,A,retail,1,9.5")


def test_items_are_found_by_sku_gtin_and_name(seat: Seat) -> None:
    run("update catalog_item set name = 'Mug 100% red_x' where sku = 'B'")
    found = {q: [r["sku"] for r in assortment.items({"q": q}, None, 10)] for q in ("K", "40065", "mug", "100%", "d_x", "r%d", "nothing")}
    assert found == {"K": ["KIT"], "40065": ["A"], "mug": ["B"], "100%": ["B"], "d_x": ["B"], "r%d": [], "nothing": []}


def test_pages_of_every_list_follow_each_other(prices: None, waiting: list[int]) -> None:
    run(
        """insert into catalog_price (price_list_id, item_id, unit_price, valid_from_on, from_qty_each) select l.id, i.id, 9, d.on_day, q from catalog_price_list l, catalog_item i,
        (values ('2026-02-01'::date), ('2026-03-01'), ('1999-12-31')) d(on_day), (values (1), (10)) q(q)"""
    )
    run("insert into catalog_listing (channel_id, channel_sku, item_id) select c.id, c.code || '~' || i.sku, i.id from catalog_channel c, catalog_item i")
    run("insert into catalog_party (name, external_ref) select 'n', g::text from generate_series(1, 5) g")
    reads: dict[str, Any] = {name: getattr(assortment, name) for name in ("items", "kits", "listings", "unmapped", "prices", "nodes")}
    reads["parties"] = lambda chosen, after, limit: assortment.parties(chosen, after, limit, personal=True)
    for name, read in reads.items():
        whole = [r["cursor"] for r in read({}, None, 100)]
        one_by_one: list[Any] = []
        while rows := read({}, str(one_by_one[-1]) if one_by_one else None, 1):
            one_by_one += [r["cursor"] for r in rows]
        assert one_by_one == whole and whole, name


def test_an_item_has_a_page(seat: Seat, prices: None) -> None:
    page = text(seat("planner"), "/catalog/items/A")
    assert "9.50 USD" in page and "in force" in page and "/catalog/items/KIT" in page and "Change the item" in page
    assert "Change the item" not in text(seat("warehouse"), "/catalog/items/A")
    assert "Weight in the price" in text(seat("auditor"), "/catalog/items/KIT")
    run("insert into catalog_item (sku, name) values ('A/B 1', 'slash')")
    client = seat("customer_service")
    assert quote("A/B 1", safe="") in text(client, "/catalog/items") and "slash" in text(client, "/catalog/items/" + quote("A/B 1", safe=""))
    assert (
        client.get("/catalog/items/NOBODY").status_code
        == client.get("/catalog/nodes/NOWHERE").status_code
        == client.get("/catalog/parties/99").status_code
        == 404
    )
    assert seat("finance").get("/catalog/items/A").status_code == 403


def test_an_item_is_made_and_changed_by_its_form(seat: Seat, prices: None) -> None:
    client = seat("planner")
    assert 'name="changes.kind"' in text(client, "/catalog/new-item?sku=NEW")
    client.post(
        "/do/change_item",
        {"sku": "NEW", "changes.name": "Mug", "changes.kind": "kit", "changes.state": "active", "changes.weight_g": "", "next": "/catalog/items/NEW"},
    )
    assert run("select name, kind, weight_g from catalog_item where sku = 'NEW'").one == ("Mug", "kit", None)
    client.post(
        "/do/load_kits",
        {
            "rows.1.kit": "NEW",
            "rows.1.sku": "A",
            "rows.1.qty": "4",
            "rows.1.price_share": "1",
            "rows.2.kit": "NEW",
            "rows.2.sku": "",
            "rows.2.qty": "",
            "rows.2.price_share": "",
            "row_meant_by": "sku",
        },
    )
    assert (
        "4" in text(client, "/catalog/items/NEW")
        and run("select qty_each from catalog_kit_component c join catalog_item i on i.id = c.kit_id where i.sku = 'NEW'").scalar == 4
    )
    wrong = client.post("/do/change_item", {"sku": "A", "changes.weight_g": "heavy", "next": "/catalog/items/A"}, follow=True).content.decode()
    assert "weight_g: &#x27;heavy&#x27; is no whole number" in wrong
    client.post("/do/set_list_price", {"price_list": "retail", "sku": "A", "unit_price": "8.25", "from_qty_each": "1", "valid_from_on": "2026-05-01"})
    assert "8.25 USD" in text(client, "/catalog/items/A")
    assert seat("warehouse").get("/catalog/new-item").status_code == 403


def test_sku_that_nobody_knows_tells_how_many_orders_wait_and_is_mapped(seat: Seat, waiting: list[int]) -> None:
    client = seat("planner")
    page = text(client, "/catalog/unmapped")
    assert page.index("Red Mug/6") < page.index("OTHER")  # what holds up most comes first
    (first, second) = assortment.unmapped({}, None, 10)
    assert (first["sku"], first["orders"], first["qty_each"], second["orders"]) == (UNKNOWN, 2, 2, 1)
    address = f"/catalog/unmapped/shop?sku={quote(UNKNOWN, safe='')}"
    one = text(client, address)
    assert f"SO-{waiting[0]}" in one and f"SO-{waiting[1]}" in one and f"SO-{waiting[2]}" not in one and "Mug, red" in one
    assert 'value="B"' in text(client, address + "&find=B") and "No item is called so" in text(client, address + "&find=zzz")
    told = client.post(
        "/do/map_sku", {"channel": "shop", "channel_sku": UNKNOWN, "item": "B", "pack_each": "6", "next": "/catalog/unmapped"}, follow=True
    ).content.decode()
    assert UNKNOWN not in told and "OTHER" in told
    assert {
        (r.sku, r.pack_each)
        for r in run(
            "select i.sku, l.pack_each from orders_line l join catalog_item i on i.id = l.item_id where l.order_id = any(%(o)s::bigint[])", {"o": waiting[:2]}
        )
    } == {("B", 6)}
    assert "No order waits for it" in text(client, address)
    assert "It is this one" not in text(seat("auditor"), "/catalog/unmapped/shop?sku=OTHER")
    assert client.get("/catalog/unmapped/moon?sku=OTHER").status_code == 404


def test_a_cancelled_line_waits_for_nothing(waiting: list[int]) -> None:
    run("update orders_line set qty_allocated_each = 0, qty_cancelled_each = qty_ordered_each where order_id = %(o)s", {"o": waiting[2]})
    assert [r["sku"] for r in assortment.unmapped({}, None, 10)] == [UNKNOWN]


def test_a_node_shows_its_day_and_is_changed(seat: Seat) -> None:
    client = seat("planner")
    page = text(client, "/catalog/nodes/EAST")
    assert "America/New_York" in page and "5.00 USD" in page and "without limit" in page
    client.post("/do/change_node", {"code": "EAST", "changes.capacity_orders_per_day": "40", "changes.is_active": "false"})
    page = text(client, "/catalog/nodes/EAST")
    assert "is not chosen" in page and "of at most 40" in page
    assert "Change the node" not in text(seat("auditor"), "/catalog/nodes/EAST")


def test_customers_are_nameless_to_people_who_may_not_see_them(seat: Seat) -> None:
    party = run(
        """insert into catalog_party (channel_id, external_ref, name, email, phone)
        select id, 'c-77', 'Ada Byron', 'ada@example.com', '+441234' from catalog_channel where code = 'shop' returning id"""
    ).scalar
    sees, sees_not = seat("ops_manager"), seat("planner")
    for address in ("/catalog/parties", f"/catalog/parties/{party}", "/catalog/parties?q=c-77"):
        assert "Ada Byron" in text(sees, address) and "ada@example.com" in text(sees, address)
        assert "Ada" not in text(sees_not, address) and "ada@" not in text(sees_not, address) and "+441234" not in text(sees_not, address)
    assert f'href="/catalog/parties/{party}"' in text(sees, "/catalog/parties?q=Ada@Example.com")
    assert f'href="/catalog/parties/{party}"' not in text(sees_not, "/catalog/parties?q=ada@example.com")
    columns = "columns=name,email,phone,external_ref"
    assert "ada" not in "".join(csv(sees_not, f"/catalog/parties?format=csv&{columns}")).lower()
    sees.post("/do/set_customer_segment", {"party_id": party, "segment": "vip"})
    sees.post("/do/set_credit_limit", {"party_id": party, "credit_limit_minor": "250000", "terms_days": "30"})
    page = text(sees, f"/catalog/parties/{party}")
    assert "vip" in page and "2,500.00 USD" in page


def test_many_skus_are_mapped_in_one_deed_with_what_they_are_most_alike(seat: Seat, waiting: list[int]) -> None:
    run("update catalog_item set name = 'Mug, red' where sku = 'B'")
    run("update orders_line set title = 'Mug with a red handle' where sku = 'OTHER'")
    client = seat("planner")
    page = client.get("/catalog/map-many")
    (first, second) = page.context["rows"]
    assert first["sku"] == UNKNOWN and first["guess"]["sku"] == "B" and first["guess"]["likeness"] == 100
    assert first["is_sure"] and not second["is_sure"]  # a doubtful guess is told, and not filled in
    row = {"channel": "shop", "channel_sku": UNKNOWN, "sku": "B", "pack_each": "1"}
    empty = {"channel": "shop", "channel_sku": second["sku"], "sku": "", "pack_each": "1"}
    given = {f"rows.{n}.{column}": value for n, given in enumerate((row, empty), 1) for column, value in given.items()}
    client.post("/do/load_listings", {**given, "next": "/catalog/unmapped"})
    assert [(r["sku"], r["orders"]) for r in assortment.unmapped({}, None, 10)] == [("OTHER", 1)]


def test_what_a_mapping_frees_is_told_before_it_is_done(seat: Seat, waiting: list[int]) -> None:
    (freed,) = assortment.freed_by("shop", UNKNOWN)
    total = run("select sum(total_minor)::bigint as n from orders_order where id = any(%(o)s::bigint[])", {"o": waiting[:2]}).scalar
    assert (freed["orders"], freed["total_minor"]) == (2, total)
    assert "Mapping it frees 2 orders worth" in text(seat("planner"), f"/catalog/unmapped/shop?sku={quote(UNKNOWN, safe='')}")


def test_a_node_is_stopped_and_its_history_tells_who(seat: Seat) -> None:
    client = seat("planner")
    client.post("/do/change_node", {"code": "EAST", "changes.is_active": "false", "next": "/catalog/nodes/EAST"})
    page = text(client, "/catalog/nodes/EAST")
    assert "Start the node" in page and "is active: True → False" in page
    assert run("select is_active from catalog_node where code = 'EAST'").scalar is False


def test_a_no_where_yes_is_usual_is_sent_as_a_no(seat: Seat) -> None:
    client = seat("planner")
    page = text(client, "/catalog/taxes")
    assert '<select name="taxes_shipping"' in page and 'type="checkbox" name="taxes_shipping"' not in page
    client.post("/do/set_tax_rate", {"jurisdiction": "US-VT", "rate": "0.06", "taxes_shipping": "false", "next": "/catalog/taxes"})
    assert run("select taxes_shipping from catalog_tax_rate where jurisdiction = 'US-VT'").scalar is False
