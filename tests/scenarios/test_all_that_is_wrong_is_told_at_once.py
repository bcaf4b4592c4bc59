"""An order with many faults says all of them at once, is put right one by one, and a lesson learned once helps everybody who waited for it."""

from __future__ import annotations

import json
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from headrace.demo import world
from headrace.engine.queries import run
from headrace.flow.capture.actions import map_sku
from headrace.flow.validate.actions import allow_promotion, fix_address, map_shipping_code
from headrace.governance.access import make_api_key
from headrace.orders import capturing
from tests.machinery.test_cli import headrace
from tests.scenarios.shop import (
    ACTOR,
    CHANNEL,
    LAMP,
    MUG,
    Shop,
    assert_all_holds,
    cancelled,
    cases,
    cents,
    later,
    lines,
    order,
    run_out,
    shelf,
    side_by_side,
    states,
)

WRONG = {
    "address.incomplete", "contact.email", "discount.unknown", "payment.short", "price.off_list", "shipping.unknown", "sku.unknown", "tax.variance", "total.foot",
}  # fmt: skip


@pytest.fixture
def desk(shop: Shop) -> Client:
    """Somebody who works on exceptions over the API."""
    key = make_api_key(actor=ACTOR, name="desk", scopes=["exceptions.read", "exceptions.accept", "exceptions.resolve", "orders.personal"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def shown(desk: Client) -> dict[str, dict[str, Any]]:
    """Open cases as the API shows them, by the word of their check."""
    rows = desk.get("/api/v1/exceptions?limit=100").json()["rows"]
    found = {row["detail"]["check"]: row for row in rows}
    assert len(found) == len(rows)  # none is told twice
    return found


def full_of_faults(shop: Shop) -> dict[str, Any]:
    """No street, an odd e-mail, an unknown SKU, code and service, too dear, not paid, too little tax, and a total that its parts do not make."""
    body = shop.body({MUG: 1, LAMP: 1}, financial_status="pending", email="not an address", discount_codes=[{"code": "WHAT", "amount": "1.00"}])
    dear, unknown = body["line_items"]
    dear["price"] = str(Decimal(dear["price"]) + 40)
    unknown["sku"] = "LANTERN-OLD"
    body["shipping_address"] = {**body["shipping_address"], "address1": None}
    body["shipping_lines"][0] |= {"code": "By balloon", "title": "By balloon"}
    return body


def with_right_sums(body: dict[str, Any]) -> dict[str, Any]:
    """The channel has mended its arithmetic: the dear line is taxed, the code has taken its dollar off, and the total is what the parts make."""
    dear, other = body["line_items"]
    dear = {
        **dear,
        "discount_allocations": [{"amount": "1.00"}],
        "tax_lines": [{**dear["tax_lines"][0], "price": str(world.cents((Decimal(dear["price"]) - 1) * Decimal("0.08")))}],
    }
    goods = sum(Decimal(x["price"]) for x in (dear, other))
    tax = sum(Decimal(x["tax_lines"][0]["price"]) for x in (dear, other))
    money = {
        "subtotal_price": goods - 1,
        "total_line_items_price": goods,
        "total_discounts": "1.00",
        "total_tax": tax,
        "total_price": goods - 1 + tax + world.SHIPPING,
    }
    return later(body, 1, line_items=[dear, other], **{name: str(amount) for name, amount in money.items()})


def test_every_fault_of_an_order_is_told_at_once_and_put_right_one_by_one(shop: Shop, desk: Client) -> None:
    """Each names field, value and fix; a remedy takes away its own case and leaves the others as they are. The order then goes all the way."""
    shop.fill(MUG, EAST=5)
    shop.fill(LAMP, EAST=5)
    body = full_of_faults(shop)
    ref = str(body["id"])
    shop.hook(body)
    shop.work()
    told = shown(desk)
    assert set(told) == WRONG
    assert all(case["detail"]["field"] and case["detail"]["fix"] and case["sentence"] for case in told.values())
    assert {case["id"] for case in json.loads(headrace("exceptions", "list", "--json").stdout)["cases"]} == {case["id"] for case in told.values()}
    assert (order(ref).state, order(ref).hold) == ("captured", "held")

    body = with_right_sums(body)
    shop.hook(body, "orders/updated")
    run_out("capture", "validate")
    told = shown(desk)
    assert set(told) == WRONG - {"tax.variance", "total.foot"}

    def remedied(*words: str) -> None:
        """What is left are the same cases as before, less these."""
        run_out("capture", "validate")
        for word in words:
            del told[word]
        assert {word: case["id"] for word, case in shown(desk).items()} == {word: case["id"] for word, case in told.items()}

    fix_address(actor=ACTOR, order_id=order(ref).id, changes={"line1": "5 Mill Road", "email": "buyer@example.com"})
    remedied("address.incomplete", "contact.email")
    assert map_sku(actor=ACTOR, channel=CHANNEL, channel_sku="LANTERN-OLD", item=LAMP) == 1
    remedied("sku.unknown")
    assert map_shipping_code(actor=ACTOR, channel=CHANNEL, channel_code="By balloon", service="ground") == 1
    remedied("shipping.unknown")
    assert allow_promotion(actor=ACTOR, code="WHAT", percent_max="10", valid_from_on="2026-01-01") == 1
    remedied("discount.unknown")
    shop.hook(later(body, 1, financial_status="paid"), "orders/paid")
    remedied("payment.short")
    assert (order(ref).state, order(ref).hold) == ("captured", "held")  # one fault is left, and it is enough
    accepted = desk.post(
        "/api/v1/exceptions/actions/accept", {"cases": [told["price.off_list"]["id"]], "note": "gilded by hand"}, content_type="application/json"
    )
    assert accepted.json()["done"] == 1, accepted.content
    remedied("price.off_list")
    shop.ship()
    assert (order(ref).commercial, order(ref).invoiced_minor, cases()) == ("closed", cents(body["total_price"]), [])
    assert run("select count(*) from exception_queue_case where state <> 'resolved'").scalar == 0
    assert_all_holds()


def test_a_mapping_that_is_learned_replays_every_order_that_waited(shop: Shop, tmp_path: Path) -> None:
    """Webhooks, a file, edits and cancels have come in meanwhile, and workers are at it; whoever waited for this alone goes, the others say what else they wait for."""
    shop.fill(MUG, EAST=1_000)
    shop.prices["MUG-6"] = str(Decimal(shop.prices[MUG]) * 6)
    placed = [shop.body([("MUG-6", 1), (MUG, 1)]) for _ in range(30)]
    placed[2]["shipping_address"] = {**placed[2]["shipping_address"], "address1": None}
    for body in placed:
        shop.hook(body)
    shop.buyer.wants = [("MUG-6", shop.prices["MUG-6"], 1)]
    file = tmp_path / "stores.jsonl"
    file.write_text("\n".join(json.dumps(world.store_order(shop.buyer, n)) for n in range(3)))
    assert headrace("import", "orders", str(file), "--format", "jsonl", "--channel", "stores", "--json").exit_code == 0
    shop.work()
    assert states() == {"captured": 33}
    shop.hook(cancelled(placed[0]), "orders/cancelled")
    shop.hook(later(placed[1], 1, shipping_address={**placed[1]["shipping_address"], "address1": "9 New House Lane"}), "orders/updated")
    side_by_side(2, lambda n: map_sku(actor=ACTOR, channel=CHANNEL, channel_sku="MUG-6", item=MUG, pack_each=6) if n else run_out("capture", "validate"))
    shop.hook(shop.body([("MUG-6", 2)]))  # the next one needs nobody any more
    shop.work()
    assert states() == {"allocated": 29, "cancelled": 1, "captured": 4}
    assert shelf(MUG) == (1_000, 28 * 7 + 12)
    (street,) = run("select detail from exception_queue_case where order_id = %(o)s and state <> 'resolved'", {"o": order(str(placed[2]["id"])).id})
    assert street.detail["check"] == "address.incomplete"
    assert [line.qty_ordered_each for line in lines(str(placed[5]["id"]))] == [6, 1]
    assert map_sku(actor=ACTOR, channel="stores", channel_sku="MUG-6", item=MUG, pack_each=6) == 3
    shop.ship()
    assert states() == {"cancelled": 1, "captured": 1, "closed": 32}
    assert_all_holds()


def test_an_address_that_was_put_right_here_survives_the_channels_next_edit(shop: Shop) -> None:
    """The buyer rings and moves house; then she adds a piece in the shop, which knows nothing of the house. When the shop itself changes the address, that counts."""
    shop.fill(MUG, EAST=10)
    body, more = shop.body({MUG: 1}), shop.body({MUG: 2})
    ref = str(body["id"])
    shop.hook(body)
    run_out("capture", "validate")
    fix_address(actor=ACTOR, order_id=order(ref).id, changes={"line1": "5 Mill Road"})
    run_out("validate", "allocate")
    same = ("id", "admin_graphql_api_id", "name", "created_at", "processed_at", "updated_at", "customer", "email", "shipping_address", "billing_address")
    two = later({**more, **{name: body[name] for name in same}, "financial_status": "paid"}, 1)
    shop.hook(two, "orders/updated")
    run_out("capture", "validate")
    assert (order(ref).qty_ordered_each - order(ref).qty_cancelled_each, street_of(ref)) == (2, "5 Mill Road")
    shop.hook(later(two, 1, shipping_address={**body["shipping_address"], "address1": "6 Oak Street"}), "orders/updated")
    run_out("capture")  # a worker captures beside the other stages, and might release the order first
    shop.ship()
    assert (order(ref).commercial, street_of(ref), cases()) == ("closed", "6 Oak Street", [])
    assert_all_holds()


def street_of(ref: str) -> str:
    return str(run("select line1 from orders_address where order_id = %(o)s and kind = 'ship'", {"o": order(ref).id}).scalar)


def test_an_order_that_comes_while_the_mapping_is_learned_does_not_miss_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Capture has looked the SKU up in vain and not written the order yet; at this moment somebody teaches what it means."""
    shop.fill(MUG, EAST=10)
    shop.prices["MUG-OLD"] = shop.prices[MUG]
    ref = shop.place({"MUG-OLD": 1})
    looked, write = threading.Event(), capturing.write_orders

    def slowly(batch: Any, rows: Any) -> set[int]:
        looked.set()
        time.sleep(0.5)
        return write(batch, rows)

    monkeypatch.setattr(capturing, "write_orders", slowly)

    def act(n: int) -> None:
        if n == 0:
            run_out("capture")
        else:
            looked.wait(20)
            map_sku(actor=ACTOR, channel=CHANNEL, channel_sku="MUG-OLD", item=MUG)

    side_by_side(2, act)
    shop.work()
    assert (order(ref).state, cases(), shelf(MUG)) == ("allocated", [], (10, 1))
    assert_all_holds()
