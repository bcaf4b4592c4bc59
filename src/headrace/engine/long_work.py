"""Long work in the background, one mechanism for every kind: files, bulk deeds, replays, verifications of the chain.

A room says how one part of its work is done and which of its work goes on; this module takes it up. What fails by a fault of the program is tried
`TRIES_MAX` times in a row and then stands still as failed, with what went wrong in a form that names nobody, until a person lets it be tried again.
The work behind it goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import connection

from headrace.engine import scoping
from headrace.engine.causes import cause_of
from headrace.engine.queries import load_queries

log = structlog.get_logger(__name__)
sql = load_queries(__package__)

TRIES_MAX = 3  # in a row, before work that fails stands still until a person has it tried again


@dataclass(frozen=True, slots=True)
class LongWork:
    """One kind of it. `next_part` does one part in a transaction of its own, and gives False where nothing is left or another is at it."""

    kind: str
    next_part: Callable[[int], bool]
    going_on: Callable[[list[int]], Iterable[int]]  # the numbers of what goes on, without these

    def go_on(self, number: int) -> bool:
        """Do what is left, part by part. False where it failed: the fault is noted, never raised, so that the work behind it goes on."""
        if self.setback(number, is_failed=True):
            return False
        try:
            while self.next_part(number):
                self.settle(number)
            self.settle(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this work alone
            self._note(number, error)
            return False
        return True

    def go_on_with_all(self) -> None:
        """Take up everything of this kind that has not ended and did not fail."""
        for number in self.going_on(sql.failed_work(kind=self.kind).column("number")):
            self.go_on(number)

    def setback(self, number: int, *, is_failed: bool = False) -> dict[str, Any] | None:
        """How the work stands that failed when it was last tried: tries, of tries_max, error, first_at, last_at, is_failed. None where nothing is wrong."""
        with scoping.without_limits():  # whoever sees the work sees this of it
            found = sql.setback_of_work(kind=self.kind, number=number)
        if not found or (is_failed and not found.one.failed_at):
            return None
        return {**found.one._asdict(), "tries_max": TRIES_MAX, "is_failed": found.one.failed_at is not None}

    def settle(self, number: int) -> None:
        """A part went through, a person lets it be tried again, or it ended: its tries are counted anew."""
        with scoping.without_limits():
            sql.settle_work(kind=self.kind, number=number)

    def _note(self, number: int, error: Exception) -> None:
        """Where the database was lost, this raises in its turn, and the try does not count."""
        log.error("long_work.failed", kind=self.kind, number=number, exc_info=error)
        if is_lost(error):
            connection.close()
        with scoping.without_limits():
            sql.note_setback(kind=self.kind, number=number, error=told(error), tries_max=TRIES_MAX)


def told(error: Exception) -> str:
    """The type and its first line, without numbers, names, addresses and what stands in quotes."""
    return f"{type(error).__name__}: {cause_of(next(iter(str(error).splitlines()), ''))}"


def is_lost(error: Exception) -> bool:
    """Whether the connection to the database went with it."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) and (connection.connection is None or connection.connection.closed)
