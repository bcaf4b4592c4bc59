"""The small shop of the book of orders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headrace.orders.tests import building


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    """Whatever a test did, the books must hold in the end."""
    building.make_shop()
    yield
    building.assert_books_hold()
