"""Stages: the first door to change. Many rows, by machine.

`@stage` claims documents at one state, opens a batch, runs the function (lock, decide, park, write, move), asserts that nothing vanished,
writes the batch's record and audit link, and commits, all in one transaction (`carrying.py`, which also says what happens to a batch that fails).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from headrace.engine.batch import Batch
from headrace.engine.carrying import Outcome, Run, StageBroken, carry, never
from headrace.engine.documents import Document, named

__all__ = ["DOCUMENTS_MAX", "Outcome", "Stage", "StageBroken", "stage", "stage_named", "stages", "worker_name"]

DOCUMENTS_MAX = 2_000

StageFunction = Callable[[Batch], None]


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
    beside: bool = False  # a worker runs it in a second thread

    @property
    def document(self) -> Document:
        return named(self.of)

    def run(self, *, limit: int | None = None, as_of: datetime | None = None, worker: str = "", stopping: Callable[[], bool] = never) -> Outcome:
        """Take up to `limit` documents and carry them through; an empty outcome says that there is nothing to do.

        `stopping` is asked between the parts of a batch that failed. A fault of the program that fails every part is StageBroken.
        """
        return carry(Run(self, as_of, worker or worker_name(), stopping), None, min(limit or self.documents_max, self.documents_max))

    def run_for(self, ids: list[int], *, as_of: datetime | None = None, worker: str = "") -> Outcome:
        """The same for chosen documents; those not at `takes`, held, or in another worker's hands are left alone."""
        return carry(Run(self, as_of, worker or worker_name()), ids, len(ids))


_stages: dict[str, Stage] = {}


def stage(
    *,
    of: str,
    takes: str,
    gives: str | tuple[str, ...],
    documents_max: int = DOCUMENTS_MAX,
    after: int,
    name: str | None = None,
    beside: bool = False,
) -> Callable[[StageFunction], Stage]:
    """Declare a stage; `after` orders the line. `beside` is for a stage that spends its time in Python while the database waits: a worker runs it while
    the other stages keep the database busy."""

    def declare(function: StageFunction) -> Stage:
        made = Stage(name or function.__name__, of, takes, (gives,) if isinstance(gives, str) else gives, documents_max, function, after, beside)
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
