"""Carrying a batch through its stage: claim, run, assert, record, commit; and what happens when that fails.

A batch that fails is rolled back and halved until the one bad document stands alone; that one is parked with its traceback and the others
go on. A fault of the program itself (a column that is not there, broken SQL) fails on every half: then no document is to blame, nothing is
parked, and the stage stops with `StageBroken` until somebody has mended it.
"""

from __future__ import annotations

import gc
import json
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.utils import OperationalError
from psycopg import errors

from headrace.engine import contention, sockets
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

if TYPE_CHECKING:
    from headrace.engine.stage import Stage

log = structlog.get_logger(__name__)
sql = load_queries(__package__)


# Where one fault of the program fails in so many parts of a batch and none passes, no document is to blame.
PARTS_TRIED_MAX = 8

LOCK_WAITS_MAX = 12  # in one run of a stage: enough to find the one document in 2,000 that needs a lock which nobody gives back


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a stage did: documents taken, moved, parked, and wall seconds."""

    taken: int = 0
    moved: int = 0
    parked: int = 0
    seconds: float = 0.0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.taken + other.taken, self.moved + other.moved, self.parked + other.parked, self.seconds + other.seconds)


class StageBroken(Exception):
    """A stage fails by a fault of the program, whatever it takes. Nothing was parked and nothing is lost: its documents wait for the mend."""

    def __init__(self, stage: str, error: Exception) -> None:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        super().__init__(f"stage {stage} is broken: {type(error).__name__}: {said}")
        self.stage, self.error = stage, error


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a stage: the moment it decides by (None is now), as which worker, and who says that it should stop."""

    stage: Stage
    as_of: datetime | None
    worker: str
    stopping: Callable[[], bool] = never


@dataclass(frozen=True, slots=True)
class _Failed:
    """A batch that was rolled back: what it had taken, and why."""

    ids: list[int]
    error: Exception


def carry(run: Run, ids: list[int] | None, limit: int) -> Outcome:
    """One batch of at most `limit` documents, or of these `ids`; on failure its parts, down to a single document."""
    result = _try(run, ids, limit)
    if isinstance(result, Outcome):
        return result
    if _is_the_programs(result.error):
        outcome, parts = _look_for_a_part_that_passes(run, result)
        return sum((_isolate(run, part) for part in parts), outcome)
    if not result.ids:
        raise result.error  # nothing was claimed: the claim itself is broken, which no document can be blamed for
    return _isolate(run, result)


def _try(run: Run, ids: list[int] | None, limit: int) -> Outcome | _Failed:
    """One transaction, again where others were in its way. A lost connection is raised: nothing was committed, the worker starts anew."""
    for attempt in range(1, contention.RETRIES_MAX + 2):
        taken: list[int] = []
        try:
            return _attempt(run, ids, limit, taken)
        except Exception as error:  # noqa: BLE001 - anything a batch can raise must end as a parked document, not a dead worker
            failed = _Failed(taken or ids or [], error)
            if not contention.is_contention(error):
                if _connection_lost(error):
                    raise
                return failed
            if contention.is_lock_wait(error):
                return failed
        log.info("stage.contention", stage=run.stage.name, attempt=attempt, error=type(failed.error).__name__)
        contention.pause(attempt)
    return failed


def _connection_lost(error: Exception) -> bool:
    lost = (errors.OperationalError, errors.InterfaceError)
    return isinstance(error, (*lost, OperationalError)) or isinstance(error.__cause__, lost)


def _is_the_programs(error: Exception) -> bool:
    """A statement that PostgreSQL refuses as such (class 42 and its kin: unknown columns, functions, tables; syntax; rights), not its data."""
    return _programming_error(error) is not None


def _programming_error(error: Exception) -> errors.ProgrammingError | None:
    cause = error if isinstance(error, errors.Error) else error.__cause__
    return cause if isinstance(cause, errors.ProgrammingError) and cause.sqlstate else None


def _is_the_same_fault(one: Exception, other: Exception) -> bool:
    a, b = _programming_error(one), _programming_error(other)
    return a is not None and b is not None and (a.sqlstate, a.diag.message_primary) == (b.sqlstate, b.diag.message_primary)


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


def _attempt(run: Run, ids: list[int] | None, limit: int, taken: list[int]) -> Outcome:
    began = time.perf_counter()
    which = run.stage
    with _no_garbage_collection(), transaction.atomic():
        opened = sql.open_batch(as_of=run.as_of, lock_wait=contention.lock_wait()).one
        claim = {"state": which.takes, "limit": limit, "as_of": opened.as_of}
        rows = which.document.claim(**claim) if ids is None else which.document.reclaim(**claim, ids=ids)
        taken.extend(row[0] for row in rows)
        if not taken:
            return Outcome()
        batch = Batch(opened.id, which.name, which.of, list(taken), opened.as_of, run.worker, sockets.mark_history())
        with structlog.contextvars.bound_contextvars(stage=which.name, batch=batch.id):
            which.function(batch)
            batch.assert_nothing_vanished()
        return _close(batch, began)


