"""Waves and manifests at the console: made from the queue, seen to their end, printed, and never more than they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from headrace.console.papers.manifest import manifest
from headrace.engine.queries import run
from headrace.flow.release.scanning import pick_line
from headrace.flow.ship.actions import pack
from headrace.governance import approvals, policies
from headrace.insight import floor, waves
from headrace.orders.tests.building import make_order

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]


@pytest.fixture
def numbers(shop: None) -> list[str]:
    """Five at EAST, the third with two lines; the first leaves first."""
    made = [make_order(f"W-{n}", {"EAST": [("A", 2), ("B", 1)] if n == 2 else [("A", 2)]}).number("EAST") for n in range(5)]
    run("update orders_fulfilment set state = 'released', released_at = now(), cut_off_at = now() + make_interval(hours => 20 + id::int)")
    return made


@pytest.fixture
def lead(seat: Seat) -> Client:
    return seat("warehouse")


def east() -> int:
    return int(floor.node("EAST", floor.moment()).id)


def make(lead: Client, query: str = "", **given: object) -> str:
    """Makes a wave; gives where it led to."""
    return str(lead.post(f"/fulfilment/EAST/waves/make?{query}", given).headers["Location"])


def members(place: str) -> list[str]:
    told = waves.wave(east(), place.rpartition("/")[2])
    assert told is not None, place
    return [m["number"] for m in told["members"] if m["left_at"] is None]


def test_the_first_of_the_list_as_it_is_narrowed_make_a_wave(lead: Client, numbers: list[str]) -> None:
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": numbers[0]})
    several = make(lead, "lines=several", first="5")
    assert several.startswith("/fulfilment/EAST/waves/WV-") and members(several) == [numbers[2]]
    assert members(make(lead, first="1")) == [numbers[1]]
    assert members(make(lead, first="5")) == numbers[3:], "what is held or in a wave is passed over"
    page = lead.get("/fulfilment/EAST/waves?state=open").content.decode()
    assert page.count("<tr data-open>") == waves.open_waves(east()) == 3
    assert "Open waves: 3" in lead.get("/fulfilment/EAST").content.decode()


def test_marked_rows_make_a_wave_and_what_stays_out_is_said(lead: Client, numbers: list[str]) -> None:
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": numbers[4]})
    answer = lead.post("/fulfilment/EAST/waves/make", {"fulfilments": [numbers[2], numbers[4]]}, follow=True)
    page = answer.content.decode()
    assert f"{numbers[4]} is on hold" in page and members(answer.request["PATH_INFO"]) == [numbers[2]]
    for wrong in ({"first": "0"}, {"first": "101"}, {"first": "many"}, {"fulfilments": ["FO-999"]}, {"fulfilments": [numbers[2]]}):
        assert make(lead, **wrong) == "/fulfilment/EAST", wrong
    assert run("select count(*) from orders_wave").scalar == 1


def test_a_form_that_comes_twice_makes_one_wave(lead: Client, numbers: list[str]) -> None:
    for _time in range(2):
        make(lead, first="2", once="one-token")
    assert run("select count(*) from orders_wave").scalar == 1


def test_a_wave_tells_how_far_it_is_gathered_and_ends_by_itself(lead: Client, numbers: list[str]) -> None:
    place = make(lead, fulfilments=numbers[1:3])
    number = place.rpartition("/")[2]
    pick_line(actor="cli:ann", fulfilment=numbers[1], scan="A", qty=2)
    told = waves.wave(east(), number)
    assert told is not None
    assert (told["state"], told["picked"], told["pieces"], told["packed"], told["fulfilments"]) == ("open", 2, 5, 0, 2)
    assert [(i["sku"], i["left_each"], i["picked"], i["pieces"]) for i in told["items"]] == [("A", 2, 2, 4), ("B", 1, 0, 1)]
    assert told["items"][0]["goes"] == [{"fulfilment": numbers[2], "qty": 2}]
    for fulfilment in numbers[1:3]:
        pack(actor="cli:ann", fulfilment=fulfilment, parcels=[{"weight_g": 100}])
    told = waves.wave(east(), number)
    assert told is not None and told["state"] == "finished" and told["picked"] == told["pieces"] == 5 and [i["left_each"] for i in told["items"]] == [0, 0]
    assert waves.open_waves(east()) == 0
    assert lead.get("/fulfilment/EAST/waves?state=finished").content.decode().count("<tr data-open>") == 1
    assert "Break the wave up" not in lead.get(place).content.decode()


def test_what_is_called_back_is_gone_and_what_is_held_is_not_gathered(lead: Client, numbers: list[str]) -> None:
    place = make(lead, fulfilments=numbers[:3])
    run("update orders_fulfilment set state = 'cancelled' where number = %(n)s", {"n": numbers[0]})
    run("update orders_order set hold = 'held' where id = (select order_id from orders_fulfilment where number = %(n)s)", {"n": numbers[1]})
    told = waves.wave(east(), place.rpartition("/")[2])
    assert told is not None and told["fulfilments"] == 2
    assert {g["fulfilment"] for i in told["items"] for g in i["goes"]} == {numbers[2]}
    assert "On hold, and not in the list below" in lead.get(place).content.decode()


def test_a_wave_is_changed_and_broken_up_at_its_page(lead: Client, numbers: list[str]) -> None:
    place = make(lead, fulfilments=numbers[:3])
    number = place.rpartition("/")[2]
    lead.post("/do/take_out_of_wave", {"node": "EAST", "wave": number, "fulfilments": numbers[0], "next": place})
    assert members(place) == numbers[1:3] and f'Taken out: <a href="/fulfilment/f/{numbers[0]}">' in lead.get(place).content.decode()
    lead.post("/do/dissolve_wave", {"node": "EAST", "wave": number, "next": place})
    told = waves.wave(east(), number)
    assert told is not None and told["state"] == "dissolved" and waves.open_waves(east()) == 0
    assert members(make(lead, fulfilments=numbers[:3])) == numbers[:3]


def test_waves_and_manifests_of_another_node_are_not_there(lead: Client, numbers: list[str]) -> None:
    number = make(lead, fulfilments=numbers[:1]).rpartition("/")[2]
    for gone in (
        f"/fulfilment/WEST/waves/{number}",
        "/fulfilment/EAST/waves/WV-9999",
        "/fulfilment/EAST/waves/x",
        "/fulfilment/EAST/manifests/MF-1",
        "/fulfilment/EAST/manifests/MF-1.pdf",
    ):
        assert lead.get(gone).status_code == 404, gone
    assert "<html" not in lead.get(f"/fulfilment/EAST/waves/{number}", headers={"HX-Request": "true"}).content.decode()


def test_all_of_a_carrier_is_handed_over_and_signed_for(lead: Client, numbers: list[str]) -> None:
    for n, number in enumerate(numbers[:4]):
        other = {"carrier": "gls", "tracking": "GLS-77"} if n == 3 else {}
        pack(actor="cli:ann", fulfilment=number, parcels=[{"weight_g": 1_250, **other}])
    run("update orders_fulfilment set hold = 'held' where number = %(n)s", {"n": numbers[0]})
    page = lead.get("/fulfilment/EAST").content.decode()
    for carrier, count in (("own", 3), ("gls", 1)):
        assert len(re.findall(r'class="lead"', lead.get(f"/fulfilment/EAST?state=packed&carrier={carrier}").content.decode())) == count
        assert f"carrier={carrier}" in page
    answer = lead.post("/fulfilment/EAST/manifests/make", {"carrier": "own"}, follow=True)
    told = answer.content.decode()
    assert "2 fulfilments handed over." in told and f"{numbers[0]} is on hold" in told
    paper = lead.get(answer.request["PATH_INFO"] + ".pdf")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(paper.content)).pages)
    assert "Parcels: 2" in text and "2.5 kg" in text and "Signature" in text and numbers[1] in text and numbers[0] not in text and "GLS-77" not in text
    assert lead.post("/fulfilment/EAST/manifests/make", {"carrier": "nobody"}).headers["Location"] == "/fulfilment/EAST"
    assert lead.get("/fulfilment/EAST/manifests").content.decode().count("<tr data-open>") == 1


def test_a_long_manifest_keeps_its_signature_with_the_last_parcel() -> None:
    for lines in range(20, 60, 3):
        content = [{"fulfilment": f"FO-{n:04}", "order": f"SO-{n}", "service": "ground", "parcels": [{"carrier": "own", "tracking": f"T{n:06}", "weight_g": 100}]} for n in range(lines)]  # fmt: skip
        told = {"number": "MF-1", "node": "EAST", "node_name": "東京倉庫", "entity": "Headrace", "carrier": "own", "handed_over_at": floor.moment(), "handed_over_by": "user:ann",
                "parcels": lines, "weight_g": lines * 100, "content": content}  # fmt: skip
        *_others, last = PdfReader(BytesIO(manifest(told))).pages
        assert "Signature" in last.extract_text() and f"FO-{lines - 1:04}" in last.extract_text()


@pytest.mark.parametrize("first", ["0", "101", "000010" + "9" * 20, "1" * 5000, "²"])
def test_a_number_of_fulfilments_that_makes_no_sense_is_said(lead: Client, numbers: list[str], first: str) -> None:
    assert make(lead, first=first) == "/fulfilment/EAST"
    assert run("select count(*) from orders_wave").scalar == 0


def test_deeds_of_the_floor_wait_for_a_second_person_where_policy_says_so(lead: Client, numbers: list[str]) -> None:
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": ["make_wave", "hand_over_all", "pick_line"]}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)
    for address, given in (("waves/make", {"first": "1"}), ("manifests/make", {"carrier": "ups"})):
        page = lead.post(f"/fulfilment/EAST/{address}", given, follow=True).content.decode()
        assert "waits for a second person" in page, address
    said = lead.post(f"/fulfilment/f/{numbers[0]}/scan", {"scan": "A"}, headers={"X-Deed": "1"}).json()
    assert not said["good"] and "waits for a second person" in said["words"]
    assert len(approvals.waiting()) == 3
