from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from headrace.governance.models import Role, RoleGrant
from headrace.orders.tests import building

PASSWORD = "a-password-for-tests-only"


@pytest.fixture
def shop(db: None) -> None:
    """The small shop."""
    building.make_shop()


@pytest.fixture
def seat(db: None) -> Callable[..., Client]:
    """`seat("warehouse")`: the client of a signed-in person, named as their first role, with these roles."""

    def sit(*roles: str, name: str | None = None) -> Client:
        user = get_user_model().objects.create_user(username=name or (roles[0] if roles else "nobody"), password=PASSWORD)
        for code in roles:
            RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code=code))
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sit
