"""Runbooks and the page of policies say what the code says."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.tidy import limits, papers


def test_runbooks_are_current() -> None:
    from headrace.exception_queue import runbooks

    difference = papers.stale(papers.ROOT / "docs" / "runbooks", runbooks.render())
    assert not difference, difference


def test_the_page_of_policies_is_current() -> None:
    from headrace.governance import policy_page

    difference = papers.stale(papers.ROOT / "docs", {"policies.md": policy_page.render()})
    assert not difference, difference


def test_the_page_of_limits_is_current() -> None:
    difference = papers.stale(papers.ROOT / "docs", {"limits.md": limits.render()})
    assert not difference, difference


def test_a_stale_page_a_missing_one_and_a_leftover_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(papers.RENEW, raising=False)
    wanted = {"A-01.md": "as declared\n", "A-02.md": "new\n"}
    (tmp_path / "A-01.md").write_text("as it was\n")
    (tmp_path / "A-03.md").write_text("no longer declared\n")
    difference = papers.stale(tmp_path, wanted)
    for told in ("-as it was", "+as declared", "+new", "-no longer declared", "`make papers`"):
        assert told in difference
    monkeypatch.setenv(papers.RENEW, "1")
    assert papers.stale(tmp_path, wanted) == ""
    assert {f.name: f.read_text() for f in tmp_path.iterdir()} == wanted


def test_every_reason_has_its_page_and_spans_are_said_as_people_do() -> None:
    from headrace.exception_queue import runbooks
    from headrace.exception_queue.reasons import reasons

    pages = runbooks.render()
    assert set(pages) == {"README.md", *(f"{code}.md" for code in reasons())}
    assert all(f"]({name})" in pages["README.md"] for name in pages if name != "README.md")
    assert [runbooks.lasting(timedelta(minutes=m)) for m in (1, 90, 60, 240, 2880)] == ["1 minute", "90 minutes", "1 hour", "4 hours", "2 days"]


def missing(text: str) -> list[str]:
    """Files that a text names in backquotes, with a folder, and that are not there (below src/headrace, or from the root)."""
    named = re.findall(r"`([\w.*-]+(?:/[\w.*-]+)+/?)`", text)
    places = (papers.ROOT / "src" / "headrace", papers.ROOT)
    return [name for name in named if not any(any(place.glob(name.rstrip("/"))) for place in places)]


def test_the_tour_and_the_decisions_name_files_that_exist() -> None:
    for paper in (papers.ROOT / "docs" / "tour.md", papers.ROOT / "STYLE.md", *(papers.ROOT / "docs" / "decisions").glob("*.md")):
        assert not [name for name in missing(paper.read_text("utf-8")) if name != "docs/numbers.md"], paper.name
    assert missing("see `flow/dance/stage.py` and `engine/stage.py`") == ["flow/dance/stage.py"]
