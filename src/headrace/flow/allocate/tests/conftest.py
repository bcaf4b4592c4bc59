"""The small shop of the book of orders."""

from __future__ import annotations

import pytest

from headrace.orders.tests.building import assert_books_hold, make_shop


@pytest.fixture
def shop(db: None) -> object:
    make_shop()
    yield
    assert_books_hold()
