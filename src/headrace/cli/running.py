"""`headrace migrate`, `serve`, `demo`, `bench`: making things run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from headrace.cli.output import NO, WRONG, as_json, command, err, fail, first_command, out, ready, say, table
from headrace.cli.working import work
from headrace.console import live_address

Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
WEB_WORKERS_DEFAULT = 2
LIVE_PORT_DEFAULT = 8766
WEB_END_S = 10  # that a web process has for the requests in its hand; one that is still starting does not hear that it is to end, and is ended after it
PR_SET_PDEATHSIG = 1  # of Linux's prctl
DOOR_REQUESTS, DOOR_SINGLES = 5_000, 43  # of each kind in a round; orders one by one


def register(app: typer.Typer) -> None:
    """Add the running commands to the main app."""
    for name, function in (("demo", demo), ("migrate", migrate), ("serve", serve), ("live", live), ("work", work), ("bench", bench)):
        app.command(name)(function)


@first_command
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if the database or the migrations are behind the code.")] = False,
    json: Json = False,
) -> None:
    """Bring the database up to this version."""
    from django.core.management import call_command

    from headrace.cli.faults import migrations_behind, says_behind

    behind = migrations_behind()
    if check:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
        as_json({"behind": behind}) if json else say(says_behind(behind) if behind else "the database is up to date")
        if behind:
            raise typer.Exit(NO)
        return
    call_command("migrate", verbosity=0, interactive=False)
    as_json({"migrated": True, "applied": behind}) if json else say(f"the database is up to date ({behind} migration{'' if behind == 1 else 's'} applied)")


@command
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8765,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = WEB_WORKERS_DEFAULT,
) -> None:
    """Serve webhooks, API and pages until stopped."""
    ready(current=True)
    must_be_free(host, port)
    err.print(f"serving at http://{host}:{port}/ (API and its docs, /healthz, /readyz, /metrics); Ctrl-C stops", highlight=False, markup=False)
    if not os.environ.get(live_address.URL):  # else another machine, or a process of its own, tells what happens
        beside = live_port(host, port)
        os.environ[live_address.PORT] = str(beside)
        subprocess.Popen(live_command(host, beside), preexec_fn=end_with_parent)  # noqa: PLW1509 - before any thread starts
    command_line = web_command(host, port, workers=workers)
    os.execv(command_line[0], command_line)  # the server takes this process's place, so that whoever ends it ends the server  # noqa: S606


@command
def live(host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1", port: Port = LIVE_PORT_DEFAULT) -> None:
    """Tell open pages of the console what happens, until stopped: for a process or machine of its own (`serve` starts one beside itself).

    Put it before the browser's eyes with HEADRACE_LIVE_URL, set for the web server: /live behind the same proxy, or a whole address.
    """
    ready(current=True)
    must_be_free(host, port)
    err.print(f"telling open pages what happens, at http://{host}:{port}/live; Ctrl-C stops", highlight=False, markup=False)
    command_line = live_command(host, port)
    os.execv(command_line[0], command_line)  # noqa: S606


def must_be_free(host: str, port: int) -> None:
    """Ends the command where the address cannot be listened on, before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise fail(f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}. Choose another with --port or --host.", WRONG) from None


def web_command(host: str, port: int, *, workers: int) -> list[str]:
    """The web server's command: WSGI on granian, static files by itself."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": port,
        "--workers": workers,
        "--blocking-threads": 4,
        "--backlog": 1024,
        "--workers-kill-timeout": WEB_END_S,
        "--log-level": "warning",
    }
    told = [str(word) for pair in options.items() for word in pair]
    return [sys.executable, "-W", "ignore", "-m", "granian", *told, "headrace.wsgi:application"]


def live_command(host: str, port: int) -> list[str]:
    """The command of the process that tells open pages what happens: ASGI, one process. Streams never end by themselves, so it does not wait for them when it is to end."""
    options = {"--interface": "asginl", "--host": host, "--port": port, "--workers": 1, "--workers-kill-timeout": 1, "--log-level": "warning"}
    told = [str(word) for pair in options.items() for word in pair]
    return [sys.executable, "-W", "ignore", "-m", "granian", *told, "headrace.console.live:application"]


def live_port(host: str, port: int) -> int:
    """A free port for it: the one after the web server's, else any."""
    for wanted in (port + 1, 0):
        with contextlib.suppress(OSError, OverflowError), socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, wanted))
            return int(probe.getsockname()[1])
    raise fail(f"{host} has no free port for the live news of open pages; set HEADRACE_LIVE_URL to go without", WRONG)


