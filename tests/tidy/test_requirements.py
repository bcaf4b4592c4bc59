"""What is locked is what is asked for, with hashes, and tests run on the versions that the product runs on."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.tidy.taste import ROOT

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,-]+\])?==(\S+)(?: ;.*)? \\$", re.MULTILINE)


def asked_for(file: str) -> set[str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines()]
    return {name_of(line) for line in lines if line and not line.startswith("-r ")}


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")


def test_the_package_depends_on_what_is_locked_to_run_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {name_of(d) for d in project["dependencies"]} == asked_for("requirements.in")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_everything_asked_for_is_locked_with_hashes(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text("utf-8")
    pinned = {found.group(1) for found in PINNED.finditer(text)}
    assert asked_for(f"{name}.in") - pinned == set()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert [block.splitlines()[0] for block in blocks if block.strip() and not block.startswith("#") and "--hash=sha256:" not in block] == []


def test_development_runs_on_the_versions_that_run_the_product() -> None:
    product, development = (dict(PINNED.findall((ROOT / f).read_text("utf-8"))) for f in ("requirements.txt", "requirements-dev.txt"))
    assert product.items() <= development.items()
