"""Merging: where the same failure is open twice about the same thing, one case stays and the others end in it."""

from __future__ import annotations

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue.resolving import RowResult, answer, take

sql = load_queries(__package__)
DUPLICATES_MAX = 50


def duplicates_of(case_id: int) -> list[int]:
    """Open cases of the same reason about the same field of the same document and line."""
    return sql.duplicates_of(case_id=case_id, limit=DUPLICATES_MAX).column("id")


@action(permission="exceptions.work", says="Merge the duplicates")
def merge_cases(deed: Deed, *, into: int, case_ids: list[int]) -> list[RowResult]:
    """End duplicates in the case that stays. Nothing is let go: their document is the same, and the case that stays answers for it."""
    if into in case_ids:
        raise Refused(f"case_ids: case {into} cannot be merged into itself; leave it out")
    cases, refused = take(deed, [into, *case_ids])
    if into not in {case.id for case in cases}:
        raise Refused(f"into: case {into} is not open; choose one that is")
    alike = set(duplicates_of(into))
    refused += [RowResult(case.id, False, f"it says something else than case {into}; it is no duplicate") for case in cases if case.id not in {*alike, into}]
    ids = [case.id for case in cases if case.id in alike]
    done = sql.merge(deed, case_ids=ids, into=into, note=f"merged into case {into}").column("id") if ids else []
    deed.subject = f"case:{into}"
    return answer(case_ids, done, refused)
