"""A batch: the documents that one run of a stage took, the moment it decides by, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headrace.engine import sockets


@dataclass(slots=True)
class Batch:
    """Documents taken by one stage in one transaction.

    ids     taken, in claim order; every one of them must be moved or parked before the stage returns
    as_of   the one moment that the stage decides by: no stage reads the clock
    """

    id: int
    stage: str
    document: str
    ids: list[int]
    as_of: datetime
    worker: str = ""
    history_mark: int = 0  # history rows of this batch have higher numbers
    moved: set[int] = field(default_factory=set)
    parked: set[int] = field(default_factory=set)
    policies: dict[str, int] = field(default_factory=dict)
    _bodies: dict[str, Any] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """What every query of the batch may use: %(ids)s are those still going on, %(taken)s all."""
        return {"ids": self.unparked(), "taken": self.ids, "as_of": self.as_of, "batch_id": self.id}

    def unparked(self) -> list[int]:
        """Documents that still go on."""
        return [i for i in self.ids if i not in self.parked] if self.parked else self.ids

    def policy(self, name: str) -> Any:
        """Body of the policy version in force; the version is recorded with the batch."""
        if name not in self._bodies:
            self.policies[name], self._bodies[name] = sockets.policy_in_force(name, self.as_of)
        return self._bodies[name]

    def mark_moved(self, ids: Iterable[int]) -> None:
        self.moved.update(ids)

    def mark_parked(self, ids: Iterable[int]) -> None:
        self.parked.update(ids)

    def assert_nothing_vanished(self) -> None:
        """Moved + parked = taken, and none is both."""
        taken = set(self.ids)
        lost = taken - self.moved - self.parked
        both = self.moved & self.parked
        strange = (self.moved | self.parked) - taken
        assert not lost, f"stage {self.stage} neither moved nor parked {self.document} {sorted(lost)[:10]} ({len(lost)} of {len(taken)})"
        assert not both, f"stage {self.stage} moved and parked {self.document} {sorted(both)[:10]}"
        assert not strange, f"stage {self.stage} touched {self.document} it did not take: {sorted(strange)[:10]}"
