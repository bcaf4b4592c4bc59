"""The demo: start web and workers, let the pretend world order by three doors, ship and pay, and report what happened."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django.apps import apps
from django.contrib.auth import get_user_model
from rich.console import Console

from headrace.demo import morning, partners, report, sending, shop, world
from headrace.demo.day import Day, live
from headrace.demo.progress import Progress
from headrace.engine import inbox
from headrace.engine.action import Refused
from headrace.engine.queries import load_queries
from headrace.governance import access
from headrace.insight.verify import Report, verify

sql = load_queries(__package__)

WEB_WAIT_S, STOP_WAIT_S = 60, 30
SHIP_CHUNK = 2_000
IDLE_WAIT_MAX_S = 3_600
LOOK_EVERY_S = 0.5
TRADE_SHARE, STORE_SHARE = 0.10, 0.10
NAMES = ("web server", "line of workers", "process that tells live news")
VISITOR_SCOPES = ["orders.read", "exceptions.*", "stock.read", "ledger.read"]


class CannotRun(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass
class Result:
    """A finished run: its figures, whether every invariant holds, how to sign in, and the processes that still serve."""

    figures: dict[str, Any]
    verified: Report
    sign_in: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.verified.ok

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, **self.figures, "verify": self.verified.violations}

    def end(self) -> None:
        """End what this run started."""
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)  # with the processes that it started

    def serve(self, *, port: int, seed: int, work_command: list[str]) -> None:
        """Serve until interrupted, while the pretend world goes on at its daily pace: for that the line's workers are started anew."""
        base = f"http://127.0.0.1:{port}"
        with contextlib.suppress(KeyboardInterrupt):
            self.processes[1].terminate()
            self.processes[1].wait(STOP_WAIT_S)
            self.processes[1] = _start(work_command, HEADRACE_DEMO="day")
            morning.prepare(base, self.sign_in["portal_key"], seed)
            live(Day(base, self.sign_in["portal_key"], seed + 1), self.processes)


def run(
    *,
    orders: int,
    seed: int,
    web_command: list[str],
    work_command: list[str],
    live_command: list[str],
    port: int,
    out: Console,
    show: Callable[..., None] | None,
) -> Result:
    """Run the whole demo. Safe to run again: what is there stays, new orders come on top.

    Progress goes to `out`; the report too, its tables by `show` (None: no report). Raises CannotRun.
    """
    if sql.is_somebody_elses().scalar:
        raise CannotRun("this database holds a shop that is not the demo's. Give the demo a home of its own: HEADRACE_HOME=~/headrace-demo headrace demo")
    counts = shop.seed()
    before = f", {counts['orders']:,} orders from before" if counts["orders"] else ""
    out.print(f"shop ready: {counts['items']:,} items, {counts['channels']} channels{before}", highlight=False)
    sign_in = _sign_in()
    marks = report.Marks(*sql.marks().one)
    _ship_what_was_left()
    processes = [_start(web_command), _start(work_command), _start(live_command)]
    try:
        base = _await_web(port, processes[0])
        began = time.perf_counter()
        _play(orders, seed, base, sign_in["portal_key"], processes, Progress(out, marks.batch, orders))
        seconds = time.perf_counter() - began
        verified = verify()
        figures = report.figures(marks, seconds)
        if show:
            report.show(out, show, figures, verified)
    except BaseException:
        Result({}, Report({}, 0), {}, processes).end()
        raise
    return Result(figures, verified, sign_in, processes)


def _start(command: list[str], **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env={**os.environ, "HEADRACE_LOG": "ERROR", **environment}, stdout=subprocess.DEVNULL, start_new_session=True)


def say_what_next(result: Result, port: int, out: Console) -> None:
    """Where to look now."""
    base = f"http://127.0.0.1:{port}"
    people = ""
    signing = [f"key [bold]{result.sign_in['key']}[/bold] (new with every run)"]
    if apps.is_installed("headrace.console"):
        signing.insert(0, f"user [bold]{result.sign_in['user']}[/bold], password [bold]{result.sign_in['password']}[/bold]")
        people = f"  With the same password {', '.join(name for name, *_ in morning.COLLEAGUES)}: each sees what their role allows."
    an_order = result.figures["an_order"]
    next_looks = (
        ("exceptions list", "what waits for a person, the most urgent first"),
        (f"order show {an_order}", "one order's whole timeline"),
        (f"explain allocation {an_order}", "why this node and not another"),
        ("explain availability MB-00001", "a stock figure, down to its ledger rows"),
        ("ledger trial-balance", "what every account holds"),
        ("verify", "every invariant, counted"),
    )
    typed = as_typed()
    lines = [
        f"\nServing at [bold]{base}/[/bold]   sign in with {' or '.join(signing)}",
        *([people] if people else []),
        "  The pretend world goes on at a gentle pace: orders come, goods leave, money follows, and now and then something goes wrong.",
        f"  The API to try out   {base}/api/docs   (Authorize, paste the key)",
        f"  Health and metrics   {base}/readyz   {base}/metrics",
        "Look next, in another terminal:",
        *(f"  {typed} {words:<33} {says}" for words, says in next_looks),
        "Ctrl-C ends the server and the workers; `" + typed + " db stop` ends the database.",
    ]
    out.print("\n".join(lines), highlight=False, soft_wrap=True)


