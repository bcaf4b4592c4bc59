"""CSV and JSONL files of orders: every row is accounted for, twice is once, and a file that cannot be read says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from headrace.connectors.channels.csv_file import orders as files
from headrace.engine.queries import run
from headrace.flow.importing.account import Account
from headrace.flow.importing.messages import import_orders
from headrace.flow.importing.port import UnusableFile
from headrace.orders.tests import building

D = Decimal
MAPPING = """[columns]
order = "Order no"
placed_at = "When"
currency = "Cur"
total = "Sum"
sku = "Article"
qty = "Pieces"
unit_price = "Each"
"""
CSV = """Order no,When,Cur,Sum,Article,Pieces,Each,kind
W-1,2026-01-05T10:00:00Z,USD,26.00,A,2,12.50,goods
W-1,2026-01-05T10:00:00Z,USD,26.00,GIFT-WRAP,1,1.00,charge
W-2,2026-01-05T11:00:00Z,USD,1.01,B,1,1.005,goods
W-3,2026-01-05T12:00:00Z,USD,9.00,A,many,3.00,goods
W-4,yesterday,USD,3.00,A,1,3.00,goods
"""


@pytest.fixture
def shop(fresh_database: str) -> Iterator[None]:
    building.make_shop()
    yield
    building.assert_books_hold()


def bring_in(file: Path, kind: str, mapping: Path | None = None) -> Account:
    return import_orders(file, "door", files.orders(file, kind, mapping), mapping)


def test_each_row_of_a_csv_file_is_accounted_for(shop: None, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV)
    (tmp_path / "ours.toml").write_text(MAPPING)
    account = bring_in(tmp_path / "orders.csv", "csv", tmp_path / "ours.toml")
    told = account.as_dict()
    assert told["became"] == {"charge": 1, "order_line": 2, "parked": 2}
    assert told["rows"] == 5
    assert (D(told["sum_file"]), D(told["sum_accounted"])) == (D("30.005"), D("30.01"))
    assert (told["rounding"], told["difference"], told["unsummed"]) == ("-0.005", "0", 1)
    assert {(p.field, p.value) for p in account.parked} == {("lines[0].qty", "many"), ("placed_at", "yesterday")}
    again = bring_in(tmp_path / "orders.csv", "csv", tmp_path / "ours.toml")
    assert again.as_dict() == told
    assert run("select count(*) from orders_order").scalar == 2
    assert run("select count(*) from engine_inbox").scalar == 4


def test_a_better_mapping_is_another_account_of_the_same_file(shop: None, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV)
    (tmp_path / "poor.toml").write_text(MAPPING.replace('"Sum"', '"Pieces"'))
    (tmp_path / "ours.toml").write_text(MAPPING)
    bring_in(tmp_path / "orders.csv", "csv", tmp_path / "poor.toml")
    told = bring_in(tmp_path / "orders.csv", "csv", tmp_path / "ours.toml").as_dict()
    assert (told["rows"], told["difference"]) == (sum(told["became"].values()), "0") == (5, "0")


def _order(ref: str, **changes: object) -> str:
    order = {
        "order": ref,
        "version": 1,
        "currency": "USD",
        "placed_at": "2026-01-05T10:00:00Z",
        "total": "5.00",
        "lines": [{"line": "1", "sku": "A", "qty": 2, "unit_price": "2.50"}],
    }
    return json.dumps(order | changes)


def test_each_line_of_a_jsonl_file_is_an_order_or_parked(shop: None, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    newer = _order("J-1", version=2, total="7.50", lines=[{"line": "1", "sku": "A", "qty": 3, "unit_price": "2.50"}])
    file.write_text("\n".join([_order("J-1"), newer, _order("J-2"), _order("J-2"), '{"order": "J-3"', ""]))
    told = bring_in(file, "jsonl").as_dict()
    assert told["rows"] == 5
    assert told["became"] == {"duplicate": 1, "order": 2, "parked": 1, "superseded": 1}
    assert (told["sum_file"], told["sum_accounted"], told["difference"]) == ("22.5", "22.5", "0")
    assert bring_in(file, "jsonl").as_dict() == told
    assert run("select count(*) from orders_order").scalar == 2


def test_a_channel_that_is_missing_is_said_before_anything_is_stored(shop: None, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text(_order("J-1"))
    with pytest.raises(LookupError, match="'nowhere' is no channel"):
        import_orders(file, "nowhere", files.orders(file, "jsonl"))
    assert run("select count(*) from engine_inbox").scalar == 0


def test_a_file_that_is_no_such_file_says_what_is_missing(shop: None, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(UnusableFile, match="no column for order, placed_at"):
        bring_in(file, "csv")