def end_with_parent() -> None:
    """In a child that is about to start: let it end when whoever started it ends, in whatever way. Where the system knows no such thing, it is ended by hand."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def work_command(workers: int) -> list[str]:
    """The command of a line of workers."""
    return [sys.executable, "-W", "ignore", "-m", "headrace", "work", "--json", "--workers", str(workers)]


@first_command
def demo(
    orders: Annotated[int, typer.Option(min=10, max=2_000_000, help="Orders that the pretend customers place.")] = 20_000,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Leave the server running after the report, and the pretend world going on.")] = True,
    port: Port = 8765,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 2,
    seed: Annotated[int | None, typer.Option(help="Seed of the pretend world; a new one each time by default.")] = None,
    json: Json = False,
) -> None:
    """The demo shop: a pretend outside world orders, ships and pays; the line runs to settlement; a report says what happened.

    Exit code 0 only if every invariant holds. Running it again is safe: new orders come on top.
    """
    from django.core.management import call_command

    from headrace.demo import run as demo_run

    must_be_free("127.0.0.1", port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt_once)  # whoever ends the demo ends what it started
    call_command("migrate", verbosity=0, interactive=False)
    os.environ["HEADRACE_DEMO"] = "1"
    seed = seed if seed is not None else int(time.time()) % 1_000_000
    line = work_command(workers)
    try:
        beside = live_port("127.0.0.1", port)
        os.environ[live_address.PORT] = str(beside)
        web, live = web_command("127.0.0.1", port, workers=WEB_WORKERS_DEFAULT), live_command("127.0.0.1", beside)
        screen, show = (err, None) if json else (out, table)
        result = demo_run.run(orders=orders, seed=seed, web_command=web, work_command=line, live_command=live, port=port, out=screen, show=show)
    except demo_run.CannotRun as error:
        raise fail(str(error), NO) from None
    try:  # an interrupt at any moment from here on ends what was started
        if json:
            as_json(result.as_dict())
        if not result.ok:
            raise fail("an invariant does not hold; the report names it", NO)
        if serving:
            demo_run.say_what_next(result, port, err if json else out)
            result.serve(port=port, seed=seed, work_command=line)
    finally:
        result.end()


def _interrupt_once(_number: int, _frame: object) -> None:
    """End at the first signal; one that comes while things are being ended does not leave a part of them running."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@first_command
def bench(
    floor: Annotated[Path | None, typer.Option(help="The bare-SQL yardstick to compare with, in the same run.")] = None,
    orders: Annotated[int, typer.Option(min=1, help="Orders in the run.")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Documents in a batch.")] = 2_000,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Worker processes.")] = 1,
    already: Annotated[int, typer.Option(min=0, max=10_000_000, help="Then run again with that many settled orders in the database.")] = 0,
    doors: Annotated[bool, typer.Option("--doors", help="Instead: webhooks per second, and one order from webhook to released.")] = False,
    flash_sale: Annotated[int, typer.Option("--flash-sale", min=0, help="Instead: all orders want one piece of an item with so many pieces.")] = 0,
    small: Annotated[bool, typer.Option("--small", help="A short run that shows it works; its numbers are rough.")] = False,
) -> None:
    """Orders per second from message to settled, beside the floor, on a database of its own. Ends with one line of JSON."""
    from headrace.demo import bench as benchmark

    if doors:
        requests, singles = (DOOR_REQUESTS // 20, DOOR_SINGLES // 4) if small else (DOOR_REQUESTS, DOOR_SINGLES)
        web = partial(web_command, "127.0.0.1", workers=WEB_WORKERS_DEFAULT)
        as_json(benchmark.run_doors(requests=requests, singles=singles, web_command=web, work_command=work_command(1)))
        return
    if flash_sale:
        as_json(benchmark.run_flash_sale(orders=orders, units=flash_sale, batch=batch, workers=workers))
        return
    if floor is not None and not floor.is_file():
        err.print(f"there is no floor at {floor}: the ratio will be left out", markup=False, highlight=False)
    result = benchmark.run(
        floor=floor,
        orders=2_000 if small else orders,
        batch=min(batch, 500) if small else batch,
        workers=workers,
        already=already,
        say=lambda text: out.print(text, highlight=False),
    )
    as_json(result)
