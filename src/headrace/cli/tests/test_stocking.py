"""`headrace stock` and `headrace catalog` as a warehouse uses them: the actions of supply, with a result per row and exit codes for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from headrace.cli.app import app
from headrace.engine.queries import run as query
from headrace.orders.tests import building

pytestmark = pytest.mark.django_db
RECEIVE = ("stock", "receive", "--node", "EAST")


@pytest.fixture(autouse=True)
def _shop() -> None:
    building.make_shop()


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def answer(*words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json", code=code).strip().splitlines()[-1])
    return found


def test_what_lies_where() -> None:
    nodes = {n["node"]: n["sellable_each"] for n in answer("stock", "show", "A")["nodes"]}
    assert nodes == {"EAST": 100, "MAKER": 100, "THIRD": 100, "WEST": 100}
    assert "EAST" in run("stock", "show", "A")
    run("stock", "show", "NONE", code=1)
    listed = answer("stock", "list", "--node", "WEST")["positions"]
    assert [(p["sku"], p["node"], p["on_hand_each"]) for p in listed] == [("A", "WEST", 100), ("B", "WEST", 100), ("C", "WEST", 100)]
    assert [p["sku"] for p in answer("stock", "list", "--node", "WEST", "--after", "A", "--limit", "1")["positions"]] == ["B"]
    assert [p["sku"] for p in answer("stock", "list", "--node", "WEST", "--like", "C")["positions"]] == ["C"]
    assert {p["sku"] for p in answer("stock", "list", "--limit", "2")["positions"]} == {"A"}, (
        "a SKU comes with all its nodes, so that the next look misses none"
    )
    assert "--after A" in run("stock", "list", "--limit", "2")


def test_goods_come_in_once_however_often_they_are_entered() -> None:
    first = answer(*RECEIVE, "A=50", "B=10", "--reference", "DN-1", "--cost", "5.00")
    again = answer(*RECEIVE, "A=50", "B=10", "--reference", "DN-1", "--cost", "5.00")
    assert (first["pieces"], first["cost_minor"], first["is_repeat"], again["is_repeat"]) == (60, 30_000, False, True)
    assert building.position("A", "EAST").on_hand_each == 150
    run(*RECEIVE, "A=51", "--reference", "DN-1", code=1)
    run(*RECEIVE, "NONE=1", "--reference", "DN-2", code=1)
    run(*RECEIVE, "fifty", "--reference", "DN-2", code=2)
    run(*RECEIVE, "--reference", "DN-2", code=2)


def test_a_correction_answers_for_each_row_and_says_no_where_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "corrections.csv"
    file.write_text("sku,node,qty,reason\nA,EAST,-2,damage\nA,NOWHERE,-1,damage\nB,,3,\n")
    told = answer("stock", "adjust", "--file", str(file), "--node", "WEST", "--reason", "found", "--note", "a pallet fell", code=1)
    assert [(r["row"], r["what"]) for r in told["rows"]] == [(1, "done"), (2, "refused"), (3, "done")]
    assert told["counts"] == {"done": 2, "refused": 1}
    assert (building.position("A", "EAST").on_hand_each, building.position("B", "WEST").on_hand_each) == (98, 103)
    assert "NOWHERE" in run("stock", "adjust", "A=-1", "--node", "NOWHERE", "--reason", "damage", "--note", "again", code=1)


def test_a_count_sets_what_lies_there() -> None:
    assert [r["what"] for r in answer("stock", "count", "A=90", "B=100", "--node", "EAST")["rows"]] == ["done", "unchanged"]
    assert building.position("A", "EAST").on_hand_each == 90


def test_goods_go_over_and_arrive_in_parts() -> None:
    sent = answer("stock", "transfer", "EAST", "WEST", "A=10", "--expected-on", "2026-06-30")
    assert sent["pieces"] == sent["on_the_way"] == 10
    part = answer("stock", "arrived", sent["number"], "A=4")
    assert (part["pieces"], part["on_the_way"]) == (4, 6)
    rest = answer("stock", "arrived", sent["number"], "A=5", "--final")
    assert (rest["pieces"], rest["lost"]) == (5, 1)
    assert (building.position("A", "EAST").on_hand_each, building.position("A", "WEST").on_hand_each) == (90, 109)
    run("stock", "arrived", "TR-999", code=1)
    run("stock", "transfer", "EAST", "WEST", "A=1000", code=1)


def test_the_catalog_comes_from_a_file(tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("sku,name,weight_g\nNEW,New thing,250\nA,,999\n,nameless,\n")
    told = answer("catalog", "import", str(items), code=1)
    assert [r["what"] for r in told["rows"]] == ["created", "updated", "refused"]
    assert query("select name, weight_g from catalog_item where sku = 'A'").one == ("A", 999)
    more = tmp_path / "items.jsonl"
    more.write_text('{"sku": "NEW", "weight_g": 251}\n')
    assert answer("catalog", "import", str(more))["counts"] == {"updated": 1}
    listings = tmp_path / "listings.csv"
    listings.write_text("channel,channel_sku,sku\nshop,THEIRS,NEW\n")
    assert "created: 1" in run("catalog", "import", str(listings), "--what", "listings")
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{")
    run("catalog", "import", str(broken), code=2)
    run("catalog", "import", str(tmp_path / "absent.csv"), code=2)
