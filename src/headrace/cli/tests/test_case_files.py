"""`headrace exceptions attach` and `files`: a file goes in and comes out as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headrace.cli.app import app
from headrace.engine.queries import run
from headrace.exception_queue.tests.desks import desk

pytestmark = pytest.mark.django_db


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["exceptions", *words])
    return done.exit_code, done.output


def test_a_file_goes_in_and_comes_out_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk() as room:
        room.parked((room.colour, "beige"))
        case = str(run("select id from exception_queue_case").scalar)
        letter = tmp_path / "letter.txt"
        letter.write_text("The bank says no.")
        assert call("attach", case, str(letter))[0] == 0
        number = json.loads(call("files", case, "--json")[1])[0]["id"]
        code, said = call("attach", case, str(letter))
        assert code == 1 and "the same file is attached already" in " ".join(said.split())
        (tmp_path / "there").mkdir()
        monkeypatch.chdir(tmp_path / "there")
        assert call("files", case, "--save", str(number))[0] == 0
        assert (tmp_path / "there" / "letter.txt").read_text() == "The bank says no."
        assert call("files", case, "--save", str(number))[0] == 1  # never over what is there
        assert call("files", case, "--save", "999999")[0] == 1
