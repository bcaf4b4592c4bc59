"""The command as a process of its own: what lands on which stream, with which exit code, with and without a database, and what it leaves running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.cli.running import WEB_END_S
from headrace.engine.queries import run
from headrace.insight.verify import verify

OK, WRONG, UNREACHABLE, INTERRUPTED = 0, 2, 3, 130
HEADRACE = [sys.executable, "-W", "ignore", "-m", "headrace"]


def headrace(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HEADRACE, *words], env={**os.environ, "COLUMNS": "300", **env}, capture_output=True, text=True, timeout=100)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", UNREACHABLE, "the database cannot be reached"),
        ("mysql://nobody@127.0.0.1/none", WRONG, "is no PostgreSQL URL"),
    ],
)
def test_a_server_that_is_not_there(url: str, code: int, told: str) -> None:
    done = headrace("verify", "--json", HEADRACE_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr and "Traceback" not in done.stderr


def test_json_is_one_line_whatever_the_logs_say(worked_shop: str) -> None:
    done = headrace("work", "--until-idle", "--workers", "2", "--json", HEADRACE_LOG="DEBUG")
    assert done.returncode == OK, done.stderr
    assert json.loads(done.stdout)["stages"] == {} and done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(worked_shop: str) -> None:
    quoted = " ".join(HEADRACE)
    done = subprocess.run(f"{quoted} verify | head -1", shell=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def test_an_idle_worker_ends_at_once_when_it_is_told(fresh_database: str) -> None:
    from headrace.engine.queries import run

    worker = subprocess.Popen([*HEADRACE, "work", "--no-periodic", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    asleep = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'headrace-listen'"
    until = time.monotonic() + 30
    while not run(asleep).scalar and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    said, errors = worker.communicate(timeout=30)
    assert time.monotonic() - began < 2.5, "an idle worker wakes for a signal; it does not sleep to the end of its poll"
    assert (worker.returncode, json.loads(said)) == (OK, {"stages": {}}), errors
    assert run("select count(*) from engine_worker where stopped_at is not null").scalar == 1


@pytest.fixture
def served(worked_shop: str, free_port: int) -> Iterator[str]:
    server = subprocess.Popen([*HEADRACE, "serve", "--port", str(free_port), "--workers", "1"], stderr=subprocess.PIPE, text=True)
    base = f"http://127.0.0.1:{free_port}"
    try:
        until = time.monotonic() + 90  # two processes start, on machines that may be busy
        while time.monotonic() < until and server.poll() is None:
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=2)
                break
            except urllib.error.URLError:
                time.sleep(0.2)
        yield base
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=30)
    assert f"serving at {base}/" in said and "Traceback" not in said


def processes_of(group: int) -> list[str]:
    """What still runs of what was started together."""
    return subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True).stdout.split()


SLOW_START = """
import os, sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "headrace.wsgi":
            open(os.environ["STARTING"], "w").close()
            time.sleep(90)

sys.meta_path.insert(0, Slow())
"""


@pytest.mark.slow
def test_a_server_that_is_told_to_end_while_it_starts_leaves_nothing_behind(worked_shop: str, free_port: int, tmp_path: Path) -> None:
    """A web process that is just starting does not hear the signal: whoever started it ends it after its time."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_START)
    starting = tmp_path / "starting"
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "STARTING": str(starting)}
    server = subprocess.Popen([*HEADRACE, "serve", "--port", str(free_port), "--workers", "2"], env=env, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while not starting.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert starting.exists() and server.poll() is None
        server.send_signal(signal.SIGTERM)
        server.wait(WEB_END_S + 10)
        until = time.monotonic() + 5  # the process of live news ends when its parent has
        while processes_of(server.pid) and time.monotonic() < until:
            time.sleep(0.1)
        assert processes_of(server.pid) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def test_a_served_shop_answers_at_its_addresses(served: str) -> None:
    for path, told in (
        ("/", "headrace"),
        ("/healthz", '"ok": true'),
        ("/readyz", '"ok": true'),
        ("/metrics", "headrace_stage_documents"),
        ("/api/docs", "swagger"),
    ):
        with urllib.request.urlopen(served + path, timeout=60) as response:  # the first page of a process takes its time on a busy machine
            assert told in response.read().decode().lower(), path
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{served}/nothing-here", timeout=10)


@pytest.mark.slow
def test_the_demo_serves_after_its_report_and_ends_what_it_started(fresh_database: str, free_port: int) -> None:
    words = ["demo", "--orders", "20", "--workers", "1", "--port", str(free_port), "--json"]
    demo = subprocess.Popen([*HEADRACE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert demo.stdout
    told = json.loads(demo.stdout.readline() or demo.communicate()[1])  # written when the figures are there; the server goes on
    assert (told["ok"], told["orders"], told["oversold"]) == (True, 20, 0)
    assert urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz", timeout=10).status == 200
    started = subprocess.run(["pgrep", "-P", str(demo.pid)], capture_output=True, text=True).stdout.split()
    assert len(started) >= 3  # the web, the line, the live news
    for _ in range(2):  # as a shell's time limit and its child together, or an impatient person, send it
        demo.send_signal(signal.SIGTERM)
    said, errors = demo.communicate(timeout=90)  # longer than the demo gives its processes to finish what they have in hand
    assert demo.returncode in (OK, INTERRUPTED) and said == ""
    assert "Traceback" not in errors
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz", timeout=2)


@pytest.mark.slow
def test_a_served_demo_has_a_mornings_work_and_goes_on(fresh_database: str, free_port: int) -> None:
    """Who signs in finds colleagues, orders at the benches, goods that are awaited, a payout that does not match; and every invariant holds meanwhile."""
    words = ["demo", "--orders", "20", "--workers", "1", "--port", str(free_port), "--json"]
    demo = subprocess.Popen([*HEADRACE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert demo.stdout
        told = json.loads(demo.stdout.readline() or demo.communicate()[1])
        assert (told["ok"], told["orders"]) == (True, 20)
        until = time.monotonic() + 150
        while time.monotonic() < until and demo.poll() is None and not _goes_on():
            time.sleep(1)
        assert demo.poll() is None and _goes_on()
        found = run(
            """select (select count(*) from auth_user where username in ('ops', 'cs', 'warehouse', 'finance', 'planner')) as people,
                (select count(*) from orders_fulfilment where state = 'packed') as packed, (select count(*) from orders_order where state = 'backordered') as awaited,
                (select count(*) from ledger_payout where hold = 'held') as payouts, (select count(*) from governance_policy where state = 'draft') as drafts,
                (select count(*) from governance_approval where state = 'asked') as waiting, (select count(*) from ledger_invoice where due_on < current_date) as past_due"""
        ).one
        assert found.people == 5 and min(found) > 0, found
        assert verify().ok
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=90)


def _goes_on() -> bool:
    """Somebody has kept their views, which is the morning's last deed, and customers have ordered since."""
    kept = run("select min(kept_at) as at from console_savedview").one.at
    return kept is not None and run("select exists (select from orders_order where placed_at > %(at)s) as so", {"at": kept}).one.so
