"""Others in the way: a serialization failure, a deadlock or a lock not got says "again", not "wrong".

Both doors to change try again, a bounded number of times; and wait for no lock without an end, so that one hung session stops nobody else.
"""

from __future__ import annotations

import random
import time

from psycopg import errors

RETRIES_MAX = 8  # past this many it counts as a failure like any other
LOCK_WAIT_S = 15.0  # longest wait for one lock: a batch takes a second or two, so whoever holds it for longer hangs
PAUSE_S = 0.05  # times the attempt, with jitter, so that those who met do not meet again
KINDS = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


def is_contention(error: Exception) -> bool:
    """The driver's error, or Django's wrapping of it."""
    return isinstance(error, KINDS) or isinstance(error.__cause__, KINDS)


def is_lock_wait(error: Exception) -> bool:
    """Somebody has held a lock for longer than anybody should: no document is to blame, and waiting once more would only wait."""
    return isinstance(error, errors.LockNotAvailable) or isinstance(error.__cause__, errors.LockNotAvailable)


def lock_wait() -> str:
    """The longest wait as PostgreSQL's `lock_timeout` takes it."""
    return f"{round(LOCK_WAIT_S * 1_000)}ms"


def pause(attempt: int) -> None:
    """Wait before the next attempt; the first is 1."""
    time.sleep(PAUSE_S * attempt * (0.5 + random.random()))  # noqa: S311 - jitter, not a secret
