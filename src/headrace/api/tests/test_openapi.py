"""Whatever a program sends, the API answers as its own description says: no 5xx, no undescribed status or body. Made by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings

from headrace.governance.access import make_api_key
from headrace.orders.tests import building
from headrace.wsgi import application

EXAMPLES_SHORT, EXAMPLES_LONG = 12, 150
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
PHASES = (Phase.explicit, Phase.generate)
QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large)


@pytest.fixture
def bearer(db: None) -> Iterator[dict[str, str]]:
    building.make_shop()
    building.make_order("1", {"EAST": [("A", 1)]})
    # As Django's own test client does: the test's transaction outlives the request.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {make_api_key(actor='cli:test', name='fuzz', scopes=['*'], channel='door')}"}
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


# What an order must hold is checked by its translator, which names field, value and remedy; no JSON schema says it all.
# Whether a key is wanted is proven for each endpoint in test_scopes. What is "wrong" in a query is text there, and in the header it is replaced by the
# right key; that unknown and doubled parameters are refused is proven in test_scopes too.
NOT_CHECKED = [schemathesis.checks.CHECKS.get_one(name) for name in ("positive_data_acceptance", "negative_data_rejection", "ignored_auth")]


def check(case: Any, bearer: dict[str, str]) -> None:
    case.call_and_validate(headers=bearer, excluded_checks=NOT_CHECKED)


@schema.parametrize()
@settings(max_examples=EXAMPLES_SHORT, deadline=None, suppress_health_check=QUIET, phases=PHASES, derandomize=True)
def test_the_api_is_as_it_is_described(case: Any, bearer: dict[str, str]) -> None:
    check(case, bearer)


@pytest.mark.slow
@pytest.mark.timeout(900)
@schema.parametrize()
@settings(max_examples=EXAMPLES_LONG, deadline=None, suppress_health_check=QUIET, phases=PHASES)
def test_the_api_is_as_it_is_described_at_length(case: Any, bearer: dict[str, str]) -> None:
    check(case, bearer)
