"""The floors hold; and on a small house with a fault in it the same contracts break, so that we know they can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"
ROOMS = ["values", "engine", "catalog", "orders", "stock", "purchasing", "ledger", "exception_queue", "governance", "flow", "connectors", "console"]
LAUNCHER = ["cluster", "cluster_settings", "binaries", "backups", "home"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """All rooms, two stages, nothing imported anywhere."""
    for folder in ["", *ROOMS, "flow/ship", "flow/invoice"]:
        (tmp_path / "headrace" / folder).mkdir(exist_ok=True)
        (tmp_path / "headrace" / folder / "__init__.py").touch()
    for module in [*(f"engine/{name}" for name in LAUNCHER), "flow/ship/port", "flow/ship/stage", "flow/invoice/stage"]:
        (tmp_path / "headrace" / f"{module}.py").touch()
    return tmp_path


def test_the_floors_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_a_small_house_without_imports_holds(small_house: Path) -> None:
    done = lint(small_house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("orders/__init__", "import headrace.flow"),  # up
        ("orders/__init__", "import headrace.stock"),  # across
        ("flow/ship/stage", "import headrace.flow.invoice.stage"),
        ("connectors/__init__", "import headrace.orders"),
        ("connectors/__init__", "import headrace.flow.ship.stage"),
        ("values/__init__", "import django"),
        ("engine/cluster", "import headrace.engine.queries"),
        ("cellar", ""),  # a room without a floor
    ],
)
def test_a_fault_is_found(small_house: Path, module: str, source: str) -> None:
    (small_house / "headrace" / "engine" / "queries.py").write_text("import django")
    (small_house / "headrace" / f"{module}.py").write_text(source)
    done = lint(small_house)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout or "cellar" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_stage_that_uses_the_books_and_a_connector_that_uses_a_port_are_fine(small_house: Path) -> None:
    (small_house / "headrace" / "flow" / "ship" / "stage.py").write_text("import headrace.orders\nimport headrace.exception_queue\n")
    (small_house / "headrace" / "connectors" / "__init__.py").write_text("import headrace.flow.ship.port\nimport headrace.engine\n")
    done = lint(small_house)
    assert done.returncode == 0, done.stdout + done.stderr