def _close(batch: Batch, began: float) -> Outcome:
    if batch.moved:
        sockets.documents_passed(batch.document, batch.moved, actor=f"engine:{batch.stage}", as_of=batch.as_of)
    seconds = time.perf_counter() - began
    sql.close_batch(
        id=batch.id,
        stage=batch.stage,
        worker=batch.worker,
        as_of=batch.as_of,
        seconds=round(seconds, 6),
        n_taken=len(batch.ids),
        n_moved=len(batch.moved),
        n_parked=len(batch.parked),
        policies=json.dumps(batch.policies) if batch.policies else None,
    )
    sql.wake_others(stage=batch.stage)
    sockets.record_batch(batch)  # last, because the chain's head is locked from here to the commit
    log.info("stage.done", stage=batch.stage, batch=batch.id, taken=len(batch.ids), parked=len(batch.parked), seconds=round(seconds, 3))
    return Outcome(len(batch.ids), len(batch.moved), len(batch.parked), seconds)


def _halves(ids: list[int]) -> list[list[int]]:
    middle = len(ids) // 2
    return [half for half in (ids[:middle], ids[middle:]) if half]


def _look_for_a_part_that_passes(run: Run, failed: _Failed) -> tuple[Outcome, list[_Failed]]:
    """Try halves, and halves of these, until one passes: then the documents of the others are to blame. Gives what passed and what failed.

    Where none passes, and all fail by the same fault of the program, the stage is broken. A document that came alone cannot be compared
    with another: it waits, and is isolated as soon as one comes that passes.
    """
    outcome, parts = Outcome(), [failed]
    while not run.stopping():
        if len(parts) >= PARTS_TRIED_MAX or all(len(part.ids) <= 1 for part in parts):
            raise StageBroken(run.stage.name, failed.error) from failed.error
        tried = [_try(run, half, len(half)) for part in parts for half in _halves(part.ids)]
        outcome = sum((t for t in tried if isinstance(t, Outcome)), outcome)
        parts = [t for t in tried if isinstance(t, _Failed)]
        if not parts or outcome.taken or any(not _is_the_same_fault(part.error, failed.error) for part in parts):
            return outcome, parts
    return outcome, []


def _isolate(run: Run, failed: _Failed) -> Outcome:
    """Halve a failed batch; a single document that fails is parked with its traceback. A worker that is told to stop leaves the rest as it was."""
    if contention.is_lock_wait(failed.error):
        return _go_round_the_lock(run, failed)
    if len(failed.ids) == 1:
        return _park_alone(run, failed.ids[0], failed.error)
    log.warning("stage.halved", stage=run.stage.name, documents=len(failed.ids), error=f"{type(failed.error).__name__}: {failed.error}")
    outcome = Outcome()
    for half in _halves(failed.ids):
        if run.stopping():
            break
        result = _try(run, half, len(half))
        outcome += result if isinstance(result, Outcome) else _isolate(run, result)
    return outcome


def _go_round_the_lock(run: Run, failed: _Failed) -> Outcome:
    """Somebody hangs with a lock. What does not need it goes on; what does stays where it stands, for the next look, and nobody is blamed."""
    outcome, blocked, waits = Outcome(), [failed], 1
    while waits < LOCK_WAITS_MAX and not run.stopping() and any(len(part.ids) > 1 for part in blocked):
        part = next(p for p in reversed(blocked) if len(p.ids) > 1)
        blocked.remove(part)
        for half in _halves(part.ids):
            result = _try(run, half, len(half))
            if isinstance(result, Outcome):
                outcome += result
            elif contention.is_lock_wait(result.error):
                blocked.append(result)
                waits += 1
            else:
                outcome += _isolate(run, result)
    log.warning("stage.blocked", stage=run.stage.name, documents=sum(len(part.ids) for part in blocked), waited_s=round(waits * contention.LOCK_WAIT_S))
    return outcome


def _park_alone(run: Run, document_id: int, error: Exception) -> Outcome:
    began = time.perf_counter()
    trace = "".join(traceback.format_exception(error))
    which = run.stage
    with transaction.atomic():
        opened = sql.open_batch(as_of=run.as_of, lock_wait=contention.lock_wait()).one
        if not which.document.reclaim(state=which.takes, limit=1, as_of=opened.as_of, ids=[document_id]):
            return Outcome()  # another worker has it, or it went on meanwhile
        batch = Batch(opened.id, which.name, which.of, [document_id], opened.as_of, run.worker, sockets.mark_history())
        sockets.park_poison(batch, document_id, trace)
        batch.assert_nothing_vanished()
        return _close(batch, began)
