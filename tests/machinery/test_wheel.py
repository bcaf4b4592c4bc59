"""The wheel runs from anywhere: SQL, templates and static files are inside, tests are not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest

from tests.databases import SOURCES, Claims, with_database

pytestmark = pytest.mark.slow
ROOT = SOURCES.parents[1]
DATA = {".sql", ".toml", ".html", ".txt", ".css", ".js", ".svg", ".json", ".csv"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, ROOT], capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = folder.glob("headrace-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents alone; what it depends on comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in another folder, with the installed copy before the checkout."""
    elsewhere = installed.parent
    env = {**os.environ, "PYTHONPATH": str(installed), "HEADRACE_HOME": str(elsewhere / "home"), "DJANGO_SETTINGS_MODULE": "headrace.settings", **environment}
    return subprocess.run([sys.executable, *arguments], cwd=elsewhere, env=env, capture_output=True, text=True, timeout=180)


def test_everything_but_tests_is_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"headrace/{file.relative_to(SOURCES).as_posix()}" for file in SOURCES.rglob("*") if file.suffix in DATA | {".py"} and "__pycache__" not in file.parts
    }
    wanted = {name for name in wanted if "/tests/" not in name and not name.endswith("/conftest.py")}
    assert wanted - inside == set()
    assert [name for name in inside if "/tests/" in name] == []
    assert any(name.endswith("licenses/NOTICE") for name in inside) and any(name.endswith("licenses/LICENSE") for name in inside)


def test_the_command_answers_from_another_folder(installed: Path) -> None:
    where = run(installed, "-c", "import headrace; print(headrace.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed)
    done = run(installed, "-m", "headrace", "--help")
    assert done.returncode == 0, done.stderr
    for verb in ("db", "migrate", "serve", "work", "demo", "import", "verify"):
        assert verb in done.stdout


def test_it_makes_its_own_database(installed: Path, databases: Claims) -> None:
    """All migrations with their SQL files, all named queries of all rooms, from the wheel alone."""
    name = databases.clone("template0")
    url = with_database(databases.url, name)
    try:
        done = run(installed, "-m", "django", "migrate", "-v", "0", HEADRACE_DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        with psycopg.connect(url) as con:
            assert con.execute("select count(*) from django_migrations where app in ('engine', 'ledger', 'governance')").fetchone()[0] >= 5  # type: ignore[index]
    finally:
        databases.drop(name)


def test_it_keeps_its_data_in_the_users_folder_when_nothing_else_is_said(installed: Path, tmp_path: Path) -> None:
    told = run(installed, "-c", "from headrace.engine.home import home; print(home())", HEADRACE_HOME="", XDG_DATA_HOME=str(tmp_path))
    assert told.stdout.strip() == str(tmp_path / "headrace"), told.stderr
