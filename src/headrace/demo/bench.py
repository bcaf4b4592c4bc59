"""The benchmark: the same orders through the real stages, beside the least that bare SQL can do, on one server in one run.

It makes a database of its own beside the one in use, with the server's own settings (durable ones, in an installation), and drops it at the end.
The line runs as in operation, all stages at once, in rounds: each round brings new orders and the answers to what the rounds before have sent out.
Both are stored while the clock stands, because a customer's and a partner's time is not ours (orders stored per second are reported apart, as
`intake_per_s`); it runs from capture to the last invoice settled by a payout.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

DATABASE = "headrace_bench"
CREATE, DROP = "create database headrace_bench template template0", "drop database if exists headrace_bench with (force)"
ITEMS, KITS, STOCK_EACH = 20_000, 0, 1_000_000
CHUNK = 2_000
PAYOUT_LINES = 5_000
FILL_CHUNK, FILL_WORKERS = 50_000, 2
IDLE_S = 0.01
ROUND_BATCHES = 2  # new orders in a round, in batches
ANSWERS_MAX = 4  # rounds after the last order: shipped and invoiced, paid, paid out
LINE = ("capture", "validate", "allocate", "release", "ship", "invoice", "settle", "receive_payouts", "match_payouts")


def run(*, floor: Path | None, orders: int, batch: int, workers: int, already: int = 0, say: Callable[[str], None]) -> dict[str, Any]:
    """Run it; gives one flat dictionary, with `ratio_to_floor` where the floor was there.

    With `already`, that many orders are then carried to settlement in the same database and the run is made again: `filled_to_empty`.
    """
    with _pool(max(workers, FILL_WORKERS if already else 1)) as (pool, bench_url):
        result = _measure(pool, orders, batch, workers, say)
        if floor is not None and floor.is_file():
            result |= _floor(floor, bench_url, orders, batch, workers, say)
            result["ratio_to_floor"] = round(result["orders_per_s"] / result["floor_orders_per_s"], 3)
        elif floor is not None:
            say(f"no floor at {floor}: the ratio is left out")
        if already:
            result |= _again_when_filled(pool, result["orders_per_s"], orders, batch, workers, already, say)
    return result


def run_doors(*, requests: int, singles: int, web_command: Callable[[int], list[str]], work_command: list[str]) -> dict[str, Any]:
    """Webhooks per second beside an empty view, and milliseconds of one order from webhook to released."""
    from headrace.demo import bench_doors

    port = bench_doors.free_port()
    with _pool(1) as (pool, _):
        return dict(pool.apply(bench_doors.measure, (requests, singles, web_command(port), work_command, port)))


def run_flash_sale(*, orders: int, units: int, batch: int, workers: int) -> dict[str, Any]:
    """Everybody wants one piece of the same item: orders per second from message to promise or waiting, and what became of them."""
    with _pool(workers) as (pool, _):
        sku = pool.apply(_one_shelf, (units,))
        pool.apply(_place_flash, (sku, orders))
        pool.apply(_analyse)
        began = time.perf_counter()
        pool.starmap(_run_line, [(batch, workers)] * workers, chunksize=1)
        spent = time.perf_counter() - began
        ok, _seconds = pool.apply(_verify)
        return {"orders_per_s": round(orders / spent, 1), "orders": orders, "workers": workers, **pool.apply(_flash_outcome, (sku,)), "invariants_hold": ok}


def _one_shelf(units: int) -> str:
    from headrace.demo import flash_sale

    return str(flash_sale.prepare(actor="cli:bench", units=units))


def _place_flash(sku: str, orders: int) -> None:
    from headrace.demo import flash_sale

    flash_sale.place(sku, 1, orders)


def _flash_outcome(sku: str) -> dict[str, Any]:
    from headrace.demo import flash_sale

    return flash_sale.outcome(sku)


@contextmanager
def _pool(workers: int) -> Iterator[tuple[Any, str]]:
    """Processes that work on a fresh database with the demo's shop, and its URL; both end with the block."""
    from headrace.settings import database_url

    url = database_url()
    bench_url = _fresh_database(url)
    try:
        with multiprocessing.get_context("spawn").Pool(workers, _set_up, (bench_url,)) as pool:
            pool.apply(_prepare)
            yield pool, bench_url
    finally:
        _drop(url)


