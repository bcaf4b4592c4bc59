"""Server time of each page of the console on the database at hand: `python tests/speed/page_times.py` prints the median of five looks, in milliseconds.

Signs nobody in for good: it makes a superuser of its own inside a transaction that is rolled back.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parents[2])]

LOOKS = 5


def addresses() -> list[str]:
    """Every room, and the newest document of each kind."""
    from headrace.console import shell
    from headrace.engine.queries import run

    found = [room.address for room in shell.ROOMS]
    order = run("select max(id) as id from orders_order").scalar
    sample = run(
        """select o.external_number, a.email, l.sku from orders_order o join orders_address a on a.order_id = o.id join orders_line l on l.order_id = o.id
        where o.id = %(o)s and a.kind = 'ship' limit 1""",
        {"o": order},
    ).one
    found += [
        f"/orders/SO-{order}",
        f"/orders?q={sample.email}",
        f"/orders?q={sample.sku}",
        "/orders?q=no-such-thing",
        "/orders?status=on_hold",
        "/orders?status=complete",
    ]
    found += [
        f"/stock/{sample.sku}",
        f"/stock/{sample.sku}/moves",
        "/finance/invoices",
        "/finance/payments",
        "/finance/payouts",
        "/finance/journal",
        "/finance/trial-balance",
        "/finance/tax",
    ]
    return found


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import transaction
    from django.test import Client

    from headrace.engine.queries import run

    print(f"orders: {run('select count(*) from orders_order').scalar:,}")
    with transaction.atomic():
        user: Any = get_user_model().objects.create_superuser(username="page-times")
        client = Client(headers={"Host": "localhost"})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for address in addresses():
            times = []
            for _ in range(LOOKS):
                began = time.perf_counter()
                status = client.get(address).status_code
                times.append(1_000 * (time.perf_counter() - began))
            print(f"{statistics.median(times):8.1f} ms  {status}  {address}")
        transaction.set_rollback(True)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    main()
