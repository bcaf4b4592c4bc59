"""Others in the way: a serialization failure, a deadlock or a lock not got says "again", not "wrong". Both doors to change try again, a bounded number of times."""

from __future__ import annotations

import random
import time

from psycopg import errors

RETRIES_MAX = 8  # past this many it counts as a failure like any other
PAUSE_S = 0.05  # times the attempt, with jitter, so that those who met do not meet again
KINDS = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


def is_contention(error: Exception) -> bool:
    """The driver's error, or Django's wrapping of it."""
    return isinstance(error, KINDS) or isinstance(error.__cause__, KINDS)


def pause(attempt: int) -> None:
    """Wait before the next attempt; the first is 1."""
    time.sleep(PAUSE_S * attempt * (0.5 + random.random()))  # noqa: S311 - jitter, not a secret
