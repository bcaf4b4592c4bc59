"""`headrace migrate`, `serve`, `work`, `demo`, `bench`: making things run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from headrace.cli.output import NO, as_json, command, fail, out, ready, table

Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
WEB_WORKERS_DEFAULT = 2
STOP_WAIT_S = 30


def register(app: typer.Typer) -> None:
    """Add the running commands to the main app."""
    for name, function in (("migrate", migrate), ("serve", serve), ("work", work), ("demo", demo), ("bench", bench)):
        app.command(name)(function)


@command
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if the models and the migrations differ.")] = False,
    json: Json = False,
) -> None:
    """Bring the database up to this version."""
    from django.core.management import call_command

    if check:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
        return
    call_command("migrate", verbosity=0, interactive=False)
    as_json({"migrated": True}) if json else out.print("the database is up to date")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8765,
    workers: Annotated[int, typer.Option(min=1, help="Web processes.")] = WEB_WORKERS_DEFAULT,
) -> None:
    """Serve webhooks, API and pages until stopped."""
    ready()
    raise typer.Exit(subprocess.call(web_command(host, port, workers)))


def web_command(host: str, port: int, workers: int) -> list[str]:
    """The web server's command: WSGI on granian, static files by itself."""
    return [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        "4",
        "--backlog",
        "1024",
        "--log-level",
        "warning",
        "headrace.wsgi:application",
    ]


def work(
    stages: Annotated[str | None, typer.Option(help="Only these stages, comma separated; `outbox` sends effects.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when there is nothing left to do.")] = False,
    periodic: Annotated[bool, typer.Option(help="Also run periodic work (retries, expiries).")] = True,
    json: Json = False,
) -> None:
    """Run the line. Start it on as many machines as you like, against one database."""
    if workers > 1:
        raise typer.Exit(_many(stages, workers, until_idle, periodic))
    _one(stages, until_idle, periodic, json)


@command
def _one(stages: str | None, until_idle: bool, periodic: bool, json: bool) -> None:
    from headrace.engine.worker import Worker, stop_on_signals
    from headrace.exception_queue import reasons

    reasons.sync()
    worker = Worker([s.strip() for s in stages.split(",") if s.strip()] if stages else [])
    stop_on_signals(worker.stop)
    clockwork = None if until_idle or not periodic else subprocess.Popen([sys.executable, "-W", "ignore", "-m", "headrace.cli.periodic"])
    try:
        worker.run(until_idle=until_idle)
    finally:
        if clockwork:
            _end([clockwork])
    if json:
        as_json({"stages": worker.done})
    elif worker.done:
        table("Done", ("stage", "taken", "moved", "parked", "seconds"), [(n, o.taken, o.moved, o.parked, f"{o.seconds:.2f}") for n, o in worker.done.items()])


def _many(stages: str | None, workers: int, until_idle: bool, periodic: bool) -> int:
    """One process each; they end together. Gives the worst exit code."""
    ready()
    base = [sys.executable, "-W", "ignore", "-m", "headrace", "work", *(["--stages", stages] if stages else []), *(["--until-idle"] if until_idle else [])]
    processes = [subprocess.Popen([*base, "--periodic" if periodic and n == 0 else "--no-periodic"]) for n in range(workers)]

    def stop(*_: object) -> None:
        for p in processes:
            p.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return max(p.wait() for p in processes)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for p in processes:
        p.terminate()
    for p in processes:
        try:
            p.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            p.kill()


@command
def demo(
    orders: Annotated[int, typer.Option(min=10, max=2_000_000, help="Orders that the pretend customers place.")] = 20_000,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Leave the server running after the report.")] = True,
    port: Annotated[int, typer.Option(help="Port of the server.")] = 8765,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    seed: Annotated[int | None, typer.Option(help="Seed of the pretend world; a new one each time by default.")] = None,
    json: Json = False,
) -> None:
    """The demo shop: a pretend outside world orders, ships and pays; the line runs to settlement; a report says what happened."""
    from django.core.management import call_command

    from headrace.demo import run as demo_run

    call_command("migrate", verbosity=0, interactive=False)
    os.environ["HEADRACE_DEMO"] = "1"
    web = web_command("127.0.0.1", port, WEB_WORKERS_DEFAULT)
    line = [sys.executable, "-W", "ignore", "-m", "headrace", "work", "--workers", str(workers)]
    result = demo_run.run(
        orders=orders, seed=seed if seed is not None else int(time.time()) % 1_000_000, web_command=web, work_command=line, port=port, quiet=json
    )
    if json:
        as_json(result.as_dict())
    if not result.ok:
        result.end()
        raise fail("an invariant does not hold; the report names it", NO)
    if not serving:
        result.end()
        return
    demo_run.say_what_next(result, port)
    result.wait()


@command
def bench(
    floor: Annotated[Path | None, typer.Option(help="The bare-SQL yardstick to compare with, in the same run.")] = None,
    orders: Annotated[int, typer.Option(min=1, help="Orders in the run.")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Documents in a batch.")] = 2_000,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Worker processes.")] = 1,
    small: Annotated[bool, typer.Option("--small", help="A short run that shows it works; its numbers are rough.")] = False,
) -> None:
    """Orders per second from message to settled, beside the floor, on a database of its own. Ends with one line of JSON."""
    from headrace.demo import bench as benchmark

    result = benchmark.run(
        floor=floor,
        orders=2_000 if small else orders,
        batch=min(batch, 500) if small else batch,
        workers=workers,
        say=lambda text: out.print(text, highlight=False),
    )
    as_json(result)
