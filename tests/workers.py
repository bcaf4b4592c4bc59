"""Worker processes of their own, for tests in which several work on one database or are killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from headrace.engine.home import home
from headrace.engine.queries import run

HEADRACE = [sys.executable, "-W", "ignore", "-m", "headrace"]
STOP_WAIT_S = 20


def environment(url: str, **more: str) -> dict[str, str]:
    """For a process that works on this database, with the pretend partners. Its bytecode is kept, because compiling takes longer than the work."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    kept = str(home() / "bytecode")
    return {**env, "HEADRACE_DATABASE_URL": url, "HEADRACE_DEMO": "1", "HEADRACE_LOG": "CRITICAL", "PYTHONPYCACHEPREFIX": kept, **more}


def start_worker(url: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*HEADRACE, "work", "--no-periodic", *words], env=environment(url), stdout=subprocess.DEVNULL)


def end(running: list[subprocess.Popen[bytes]]) -> None:
    """Let them finish what they have in hand."""
    for process in running:
        process.terminate()
    run("select pg_notify('headrace', 'stop')")  # those that sleep wake and end at once
    for process in running:
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def workers(url: str, count: int, *words: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many worker processes, ended afterwards. A test may replace one that it has killed in the list."""
    running = [start_worker(url, *words) for _ in range(count)]
    try:
        yield running
    finally:
        end(running)
