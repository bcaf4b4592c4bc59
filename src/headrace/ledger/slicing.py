"""Slices: the sums that balances are read from. The database adds them with each posting (slices.sql); a clock folds the fresh ones into one per account and day."""

from __future__ import annotations

from django.db import transaction

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
FOLDED_AT_ONCE_MAX = 20_000  # slices in one transaction; a worker that posts never waits for it


def fold() -> int:
    """Fold every fresh slice; gives how many. Each portion is a transaction: stopped anywhere, nothing is lost and the next run goes on. No sum changes."""
    folded = 0
    for query in (sql.fold_slices, sql.fold_document_slices):
        while True:
            with transaction.atomic():
                sql.hold_slices()  # not while they are rebuilt
                taken = int(query(slices_max=FOLDED_AT_ONCE_MAX).one.taken)
            folded += taken
            if taken < FOLDED_AT_ONCE_MAX:
                break
    return folded
