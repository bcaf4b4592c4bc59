"""The tiny shop as a fixture."""

from __future__ import annotations

import pytest

from headrace.engine.queries import run
from headrace.flow.validate.tests.shop import WORLD, Shop


@pytest.fixture
def shop(db: None) -> Shop:
    run(WORLD)
    return Shop()
