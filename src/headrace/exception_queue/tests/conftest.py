from __future__ import annotations

from collections.abc import Iterator

import pytest

from headrace.exception_queue.tests.desks import Desk, desk


@pytest.fixture
def room(db: None) -> Iterator[Desk]:
    with desk() as made:
        yield made
