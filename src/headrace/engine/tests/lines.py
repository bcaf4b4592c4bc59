"""A line of one made-up stage that takes messages of the kind `probe`, for tests of the engine itself."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.stage import Stage, _stages

PARTNER = "probe-partner"
_numbers = itertools.count(1)


def send(*bodies: dict[str, Any], kind: str = "probe") -> list[int]:
    """Messages arrive; gives their numbers."""
    return [s.id for s in inbox.store(PARTNER, [inbox.Message(kind, f"k{next(_numbers):09}", json.dumps(body)) for body in bodies])]


def finish_all(batch: Batch) -> None:
    inbox.finish(batch, dict.fromkeys(batch.unparked(), ("applied", None)))


@contextmanager
def stage_of(function: Callable[[Batch], None], *, name: str = "probing", kind: str = "probe", limit: int = 2_000) -> Iterator[Stage]:
    """A stage that exists while the test runs."""
    made = Stage(name, "inbox", kind, ("done",), limit, function, 1)
    _stages[name] = made
    try:
        yield made
    finally:
        del _stages[name]


def states(ids: list[int]) -> list[str]:
    return run("select state from engine_inbox where id = any(%(ids)s::bigint[]) order by id", {"ids": ids}).column("state")


def batches() -> list[tuple[int, int, int]]:
    """(taken, moved, parked) of every batch that was committed, in order."""
    return [tuple(row) for row in run("select taken, moved, parked from engine_batch where stage = 'probing' order by id")]


def poison_cases() -> list[int]:
    """Messages that stand alone in the exception queue, parked by the engine."""
    return run("select document_id from exception_queue_case where reason_code = 'ENGINE-01' and state = 'open' order by document_id").column("document_id")
