"""The house keeps its taste; and each check is shown a bad sample, so that we know it can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tidy import taste

HERE = {"tests/tidy/taste.py", "tests/tidy/test_taste.py"}  # they spell out what they look for


def over(files: list[Path], check: Callable[[str], Iterator[str]]) -> list[str]:
    return [f"{taste_path(file)}: {fault}" for file in files for fault in check(file.read_text("utf-8"))]


def taste_path(file: Path) -> str:
    return file.relative_to(taste.ROOT).as_posix()


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return [file for file in taste.tracked_files() if taste_path(file) not in HERE]


@pytest.fixture(scope="module")
def python(files: list[Path]) -> list[Path]:
    return [file for file in files if file.suffix == ".py" and "migrations" not in file.parts]


def test_there_is_something_to_check(python: list[Path]) -> None:
    assert "src/headrace/engine/stage.py" in map(taste_path, python)


def test_files_and_functions_stay_short(python: list[Path]) -> None:
    assert over(python, taste.sizes) == []


def test_queries_stay_short(files: list[Path]) -> None:
    assert over([file for file in files if file.suffix == ".sql"], taste.queries) == []


def test_names_speak_the_trade(python: list[Path]) -> None:
    assert [f"{taste_path(f)}: {fault}" for f in python for fault in taste.vocabulary(f.read_text("utf-8"), taste_path(f))] == []


def test_no_statement_is_built_from_strings(python: list[Path]) -> None:
    assert over([f for f in python if "src" in f.parts and "tests" not in f.parts], taste.built_sql) == []


def test_nothing_is_left_unfinished(files: list[Path]) -> None:
    assert over([f for f in files if f.suffix in {".py", ".sql", ".html", ".js", ".css", ".md"}], taste.unfinished) == []


def test_no_file_names_a_machine_or_a_registry(files: list[Path]) -> None:
    faults = []
    for file in files:
        try:
            faults += over([file], taste.places)
        except UnicodeDecodeError:  # pictures and the like
            continue
    assert faults == []


def test_a_long_file_is_found() -> None:
    assert list(taste.sizes("x = 1\n" * 500)) == []
    assert list(taste.sizes("x = 1\n" * 501)) == ["has 501 lines, more than 500"]


def test_a_long_function_is_found() -> None:
    def function(lines: int) -> str:
        return "async def long():\n" + "    x = 1\n" * (lines - 1)

    assert list(taste.sizes(function(60))) == []
    assert list(taste.sizes(function(61))) == ["1: long has 61 lines, more than 60"]


def test_a_long_query_and_a_doubled_one_are_found() -> None:
    def query(lines: int) -> str:
        return "-- name: all_orders\n" + "select 1\n" * lines

    assert list(taste.queries(query(59))) == []
    assert list(taste.queries(query(60))) == ["query all_orders has 60 lines, not below 60"]
    assert list(taste.queries(query(1) + query(1))) == ["query all_orders stands twice"]


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("src/a.py", "class OrderManager: ..."),
        ("src/a.py", "def order_helper(): ..."),
        ("src/a.py", "async def util_sum(): ..."),
        ("src/a.py", "class StockService: ..."),
        ("src/utils.py", ""),
        ("src/services.py", ""),
    ],
)
def test_words_of_patterns_are_found(place: str, source: str) -> None:
    assert len(list(taste.vocabulary(source, place))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "class ShippingService: ...",
        "def set_shipping_service(): ...",
        "def serviceable(): ...",
        "def utilised_share(): ...",
        "def managed(): ...",
    ],
)
def test_words_of_the_trade_are_not(source: str) -> None:
    assert list(taste.vocabulary(source, "src/a.py")) == []


@pytest.mark.parametrize(
    "source",
    [
        'c.execute(f"delete from {t}")',
        'c.execute("select %s" % x)',
        'run("select " + x)',
        'c.execute("select {}".format(x))',
        'copy_rows(f"copy {t} from stdin", rows)',
    ],
)
def test_built_statements_are_found(source: str) -> None:
    assert len(list(taste.built_sql(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'c.execute("select %(x)s", {"x": x})',
        "run(query.text, given)",
        'c.execute(f"create database {NAME}")  # sql: constants only',
        "run([a] + b)",
    ],
)
def test_parameters_are_not(source: str) -> None:
    assert list(taste.built_sql(source)) == []


def test_unfinished_work_is_found() -> None:
    assert len(list(taste.unfinished("a\n# TODO later\nraise NotImplementedError\n"))) == 2


@pytest.mark.parametrize(
    "line",
    [
        "open('/root/x')",
        "see /work/shared/data",
        "# /home/jane/code",
        "https://pypi.org/simple",
        "pip --index-url x",
    ],
)
def test_places_are_found(line: str) -> None:
    assert len(list(taste.places(f"first\n{line}\n"))) == 1


@pytest.mark.parametrize("line", ["../shared/data", "~/.local/share/headrace", "network/mainframe", "$HOME/root/x", "/var/lib/headrace"])
def test_ordinary_words_are_not(line: str) -> None:
    assert list(taste.places(line)) == []
