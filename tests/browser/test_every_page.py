"""Every page of the console, as the browser shows it: no fault that axe, the policy or the console tells of, at a desk and on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.console import shell
from headrace.engine.queries import run
from headrace.insight import closing
from tests.browser.person import Person
from tests.scenarios.shop import LAMP, MUG, Shop

FINANCE = ("invoices", "payments", "payouts", "unmatched", "journal", "trial-balance", "trial-balance?compare=before", "tax", "periods", "manual", "rates")


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop in which something stands everywhere: sold, short, unknown, paid out."""
    shop.fill(MUG, EAST=5)
    shop.place({MUG: 2})
    shop.place({MUG: 9})
    shop.place({LAMP: 1})
    shop.place({"NO-SUCH-SKU": 1})
    shop.work()
    shop.ship()
    shop.work()
    shop.pay_out()
    shop.work()
    return shop


def test_rooms_with_work_in_them(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for room in shell.ROOMS:
        ann.look(room.address)
    ann.look("/me")


def test_documents(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    case = run("select max(id) from exception_queue_case").scalar
    order = run("select min(id) from orders_order").scalar
    for address in (f"/exceptions?case={case}", f"/orders/SO-{order}", f"/stock/{MUG}", f"/stock/{MUG}/moves", "/stock/counts/new?node=EAST"):
        ann.look(address)


def test_lists_behind_the_numbers_of_the_floor_and_the_stock(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for address in (
        "/fulfilment/EAST/gone?when=today",
        "/fulfilment/EAST/waves",
        "/fulfilment/EAST/manifests",
        "/stock/receipts",
        "/stock/transfers",
        "/stock/corrections",
    ):
        ann.look(address)
    assert "SH-" in ann.go(f"/stock/{MUG}/moves").inner_text("main"), "a move names the parcel that it left with"


def test_what_blocks_a_close_row_by_row(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "finance")
    for what in closing.ITEMS:
        ann.look(f"/finance/close/{what}?entity=MILL-US&month=2026-01")


def test_finance(busy: Shop, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "finance")
    for name in FINANCE:
        ann.look(f"/finance/{name}")
    ann.look("/finance")
    for address in ("invoices/INV-1", "payouts/1", "entries/1", "accounts/receivable"):
        ann.look(f"/finance/{address}")


def test_rooms_of_an_empty_system(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for room in shell.ROOMS:
        ann.look(room.address)


def test_a_closed_page_and_an_address_that_is_none(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    bob = sits_down("bob", "warehouse")
    bob.expects |= {403, 404}
    bob.look("/finance")
    assert "ledger.read" in bob.text()
    bob.look("/no-such-page")
    assert "nothing at this address" in bob.text()