def as_typed() -> str:
    """How this command was started, for people to type again: `headrace`, or Python's module in a checkout."""
    return "headrace" if Path(sys.argv[0]).name == "headrace" else f"{min(sys.executable, os.path.relpath(sys.executable), key=len)} -m headrace"


def _sign_in() -> dict[str, str]:
    """A fresh password for the visitor and the shop's people, a key for the visitor, and one for the pretend portal."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(username="demo", defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    visitor = _fresh_key("demo-visitor", VISITOR_SCOPES)
    portal = _fresh_key("demo-portal", ["orders.write", "orders.read"], "portal")
    morning.colleagues(password)
    return {"user": "demo", "password": password, "key": visitor, "portal_key": portal}


def _fresh_key(name: str, scopes: list[str], channel: str | None = None) -> str:
    try:
        return str(access.rotate_api_key(actor=shop.ACTOR, name=name))
    except Refused:  # the first run
        return str(access.make_api_key(actor=shop.ACTOR, name=name, scopes=scopes, channel=channel))


def _await_web(port: int, web: subprocess.Popen[bytes]) -> str:
    base = f"http://127.0.0.1:{port}"
    for _ in range(WEB_WAIT_S * 5):
        if web.poll() is not None:
            raise CannotRun(f"the web server ended at once, with code {web.returncode}. Is port {port} taken? Choose another with --port.")
        try:
            if httpx.get(f"{base}/healthz", timeout=2).status_code == 200:
                return base
        except httpx.HTTPError:
            time.sleep(0.2)
    raise CannotRun(f"the web server does not answer at {base}")


def _play(orders: int, seed: int, base: str, key: str, processes: list[subprocess.Popen[bytes]], progress: Progress) -> None:
    """The pretend world at work: orders come in, goods go out, money follows."""
    sellable = shop.sellable()
    trade, stores = int(orders * TRADE_SHARE), int(orders * STORE_SHARE)
    with ThreadPoolExecutor(4) as pool, progress:
        coming = [
            pool.submit(sending.send_webhooks, base, world.Buyers(sellable["retail-usd"], seed), orders - trade - stores),
            pool.submit(sending.send_trade, base, key, world.Buyers(sellable["wholesale-usd"], seed), trade),
            pool.submit(sending.drop_file, world.Buyers(sellable["retail-usd"], seed + 1), stores),
        ]
        _keep_going(coming, processes, progress)
        for sent in coming:
            sent.result()
        _keep_going([], processes, progress)
        _pay_out()
        _keep_going([], processes, progress)


def _keep_going(coming: list[Future[None]], processes: list[subprocess.Popen[bytes]], progress: Progress) -> None:
    """Ship what lies in the queues until nothing is open and nothing more comes."""
    until = time.monotonic() + IDLE_WAIT_MAX_S
    while time.monotonic() < until:
        shipped = _ship()
        progress.show()
        if all(sent.done() for sent in coming) and not shipped and not any(sql.open_work().one):
            return
        ended = next((p for p in processes if p.poll() is not None), None)
        if ended is not None:
            raise CannotRun(f"the {NAMES[processes.index(ended)]} ended with code {ended.returncode}; what it said stands above")
        time.sleep(LOOK_EVERY_S)
    raise CannotRun(f"after {IDLE_WAIT_MAX_S} s there is still open work: {sql.open_work().one._asdict()}")


def _ship_what_was_left() -> None:
    """A demo that served has left goods at warehouses of others, which tell of them now."""
    left = sql.at_partners(waits_s=0, limit=SHIP_CHUNK)
    while left:
        for f in left:
            inbox.store(f.partner, [partners.confirmation(f.number, partners.now())])
        left = sql.at_partners(waits_s=0, limit=SHIP_CHUNK)


def _ship() -> int:
    """The pickers of the built-in warehouses confirm what they have packed."""
    by_node: dict[str, list[inbox.Message]] = {}
    rows = sql.to_ship(limit=SHIP_CHUNK)
    at = partners.now()
    for row in rows:
        by_node.setdefault(f"warehouse:{row.node}", []).append(partners.confirmation(row.number, at))
    for partner, messages in by_node.items():
        inbox.store(partner, messages)
    return len(rows)


def _pay_out() -> None:
    for gateway, key, body in world.payouts(sql.to_pay_out(gateways=list(partners.GATEWAYS))):
        inbox.store(gateway, [inbox.Message("payout", key, body)])
