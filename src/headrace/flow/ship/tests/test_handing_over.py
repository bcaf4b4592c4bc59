"""Everything packed for one carrier is handed over at once, booked like one by one, and stands on a manifest that never changes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.ship import handing_over
from headrace.flow.ship.actions import pack, ship
from headrace.flow.ship.handing_over import hand_over_all
from headrace.orders.tests.building import make_order, make_shop, run_stage

pytestmark = pytest.mark.django_db
LEAD = "cli:lead"


@pytest.fixture
def packed() -> list[str]:
    """Three closed for the house's carrier, one for another, one not packed."""
    make_shop()
    made = [make_order(f"H-{n}", {"EAST": [("A", 1)]}).number("EAST") for n in range(5)]
    run("update orders_fulfilment set state = 'released', released_at = now()")
    run("update orders_order set qty_released_each = qty_ordered_each")
    for n, number in enumerate(made[:4]):
        other = {"carrier": "gls", "tracking": "GLS-1"} if n == 3 else {}
        pack(actor=LEAD, fulfilment=number, parcels=[{"weight_g": 500, **other}] * (2 if n == 0 else 1))
    return made


def test_all_of_one_carrier_leave_and_nothing_else(packed: list[str]) -> None:
    told = hand_over_all(actor=LEAD, node="EAST", carrier="own")
    assert [(row["key"], row["done"]) for row in told["rows"]] == [(number, True) for number in packed[:3]]
    kept = run("select * from orders_manifest").one
    assert (kept.number, kept.carrier, kept.parcels, kept.weight_g, kept.handed_over_by) == (told["manifest"], "own", 4, 2_000, LEAD)
    assert [row["fulfilment"] for row in kept.content] == packed[:3] and len(kept.content[0]["parcels"]) == 2
    run_stage("ship")
    states = dict(run("select number, state from orders_fulfilment"))
    assert [states[number] for number in packed] == ["shipped", "shipped", "shipped", "packed", "released"]
    assert run("select count(*) from orders_parcel").scalar == 4
    with pytest.raises(Refused, match="nothing that is packed for own"):
        hand_over_all(actor=LEAD, node="EAST", carrier="own")


def test_what_is_held_stays_and_what_left_by_itself_is_not_told_again(packed: list[str]) -> None:
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": packed[1]})
    ship(actor=LEAD, fulfilment=packed[0])
    told = hand_over_all(actor=LEAD, node="EAST", carrier="own")
    assert told["rows"] == [{"key": packed[1], "done": False, "why": f"{packed[1]} is on hold"}, {"key": packed[2], "done": True, "why": ""}]
    run_stage("ship")
    assert run("select count(*) from orders_shipment").scalar == 2
    run("update orders_fulfilment set hold = 'clear'")
    assert hand_over_all(actor=LEAD, node="EAST", carrier="own")["manifest"] != told["manifest"]


def test_held_ones_ahead_do_not_keep_the_rest_from_leaving(packed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_over, "HANDED_OVER_MAX", 1)
    monkeypatch.setattr(handing_over, "HELD_TOLD_MAX", 1)
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": packed[0]})
    run("update orders_order set hold = 'held' where id = (select order_id from orders_fulfilment where number = %(n)s)", {"n": packed[1]})
    told = hand_over_all(actor=LEAD, node="EAST", carrier="own")
    assert [(row["key"], row["done"]) for row in told["rows"]] == [(packed[0], False), (packed[2], True)]
    with pytest.raises(Refused, match=f"nothing .* can be handed over; {packed[0]} is on hold"):
        hand_over_all(actor=LEAD, node="EAST", carrier="own")


def test_forty_take_as_many_statements_as_three(packed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def counting(cursor: Any, query: Any, *given: Any, **more: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *given, **more)

    def hand_over() -> int:
        with monkeypatch.context() as patched:
            patched.setattr(psycopg.Cursor, "execute", counting)
            asked.clear()
            hand_over_all(actor=LEAD, node="EAST", carrier="own")
        return len(asked)

    few = hand_over()
    made = [make_order(f"M-{n}", {"EAST": [("A", 1)]}).number("EAST") for n in range(40)]
    run("update orders_fulfilment set state = 'released', released_at = now() where state = 'planned'")
    for number in made:
        pack(actor=LEAD, fulfilment=number, parcels=[{"weight_g": 100}])
    assert hand_over() == few
