"""Server time of each page of the console on the database at hand: `python tests/speed/page_times.py` prints the median of five looks, in milliseconds.

Signs nobody in for good: it makes a superuser of its own inside a transaction that is rolled back.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parents[2])]

LOOKS = 5
OTHERS = ("/accounts", "/do", "/live")


# The list of orders narrowed one way at a time, by what hardly any order has, and by several at once.
NARROWED = (
    "status=on_hold", "status=complete", "status=cancelled", "country=DE", "promise=broken", "unshipped=3", "total_from=500", "total_from=99999", "payment=refunded",
    "straight=no", "hold=held", "segment=wholesale", "tag=vip", "returns=yes", "test=yes", "country=US&payment=paid&straight=yes",
)  # fmt: skip


def orders_found(order: int) -> list[str]:
    """A search for everything that somebody may have in hand of an order, and for several of it at once."""
    from headrace.engine.queries import run

    told = run(
        """select o.external_number, a.email, a.name, a.phone, a.postcode, (select sku from orders_line l where l.order_id = o.id limit 1) as sku,
            (select p.tracking from orders_parcel p join orders_shipment s on s.id = p.shipment_id where s.order_id = o.id limit 1) as tracking,
            (select i.series || '-' || i.number from ledger_invoice i where i.order_id = o.id limit 1) as invoice,
            (select external_ref from ledger_payment p where p.order_id = o.id limit 1) as paid_by
        from orders_order o join orders_address a on a.order_id = o.id and a.kind = 'ship' where o.id = %(o)s""",
        {"o": order},
    ).one
    texts = [t for t in (f"SO-{order}", *told, f"{told.name} {told.sku}", f"{told.postcode} {told.sku}", "no-such-thing") if t]
    return [f"/orders?{urlencode({'q': text})}" for text in texts]


def addresses() -> list[str]:
    """Every room, and the newest document of each kind."""
    from headrace.console import shell
    from headrace.engine.queries import run

    found = [room.address for room in shell.ROOMS]
    order = run("select max(id) as id from orders_order").scalar
    sample = run(
        """select l.sku from orders_order o join orders_address a on a.order_id = o.id join orders_line l on l.order_id = o.id
        where o.id = %(o)s and a.kind = 'ship' limit 1""",
        {"o": order},
    ).one
    found += [f"/orders/SO-{order}", *orders_found(order), *(f"/orders?{query}" for query in NARROWED)]
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
    return found + [address for address in plain_addresses() if address not in found]


def plain_addresses() -> list[str]:
    """Every page of the console whose address has no part of its own, but forms, files and what answers without a page."""
    from django.urls import URLPattern, URLResolver

    from headrace.console.urls import urlpatterns

    def walk(patterns: Any, before: str) -> Iterator[str]:
        for pattern in patterns:
            whole = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, whole)
            elif isinstance(pattern, URLPattern) and "<" not in whole and not whole.startswith(OTHERS):
                yield whole

    return sorted(set(walk(urlpatterns, "/")))


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
                try:
                    with transaction.atomic():
                        status = str(client.get(address).status_code)
                except Exception as error:  # told as what it is, and the others are looked at
                    status = type(error).__name__
                times.append(1_000 * (time.perf_counter() - began))
            print(f"{statistics.median(times):8.1f} ms  {status}  {address}")
        transaction.set_rollback(True)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    main()
