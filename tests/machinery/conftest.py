"""A small shop that has worked, for tests that look at it: made once for a whole file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import Claims, with_database


@pytest.fixture(scope="module")
def worked_shop(django_db_setup: None, databases: Claims, template: str, django_db_blocker: Any) -> Iterator[str]:
    """URL of a database with the demo shop, in which ten orders went all the way, one waits for a person, and everything is committed.

    Django's default connection and `HEADRACE_DATABASE_URL` point at it meanwhile, and database access is open.
    """
    from django.db import connections

    from headrace.settings import database_settings

    def point_at(url: str) -> None:
        connections.close_all()
        connections.settings["default"].update(database_settings(url))
        os.environ["HEADRACE_DATABASE_URL"] = url

    with django_db_blocker.unblock():
        before = os.environ["HEADRACE_DATABASE_URL"]
        name = databases.clone(template)
        url = with_database(databases.url, name)
        point_at(url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HEADRACE_DEMO", "1")  # the pretend partners answer
            _work(orders=10)
        try:
            yield url
        finally:
            point_at(before)
            databases.drop(name)


def _work(orders: int) -> None:
    import orjson
    from django.core.management.sql import emit_post_migrate_signal
    from django.db import transaction

    from headrace.demo import partners, shop, world
    from headrace.engine import inbox
    from headrace.engine.queries import run
    from headrace.engine.worker import Worker

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    shop.seed(items=10, kits=2, stock_each=100)
    buyers = world.Buyers(shop.sellable()["retail-usd"], seed=5)
    messages = [inbox.Message("order", key, body) for key, body in world.shopify_bodies(buyers, orders)]
    strange = world.shopify_order(buyers, orders + 1)
    strange["line_items"][0]["sku"] = "[b]NOBODY KNOWS"
    with transaction.atomic():
        inbox.store("shop-us", [*messages, inbox.Message("order", str(strange["id"]), orjson.dumps(strange).decode())])
    Worker().run(until_idle=True)
    asked = run("select f.number, n.code as node from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.state = 'released'")
    at = partners.now()
    with transaction.atomic():
        for row in asked:
            inbox.store(f"warehouse:{row.node}", [partners.confirmation(row.number, at)])
    Worker().run(until_idle=True)
