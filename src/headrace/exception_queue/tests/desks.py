"""A stage that parks what a test says is wrong, and reasons that exist only while the test runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.stage import Outcome, Stage
from headrace.engine.tests.lines import finish_all, send, stage_of, states
from headrace.exception_queue import reasons as declared
from headrace.exception_queue.parking import park
from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours, minutes

ANN, BOB = "cli:ann", "cli:bob"
_SOP = "1. Look at it.\n2. Mend it."


class Desk:
    """One made-up stage. `wrong` says for each message what fails: (reason, value)."""

    def __init__(self, probing: Stage) -> None:
        self.probing = probing
        self.wrong: dict[int, list[tuple[Reason, str]]] = {}
        kinds = {"severity": Severity.BLOCKS_MESSAGE, "owner": Team.INTEGRATION, "sop": _SOP}
        self.colour = Reason(code="PROBING-01", says="{value} is no colour", due_in=hours(4), offers=("retry", "accept", "close"), **kinds)
        self.waits = Reason(
            code="PROBING-02", says="{value} is not there", due_in=minutes(30), retry_every=hours(1), retries_max=2, clears_when=("thing.came",), **kinds
        )
        self.odd = Reason(code="PROBING-03", says="{value} is odd", due_in=hours(24), **{**kinds, "severity": Severity.WARNS})
        self.elsewhere = Reason(code="ELSEWHERE-01", says="held elsewhere: {value}", due_in=hours(1), **{**kinds, "owner": Team.FINANCE})
        declared.sync()

    def arrives(self, *wrong: tuple[Reason, str]) -> int:
        """A message with these faults. Gives its number."""
        (number,) = send({"faults": len(wrong)})
        self.wrong[number] = list(wrong)
        return number

    def parked(self, *wrong: tuple[Reason, str]) -> int:
        """The same, parked. Gives its number."""
        number = self.arrives(*wrong)
        self.work()
        return number

    def work(self, as_of: datetime | None = None) -> Outcome:
        return self.probing.run(as_of=as_of)

    def look(self, batch: Batch) -> None:
        for number in batch.ids:
            for why, value in self.wrong.get(number, ()):
                park(batch, why, [{"id": number, "field": "colour", "value": value}])
        finish_all(batch)


@contextmanager
def desk() -> Iterator[Desk]:
    known = dict(declared._reasons)
    made: list[Desk] = []
    try:
        with stage_of(lambda batch: made[0].look(batch)) as probing:
            made.append(Desk(probing))
            yield made[0]
    finally:
        declared._reasons.clear()
        declared._reasons.update(known)


def state_of(message: int) -> str:
    return states([message])[0]


def cases(*columns: str) -> list[Any]:
    """Every case, in the order in which they were opened: one value each, or a tuple of several."""
    rows = run("select * from exception_queue_case order by id")
    return [getattr(row, columns[0]) if len(columns) == 1 else tuple(getattr(row, c) for c in columns) for row in rows]


def events(case_id: int) -> list[str]:
    return run("select event from exception_queue_case_event where case_id = %(c)s order by id", {"c": case_id}).column("event")


def now(**later: float) -> datetime:
    moment: datetime = run("select transaction_timestamp()").scalar
    return moment + timedelta(**later)
