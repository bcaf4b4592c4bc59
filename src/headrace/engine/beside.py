"""A second thread of a worker, with a database session of its own.

Reading messages is work for Python, moving documents is work for the database. Side by side they cost less wall time than one after the other:
while one thread waits for an answer, the other reads. Both may meet the same rows as two workers would, and are kept apart by the same locks.
It pays where a processor is left over for it (`pays_for`): two workers on two processors are faster with one thread each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from headrace.engine.queries import load_queries

sql = load_queries(__package__)

SWITCH_THREADS_S = 0.0005  # the default of 5 ms would let every answer of the database wait that long for the thread that reads


def pays_for(workers: int) -> bool:
    """Are there processors enough for a second thread in each of so many workers?"""
    return len(os.sched_getaffinity(0)) >= 2 * workers if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) >= 2 * workers


class Beside:
    """Runs one piece of work at a time; `start` gives its future."""

    def __init__(self) -> None:
        sys.setswitchinterval(SWITCH_THREADS_S)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._plans = self._thread.submit(sql.steady_plans)

    def start(self, work: Callable[[], int]) -> Future[int]:
        return self._thread.submit(self._work, work)

    def _work(self, work: Callable[[], int]) -> int:
        self._plans.result()  # a session that could not be opened says so here
        return work()

    def end(self) -> None:
        self._thread.submit(_close)  # not `connection.close`: that would be looked up here, and close this thread's session
        self._thread.shutdown(wait=True)


def _close() -> None:
    connection.close()
