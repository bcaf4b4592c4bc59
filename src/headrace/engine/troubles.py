"""Stages that are broken: a fault of the program stops a stage on every machine, loudly, until somebody has mended it.

A worker rests a broken stage and tries it again by itself, ever more seldom; the others go on. What is broken stands in the database,
where health and metrics see it, until a worker carries a batch of that stage through.
"""

from __future__ import annotations

import time
from typing import Any

import structlog

from headrace.engine.carrying import StageBroken
from headrace.engine.queries import load_queries

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

REST_FIRST_S, REST_MAX_S = 5.0, 300.0
LOOK_S = 10.0  # how often a worker asks which stages other workers found broken


class Troubles:
    """What one worker knows of broken stages. Seconds are those of the monotonic clock."""

    def __init__(self) -> None:
        self.met: dict[str, StageBroken] = {}  # by this worker, and not mended since
        self._rests: dict[str, tuple[float, float]] = {}  # until when, and how long the next rest is
        self._known: set[str] = set()
        self._looked = float("-inf")

    def is_resting(self, stage: str) -> bool:
        until, _ = self._rests.get(stage, (0.0, 0.0))
        return time.monotonic() < until

    def broke(self, error: StageBroken) -> None:
        """Rest the stage, twice as long as the last time, and say so where people look."""
        _, rest = self._rests.get(error.stage, (0.0, REST_FIRST_S))
        self._rests[error.stage] = (time.monotonic() + rest, min(rest * 2, REST_MAX_S))
        self.met[error.stage] = error
        self._known.add(error.stage)
        sql.stage_broke(stage=error.stage, error=str(error)[:1000], rest_s=rest)
        log.critical("stage.broken", stage=error.stage, error=str(error), rest_s=rest, remedy="nothing was parked; mend the program or migrate")

    def worked(self, stage: str) -> None:
        """A batch went through: whatever was broken is mended, also for the other workers."""
        if time.monotonic() - self._looked > LOOK_S:
            self._known |= set(sql.broken_stages().column("stage"))
            self._looked = time.monotonic()
        if stage in self._known:
            sql.stage_mended(stage=stage)
            log.warning("stage.mended", stage=stage)
        self._known.discard(stage)
        self._rests.pop(stage, None)
        self.met.pop(stage, None)


def broken_stages() -> list[dict[str, Any]]:
    """Stages that are broken now: stage, error, since_at, last_at, times, next_at."""
    return [row._asdict() for row in sql.broken_stages()]
