"""The bench: pages by permission, papers that say what is in the parcel, and printers that are not told commands by a customer's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from headrace.console.papers import slips, zebra
from headrace.engine.queries import run
from headrace.flow.ship.actions import pack
from headrace.insight import warehouse
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]


@pytest.fixture
def number(shop: None) -> str:
    built = make_order("W-1", {"EAST": [("A", 2), ("B", 1)]})
    run("update orders_fulfilment set state = 'released', released_at = now(), cut_off_at = now()")
    run("update orders_address set name = 'Ann ^XZ Łuczak' where order_id = %(o)s", {"o": built.id})
    return built.number("EAST")


def test_pages_are_for_the_warehouse(seat: Seat, number: str) -> None:
    client = seat("warehouse")
    for address in (
        "/fulfilment",
        "/fulfilment/EAST",
        "/fulfilment/EAST?state=packed",
        "/fulfilment/EAST/waves",
        "/fulfilment/EAST/manifests",
        f"/fulfilment/f/{number}",
    ):
        assert client.get(address).status_code == 200, address
        assert seat("auditor", name=f"auditor{address}").get(address).status_code == 403
    for gone in ("/fulfilment/MOON", "/fulfilment/f/FO-999", "/fulfilment/f/x", f"/fulfilment/f/{number}/label.pdf"):
        assert client.get(gone).status_code == 404, gone


def test_a_parcel_goes_the_whole_way(seat: Seat, number: str) -> None:
    client = seat("warehouse")
    assert "is not on" in client.post(f"/fulfilment/f/{number}/scan", {"scan": "ZZZ"}, follow=True).content.decode()
    assert "2 of 2" in client.post(f"/fulfilment/f/{number}/scan", {"scan": "A", "qty": "2"}, follow=True).content.decode()
    assert "“heavy” is no whole number" in client.post(f"/fulfilment/f/{number}/pack", {"p0-weight_g": "heavy"}, follow=True).content.decode()
    assert (
        "packed"
        in client.post(
            f"/fulfilment/f/{number}/pack", {"p0-weight_g": "500", "p0-qty-A": "2", "p1-weight_g": "700", "p1-qty-B": "1"}, follow=True
        ).content.decode()
    )
    found = warehouse.fulfilment(number)
    assert found and [p["weight_g"] for p in found["parcels"]] == [500, 700]
    assert client.post(f"/fulfilment/f/{number}/ship").headers["Location"] == "/fulfilment/EAST"
    assert "handed over" in client.post(f"/fulfilment/f/{number}/pack", {"p0-weight_g": "1"}, follow=True).content.decode()


def test_a_label_obeys_nobody_and_holds_the_tracking_number(number: str) -> None:
    (parcel,) = pack(actor="cli:test", fulfilment=number, parcels=[{"weight_g": 900}])
    found = warehouse.fulfilment(number)
    assert found
    told = zebra.zpl(found)
    assert told.count("^XA") == told.count("^XZ") == 1 and parcel["tracking"] in told and "Ann \\5EXZ Łuczak" in told
    assert slips.label(found).startswith(b"%PDF") and slips.packing_slip(found).startswith(b"%PDF")