def _again_when_filled(pool: Any, empty_per_s: float, orders: int, batch: int, workers: int, already: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The same run in a database that holds `already` settled orders."""
    for first in range(orders, already, FILL_CHUNK):
        say(f"  filling: {first:,} of {already:,} orders")
        _carry(pool, min(FILL_CHUNK, already - first), batch, FILL_WORKERS, lambda _: None, first, in_a_round=FILL_CHUNK)
    there, _ = pool.apply(_count_settled)
    say(f"  again, with {there:,} orders there")
    filled = _measure(pool, orders, batch, workers, say, first=max(already, orders))
    return {
        "already": there,
        "filled_orders_per_s": filled["orders_per_s"],
        "filled_to_empty": round(filled["orders_per_s"] / empty_per_s, 3),
        "filled_invariants_hold": filled["invariants_hold"],
        "filled_verify_seconds": filled["verify_seconds"],
    }


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _fresh_database(url: str) -> str:
    _drop(url)
    with psycopg.connect(url, autocommit=True) as con:
        con.execute(CREATE)
    return _with_database(url, DATABASE)


def _drop(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as con:
        con.execute(DROP)


def _set_up(url: str) -> None:
    """Every process of the pool works on the bench's database."""
    os.environ["HEADRACE_DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    os.environ["HEADRACE_LOG"] = "ERROR"
    import django

    django.setup()


def _prepare() -> None:
    from django.core.management import call_command

    from headrace.demo import shop

    call_command("migrate", verbosity=0, interactive=False)
    shop.seed(items=ITEMS, kits=KITS, stock_each=STOCK_EACH)
    _analyse()


def _analyse() -> None:
    from headrace.engine.queries import run as execute

    execute("analyze")


def _store_orders(first: int, count: int) -> None:
    from headrace.demo import shop, world
    from headrace.engine import inbox

    buyers = world.Buyers(shop.sellable()["retail-usd"], seed=first)
    messages = [inbox.Message("order", key, body) for key, body in world.shopify_bodies(buyers, count, first)]
    for n in range(0, count, CHUNK):
        inbox.store("shop-us", messages[n : n + CHUNK], wake=False)


def _run_line(batch: int, workers: int) -> dict[str, tuple[int, float]]:
    """Run the line in this process, one of so many, until there is nothing left; documents and seconds by stage."""
    from headrace.demo.run import sql
    from headrace.engine.beside import pays_for
    from headrace.engine.worker import Worker

    worker = Worker(LINE, limit=batch, beside=pays_for(workers))
    while True:
        worker.run(until_idle=True)
        if not sql.line_has_work().scalar:
            return {name: (o.taken, o.seconds) for name, o in worker.done.items()}
        time.sleep(IDLE_S)  # what is left is in another worker's hands


def _confirm_all() -> None:
    """The pretend nodes confirm everything that was released."""
    from headrace.demo import partners
    from headrace.engine import inbox
    from headrace.engine.queries import run as execute

    by_partner: dict[str, list[inbox.Message]] = {}
    for row in execute(
        "select f.number, coalesce(n.partner, 'warehouse:' || n.code) as partner from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.state = 'released' order by f.id"
    ):
        by_partner.setdefault(row.partner, []).append(partners.confirmation(row.number, partners.now()))
    for partner, messages in by_partner.items():
        for n in range(0, len(messages), CHUNK):
            inbox.store(partner, messages[n : n + CHUNK], wake=False)


def _capture_all() -> None:
    """The pretend gateway takes the money of every invoice."""
    from headrace.demo import partners
    from headrace.engine import inbox
    from headrace.engine.queries import run as execute

    rows = execute("select id, total_minor - paid_minor as due, currency from ledger_invoice where state = 'issued' order by id")
    at = partners.now()
    messages = [
        inbox.Message(
            "payment",
            f"cap_{r.id}",
            json.dumps({"kind": "captured", "reference": f"invoice:{r.id}", "amount_minor": r.due, "currency": r.currency, "at": at, "payment": f"cap_{r.id}"}),
        )
        for r in rows
    ]
    for n in range(0, len(messages), CHUNK):
        inbox.store("pay-us", messages[n : n + CHUNK], wake=False)


def _pay_out_all() -> None:
    from headrace.demo import world
    from headrace.demo.run import sql
    from headrace.engine import inbox

    for gateway, key, body in world.payouts(sql.to_pay_out(gateways=["pay-us"]), lines_max=PAYOUT_LINES):
        inbox.store(gateway, [inbox.Message("payout", key, body)], wake=False)


def _count_settled() -> tuple[int, int]:
    from headrace.engine.queries import run as execute

    settled = execute("select count(distinct order_id) as n from ledger_invoice where state = 'settled'").scalar
    parked = execute("select count(*) as n from exception_queue_case where state <> 'resolved'").scalar
    return int(settled), int(parked)


def _verify() -> tuple[bool, float]:
    """Do all invariants hold, and the seconds it took to see."""
    from headrace.insight.verify import verify

    began = time.perf_counter()
    return verify().ok, time.perf_counter() - began


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _measure(pool: Any, orders: int, batch: int, workers: int, say: Callable[[str], None], *, first: int = 0) -> dict[str, Any]:
    result = _carry(pool, orders, batch, workers, say, first)
    memory_mb = pool.apply(_memory_mb)
    ok, seconds = pool.apply(_verify)
    return {**result, "invariants_hold": ok, "verify_seconds": round(seconds, 2), "worker_memory_mb": memory_mb}


def _carry(pool: Any, orders: int, batch: int, workers: int, say: Callable[[str], None], first: int, in_a_round: int = 0) -> dict[str, Any]:
    """Orders number `first` + 1 and on, from message to settled."""
    settled_before, _ = pool.apply(_count_settled)
    stored = spent = 0.0
    documents: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    chunk = in_a_round or batch * ROUND_BATCHES
    for begin in range(0, orders + ANSWERS_MAX * chunk, chunk):
        pool.apply(_answer)
        stored += _store_round(pool, first + begin, min(chunk, orders - begin), workers)
        began = time.perf_counter()
        parts = pool.starmap(_run_line, [(batch, workers)] * workers, chunksize=1)
        spent += time.perf_counter() - began
        for part in parts:
            documents.update({name: taken for name, (taken, _) in part.items()})
            seconds.update({name: took for name, (_, took) in part.items()})
    for name in LINE:
        say(f"  {name:<16} {documents[name]:>8,} documents  {seconds[name]:>7.2f} s")
    settled, parked = pool.apply(_count_settled)
    return {
        "orders_per_s": round((settled - settled_before) / spent, 1),
        "orders": orders,
        "settled": settled - settled_before,
        "parked": parked,
        "batch": batch,
        "workers": workers,
        "seconds": round(spent, 2),
        "intake_per_s": round(orders / stored),
        "stages": {name: {"documents": documents[name], "seconds": round(seconds[name], 2)} for name in LINE},
    }


def _store_round(pool: Any, first: int, count: int, workers: int) -> float:
    """Customers order; gives the seconds that storing their messages took."""
    if count <= 0:
        return 0.0
    each = [count // workers + (n < count % workers) for n in range(workers)]
    began = time.perf_counter()
    pool.starmap(_store_orders, [(first + 1 + sum(each[:n]), each[n]) for n in range(workers) if each[n]], chunksize=1)
    took = time.perf_counter() - began
    if not first:
        pool.apply(_analyse)
    return took


def _answer() -> None:
    """The pretend partners answer all that was sent to them."""
    _confirm_all()
    _capture_all()
    _pay_out_all()


def _floor(floor: Path, url: str, orders: int, batch: int, workers: int, say: Callable[[str], None]) -> dict[str, Any]:
    say("  the floor, on the same server")
    done = subprocess.run(
        [sys.executable, str(floor), "--dsn", url, "--orders", str(orders), "--batch", str(batch), "--workers", str(workers)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return {"floor_orders_per_s": answer["orders_per_s"], "fsync": answer["fsync"], "synchronous_commit": answer["synchronous_commit"]}
