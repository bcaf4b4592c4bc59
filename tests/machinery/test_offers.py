"""What a case offers can be done."""

from __future__ import annotations

from headrace.engine.action import actions
from headrace.exception_queue.reasons import reasons


def test_every_deed_that_a_reason_offers_exists() -> None:
    missing = {deed: [r.code for r in reasons().values() if deed in r.offers] for r in reasons().values() for deed in r.offers if deed not in actions()}
    assert missing == {}
    assert len(reasons()) > 50  # all rooms have declared theirs


def test_the_demo_is_not_to_be_had_from_outside() -> None:
    from headrace.demo import flash_sale, shop
    from headrace.engine import by_name

    assert not {flash_sale.prepare.name, shop.seed_shop.name} & set(by_name.named())
