"""Workers: plain processes that run the line's stages and send the outbox. Any number, on any number of machines, against one database.

A worker waits for a NOTIFY and looks by itself every few seconds anyway, so a lost notification costs seconds, not orders. Killed at any
instruction it loses nothing: what it had not committed is taken again by another.
"""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from types import FrameType

import psycopg
import structlog
from django.db import connection

from headrace.engine import outbox
from headrace.engine.beside import Beside
from headrace.engine.queries import load_queries
from headrace.engine.stage import Outcome, Stage, StageBroken, stage_named, stages, worker_name
from headrace.engine.troubles import Troubles

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

POLL_S = 5.0
HEARTBEAT_S = 10.0
SILENT_S = 60.0
RECONNECT_PAUSE_S, RECONNECT_PAUSE_MAX_S = 0.5, 30.0
OUTBOX = "outbox"  # the name under which a worker's list of stages may hold the sending of effects


class Worker:
    """Runs chosen stages until told to stop, or until there is nothing left to do; `beside` lets it read messages in a second thread."""

    def __init__(self, names: Sequence[str] = (), *, limit: int | None = None, beside: bool = True) -> None:
        self.stages: list[Stage] = [stage_named(n) for n in names if n != OUTBOX] if names else stages()
        self.sends = not names or OUTBOX in names
        self.limit = limit
        self.beside = beside
        self.stopping = False
        self.done: dict[str, Outcome] = {}
        self.troubles = Troubles()
        self._bell = _Bell()
        self._beside: Beside | None = None
        self._reading: Future[int] | None = None
        self._id: int | None = None
        self._beat = 0.0

    def stop(self, _signal: int | None = None, _frame: FrameType | None = None) -> None:
        """Finish the batch in hand, then end; one that sleeps wakes."""
        self.stopping = True
        self._bell.ring()

    def run(self, *, until_idle: bool = False) -> None:
        """Work. A lost connection is waited out; `until_idle` ends when a whole pass found nothing, with StageBroken where a stage could not work."""
        pause = RECONNECT_PAUSE_S
        while not self.stopping:
            try:
                self._hello()
                self._loop(until_idle)
                sql.say_goodbye(worker_id=self._id)
                return
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self._wait_for_database(error, pause)
            except Exception as error:  # noqa: BLE001 - Django wraps the driver's errors; anything else is raised again
                if not isinstance(error.__cause__, psycopg.OperationalError | psycopg.InterfaceError):
                    raise
                self._wait_for_database(error, pause)
            finally:
                self._end_beside()
            pause = min(pause * 2, RECONNECT_PAUSE_MAX_S)

    def _wait_for_database(self, error: Exception, pause: float) -> None:
        log.warning("worker.database_lost", error=str(error).splitlines()[0] if str(error) else type(error).__name__, pause_s=pause)
        connection.close()
        self._id = None
        self._bell.sleep(pause)

    def _loop(self, until_idle: bool) -> None:
        while not self.stopping:
            if self.pass_once():
                continue
            if until_idle:
                if self.troubles.met:
                    raise next(iter(self.troubles.met.values()))
                return
            self._heartbeat()
            self._wait()

    def pass_once(self) -> int:
        """Every stage once, in the order of the line, then the outbox. Gives the number of documents and deliveries."""
        if self._beside is None:
            moved = self._run(self.stages) + self._send_all()
        else:
            if self._reading is None:
                self._reading = self._beside.start(lambda: self._run([s for s in self.stages if s.beside]))
            moved = self._run([s for s in self.stages if not s.beside]) + self._send_all()
            moved += self._what_was_read(waits=not moved)
        if moved:
            self._heartbeat()
        return moved

    def _what_was_read(self, *, waits: bool) -> int:
        """Documents of the second thread, once it is through; this one waits for it only when it has nothing else to do."""
        if self._reading is None or not (waits or self._reading.done()):
            return 0
        wait([self._reading])
        reading, self._reading = self._reading, None
        return reading.result()

    def _send_all(self) -> int:
        return self._send() if self.sends and not self.stopping else 0

    def _run(self, some: list[Stage]) -> int:
        moved = 0
        for stage in some:
            if self.stopping:
                break
            outcome = self._run_one(stage)
            if outcome.taken:
                self.done[stage.name] = self.done.get(stage.name, Outcome()) + outcome
                moved += outcome.taken
        return moved

    def _run_one(self, stage: Stage) -> Outcome:
        """One batch, unless the stage is broken: then it rests, and its documents wait."""
        if self.troubles.is_resting(stage.name):
            return Outcome()
        try:
            outcome = stage.run(limit=self.limit, stopping=self._is_stopping)
        except StageBroken as error:
            self.troubles.broke(error)
            return Outcome()
        if outcome.taken:
            self.troubles.worked(stage.name)
        return outcome

    def _send(self) -> int:
        sent = 0
        for partner in outbox.partners_with_work():
            if self.stopping:
                break
            sent += outbox.deliver(partner, stopping=self._is_stopping)
        return sent

    def _is_stopping(self) -> bool:
        return self.stopping

    def _wait(self) -> None:
        """Sleep until somebody says that there is work, or the poll is due. Listens on its own session, so that nothing is missed meanwhile."""
        parameters = connection.get_connection_params()
        keep = {k: v for k, v in parameters.items() if k in ("host", "port", "user", "password", "dbname", "options")}
        with psycopg.connect(**keep, autocommit=True, application_name="headrace-listen") as listener:
            listener.execute("listen headrace")
            if self._has_work() or self.stopping:
                return
            self._bell.sleep(POLL_S, listener.fileno())

    def _has_work(self) -> bool:
        """Work that came between the last look and the listening."""
        return self.pass_once() > 0

    def _hello(self) -> None:
        sql.steady_plans()
        if self.beside and len({s.beside for s in self.stages}) == 2 and not connection.in_atomic_block:
            self._beside = Beside()
        self._id = sql.say_hello(name=worker_name(), stages=",".join(s.name for s in self.stages)).scalar
        self._beat = time.monotonic()

    def _heartbeat(self) -> None:
        if time.monotonic() - self._beat > HEARTBEAT_S:
            sql.say_alive(worker_id=self._id)
            self._beat = time.monotonic()

    def _end_beside(self) -> None:
        if self._beside:
            self._beside.end()
        self._beside = self._reading = None


class _Bell:
    """Wakes a sleeping worker. A signal alone would not: Python goes on with the sleep that it interrupted."""

    def __init__(self) -> None:
        self._ear, self._clapper = socket.socketpair()
        self._clapper.setblocking(False)

    def ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it rings already
            self._clapper.send(b"!")

    def sleep(self, seconds: float, *others: int) -> None:
        """Until the bell rings, one of the other file descriptors has something to say, or the time is over."""
        with selectors.DefaultSelector() as watching:
            for ear in (self._ear.fileno(), *others):
                watching.register(ear, selectors.EVENT_READ)
            watching.select(seconds)


def stop_on_signals(stop: Callable[[int | None, FrameType | None], None]) -> None:
    """SIGTERM and SIGINT end a worker after the batch in hand."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
