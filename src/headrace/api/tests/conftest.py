from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from headrace.api import hooks
from headrace.governance.access import make_api_key
from headrace.governance.secrets import set_partner_secret
from headrace.orders.tests import building

SECRET = "a-secret-of-the-shop"


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    """The small shop, whose Shopify channel has a signing secret."""
    building.make_shop()
    set_partner_secret(actor="cli:test", partner="shop", values=[SECRET])
    hooks._secrets.clear()
    yield
    hooks._secrets.clear()


@pytest.fixture
def as_program(db: None) -> Callable[..., Client]:
    """A client whose key has these scopes (and, if named, one channel)."""

    def make(*scopes: str, channel: str | None = None) -> Client:
        name = f"{'-'.join(scopes) or 'none'}-{channel}"
        key = make_api_key(actor="cli:test", name=name, scopes=list(scopes), channel=channel)
        return Client(headers={"Authorization": f"Bearer {key}"})

    return make
