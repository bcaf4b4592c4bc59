"""Count documents at the console: blind, kept as one goes, found by a scanner, and their differences in pieces and money before anything is posted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.console import paging
from headrace.engine.queries import run
from headrace.governance import policies

Seat = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("shop")


def open_count(client: Client, **more: str) -> int:
    answer = client.post("/stock/counts/open", {"node": "EAST", "name": "Aisle 1", **more})
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].rpartition("/")[2])


def rows(*typed: tuple[str, str, str]) -> dict[str, str]:
    """What a page of the sheet sends: SKU, what it showed, what was typed."""
    return {f"rows.{n}.{name}": value for n, row in enumerate(typed) for name, value in zip(("sku", "was", "counted"), row, strict=True)}


def text(client: Client, address: str) -> str:
    answer: Any = client.get(address, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def value_of(page: str, sku: str) -> str:
    """What stands in the field of a SKU."""
    line = re.search(rf'<tr data-line="{sku}".*?</tr>', page, re.DOTALL)
    assert line, page
    field = re.search(r'counted" value="([^"]*)"', line[0])
    assert field, line[0]
    return field[1]


def test_the_sheet_is_blind_unless_somebody_may_and_wants_to_see_the_books(seat: Seat) -> None:
    run("update stock_position set on_hand_each = 137")
    worker, planner = seat("warehouse"), seat("planner")
    number = open_count(worker)
    for client, address in ((worker, ""), (worker, "?books=1"), (planner, "")):
        assert "137" not in text(client, f"/stock/counts/{number}{address}"), address
    assert "137" in text(planner, f"/stock/counts/{number}?books=1")
    assert worker.get(f"/stock/counts/{number}/variances").status_code == 403
    assert worker.get(f"/stock/counts/{number}/entries").status_code == 403


def test_every_page_keeps_what_was_typed(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ROWS", 1)
    client = seat("warehouse")
    number = open_count(client)
    first = text(client, f"/stock/counts/{number}")
    onward = re.search(r'name="to_next" value="([^"]+)"', first)
    assert onward and 'data-line="B"' not in first
    to_next = onward[1].replace("&amp;", "&")
    second = client.post(f"/stock/counts/{number}/enter", {**rows(("A", "", "99")), "go": "next", "to_next": to_next}, follow=True).content.decode()
    assert 'data-line="B"' in second and "rows 2–2 of 3" in second
    assert value_of(text(client, f"/stock/counts/{number}"), "A") == "99"
    assert "1 of 3 counted" in second
    back = re.search(r'name="to_previous" value="([^"]*)"', second)
    assert (
        back and value_of(client.post(f"/stock/counts/{number}/enter", {"go": "previous", "to_previous": back[1]}, follow=True).content.decode(), "A") == "99"
    )


def test_a_page_sends_only_what_was_changed_so_that_two_people_do_not_undo_each_other(seat: Seat) -> None:
    ann, bob = seat("warehouse", name="ann"), seat("warehouse", name="bob")
    number = open_count(ann)
    bob.post(f"/stock/counts/{number}/enter", rows(("A", "", "98")))
    ann.post(f"/stock/counts/{number}/enter", rows(("A", "", ""), ("B", "", "99")))
    page = text(ann, f"/stock/counts/{number}")
    assert (value_of(page, "A"), value_of(page, "B")) == ("98", "99")
    assert run("select count(*) from stock_count_entry").scalar == 2


def test_what_makes_no_sense_comes_back_as_it_was_typed(seat: Seat) -> None:
    client = seat("warehouse")
    number = open_count(client)
    page = client.post(
        f"/stock/counts/{number}/enter", {**rows(("A", "", "many"), ("B", "", "100")), "go": "next", "to_next": "which=todo"}, follow=True
    ).content.decode()
    assert value_of(page, "A") == "many" and "no whole number" in page and value_of(page, "B") == "100"
    told = client.post(f"/stock/counts/{number}/enter", rows(("A", "", "-3")), headers={"X-Deed": "1"}).json()
    assert "must lie between" in told["refused"]["A"] and told["counted"] == 1


def test_a_scan_goes_to_its_line_or_offers_to_add_it(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ROWS", 1)
    client = seat("warehouse")
    number = open_count(client, skus="A B")
    for code in ("B", "40066"):
        page = text(client, f"/stock/counts/{number}?scan={code}")
        assert 'data-line="B"' in page and 'data-line="A"' not in page
    assert "Nothing has the SKU or GTIN “4711”" in text(client, f"/stock/counts/{number}?scan=4711")
    page = text(client, f"/stock/counts/{number}?scan=C")
    assert "C C is not on this count" in page
    page = client.post("/do/add_to_count", {"count": f"CT-{number}", "skus": "C", "next": f"/stock/counts/{number}?at=C"}, follow=True).content.decode()
    assert 'data-line="C"' in page


def test_the_differences_add_up_and_each_figure_opens_its_lines(seat: Seat) -> None:
    planner = seat("planner")
    number = open_count(planner)
    planner.post(f"/stock/counts/{number}/enter", rows(("A", "", "80"), ("B", "", "101")))
    page = text(planner, f"/stock/counts/{number}/variances")
    figures = {m[1]: int(m[2]) for m in re.finditer(r'href="\?which=(\w+)"><span>[^<]+</span><b[^>]*>(\d+)</b>', page)}
    assert figures == {"differs": 2, "found": 1, "missing": 1, "again": 1, "not_counted": 1}
    for which, n in figures.items():
        assert text(planner, f"/stock/counts/{number}/variances?which={which}").count("<tr data-open>") == n, which
    assert "-20 pieces, -70.00 USD" in page and "1 pieces, 1.20 USD" in page and "71.20 USD" in page
    file = text(planner, f"/stock/counts/{number}/variances?format=csv")
    assert "A" in file and "-70.00 USD" in file
    assert text(planner, f"/stock/counts/{number}/entries?q=A").count("<tr data-open>") == 1


def test_a_count_is_posted_as_it_was_seen_and_recounts_come_first(seat: Seat) -> None:
    planner = seat("planner")
    number = open_count(planner)
    planner.post(f"/stock/counts/{number}/enter", rows(("A", "", "80")))

    def post(**more: str) -> str:
        page = text(planner, f"/stock/counts/{number}/variances")
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        assert seen
        form = {"count": f"CT-{number}", "seen": seen[1], "note": "counted", "next": f"/stock/counts/{number}/variances", **more}
        return planner.post("/do/post_count", form, follow=True).content.decode()

    assert "still to be counted again" in post()
    assert value_of(text(planner, f"/stock/counts/{number}"), "A") == ""
    planner.post(f"/stock/counts/{number}/enter", rows(("A", "", "80")))
    assert "somebody has counted" in post(seen="older")
    assert "posted by planner" in post()
    assert (
        run(
            "select on_hand_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where i.sku = 'A' and n.code = 'EAST'"
        ).scalar
        == 80
    )
    assert "posted" in text(planner, "/stock/counts?state=posted") and "Nothing matches" in text(planner, "/stock/counts?state=open")


def test_a_count_that_cannot_be_opened_comes_back_as_it_was_typed(seat: Seat) -> None:
    client = seat("warehouse")
    answer = client.post("/stock/counts/open", {"node": "EAST", "name": "Aisle 9", "skus": "A\nNOPE"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "there is no item NOPE" in page and 'value="Aisle 9"' in page and "A\nNOPE" in page
    assert seat("finance").get("/stock/counts").status_code == 403
    reader = seat("customer_service")
    number = open_count(client)
    assert "rows.1.counted" not in text(reader, f"/stock/counts/{number}") and reader.get("/stock/counts/new").status_code == 403
    assert client.get("/stock/count/MOON").status_code == 404 and client.get("/stock/counts/999").status_code == 404
    assert client.get("/stock/count/EAST")["Location"] == "/stock/counts/new?node=EAST"


def test_a_page_that_is_sent_twice_is_one_count(seat: Seat) -> None:
    client = seat("warehouse")
    number = open_count(client)
    seen = re.search(r'name="rows.1.rounds" value="(\d+)"', text(client, f"/stock/counts/{number}"))
    assert seen
    for _ in range(2):
        client.post(f"/stock/counts/{number}/enter", {**rows(("A", "", "50")), "rows.0.rounds": seen[1]})
    assert run("select rounds, is_to_recount from stock_count_line where counted_each = 50").one == (1, True)


def test_a_count_waits_for_a_second_person_where_policy_says_so(seat: Seat) -> None:
    worker = seat("warehouse")
    number = open_count(worker)
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": ["open_count", "enter_counts"]}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)
    opened: Any = worker.post("/stock/counts/open", {"node": "EAST", "name": "Aisle 2"}, follow=True)
    assert "waits for a second person" in opened.content.decode()
    typed: Any = worker.post(f"/stock/counts/{number}/enter", rows(("A", "", "5")), follow=True)
    assert "waits for a second person" in typed.content.decode()
    by_script: Any = worker.post(f"/stock/counts/{number}/enter", rows(("A", "", "5")), headers={"X-Deed": "1"})
    assert by_script.status_code == 422 and "waits for a second person" in by_script.json()["says"]
