"""Rows in files: what is written is read again as it was, whatever a spreadsheet makes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from headrace.engine.row_files import UnreadableFile, cell, guarded, lines_of, rows_of, unguarded


def test_what_is_written_is_read_again() -> None:
    row = {
        "sku": "=1+1",
        "name": 'Mug, "red"\nlarge',
        "cost": Decimal("3.500000"),
        "on": date(2026, 1, 31),
        "so": False,
        "to": ["DE", "GB"],
        "x": -73.9,
        "none": None,
    }
    content = "".join(lines_of(tuple(row), [row])).encode()
    (found,) = rows_of(content, "a.csv")
    assert found == {"sku": "=1+1", "name": 'Mug, "red"\nlarge', "cost": "3.5", "on": "2026-01-31", "so": "false", "to": "DE GB", "x": "-73.9"}
    assert b"'=1+1" in content  # a spreadsheet does not run it


@pytest.mark.parametrize("text", ["=x", "'=x", "''=x", "'s", "-1", "plain", "@a", ""])
def test_a_guarded_text_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@"))


def test_files_of_spreadsheets_are_read() -> None:
    assert rows_of("\ufeffsku;name\r\nA;Becher, rot\r\n;\r\n".encode(), "a.csv") == [{"sku": "A", "name": "Becher, rot"}]
    assert rows_of(b"sku\tname\nA\t\n", "a.txt") == [{"sku": "A"}]  # an empty cell says nothing
    assert rows_of(b'{"sku": "A", "hs_code": null}\n\n{"sku": "B"}', "a.jsonl") == [{"sku": "A", "hs_code": None}, {"sku": "B"}]
    assert rows_of(b"", "a.csv") == rows_of(b"sku,name\n", "a.csv") == []


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"sku,name\nA,M\xfcg\n", "a.csv", "byte 13 is no UTF-8; save the file as CSV UTF-8"),
        ("sku,name\nA,B\n".encode("utf-16"), "a.csv", "is zero"),
        (b"sku,name\nA,B,C\n", "a.csv", "line 2: more cells"),
        (b"sku,sku\nA,B\n", "a.csv", "line 1: a column stands twice"),
        (b"sku,name\nA," + b"x" * 140_000, "a.csv", "more than 131,072 characters"),
        (b'sku,name\nA,"never closed\nB,C\n', "a.csv", "after line 1: .* a quote is not closed"),
        (b'{"sku": "A"}\n{"sku"', "a.jsonl", "line 2"),
        (b'{"sku": NaN}', "a.jsonl", "NaN is no number"),
        (b'{"sku": "\\u0000"}', "a.jsonl", "zero character"),
        (b'{"sku": "\\ud800"}', "a.jsonl", "line 1"),
    ],
)
def test_what_is_no_table_says_where(content: bytes, name: str, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        rows_of(content, name)


def test_a_cell_is_what_the_readers_take() -> None:
    assert [cell(v) for v in (None, True, 7, Decimal("1E+3"), "+49")] == ["", "true", "7", "1000", "'+49"]
