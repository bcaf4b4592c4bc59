"""A shop of its own for each scenario."""

from __future__ import annotations

import pytest

from tests.scenarios.shop import Shop


@pytest.fixture
def shop(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop with empty shelves, on a database that worker processes may share."""
    monkeypatch.setenv("HEADRACE_DEMO", "1")  # the pretend partners answer
    return Shop()
