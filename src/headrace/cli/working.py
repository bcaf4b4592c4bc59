"""`headrace work`: the line's worker processes."""

from __future__ import annotations

import json as jsons
import signal
import subprocess
import sys
import time
from typing import Annotated, Any

import psycopg
import typer
from django.db import connection

from headrace.cli.output import as_json, command, err, ready, say, table

Json = Annotated[bool, typer.Option("--json", help="One line of JSON at the end.")]
STOP_WAIT_S = 30
DATABASE_WAIT_S, DATABASE_LOOK_S = 60, 2.0  # at the start, for a server that is coming up or recovering
COUNTS = ("taken", "moved", "parked", "seconds")


def work(
    stages: Annotated[str | None, typer.Option(help="Only these stages, comma separated; `outbox` sends effects.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when there is nothing left to do.")] = False,
    periodic: Annotated[bool, typer.Option(help="Also run periodic work (retries, expiries).")] = True,
    threads: Annotated[
        int | None, typer.Option(min=1, max=2, help="Threads of a worker, of which the second reads messages; else two where there are processors for it.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the line until stopped (Ctrl-C or SIGTERM ends it after the batch in hand).

    Start it on as many machines as you like, against one database.
    """
    from headrace.engine.beside import pays_for

    threads = threads or (2 if pays_for(workers) else 1)
    if workers > 1:
        _many(stages, workers, threads, until_idle, periodic, json)
    else:
        _one(stages, threads, until_idle, periodic, json)


def _make_ready(*, waits: bool) -> None:
    """Whoever starts the workers with the machine may start them before the database, or while it recovers: then they wait for it."""
    from headrace.exception_queue import reasons

    until = time.monotonic() + DATABASE_WAIT_S if waits else 0.0
    while True:
        try:
            ready(current=True)
            reasons.sync()
            return
        except Exception as error:  # noqa: BLE001 - Django wraps the driver's errors; anything else is raised again
            cause = error if isinstance(error, psycopg.Error) else error.__cause__
            if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) or _is_refused(cause) or time.monotonic() > until:
                raise
            err.print(f"the database does not answer yet; waiting up to {DATABASE_WAIT_S} s for it", style="dim")
        connection.close()
        time.sleep(DATABASE_LOOK_S)


def _is_refused(error: Exception) -> bool:
    """Waiting helps neither against a wrong password nor for a database that is not there."""
    return "authentication failed" in str(error) or "does not exist" in str(error)


@command
def _one(stages: str | None, threads: int, until_idle: bool, periodic: bool, json: bool) -> None:
    from headrace.engine.worker import Worker, stop_on_signals

    _make_ready(waits=not until_idle)
    worker = Worker([s.strip() for s in stages.split(",") if s.strip()] if stages else [], beside=threads == 2)
    stop_on_signals(worker.stop)
    clockwork = None if until_idle or not periodic else subprocess.Popen([sys.executable, "-W", "ignore", "-m", "headrace.cli.periodic"])
    if not until_idle and sys.stderr.isatty():
        err.print("working; Ctrl-C stops", style="dim")
    try:
        worker.run(until_idle=until_idle)
    finally:
        if clockwork:
            end([clockwork])
    _tell({name: {k: getattr(o, k) for k in COUNTS} for name, o in worker.done.items()}, json)


@command
def _many(stages: str | None, workers: int, threads: int, until_idle: bool, periodic: bool, json: bool) -> None:
    """One process each; they end together, and their counts are summed. The worst exit code is ours."""
    _make_ready(waits=not until_idle)
    base = [sys.executable, "-W", "ignore", "-m", "headrace", "work", "--json", "--threads", str(threads)]
    base += [*(["--stages", stages] if stages else []), *(["--until-idle"] if until_idle else [])]
    processes = [subprocess.Popen([*base, "--periodic" if periodic and n == 0 else "--no-periodic"], stdout=subprocess.PIPE) for n in range(workers)]

    def stop(*_: object) -> None:
        for p in processes:
            p.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    done: dict[str, dict[str, Any]] = {}
    for p in processes:
        said, _ = p.communicate()
        for name, counts in jsons.loads(said or b"{}").get("stages", {}).items():
            known = done.setdefault(name, dict.fromkeys(COUNTS, 0))
            for k in COUNTS:
                known[k] += counts[k]
    _tell(done, json)
    worst = max(abs(p.returncode) for p in processes)
    if worst:
        raise typer.Exit(worst)


def _tell(done: dict[str, dict[str, Any]], json: bool) -> None:
    if json:
        as_json({"stages": done})
    elif done:
        table("Done", ("stage", *COUNTS), [(n.replace("_", " "), o["taken"], o["moved"], o["parked"], f"{o['seconds']:.2f}") for n, o in done.items()])
    else:
        say("there was nothing to do")


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes, in time or at once."""
    for p in processes:
        p.terminate()
    for p in processes:
        try:
            p.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            p.kill()
