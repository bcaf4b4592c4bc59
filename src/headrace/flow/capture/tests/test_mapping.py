"""An unknown SKU parks its line and nothing else; learning what it means lets every order that waited go on."""

from __future__ import annotations

import pytest

from headrace.engine.action import Refused, action_named
from headrace.engine.queries import run
from headrace.flow.capture.tests.sending import line, order, outcome, send, state_of, take

shop = pytest.mark.usefixtures("shop")
ACTOR = "cli:test"


def mapped(ref: str) -> list[tuple[str, bool, int, int, int]]:
    """SKU, is it mapped, pieces, cancelled pieces, pack; by line."""
    return [(x[2], x[3] is not None, x[9], x[10], x[8]) for x in state_of(ref)["lines"]]


@shop
def test_only_the_line_waits() -> None:
    message = send(order("W-1", lines=[line("1", "A", 2), line("2", "NEW", 3)]))
    take()
    assert outcome(message) == ("done", "captured")
    assert mapped("W-1") == [("A", True, 2, 0, 1), ("NEW", False, 3, 0, 1)]


@shop
def test_learning_a_mapping_replays_every_order_that_waited() -> None:
    for n in range(3):
        send(order(f"W-{n}", lines=[line("1", "SIX-PACK", 2, cancelled=1), line("2", "A", 1)]))
    send(order("W-3", lines=[line("1", "OTHER", 1)]))
    take()
    run("update orders_order set hold = 'held'")
    assert action_named("map_sku")(actor=ACTOR, channel="door", channel_sku="SIX-PACK", item="B", pack_each=6) == 3
    for n in range(3):
        assert mapped(f"W-{n}") == [("SIX-PACK", True, 12, 6, 6), ("A", True, 1, 0, 1)]
        held, pieces, cancelled = state_of(f"W-{n}")["order"][0][2], *state_of(f"W-{n}")["order"][0][14:16]
        assert (held, pieces, cancelled) == ("clear", 13, 6)
    assert state_of("W-3")["order"][0][2] == "held"
    send(order("W-4", lines=[line("1", "SIX-PACK", 1)]))
    take()
    assert mapped("W-4") == [("SIX-PACK", True, 6, 0, 6)]


@shop
def test_a_sku_that_turns_out_to_be_a_charge_becomes_one() -> None:
    run("insert into catalog_item (sku, name, kind) values ('POSTAGE', 'Postage', 'charge')")
    send(order("W-1", lines=[line("1", "A", 2), line("2", "POST", 1)]))
    take()
    action_named("map_sku")(actor=ACTOR, channel="door", channel_sku="POST", item="POSTAGE")
    assert [x[1] for x in state_of("W-1")["lines"]] == ["goods", "charge"]
    assert state_of("W-1")["order"][0][14] == 2


@shop
@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"channel": "none"}, "no channel 'none'"), ({"item": "NONE"}, "no item with the SKU 'NONE'"), ({"pack_each": 0}, "pack_each: 0 must lie")],
)
def test_a_wrong_mapping_is_refused_with_its_field(wrong: dict[str, str | int], says: str) -> None:
    with pytest.raises(Refused, match=says):
        action_named("map_sku")(**{"actor": ACTOR, "channel": "door", "channel_sku": "NEW", "item": "A", **wrong})
