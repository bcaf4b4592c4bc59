"""A sheet of corrections: pasted, looked at row by row with its worth and the limit, done, and every row answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from headrace.console.corrections import SHEET_ROWS_MAX, Unreadable, rows_of
from headrace.engine.queries import run
from headrace.governance.policies import draft_policy, publish_policy
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("shop")
SHEET = "A\tEAST\t-2\tdamage\n40066\t\t+3\t\nNOPE\tEAST\t1\tfound\nC\tEAST\t\tfound\nA\tWEST\t-101\tlost\n\nC\tEAST\t−1\tlost\tdamaged"


def send(client: Client, rows: str = SHEET, go: str = "look", **more: str) -> str:
    return client.post(
        "/stock/corrections/send", {"rows": rows, "node": "EAST", "reason": "found", "note": "a shelf fell", "go": go, **more}, follow=True
    ).content.decode()


def on_hand(sku: str, node: str = "EAST") -> Any:
    return run(
        "select on_hand_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id where i.sku = %(s)s and n.code = %(n)s",
        {"s": sku, "n": node},
    ).scalar


def test_a_look_tells_the_effect_of_each_row_and_changes_nothing(seat: Seat) -> None:
    make_order("1", {"EAST": [("A", 40)]})
    page = send(seat("planner"))
    for told in (
        "there is no item &#x27;NOPE&#x27;",
        "qty: missing",
        "A at WEST: -101, but there are only 100",
        "C at EAST: -1 damaged, but there are only 0",
        "4 rows make no sense",
        "Do 2 corrections",
        "10.60 USD found and lost added up",
        "-7.00 USD",
        "3.60 USD",
    ):
        assert told in page, told
    assert "<b>98</b>" in page and "<b>103</b>" in page and "above the limit" not in page
    assert on_hand("A") == 100 and run("select count(*) from stock_adjustment").scalar == 0


def test_done_rows_are_answered_and_refused_ones_stand_in_the_sheet_again(seat: Seat) -> None:
    client = seat("planner")
    page = send(client, go="do")
    assert (on_hand("A"), on_hand("B")) == (98, 103)
    assert "2 corrections done" in page and "4 rows were refused" in page
    typed = page.partition("<textarea")[2].partition("</textarea>")[0]
    assert "NOPE\tEAST\t1\tfound" in typed and "A\tWEST\t-101\tlost" in typed and "\t-2\tdamage" not in typed and "a shelf fell" in page
    assert page.count('<span class="badge bad">refused</span>') == 4 and page.count('<span class="badge good">done</span>') == 2
    assert "NOPE" not in client.get("/stock/corrections").content.decode()


def test_a_sheet_sent_twice_is_done_once_and_needs_words(seat: Seat) -> None:
    client = seat("planner")
    assert "Say in the note what happened" in send(client, go="do", note="")
    for _ in range(2):
        page = send(client, "A\tEAST\t-2\tdamage", go="do", once="token-1")
    assert on_hand("A") == 98 and "sent twice" in page


def test_the_limit_is_shown_before_and_the_whole_sheet_waits_above_it(seat: Seat) -> None:
    version = draft_policy(actor="cli:t", name="stock_corrections", body={"value_max": 10}, note="t")
    publish_policy(actor="cli:t", name="stock_corrections", version=version)
    run("update governance_policy set valid_from = valid_from - interval '1 day' where name = 'stock_corrections' and version = %(v)s", {"v": version})
    run("update governance_policy set valid_to = valid_from where name = 'stock_corrections' and version < %(v)s", {"v": version})
    client = seat("planner")
    assert "worth more than 10 in" in client.get("/stock/corrections").content.decode()
    assert "above the limit" in send(client)
    assert "The whole sheet: waits for a second person" in send(client, go="do")
    assert on_hand("A") == 100


def test_sheets_are_read_as_spreadsheets_write_them() -> None:
    wanted = [{"sku": "A", "node": "EAST", "qty": "-2", "reason": "damage"}]
    assert rows_of("Node;GTIN;Pieces;Why\nEAST;A;-2;damage") == wanted
    assert rows_of('"A",EAST,−2,Damage\r\n\r\n') == wanted
    assert rows_of("A\t\t-2\t", node="EAST", reason="damage") == wanted
    assert rows_of("A") == [{"sku": "A"}] and rows_of("") == []
    with pytest.raises(Unreadable, match="more columns"):
        rows_of("A\tEAST\t1\tfound\ton_hand\tx")
    with pytest.raises(Unreadable, match="2,002|2002"):
        rows_of("A\tEAST\t1\n" * (SHEET_ROWS_MAX + 2))


def test_who_may_not_adjust_does_not_see_the_sheet(seat: Seat) -> None:
    client = seat("warehouse")
    assert client.get("/stock/corrections").status_code == 403 and "/stock/corrections" not in client.get("/stock").content.decode()


def test_a_form_drops_no_row_that_somebody_has_begun(seat: Seat) -> None:
    client = seat("planner")
    row = {"rows.0.sku": "A", "rows.0.node": "EAST", "rows.0.qty": "", "rows.0.reason": "found", "note": "x", "next": "/stock/A"}
    assert "qty: missing" in client.post("/do/adjust_stock", row, follow=True).content.decode()
    counts = {
        "rows.1.sku": "A",
        "rows.1.node": "EAST",
        "rows.1.counted": "97",
        "rows.2.sku": "B",
        "rows.2.node": "EAST",
        "rows.2.counted": "",
        "row_meant_by": "counted",
        "next": "/stock/A",
    }
    page = client.post("/do/count_stock", {**counts, "note": "counted"}, follow=True).content.decode()
    assert "missing" not in page and (on_hand("A"), on_hand("B")) == (97, 100)


def test_a_sheet_that_is_too_long_is_not_cut(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.console import corrections

    monkeypatch.setattr(corrections, "SHEET_CHARS_MAX", 10)
    page = seat("planner").post("/stock/corrections/send", {"rows": "A\tEAST\t-12\tlost"})
    assert page.status_code == 422 and "too long" in page.content.decode() and "-12" in page.content.decode()
