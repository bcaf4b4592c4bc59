"""`headrace action`: what a case offers, done from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headrace.cli.app import app
from headrace.engine.queries import run
from headrace.flow.capture.tests.sending import line, order, send, take
from headrace.orders.tests import building

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    building.make_shop()


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["action", *words])
    return done.exit_code, done.output


def test_a_sku_is_mapped() -> None:
    send(order("W-1", lines=[line("1", "SIX-PACK", 2)]))
    take()
    code, said = call("do", "map_sku", "channel=door", "channel_sku=SIX-PACK", "item=B", "pack_each=6", "--json")
    assert (code, json.loads(said)) == (0, {"action": "map_sku", "answer": 1})
    assert run("select qty_ordered_each from orders_line where sku = 'SIX-PACK'").scalar == 12


def test_rows_come_from_a_file_and_a_refused_one_shows_in_the_exit_code(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text('[{"sku": "NEW-1", "name": "New"}, {"sku": ""}]')
    code, said = call("do", "load_items", f"rows=@{rows}", "--json")
    assert (code, [r["what"] for r in json.loads(said)["answer"]]) == (1, ["created", "refused"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("do", "map_skus"), "there is no action 'map_skus'"),
        (("do", "map_sku", "channel"), "write FIELD=VALUE"),
        (("do", "map_sku", "channel=door"), "channel_sku is missing"),
        (("do", "load_items", "rows=[1,"), "rows: no JSON"),
        (("do", "load_items", "rows=" + "[" * 5_000), "rows: no JSON"),
        (("do", "cancel_order", "order_id=SO-1", "order_id=SO-2", "why=x"), "order_id is given twice"),
        (("do", "cancel_order", "order_id=SO-1", "why=\udcff"), "why: what is given is no text in UTF-8"),
        (("do", "claim", "case_ids=[9223372036854775808]"), "a value does not fit"),
        (("show", "nothing"), "there is no action 'nothing'"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], said: str) -> None:
    code, told = call(*words)
    assert (code, said in told) == (2, True), told


def test_a_reason_may_begin_with_a_bracket() -> None:
    send(order("W-1"))
    take()
    number = run("select id from orders_order").scalar
    assert call("do", "cancel_order", f"order_id=SO-{number}", "why=[urgent] changed her mind")[0] == 0


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    file = tmp_path / "why"
    file.write_bytes(b"\xff\xfe")
    code, said = call("do", "cancel_order", "order_id=SO-1", f"why=@{file}")
    assert (code, "no text in UTF-8" in said) == (2, True), said


def test_the_list_and_one_action_in_words() -> None:
    code, said = call("list", "--json")
    assert code == 0
    assert {"map_sku", "fix_address", "cancel_order"} <= {t["name"] for t in json.loads(said)}
    code, said = call("show", "map_sku")
    assert (code, "pack_each" in said, "may be left out" in said) == (0, True, True)
