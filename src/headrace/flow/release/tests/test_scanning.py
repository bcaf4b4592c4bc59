"""A scan counts once, however often its request arrives; it can be taken back, once; and nobody takes back what is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused, action_named
from headrace.engine.queries import run
from headrace.orders.tests.building import history, make_order, row, run_stage

pytestmark = pytest.mark.usefixtures("shop")
MOST = "x" * 64


def do(name: str, **parameters: Any) -> Any:
    return action_named(name)(actor="cli:test", **parameters)


def released(at: Any, ref: str = "1") -> Any:
    o = make_order(ref, at)
    run_stage("release")
    return o


def picked() -> list[int]:
    return list(run("select qty_picked_each from orders_fulfilment_line order by id").column("qty_picked_each"))


def told(picked: int, asked: int, sku: str = "A", line: int | None = None) -> dict[str, Any]:
    return {"line": line or run("select min(id) as id from orders_fulfilment_line").scalar, "sku": sku, "picked": picked, "asked": asked}


def test_a_scan_that_comes_twice_counts_once_and_is_answered_the_same() -> None:
    number = released({"EAST": [("A", 3)]}).number("EAST")
    assert do("pick_line", fulfilment=number, scan="A", scan_id="s-1") == told(1, 3)
    assert do("pick_line", fulfilment=number, scan="40065", scan_id=MOST) == told(2, 3)
    assert do("pick_line", fulfilment=number, scan="A", scan_id="s-1") == told(1, 3)
    assert picked() == [2]
    do("pick_line", fulfilment=number, scan="A")
    do("pack", fulfilment=number, parcels=[{}])
    assert do("pick_line", fulfilment=number, scan="A", scan_id="s-1") == told(1, 3), "also when the work has gone on meanwhile"


def test_an_id_is_of_one_scan_of_one_fulfilment() -> None:
    one, other = released({"EAST": [("A", 3), ("B", 1)]}), released({"EAST": [("A", 1)]}, "2")
    do("pick_line", fulfilment=one.number("EAST"), scan="A", scan_id="s-1")
    for more in ({"scan": "B"}, {"scan": "A", "qty": 2}):
        with pytest.raises(Refused, match=r"scan_id: 's-1' was used on .* for 1 of A; give every scan an id of its own"):
            do("pick_line", fulfilment=one.number("EAST"), scan_id="s-1", **more)
    assert do("pick_line", fulfilment=other.number("EAST"), scan="A", scan_id="s-1")["picked"] == 1
    for wrong in ("", MOST + "x"):
        with pytest.raises(Refused, match="scan_id: .* write 1 to 64"):
            do("pick_line", fulfilment=one.number("EAST"), scan="A", scan_id=wrong)
    assert picked() == [1, 0, 1]


def test_a_refused_scan_may_be_asked_again() -> None:
    o = released({"EAST": [("A", 1)]})
    run("update orders_order set hold = 'held' where id = %(o)s", {"o": o.id})
    with pytest.raises(Refused, match="on hold"):
        do("pick_line", fulfilment=o.number("EAST"), scan="A", scan_id="s-1")
    run("update orders_order set hold = 'clear' where id = %(o)s", {"o": o.id})
    assert do("pick_line", fulfilment=o.number("EAST"), scan="A", scan_id="s-1") == told(1, 1)


def test_a_scan_is_taken_back_once_and_the_order_tells_it() -> None:
    o = released({"EAST": [("A", 3)]})
    number = o.number("EAST")
    do("pick_line", fulfilment=number, scan="A", scan_id="s-1", qty=2)
    do("pick_line", fulfilment=number, scan="A", scan_id="s-2")
    for _ in range(2):
        assert do("unpick_line", fulfilment=number, scan_id="s-1") == told(1, 3)
    assert picked() == [1]
    assert history(o.id).count("unpicked") == 1
    detail = run("select detail from orders_history where event = 'unpicked'").scalar
    assert detail == {"fulfilment": number, "sku": "A", "qty": 2}
    with pytest.raises(Refused, match="no scan of"):
        do("unpick_line", fulfilment=number, scan_id="never")


def test_pieces_of_a_line_are_taken_back_never_below_nothing() -> None:
    number = released({"EAST": [("A", 3)]}).number("EAST")
    do("pick_line", fulfilment=number, scan="A", qty=3)
    for _ in range(2):
        assert do("unpick_line", fulfilment=number, scan="A", qty=2, undo_id="u-1") == told(1, 3)
    assert do("unpick_line", fulfilment=number, scan="40065") == told(0, 3)
    for qty in (1, 0, -1):
        with pytest.raises(Refused, match=f"qty: {qty} of A; 0 are picked"):
            do("unpick_line", fulfilment=number, scan="A", qty=qty)
    with pytest.raises(Refused, match="scan: nothing is named"):
        do("unpick_line", fulfilment=number)
    with pytest.raises(Refused, match="is not on"):
        do("unpick_line", fulfilment=number, scan="C")
    assert picked() == [0]


def test_of_two_lines_of_one_item_the_last_one_picked_gives_back() -> None:
    number = released({"EAST": [("A", 1), ("A", 2)]}).number("EAST")
    do("pick_line", fulfilment=number, scan="A")
    do("pick_line", fulfilment=number, scan="A")
    assert picked() == [1, 1]
    do("unpick_line", fulfilment=number, scan="A")
    assert picked() == [1, 0]


def test_only_the_warehouse_takes_back_and_only_before_the_parcel_is_closed() -> None:
    number = released({"EAST": [("A", 1)]}).number("EAST")
    do("pick_line", fulfilment=number, scan="A", scan_id="s-1")
    with pytest.raises(NotAllowed):
        action_named("unpick_line")(actor="user:nobody", fulfilment=number, scan_id="s-1")
    do("pack", fulfilment=number, parcels=[{}])
    with pytest.raises(Refused, match="is packed; pack it again"):
        do("unpick_line", fulfilment=number, scan_id="s-1")
    assert picked() == [1]


def test_what_a_first_round_left_behind_is_scanned_in_the_second() -> None:
    o = released({"EAST": [("A", 3)]})
    number = o.number("EAST")
    do("pack", fulfilment=number, parcels=[{"content": [{"sku": "A", "qty": 2}]}])  # nobody scanned
    do("ship", fulfilment=number)
    run_stage("ship")
    assert do("pick_line", fulfilment=number, scan="A") == told(1, 1)
    with pytest.raises(Refused, match="1 of 1 are picked already"):
        do("pick_line", fulfilment=number, scan="A")
    assert do("unpick_line", fulfilment=number, scan="A") == told(0, 1)
    with pytest.raises(Refused, match="0 are picked"):
        do("unpick_line", fulfilment=number, scan="A")  # what has left cannot come back this way
    assert row("orders_fulfilment", o.fulfilments["EAST"]).state == "packed"


def test_scans_are_forgotten_after_a_month() -> None:
    number = released({"EAST": [("A", 3)]}).number("EAST")
    do("pick_line", fulfilment=number, scan="A", scan_id="old")
    run("update orders_scan set scanned_at = scanned_at - %(age)s::interval", {"age": timedelta(days=31)})
    do("pick_line", fulfilment=number, scan="A", scan_id="new")
    assert run("select scan_id from orders_scan").column("scan_id") == ["new"]


def test_what_was_handed_over_is_not_missed_any_more() -> None:
    o = released({"EAST": [("A", 2)]})
    number = o.number("EAST")
    do("pack", fulfilment=number, parcels=[{}])
    do("ship", fulfilment=number)
    with pytest.raises(Refused, match="was handed over"):
        do("short_pick", fulfilment=number, scan="A", qty=1, reason="not_found")
    assert run("select qty_short_each from orders_fulfilment_line").scalar == 0
