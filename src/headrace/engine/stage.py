"""Stages: the first door to change. Many rows, by machine.

`@stage` claims documents at one state, opens a batch, runs the function (lock, decide, park, write, move), asserts that nothing vanished,
writes the batch's record and audit link, and commits, all in one transaction. A batch that fails is rolled back and halved until the one
bad document stands alone; that one is parked with its traceback and the others go on.
"""

from __future__ import annotations

import gc
import json
import os
import random
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.utils import OperationalError
from psycopg import errors

from headrace.engine import sockets
from headrace.engine.batch import Batch
from headrace.engine.documents import Document, named
from headrace.engine.queries import load_queries

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

# A serialization failure or a deadlock says "again", not "wrong"; past this many times it counts as a failure like any other.
CONTENTION_RETRIES_MAX = 8
CONTENTION_PAUSE_S = 0.05
CONTENTION = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)

DOCUMENTS_MAX = 2_000

StageFunction = Callable[[Batch], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a stage did: documents taken, moved, parked, and wall seconds."""

    taken: int = 0
    moved: int = 0
    parked: int = 0
    seconds: float = 0.0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.taken + other.taken, self.moved + other.moved, self.parked + other.parked, self.seconds + other.seconds)


@dataclass(frozen=True, slots=True)
class Stage:
    """A declared stage. `of` names the document, `takes` the state it claims, `gives` the states it leaves documents at."""

    name: str
    of: str
    takes: str
    gives: tuple[str, ...]
    documents_max: int
    function: StageFunction
    after: int  # place in the line: workers run lower numbers first

    @property
    def document(self) -> Document:
        return named(self.of)

    def run(self, *, limit: int | None = None, as_of: datetime | None = None, worker: str = "") -> Outcome:
        """Take up to `limit` documents and carry them through; an empty outcome says that there is nothing to do."""
        return _carry(self, None, min(limit or self.documents_max, self.documents_max), as_of, worker or worker_name())

    def run_for(self, ids: list[int], *, as_of: datetime | None = None, worker: str = "") -> Outcome:
        """The same for chosen documents; those not at `takes`, held, or in another worker's hands are left alone."""
        return _carry(self, ids, len(ids), as_of, worker or worker_name())


_stages: dict[str, Stage] = {}


def stage(
    *, of: str, takes: str, gives: str | tuple[str, ...], documents_max: int = DOCUMENTS_MAX, after: int, name: str | None = None
) -> Callable[[StageFunction], Stage]:
    """Declare a stage; `after` orders the line."""

    def declare(function: StageFunction) -> Stage:
        made = Stage(name or function.__name__, of, takes, (gives,) if isinstance(gives, str) else gives, documents_max, function, after)
        if made.name in _stages and _stages[made.name].function.__module__ != function.__module__:
            raise ValueError(f"stage {made.name} is declared twice")
        _stages[made.name] = made
        return made

    return declare


def stages() -> list[Stage]:
    """All declared stages in the order of the line."""
    return sorted(_stages.values(), key=lambda s: (s.after, s.name))


def stage_named(name: str) -> Stage:
    try:
        return _stages[name]
    except KeyError:
        raise LookupError(f"no stage named {name!r}; the line has {', '.join(s.name for s in stages())}") from None


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _carry(which: Stage, ids: list[int] | None, limit: int, as_of: datetime | None, worker: str) -> Outcome:
    """One batch; on failure the halves of it, down to a single document."""
    for attempt in range(CONTENTION_RETRIES_MAX + 1):
        taken: list[int] = []
        try:
            return _attempt(which, ids, limit, as_of, worker, taken)
        except OperationalError as error:
            if not isinstance(error.__cause__, CONTENTION):
                raise  # the connection is gone: the worker starts anew, nothing was committed
            failure: Exception = error
        except CONTENTION as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - anything a batch can raise must end as a parked document, not a dead worker
            if _connection_lost(error):
                raise
            return _isolate(which, taken or ids or [], as_of, worker, error)
        log.info("stage.contention", stage=which.name, attempt=attempt + 1, error=type(failure).__name__)
        time.sleep(CONTENTION_PAUSE_S * (attempt + 1) * (0.5 + random.random()))  # noqa: S311 - jitter, not a secret
    return _isolate(which, taken or ids or [], as_of, worker, failure)


def _connection_lost(error: Exception) -> bool:
    return isinstance(error, (errors.OperationalError, errors.InterfaceError)) or isinstance(error.__cause__, errors.InterfaceError)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A batch holds thousands of objects until its end; the collector would walk them over and over and free nothing (a tenth of a stage's time)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _attempt(which: Stage, ids: list[int] | None, limit: int, as_of: datetime | None, worker: str, taken: list[int]) -> Outcome:
    began = time.perf_counter()
    with _no_garbage_collection(), transaction.atomic():
        opened = sql.open_batch(as_of=as_of).one
        claim = {"state": which.takes, "limit": limit, "as_of": opened.as_of}
        rows = which.document.claim(**claim) if ids is None else which.document.reclaim(**claim, ids=ids)
        taken.extend(row[0] for row in rows)
        if not taken:
            return Outcome()
        batch = Batch(opened.id, which.name, which.of, list(taken), opened.as_of, worker, sockets.mark_history())
        with structlog.contextvars.bound_contextvars(stage=which.name, batch=batch.id):
            which.function(batch)
            batch.assert_nothing_vanished()
        return _close(which, batch, began)


def _close(which: Stage, batch: Batch, began: float) -> Outcome:
    seconds = time.perf_counter() - began
    sql.close_batch(
        id=batch.id,
        stage=which.name,
        worker=batch.worker,
        as_of=batch.as_of,
        seconds=round(seconds, 6),
        n_taken=len(batch.ids),
        n_moved=len(batch.moved),
        n_parked=len(batch.parked),
        policies=json.dumps(batch.policies) if batch.policies else None,
    )
    sql.wake_others(stage=which.name)
    sockets.record_batch(batch)  # last, because the chain's head is locked from here to the commit
    log.info("stage.done", stage=which.name, batch=batch.id, taken=len(batch.ids), parked=len(batch.parked), seconds=round(seconds, 3))
    return Outcome(len(batch.ids), len(batch.moved), len(batch.parked), seconds)


def _isolate(which: Stage, ids: list[int], as_of: datetime | None, worker: str, error: Exception) -> Outcome:
    """Halve a failed batch; a single document that fails is parked with its traceback."""
    if not ids:
        raise error  # nothing was claimed: the claim itself is broken, which no document can be blamed for
    if len(ids) == 1:
        return _park_alone(which, ids[0], as_of, worker, error)
    log.warning("stage.halved", stage=which.name, documents=len(ids), error=f"{type(error).__name__}: {error}")
    middle = len(ids) // 2
    return _carry(which, ids[:middle], middle, as_of, worker) + _carry(which, ids[middle:], len(ids) - middle, as_of, worker)


def _park_alone(which: Stage, document_id: int, as_of: datetime | None, worker: str, error: Exception) -> Outcome:
    began = time.perf_counter()
    trace = "".join(traceback.format_exception(error))
    with transaction.atomic():
        opened = sql.open_batch(as_of=as_of).one
        if not which.document.reclaim(state=which.takes, limit=1, as_of=opened.as_of, ids=[document_id]):
            return Outcome()  # another worker has it, or it went on meanwhile
        batch = Batch(opened.id, which.name, which.of, [document_id], opened.as_of, worker, sockets.mark_history())
        sockets.park_poison(batch, document_id, trace)
        batch.assert_nothing_vanished()
        return _close(which, batch, began)
