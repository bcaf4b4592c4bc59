"""Waves: who is in one, who cannot be, and when it is finished."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.flow.release.waving import WAVE_MAX, dissolve_wave, make_wave, take_out_of_wave
from headrace.orders.tests.building import make_order, make_shop

pytestmark = pytest.mark.django_db
LEAD = "cli:lead"


@pytest.fixture
def numbers() -> list[str]:
    """Four fulfilments at EAST that wait to be picked."""
    make_shop()
    made = [make_order(f"W-{n}", {"EAST": [("A", 1)]}).number("EAST") for n in range(4)]
    run("update orders_fulfilment set state = 'released', released_at = now()")
    return made


def members(wave: str) -> list[str]:
    return run(
        "select 'FO-' || m.fulfilment_id as number from orders_wave_fulfilment m where 'WV-' || m.wave_id = %(w)s and m.left_at is null order by 1", {"w": wave}
    ).column("number")


def test_what_cannot_be_gathered_stays_out_and_says_why(numbers: list[str]) -> None:
    west, third = make_order("X", {"WEST": [("A", 1)]}).number("WEST"), make_order("Y", {"THIRD": [("A", 1)]}).number("THIRD")
    run("update orders_fulfilment set state = 'released' where state = 'planned'")
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": numbers[1]})
    run("update orders_fulfilment set state = 'cancelled' where number = %(n)s", {"n": numbers[2]})
    told = make_wave(actor=LEAD, node="EAST", fulfilments=[*numbers, west, third, "FO-999999", numbers[0]])
    assert {row["key"]: row["why"] for row in told["rows"] if not row["done"]} == {
        numbers[1]: f"{numbers[1]} is on hold",
        numbers[2]: f"{numbers[2]} is cancelled",
        west: f"{west} is at WEST",
        third: f"{third} is at THIRD",
        "FO-999999": "there is no such fulfilment",
    }
    assert members(told["wave"]) == sorted([numbers[0], numbers[3]])
    assert run("select subject from governance_audit where deed = 'make_wave'").scalar == f"wave:{told['wave']}"


def test_a_fulfilment_is_in_one_wave_at_most(numbers: list[str]) -> None:
    first = make_wave(actor=LEAD, node="EAST", fulfilments=numbers[:2])["wave"]
    with pytest.raises(Refused, match=f"{numbers[0]} is in {first}"):
        make_wave(actor=LEAD, node="EAST", fulfilments=numbers[:2])
    assert run("select count(*) from orders_wave").scalar == 1
    second = make_wave(actor=LEAD, node="EAST", fulfilments=numbers)
    assert [row["done"] for row in second["rows"]] == [False, False, True, True]
    with pytest.raises(psycopg.errors.UniqueViolation, match="fulfilment_in_one_wave"), transaction.atomic():
        run("insert into orders_wave_fulfilment (wave_id, fulfilment_id) select max(id), %(f)s from orders_wave", {"f": int(numbers[0][3:])})


def test_what_is_taken_out_or_set_free_goes_into_another(numbers: list[str]) -> None:
    wave = make_wave(actor=LEAD, node="EAST", fulfilments=numbers[:3])["wave"]
    rows = take_out_of_wave(actor=LEAD, node="EAST", wave=wave, fulfilments=[numbers[0], numbers[3]])
    assert [(row["key"], row["done"]) for row in rows] == [(numbers[0], True), (numbers[3], False)]
    run("update orders_fulfilment set state = 'packed' where number = %(n)s", {"n": numbers[1]})
    assert dissolve_wave(actor=LEAD, node="EAST", wave=wave) == 1
    assert members(wave) == [numbers[1]], "what is packed stays: the wave tells what it has done"
    with pytest.raises(Refused, match="broken up already"):
        dissolve_wave(actor=LEAD, node="EAST", wave=wave)
    again = make_wave(actor=LEAD, node="EAST", fulfilments=[numbers[0], numbers[2]])
    assert all(row["done"] for row in again["rows"])


def test_a_wave_is_named_with_its_node_and_has_a_limit(numbers: list[str]) -> None:
    wave = make_wave(actor=LEAD, node="EAST", fulfilments=numbers[:1])["wave"]
    for node, name in (("WEST", wave), ("EAST", "WV-99999"), ("EAST", "first")):
        with pytest.raises(Refused, match="has no"):
            dissolve_wave(actor=LEAD, node=node, wave=name)
    with pytest.raises(Refused, match=f"{WAVE_MAX + 1}; name 1 to {WAVE_MAX}"):
        make_wave(actor=LEAD, node="EAST", fulfilments=[f"FO-{n}" for n in range(1, WAVE_MAX + 2)])
    with pytest.raises(Refused, match="name 1 to"):
        make_wave(actor=LEAD, node="EAST", fulfilments=[])
