"""Every page of the console, as the browser shows it: no fault that axe, the policy or the console tells of, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

from headrace.console import shell
from tests.browser.person import Person
from tests.scenarios.shop import LAMP, MUG, Shop


def test_pages_with_work_on_them(shop: Shop, sits_down: Callable[..., Person]) -> None:
    shop.fill(MUG, EAST=5)
    shop.place({MUG: 2})
    shop.place({MUG: 9})
    shop.place({LAMP: 1})
    shop.place({"NO-SUCH-SKU": 1})
    shop.work()
    ann = sits_down("ann", "admin")
    for room in shell.ROOMS:
        ann.look(room.address)


def test_pages_of_an_empty_system(fresh_database: str, sits_down: Callable[..., Person]) -> None:
    ann = sits_down("ann", "admin")
    for room in shell.ROOMS:
        ann.look(room.address)
