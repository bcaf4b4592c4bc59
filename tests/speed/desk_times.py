"""How long the exceptions desk takes with 100,000 open cases: `python tests/speed/desk_times.py [cases]` prints the median of five looks, in milliseconds.

The cases are made inside a transaction that is rolled back, so that it can be run on any database; a tenth of them concern orders that are there.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "src"), str(Path(__file__).resolve().parents[2])]

LOOKS = 5
CASES = 100_000
LIST_MS_MAX, COUNTS_MS_MAX = 150, 200


def make(cases: int) -> None:
    """Cases of every reason, opened over ten days, a third of them taken by one of twenty people."""
    from headrace.engine.queries import run

    run(
        """insert into exception_queue_case (reason_code, document, document_id, order_id, fingerprint, detail, opened_at, due_at, team, assigned_to,
            channel_id, value_at_risk_minor, currency, promised_by)
        select r.code, 'order', 1000000000 + n, o.id, 'speed' || n, jsonb_build_object('field', 'sku', 'value', 'SKU-' || n %% 500, 'sku', 'SKU-' || n %% 500,
            'fix', 'Map it to one of our items'),
            now() - make_interval(secs => n * 8), now() - make_interval(secs => n * 8) + interval '3 days', r.owner,
            case when n %% 3 = 0 then 'user:person' || n %% 20 end,
            (select min(id) from catalog_channel) + n %% 3, n %% 90000, 'USD', case when n %% 2 = 0 then now() + make_interval(hours => n %% 200 - 60) end
        from generate_series(1, %(n)s::int) n
        join (select code, owner, row_number() over (order by code) - 1 as no, count(*) over () as of from exception_queue_reason) r on r.no = n %% r.of
        left join (select id, row_number() over (order by id) as no from orders_order limit 10000) o on o.no = n""",
        {"n": cases},
    )
    run("analyze exception_queue_case")


def timed(look: Callable[[], Any]) -> float:
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        look()
        times.append(1_000 * (time.perf_counter() - began))
    return statistics.median(times)


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import transaction
    from django.test import Client

    from headrace.console.desk_filters import VALUE_BOUNDS
    from headrace.engine.queries import run
    from headrace.exception_queue import desk
    from headrace.exception_queue.desk import ORDERS, Wanted

    with transaction.atomic():
        make(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
        now = run("select clock_timestamp()").scalar
        found = run("select count(*) from exception_queue_case where state = 'open'").scalar
        print(f"open cases: {found:,}")
        for by in ORDERS:
            print(
                f"{timed(lambda by=by: desk.listed(now, desk.matching(now, Wanted(), by=by, limit=51))):8.1f} ms  a page of the list by {by} (at most {LIST_MS_MAX})"
            )
        taken = Wanted(team="merchandising", assigned_to="user:person3", value_from_minor=10_000)
        print(f"{timed(lambda: desk.listed(now, desk.matching(now, taken, limit=51))):8.1f} ms  a page of a narrowed list (at most {LIST_MS_MAX})")
        print(f"{timed(lambda: desk.tally(now, Wanted(), username='person3', values=VALUE_BOUNDS)):8.1f} ms  every count of the desk (at most {COUNTS_MS_MAX})")
        user: Any = get_user_model().objects.create_superuser(username="desk-times")
        client = Client(headers={"Host": "localhost"})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for address in ("/exceptions?part=queue", "/exceptions", "/exceptions?by=value&team=finance"):
            print(f"{timed(lambda address=address: client.get(address)):8.1f} ms  {address}")
        transaction.set_rollback(True)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    main()
